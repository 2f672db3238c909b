"""Reads of a filled store, one client at a time, and the plans behind them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api.store.database import Database, database_url
from benchmarks.service.cases import Case, bare_cases
from benchmarks.service.figures import Load
from benchmarks.service.fill import fill
from benchmarks.service.load import load
from benchmarks.service.processes import bare, branchcast
from benchmarks.service.reads import query_plans, read_cases

AIM = 50.0
"""Milliseconds that half of the reads of each kind should not exceed."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """What was stored, how long it took to fill in seconds, its size in MiB, and how long reads of it take."""

    database: str
    versions: int
    forecasts: int
    figures: int
    filling: float
    mebibytes: float
    reads: tuple[Load, ...]
    plans: Mapping[str, tuple[str, ...]]

    @property
    def slowest(self) -> float:
        """Median in milliseconds of the kind of read that takes longest."""
        return 1e3 * max(each.p50 for each in self.reads)


async def scaled(kind: str, address: str, folder: Path, versions: int, forecasts: int, seconds: float) -> Scaled:
    """Fill a new database and read it for so many seconds by each kind of request, in three rounds in turns.

    The first kind is the floor: a bare endpoint, which reads nothing.
    """
    began = time.perf_counter()
    filled = fill(address, versions, forecasts)
    filling = time.perf_counter() - began
    with branchcast(address, folder) as served, bare(folder) as floor:
        constant, _ = await bare_cases(floor)
        reads = await _read((constant, *read_cases(filled, served)), seconds)
    database = Database(database_url(address))
    plans = query_plans(filled, database)
    database.close()
    return Scaled(kind, versions, forecasts, filled.figures, filling, _mebibytes(folder), reads, plans)


async def _read(cases: tuple[Case, ...], seconds: float) -> tuple[Load, ...]:
    rounds = [[await load(case, 1, seconds / 3) for case in cases] for _ in range(3)]
    return tuple(Load(case.name, 1, samples) for case, samples in zip(cases, zip(*rounds, strict=True), strict=True))


def _mebibytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
