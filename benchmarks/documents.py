"""A measured tree as the scenario document that the engine reads."""

from typing import Any

from benchmarks.trees import PriorTree


def scenario_document(tree: PriorTree) -> dict[str, Any]:
    """Write the tree as a scenario document: one Dirichlet prior per node, outcomes named as in `outcome_names`."""
    return {
        "scenario": tree.name,
        "title": f"Benchmark tree {tree.name}",
        "as_of": "2025-01-01",
        "horizon": "2026-01-01",
        "root": tree.root,
        "nodes": {node: _node(tree, node) for node in tree.nodes},
    }


def _node(tree: PriorTree, node: str) -> dict[str, Any]:
    branches = tree.nodes[node]
    return {
        "branches": {
            branch.name: {"to": branch.child} if branch.child else {"outcome": f"{node}-{branch.name}"}
            for branch in branches
        },
        "prior": {"family": "dirichlet", "alpha": {branch.name: branch.alpha for branch in branches}},
    }
