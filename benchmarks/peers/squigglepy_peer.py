"""squigglepy in array style: its distributions sampled once per node as arrays, products along the paths.

Its own idiom is a function called once per sample (`sq.sample(model, n)`), or operators on distributions, which
sample anew wherever a distribution appears again and so would lose what two outcomes share. Arrays are both right
and hundreds of times faster, so the comparison is with them. The work is the engine's: a joint draw of every
belief, and an interval for every outcome.
"""

import numpy as np
import squigglepy as sq

from benchmarks.contenders import INTERVAL, Contender, Estimate, Floats, Run, Way
from benchmarks.trees import PriorTree


def _shares(alphas: tuple[float, ...], draws: int) -> tuple[Floats, ...]:
    if len(alphas) == 2:
        first = sq.sample(sq.beta(*alphas), n=draws)
        return first, 1.0 - first
    return tuple(sq.sample(sq.dirichlet(list(alphas)), n=draws).T)


def arrays(tree: PriorTree) -> Run:
    """Sample each node as an array, multiply, and ask squigglepy for percentiles."""

    def run(draws: int, seed: int) -> Estimate:
        sq.set_seed(seed)
        reach: dict[str, Floats | float] = {tree.root: 1.0}
        outcomes: list[Floats] = []
        for node, branches in tree.nodes.items():
            for branch, share in zip(branches, _shares(tree.alphas(node), draws), strict=True):
                probability = reach[node] * share
                if branch.child is None:
                    outcomes.append(probability)
                else:
                    reach[branch.child] = probability
        levels = [100 * level for level in INTERVAL]
        found = [sq.get_percentiles(probability, percentiles=levels) for probability in outcomes]
        ends = np.array([[percentiles[level] for percentiles in found] for level in levels])
        return Estimate(np.array([np.mean(probability) for probability in outcomes]), ends)

    return run


CONTENDERS = (
    Contender(
        "squigglepy, arrays",
        Way.BELIEFS,
        gives_intervals=True,
        note="same work as the engine",
        prepare=arrays,
    ),
)
