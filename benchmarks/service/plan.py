"""How much is measured: the full run behind the page, and the quick one that only shows that all of it works."""

from dataclasses import dataclass

PACKAGES = ("branchcast", "fastapi", "uvicorn", "uvloop", "numpy", "sqlalchemy")
"""What the figures depend on besides Python."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers of clients, rounds of each case, seconds of each round, and seconds before the first."""

    quick: bool
    clients: tuple[int, ...]
    rounds: int
    seconds: float
    warm_up: float


FULL = Plan(quick=False, clients=(1, 16, 64), rounds=5, seconds=2.0, warm_up=1.0)
QUICK = Plan(quick=True, clients=(1, 4), rounds=2, seconds=0.3, warm_up=0.1)
