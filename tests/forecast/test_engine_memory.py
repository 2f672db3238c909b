"""Memory is bounded by the block, not by the number of draws."""

import subprocess
import sys

PROGRAM = """
import sys, tracemalloc
from tests.strategies import beta, changed, forecast_of, full_tree

described = changed(
    full_tree(8),
    attributes={"flag": {"default": beta("yes", 1, 4)}},
    quantities={"size": {"unit": "km", "default": {"family": "gamma", "shape": 2.0, "rate": 1.0}}},
)
forecast_of(described, draws=1_000)
tracemalloc.start()
print(forecast_of(described, draws=int(sys.argv[1])).sampling.draws, tracemalloc.get_traced_memory()[1])
"""
ROOM = 16 << 20


def _peak(draws: int) -> int:
    """Most bytes that a run holds at once, numpy's among them, measured in a process of its own."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(draws)], capture_output=True, text=True, check=True)
    taken, peak = map(int, done.stdout.split())
    assert taken >= draws
    return peak


def test_peak_memory_does_not_grow_with_the_draws() -> None:
    """Forty times the draws, with worlds and quantities: at most 16 MB more."""
    few, many = _peak(100_000), _peak(4_000_000)
    assert abs(many - few) < ROOM
    assert many < 128 << 20
