"""How time grows: with draws on one tree, with nodes at a given number of draws, with the length of a chain."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from benchmarks.contenders import Contender
from benchmarks.figures import Growth
from benchmarks.floor import FLOOR, draw_gammas
from benchmarks.measures.speed import draws_for
from benchmarks.plan import Plan
from benchmarks.timing import interleaved, seconds_of
from benchmarks.trees import PriorTree, chain, random_tree


def in_draws(tree: PriorTree, plan: Plan, contenders: Iterable[Contender]) -> Iterator[Growth]:
    """Time against draws on one tree; contenders that keep every draw stop where memory would run out."""
    for one in contenders:
        run = one.prepare(tree)
        run(plan.growth_draws[0], 0)
        sizes = tuple(n for n in plan.growth_draws if draws_for(one, tree, n, plan.held_values) == n)
        seconds = interleaved({str(size): partial(run, size) for size in sizes}, plan.growth_rounds)
        yield Growth(one.name, "draws", sizes, tuple(min(seconds[str(size)]) for size in sizes))


def in_trees(over: str, trees: Sequence[PriorTree], plan: Plan, contenders: Iterable[Contender]) -> Iterator[Growth]:
    """Time against branches at a fixed number of draws; the first call of each tree is kept apart."""
    draws = plan.growth_tree_draws
    for one in contenders:
        kept = [tree for tree in trees if draws_for(one, tree, draws, plan.held_values) == draws]
        runs = {tree.name: one.prepare(tree) for tree in kept}
        first = tuple(seconds_of(partial(run, draws, plan.growth_rounds)) for run in runs.values())
        seconds = interleaved({name: partial(run, draws) for name, run in runs.items()}, plan.growth_rounds)
        sizes = tuple(tree.branch_count for tree in kept)
        yield Growth(one.name, over, sizes, tuple(min(seconds[tree.name]) for tree in kept), first)
    floor = interleaved({tree.name: partial(draw_gammas, tree, draws) for tree in trees}, plan.growth_rounds)
    sizes = tuple(tree.branch_count for tree in trees)
    yield Growth(FLOOR, over, sizes, tuple(min(floor[tree.name]) for tree in trees))


def growth(tree: PriorTree, plan: Plan, contenders: Sequence[Contender]) -> tuple[Growth, ...]:
    """Measure all three."""
    return (
        *in_draws(tree, plan, contenders),
        *in_trees("branches of random trees", [random_tree(n) for n in plan.growth_nodes], plan, contenders),
        *in_trees("branches of chains", [chain(n) for n in plan.growth_chain], plan, contenders),
    )
