"""Wall-clock time of contenders that take turns, so that a disturbance of the machine meets all of them."""

import gc
import time
from collections.abc import Callable, Mapping
from functools import partial


def seconds_of(work: Callable[[], object]) -> float:
    """Time one call, with the garbage of earlier ones collected first."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def interleaved(work: Mapping[str, Callable[[int], object]], repeats: int) -> dict[str, tuple[float, ...]]:
    """Time A B C A B C …: each call gets the number of the round, to seed by; seconds per round, by name."""
    rounds: dict[str, list[float]] = {name: [] for name in work}
    for number in range(repeats):
        for name, call in work.items():
            rounds[name].append(seconds_of(partial(call, number)))
    return {name: tuple(seconds) for name, seconds in rounds.items()}
