"""How near to the truth: in the same time, with more and more draws, and the time that a given error takes."""

import math
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from benchmarks.contenders import ENGINE_TWO_THREADS, Contender, Estimate, Run
from benchmarks.figures import Accuracy, TimeToError
from benchmarks.timing import seconds_of
from benchmarks.trees import PriorTree
from benchmarks.truth import Truth, truth_of

Quantity = Literal["means", "ends"]
TARGETS: dict[Quantity, float] = {"means": 1e-5, "ends": 2.5e-4}

FIRST_GUESS = 2_000
ROUNDS_OF_GUESSING = 4
FIRST_SEED = 1_000


def draws_in(seconds: float, run: Run) -> int:
    """Find how many draws fit into the time, by runs that come nearer to it."""
    draws = FIRST_GUESS
    for seed in range(ROUNDS_OF_GUESSING):
        taken = seconds_of(partial(run, draws, seed))
        # Start-up costs make the first guesses too slow per draw: grow at most a hundredfold a round.
        draws = max(1, int(draws * min(seconds / taken, 100.0)))
    return draws


def _accuracies(runs: dict[str, tuple[Run, int]], seeds: int, truth: Truth) -> Iterator[Accuracy]:
    """Let contenders take turns over the seeds, each with its draws."""
    estimates: dict[str, list[Estimate]] = {name: [] for name in runs}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        for name, (run, draws) in runs.items():
            start = time.perf_counter()
            estimates[name].append(run(draws, seed))
            seconds[name].append(time.perf_counter() - start)
    for name, (_, draws) in runs.items():
        errors = truth.error_of_means(estimates[name]), truth.error_of_ends(estimates[name])
        yield Accuracy(name, draws, statistics.median(seconds[name]), *errors)


def equal_time(tree: PriorTree, seconds: float, seeds: int, contenders: Iterable[Contender]) -> tuple[Accuracy, ...]:
    """Error that each contender reaches in about the same time (its own median time is in the figure)."""
    runs: dict[str, tuple[Run, int]] = {}
    for one in contenders:
        run = one.prepare(tree)
        runs[one.name] = run, draws_in(seconds, run)
    return tuple(_accuracies(runs, seeds, truth_of(tree)))


def convergence(tree: PriorTree, powers: Sequence[int], seeds: int, contender: Contender) -> tuple[Accuracy, ...]:
    """Error and time of one contender at each power of two of draws."""
    run = contender.prepare(tree)
    run(1 << powers[0], 0)
    runs = {str(power): (run, 1 << power) for power in powers}
    return tuple(replace(row, contender=contender.name) for row in _accuracies(runs, seeds, truth_of(tree)))


def error_of(row: Accuracy, quantity: Quantity) -> float | None:
    """Pick the error of the means or of the ends."""
    return row.means if quantity == "means" else row.ends


def extrapolated(row: Accuracy, quantity: Quantity) -> TimeToError | None:
    """Time to the target by the law error ~ 1/sqrt(draws), time ~ draws; None without an interval."""
    error = error_of(row, quantity)
    if error is None:
        return None
    factor = (error / TARGETS[quantity]) ** 2
    return TimeToError(
        row.contender, quantity, TARGETS[quantity], row.draws * factor, row.seconds * factor, extrapolated=True
    )


def measured(rows: Sequence[Accuracy], quantity: Quantity) -> TimeToError:
    """Fewest draws of one contender from which on every error is within the target; infinitely many if none are."""
    reached: Accuracy | None = None
    for row in sorted(rows, key=lambda row: row.draws, reverse=True):
        error = error_of(row, quantity)
        if error is None or error > TARGETS[quantity]:
            break
        reached = row
    draws, seconds = (reached.draws, reached.seconds) if reached else (math.inf, math.inf)
    return TimeToError(rows[0].contender, quantity, TARGETS[quantity], draws, seconds, extrapolated=False)


def equal_error(converged: Sequence[Accuracy], others: Sequence[Accuracy]) -> tuple[TimeToError, ...]:
    """Time to each target: measured for the engine, run at many sizes, extrapolated for those that draw at random.

    Nothing is extrapolated for the engine on two threads: the error of its net does not follow the law of chance.
    """
    names = {*(row.contender for row in converged), ENGINE_TWO_THREADS}
    found: list[TimeToError | None] = []
    for quantity in TARGETS:
        if converged:
            found.append(measured(converged, quantity))
        found += [extrapolated(row, quantity) for row in others if row.contender not in names]
    return tuple(row for row in found if row is not None)
