"""The shape of the tree: one root, no dangling or repeated targets, every end a name of its own, all within reach."""

from collections.abc import Iterator

from forecast.errors import Fault, listed
from forecast.statements.document_parts import Document
from forecast.statements.tree import Edge

MAX_NODES = 5_000
MAX_BRANCHES = 20_000
MAX_DEPTH = 1_000


def geometry_faults(document: Document) -> list[Fault]:
    """Return the faults of shape and size."""
    return [
        *_size_faults(document),
        *_target_faults(document),
        *_outcome_faults(document),
        *_pending_faults(document),
    ] or [*_reach_faults(document)]


def _size_faults(document: Document) -> Iterator[Fault]:
    branches = sum(len(node.branches) for node in document.nodes.values())
    if len(document.nodes) > MAX_NODES:
        yield Fault(("nodes",), f"{len(document.nodes)} nodes: the limit is {MAX_NODES}; split the scenario")
    if branches > MAX_BRANCHES:
        yield Fault(("nodes",), f"{branches} branches: the limit is {MAX_BRANCHES}; split the scenario")


def _target_faults(document: Document) -> Iterator[Fault]:
    leads_to: dict[str, str] = {}
    for name, node in document.nodes.items():
        for branch_name, branch in node.branches.items():
            if branch.to is None:
                continue
            pointer = ("nodes", name, "branches", branch_name, "to")
            here = f"{name}.{branch_name}"
            if branch.to not in document.nodes:
                yield Fault(pointer, f"there is no node '{branch.to}': state it, or end the branch in an outcome")
            elif branch.to in leads_to:
                yield Fault(
                    pointer,
                    f"node '{branch.to}' is already reached by {leads_to[branch.to]}: a node belongs to one branch; "
                    "copy it under another name",
                )
            elif branch.to == document.root:
                yield Fault(pointer, f"{here} leads back to the root '{branch.to}': a future has no cycles")
            leads_to.setdefault(branch.to, here)
    roots = [name for name in document.nodes if name not in leads_to]
    if document.root is not None and document.root not in document.nodes:
        yield Fault(("root",), f"there is no node '{document.root}': state one of the nodes as root")
    elif document.root is None and not roots:
        yield Fault(("nodes",), "every node is reached by another, so there is a cycle and no root: break the cycle")
    elif document.root is None and len(roots) > 1:
        yield Fault(
            ("nodes", roots[1]),
            f"nothing leads to the nodes {listed(roots)}: connect all but one, or remove them",
        )


def _outcome_faults(document: Document) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for name, node in document.nodes.items():
        for branch_name, branch in node.branches.items():
            if branch.to is not None:
                continue
            outcome, here = branch.outcome or branch_name, f"{name}.{branch_name}"
            if outcome in seen:
                yield Fault(
                    ("nodes", name, "branches", branch_name),
                    f"outcome '{outcome}' already ends {seen[outcome]}: give this one its own name with 'outcome: …'",
                )
            seen.setdefault(outcome, here)


def _pending_faults(document: Document) -> Iterator[Fault]:
    """Yield each name of what is pending that something else in the forecast would have too."""
    edges = {
        Edge(name, branch): said for name, node in document.nodes.items() for branch, said in node.branches.items()
    }
    ends = {said.outcome or edge.branch: edge for edge, said in edges.items() if said.to is None}
    seen: dict[str, Edge] = {}
    for edge in (edge for edge, said in edges.items() if said.eventually):
        pending, sibling = edge.pending, Edge(edge.node, edge.pending)
        if pending in seen:
            yield Fault(
                ("nodes", edge.node, "branches", edge.branch),
                f"what is pending of {edge} would be called '{pending}', like what is pending of {seen[pending]}: "
                "rename one of the two branches",
            )
        elif sibling in edges:
            yield Fault(
                ("nodes", sibling.node, "branches", sibling.branch),
                f"{sibling} has the name of what is pending of {edge}: give the branch another name",
            )
        elif pending in ends:
            yield Fault(
                ("nodes", ends[pending].node, "branches", ends[pending].branch),
                f"outcome '{pending}' of {ends[pending]} has the name of what is pending of {edge}: give it "
                "its own name with 'outcome: …'",
            )
        seen.setdefault(pending, edge)


def _reach_faults(document: Document) -> Iterator[Fault]:
    targets = {branch.to for node in document.nodes.values() for branch in node.branches.values()}
    root = document.root or next(name for name in document.nodes if name not in targets)
    depth = {root: 1}
    waiting = [root]
    for name in waiting:
        for branch in document.nodes[name].branches.values():
            if branch.to is not None and branch.to not in depth:
                depth[branch.to] = depth[name] + 1
                waiting.append(branch.to)
    for name in document.nodes:
        if name not in depth:
            yield Fault(
                ("nodes", name),
                f"node '{name}' cannot be reached from the root '{root}': connect it, break its cycle, or remove it",
            )
    deepest = max(depth, key=lambda name: depth[name])
    if depth[deepest] > MAX_DEPTH:
        yield Fault(
            ("nodes", deepest),
            f"node '{deepest}' is {depth[deepest]} levels deep: the limit is {MAX_DEPTH}; shorten the chain",
        )
