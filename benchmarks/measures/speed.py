"""Time of the same job for everyone: a tree, a number of draws, an interval for every outcome where there is one."""

from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.contenders import Contender
from benchmarks.figures import Speed, SpeedTable
from benchmarks.floor import FLOOR, draw_gammas
from benchmarks.timing import interleaved
from benchmarks.trees import PriorTree

WARM_UP_DRAWS = 1_000


def draws_for(contender: Contender, tree: PriorTree, wanted: int, held_values: int) -> int:
    """Draws that a contender is given: as wanted, unless it would take minutes or keep too many values in memory."""
    limits = [wanted]
    if contender.most_draws is not None:
        limits.append(contender.most_draws)
    if not contender.bounded_memory:
        limits.append(held_values // tree.branch_count)
    return min(limits)


def speed(tree: PriorTree, draws: int, rounds: int, contenders: Sequence[Contender], held_values: int) -> SpeedTable:
    """Measure all contenders and the floor in turns, after one small run of each that is not counted."""
    given = {one.name: draws_for(one, tree, draws, held_values) for one in contenders}
    work: dict[str, Callable[[int], object]] = {}
    for one in contenders:
        run = one.prepare(tree)
        run(WARM_UP_DRAWS, 0)
        work[one.name] = partial(run, given[one.name])
    work[FLOOR] = partial(draw_gammas, tree, draws)
    seconds = interleaved(work, rounds)
    return SpeedTable(
        tree.name,
        len(tree.nodes),
        tree.branch_count,
        draws,
        Speed(FLOOR, draws, draws, seconds[FLOOR]),
        tuple(Speed(name, given[name], draws, seconds[name]) for name in given),
    )
