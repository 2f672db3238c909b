"""What one writes in an afternoon with numpy alone: beliefs multiplied along paths, and worlds counted by branch."""

import numpy as np

from benchmarks.contenders import INTERVAL, Contender, Estimate, Floats, Run, Way
from benchmarks.trees import PriorTree

WORLDS_PER_DRAW = 10_000
"""Worlds behind each belief in `nested_counts`; with fewer, counting noise widens the interval visibly."""


def _generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def beliefs(tree: PriorTree) -> Run:
    """Draw every node's Dirichlet, multiply along the paths, ask `numpy.percentile` for the ends."""

    def run(draws: int, seed: int) -> Estimate:
        random = _generator(seed)
        reach: dict[str, Floats | float] = {tree.root: 1.0}
        outcomes: list[Floats] = []
        for node, branches in tree.nodes.items():
            shares = random.dirichlet(tree.alphas(node), size=draws)
            for index, branch in enumerate(branches):
                probability = reach[node] * shares[:, index]
                if branch.child is None:
                    outcomes.append(probability)
                else:
                    reach[branch.child] = probability
        levels = [100 * level for level in INTERVAL]
        ends = np.array([np.percentile(probability, levels) for probability in outcomes]).T
        return Estimate(np.array([probability.mean() for probability in outcomes]), ends)

    return run


def counted_paths(tree: PriorTree) -> Run:
    """One world per belief: mask the draws that reach a node, draw beliefs for these only, pick a branch, count.

    Means only: a world is a path, and paths alone do not tell belief from chance.
    """

    def run(draws: int, seed: int) -> Estimate:
        random = _generator(seed)
        mask: dict[str, np.ndarray] = {tree.root: np.ones(draws, bool)}
        counts: list[int] = []
        for node, branches in tree.nodes.items():
            here = mask.pop(node)
            reached = int(np.count_nonzero(here))
            limits = random.dirichlet(tree.alphas(node), size=reached).cumsum(axis=1)
            taken = np.full(draws, -1, np.int8)
            taken[here] = (random.random((reached, 1)) > limits[:, :-1]).sum(axis=1)
            for index, branch in enumerate(branches):
                if branch.child is None:
                    counts.append(int(np.count_nonzero(taken == index)))
                else:
                    mask[branch.child] = taken == index
        return Estimate(np.array(counts) / draws, None)

    return run


def nested_counts(tree: PriorTree) -> Run:
    """Count paths and still give intervals: behind each belief `WORLDS_PER_DRAW` worlds, shared out node by node.

    Whole worlds are never kept: a multinomial count per node says how many of them take each branch.
    """

    def run(draws: int, seed: int) -> Estimate:
        random = _generator(seed)
        worlds: dict[str, np.ndarray] = {tree.root: np.full(draws, WORLDS_PER_DRAW)}
        outcomes: list[Floats] = []
        for node, branches in tree.nodes.items():
            shares = random.dirichlet(tree.alphas(node), size=draws)
            counts = random.multinomial(worlds.pop(node), shares)
            for index, branch in enumerate(branches):
                if branch.child is None:
                    outcomes.append(counts[:, index] / WORLDS_PER_DRAW)
                else:
                    worlds[branch.child] = counts[:, index]
        levels = [100 * level for level in INTERVAL]
        ends = np.array([np.percentile(probability, levels) for probability in outcomes]).T
        return Estimate(np.array([probability.mean() for probability in outcomes]), ends)

    return run


CONTENDERS = (
    Contender("numpy, beliefs", Way.BELIEFS, gives_intervals=True, note="same work as the engine", prepare=beliefs),
    Contender(
        "numpy, counted paths",
        Way.PATHS,
        gives_intervals=False,
        note="draws beliefs only where a path passes; means only",
        prepare=counted_paths,
    ),
    Contender(
        "numpy, nested counts",
        Way.PATHS,
        gives_intervals=True,
        note=f"{WORLDS_PER_DRAW:,} worlds behind each belief, as counts",
        prepare=nested_counts,
    ),
)
