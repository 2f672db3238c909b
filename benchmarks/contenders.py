"""What takes part in a measurement, and the one form in which every contender answers."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from benchmarks.trees import PriorTree

Floats = NDArray[np.float64]

INTERVAL = (0.05, 0.95)
"""Levels of the two ends of the 90 % credible interval."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Answer of one run.

    ``means`` (outcomes,): mean probability of each outcome. ``ends`` (2, outcomes): 5 % and 95 % quantiles
    of each outcome's probability, None if the contender has no such thing.
    """

    means: Floats
    ends: Floats | None


Run = Callable[[int, int], Estimate]
"""(draws, seed) → estimate."""


class Way(Enum):
    """How a contender comes to a mean."""

    BELIEFS = "multiplies sampled beliefs"
    PATHS = "counts sampled paths"


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to forecast a tree. ``prepare`` builds what may be built once; only the run it returns is timed.

    ``bounded_memory`` is false where all draws are kept until the end, which sets how many a machine can hold.
    ``most_draws`` caps the draws of one run where a run would take minutes; its time is then scaled up, and the
    report says so.
    """

    name: str
    way: Way
    gives_intervals: bool
    note: str
    prepare: Callable[[PriorTree], Run]
    threads: int = 1
    bounded_memory: bool = False
    most_draws: int | None = None


# A new peer: one file under peers/ that defines CONTENDERS, and its line here.
PEER_MODULES = (
    "benchmarks.peers.naive_numpy",
    "benchmarks.peers.squigglepy_peer",
    "benchmarks.peers.pgmpy_peer",
    "benchmarks.peers.pyagrum_peer",
)
ENGINE_MODULE = "benchmarks.engine"

ENGINE = "branchcast"
ENGINE_TWO_THREADS = "branchcast, 2 threads"
ENGINE_RANDOM = "branchcast, random draws"


def contenders_of(module: str) -> tuple[Contender, ...]:
    """Import the module only now: a peer costs start-up time and memory, and is not installed for the tests."""
    found: tuple[Contender, ...] = importlib.import_module(module).CONTENDERS
    return found


def all_contenders(*, with_engine: bool = True) -> dict[str, Contender]:
    """Return every contender by name, the engine's first."""
    modules = (ENGINE_MODULE, *PEER_MODULES) if with_engine else PEER_MODULES
    return {contender.name: contender for module in modules for contender in contenders_of(module)}
