"""The aims of the project, each computed from the figures and set beside what it asks for; nothing fails by them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.contenders import ENGINE, ENGINE_TWO_THREADS
from benchmarks.figures import Results, SpeedTable, TimeToError
from benchmarks.plan import CHAIN, EIGHT, THOUSAND

SQUIGGLEPY, PGMPY = "squigglepy, arrays", "pgmpy, forward samples"
LINEAR = 1.05
"""Exponent of growth up to which time is called linear: a twentieth is the noise of a fit over three decades."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What is asked, the figure (None: not measured in this run) with its unit, and the bound it is held against."""

    what: str
    figure: float | None
    bound: float
    at_most: bool
    unit: str = "×"

    @property
    def met(self) -> bool | None:
        """Whether the figure is within the bound; None if there is none."""
        if self.figure is None:
            return None
        return self.figure <= self.bound if self.at_most else self.figure >= self.bound


def aims(results: Results, counts_paths: Iterable[str]) -> tuple[Aim, ...]:
    """Every aim; ``counts_paths`` names the contenders that count paths."""
    paths = frozenset(counts_paths)
    return (*_of_speed(results), *_of_error(results, paths), *_of_memory(results), *_of_growth(results))


def _of_speed(results: Results) -> Iterator[Aim]:
    tables = {table.tree: table for table in results.speed}
    eight = tables.get(EIGHT)
    yield Aim("8 nodes: time over floor", _over_floor(eight), 1.0, at_most=True)
    yield Aim("8 nodes: faster than squigglepy", _times_faster(eight, ENGINE, SQUIGGLEPY), 2.2, at_most=False)
    yield Aim("8 nodes: faster than pgmpy", _times_faster(eight, ENGINE, PGMPY), 15.0, at_most=False)
    yield Aim(
        "8 nodes: two threads faster than one", _times_faster(eight, ENGINE_TWO_THREADS, ENGINE), 1.7, at_most=False
    )
    for name, label in ((THOUSAND, "1,000 nodes"), (CHAIN, "chain of 60")):
        table = tables.get(name)
        yield Aim(f"{label}: time over floor", _over_floor(table), 1.0, at_most=True)
        yield Aim(f"{label}: per branch and draw", _nanoseconds(table), 25.0, at_most=True, unit="ns")


def _over_floor(table: SpeedTable | None) -> float | None:
    row = table.row(ENGINE) if table else None
    return row.least / table.floor.least if table and row else None


def _nanoseconds(table: SpeedTable | None) -> float | None:
    row = table.row(ENGINE) if table else None
    return 1e9 * row.least / (table.draws * table.branches) if table and row else None


def _times_faster(table: SpeedTable | None, fast: str, slow: str) -> float | None:
    if table is None:
        return None
    first, second = table.row(fast), table.row(slow)
    return second.least / first.least if first and second else None


def _of_error(results: Results, paths: frozenset[str]) -> Iterator[Aim]:
    reached = {
        quantity: {row.contender: row for row in results.equal_error if row.quantity == quantity}
        for quantity in ("means", "ends")
    }
    engine = [reached[quantity].get(ENGINE) for quantity in ("means", "ends")]
    both = max(row.seconds for row in engine if row) if all(engine) else None
    yield Aim("means to 1e-5 and ends to 2.5e-4", None if both is None else 1e3 * both, 35.0, at_most=True, unit="ms")
    counting = {name: row for name, row in reached["means"].items() if name in paths}
    everyone = {name: row for name, row in reached["ends"].items() if not name.startswith(ENGINE)}
    yield Aim("same error of means: faster than best path counter", _ratio(counting, engine[0]), 1000.0, at_most=False)
    yield Aim("same error of ends: faster than best peer of any kind", _ratio(everyone, engine[1]), 7.0, at_most=False)


def _ratio(peers: dict[str, TimeToError], engine: TimeToError | None) -> float | None:
    if engine is None or not peers:
        return None
    return min(row.seconds for row in peers.values()) / engine.seconds


def _of_memory(results: Results) -> Iterator[Aim]:
    taken = {(row.tree, row.draws): row.mebibytes for row in results.memory if row.contender == ENGINE}
    for draws in (10**5, 10**8):
        yield Aim(f"8 nodes, {draws:,} draws: memory", taken.get((EIGHT, draws)), 64.0, at_most=True, unit="MiB")
    thousand = [mebibytes for (tree, _), mebibytes in taken.items() if tree == THOUSAND]
    yield Aim("1,000 nodes: memory", max(thousand, default=None), 300.0, at_most=True, unit="MiB")


def _of_growth(results: Results) -> Iterator[Aim]:
    for over in ("draws", "branches of random trees", "branches of chains"):
        found = next((row for row in results.growth if row.contender == ENGINE and row.over == over), None)
        exponent = found.exponent() if found else None
        yield Aim(f"growth in {over}: exponent", exponent, LINEAR, at_most=True, unit="")
