"""What is told of every transaction to whoever counts them."""

from collections.abc import Callable
from dataclasses import dataclass

READ, WRITE = "read", "write"


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a transaction was: its kind, its time with all waiting, and whether the database failed it."""

    kind: str
    seconds: float
    failed: bool


Observer = Callable[[Transaction], None]


def unobserved(_: Transaction) -> None:
    """Take no notice: commands have nobody who counts."""
