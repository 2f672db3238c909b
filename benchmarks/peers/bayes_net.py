"""An event tree as Bayesian networks see it: one variable per node, with a state for "not reached"."""

import math

from benchmarks.trees import PriorTree

NOT_REACHED = "not_reached"


def states(tree: PriorTree, node: str) -> list[str]:
    """Branch names of the node, and `NOT_REACHED` for every node but the root."""
    names = [branch.name for branch in tree.nodes[node]]
    return names if node == tree.root else [*names, NOT_REACHED]


def mean_probabilities(tree: PriorTree, node: str) -> list[float]:
    """Mean probability of each branch, given that the node is reached; they sum to 1."""
    alphas = tree.alphas(node)
    return [alpha / math.fsum(alphas) for alpha in alphas]


def conditional_columns(tree: PriorTree, node: str) -> list[list[float]]:
    """One column of state probabilities per state of the parent (one alone for the root)."""
    probabilities = mean_probabilities(tree, node)
    parent = tree.parents().get(node)
    if parent is None:
        return [probabilities]
    reached, not_reached = [*probabilities, 0.0], [0.0] * len(probabilities) + [1.0]
    return [reached if state == parent.branch else not_reached for state in range(len(states(tree, parent.node)))]
