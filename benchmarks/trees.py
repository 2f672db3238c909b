"""Event trees to measure on: chance nodes with a Dirichlet belief about their branches, and nothing else."""

import json
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

EIGHT_NODES = Path(__file__).with_name("bench-tree-8-nodes.json")

# The smallest and the largest Dirichlet parameter of the 8-node tree: random trees stay as easy, or as hard, to sample.
ALPHA_RANGE = (0.7, 8.0)


@dataclass(frozen=True, slots=True)
class Branch:
    """One continuation of a node: its Dirichlet parameter, and the node it leads to (None where the path ends)."""

    name: str
    alpha: float
    child: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One branch on a path: the node, and which of its branches."""

    node: str
    branch: int


@dataclass(frozen=True, slots=True)
class PriorTree:
    """Nodes and their branches; every node stands before its children, the root first."""

    name: str
    nodes: dict[str, tuple[Branch, ...]]

    @property
    def root(self) -> str:
        """Name of the first node."""
        return next(iter(self.nodes))

    @property
    def branch_count(self) -> int:
        """Branches of all nodes together: what one draw has to sample."""
        return sum(len(branches) for branches in self.nodes.values())

    def alphas(self, node: str) -> tuple[float, ...]:
        """Dirichlet parameters of a node's branches."""
        return tuple(branch.alpha for branch in self.nodes[node])

    def parents(self) -> dict[str, Step]:
        """Map each node but the root to the step that leads to it."""
        return {
            branch.child: Step(node, index)
            for node, branches in self.nodes.items()
            for index, branch in enumerate(branches)
            if branch.child is not None
        }

    def ends(self) -> Iterator[Step]:
        """Yield the steps that end in an outcome, in the order in which every contender reports outcomes."""
        for node, branches in self.nodes.items():
            for index, branch in enumerate(branches):
                if branch.child is None:
                    yield Step(node, index)

    def outcome_names(self) -> tuple[str, ...]:
        """Outcome names, unique though branch names repeat: ``node-branch``."""
        return tuple(f"{end.node}-{self.nodes[end.node][end.branch].name}" for end in self.ends())

    def paths(self) -> Iterator[tuple[Step, ...]]:
        """Yield the path to each outcome, from the root down."""
        parents = self.parents()
        for end in self.ends():
            path = deque([end])
            while (above := parents.get(path[0].node)) is not None:
                path.appendleft(above)
            yield tuple(path)


def exact_means(tree: PriorTree) -> tuple[float, ...]:
    """Exact mean probability of each outcome: nodes are independent, so the product of the Dirichlet means."""

    def mean(step: Step) -> float:
        alphas = tree.alphas(step.node)
        return alphas[step.branch] / math.fsum(alphas)

    return tuple(math.prod(mean(step) for step in path) for path in tree.paths())


def load_tree(path: Path = EIGHT_NODES) -> PriorTree:
    """Read a tree from JSON: ``nodes`` holds [branch, alpha, child or null] per node, ``order`` parents first.

    Raises
    ------
    ValueError
        If a node comes before its parent, or is never reached.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    nodes = {name: tuple(Branch(*branch) for branch in content["nodes"][name]) for name in content["order"]}
    tree = PriorTree(path.stem, nodes)
    reached = {content["root"]}
    for name, branches in nodes.items():
        if name not in reached:
            message = f"{path.name}: no earlier node leads to '{name}': list parents before children in 'order'"
            raise ValueError(message)
        reached |= {branch.child for branch in branches if branch.child is not None}
    return tree


def random_tree(node_count: int, seed: int = 1) -> PriorTree:
    """Grow a tree: each new node takes a free branch chosen evenly; 2 to 4 branches, alpha even on `ALPHA_RANGE`."""
    random = np.random.Generator(np.random.PCG64([seed, node_count]))
    children: list[dict[int, int]] = []
    branch_counts: list[int] = []
    free: list[tuple[int, int]] = []
    for node in range(node_count):
        if free:
            parent, branch = free.pop(int(random.integers(len(free))))
            children[parent][branch] = node
        children.append({})
        branch_counts.append(int(random.integers(2, 5)))
        free += [(node, branch) for branch in range(branch_counts[-1])]

    def branches(node: int) -> tuple[Branch, ...]:
        alphas = random.uniform(*ALPHA_RANGE, size=branch_counts[node])
        kids = children[node]
        return tuple(
            Branch(f"b{index}", round(float(alpha), 3), f"n{kids[index]}" if index in kids else None)
            for index, alpha in enumerate(alphas)
        )

    return PriorTree(f"random-{node_count}", {f"n{node}": branches(node) for node in range(node_count)})


def chain(length: int, seed: int = 1) -> PriorTree:
    """Build a chain: at each node the future goes on (likely) or ends; the last node only ends."""
    random = np.random.Generator(np.random.PCG64([seed, length]))

    def branches(node: int) -> tuple[Branch, Branch]:
        goes_on, ends = random.uniform(4.0, 8.0), random.uniform(0.7, 2.0)
        following = f"n{node + 1}" if node + 1 < length else None
        return Branch("on", round(float(goes_on), 3), following), Branch("end", round(float(ends), 3), None)

    return PriorTree(f"chain-{length}", {f"n{node}": branches(node) for node in range(length)})


def tree_named(name: str) -> PriorTree:
    """Return ``bench-tree-8-nodes``, ``random-N`` or ``chain-N``.

    Raises
    ------
    ValueError
        For any other name.
    """
    kind, _, size = name.rpartition("-")
    makers = {"random": random_tree, "chain": chain}
    if name == EIGHT_NODES.stem:
        return load_tree()
    if kind not in makers or not size.isdecimal():
        message = f"there is no tree '{name}': ask for {EIGHT_NODES.stem}, random-N or chain-N"
        raise ValueError(message)
    return makers[kind](int(size))
