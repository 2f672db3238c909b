"""How much is measured: the full run behind results.md, and the quick one that only shows that all of it works."""

from dataclasses import dataclass

from benchmarks.trees import EIGHT_NODES

EIGHT = EIGHT_NODES.stem
THOUSAND, CHAIN = "random-1000", "chain-60"


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes of every measure.

    ``speed``: (tree, draws, rounds). ``engine_memory``: (tree, draws). ``peers_memory``: draws on the 8-node tree.
    ``equal_time``: seconds for every contender. ``accuracy_seeds``: runs behind every error.
    ``convergence``: powers of two of the engine's draws. ``held_values``: values (branches × draws) beyond which a
    contender that keeps all draws is given fewer.
    """

    quick: bool
    speed: tuple[tuple[str, int, int], ...]
    engine_memory: tuple[tuple[str, int], ...]
    peers_memory: tuple[int, ...]
    equal_time: float
    accuracy_seeds: int
    convergence: tuple[int, ...]
    growth_draws: tuple[int, ...]
    growth_nodes: tuple[int, ...]
    growth_chain: tuple[int, ...]
    growth_tree_draws: int
    growth_rounds: int
    held_values: int = 100_000_000


FULL = Plan(
    quick=False,
    speed=((EIGHT, 10**6, 5), (THOUSAND, 10**6, 2), (CHAIN, 10**6, 3)),
    engine_memory=((EIGHT, 10**5), (EIGHT, 10**6), (EIGHT, 10**8), (THOUSAND, 10**5), (THOUSAND, 10**6)),
    peers_memory=(10**5, 10**6),
    equal_time=1.0,
    accuracy_seeds=16,
    convergence=tuple(range(10, 22)),
    growth_draws=(10**4, 10**5, 10**6, 10**7),
    growth_nodes=(10, 30, 100, 300, 1000),
    growth_chain=(5, 10, 20, 40, 60),
    growth_tree_draws=10**5,
    growth_rounds=3,
)

QUICK = Plan(
    quick=True,
    speed=((EIGHT, 20_000, 2), ("random-30", 5_000, 2), ("chain-10", 5_000, 2)),
    engine_memory=((EIGHT, 10**5),),
    peers_memory=(10**5,),
    equal_time=0.03,
    accuracy_seeds=3,
    convergence=(10, 12, 14),
    growth_draws=(10**4, 10**5),
    growth_nodes=(10, 30),
    growth_chain=(5, 10),
    growth_tree_draws=10**4,
    growth_rounds=2,
)
