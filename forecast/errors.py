"""Every error the engine raises on purpose.

    BranchcastError
    ├── ScenarioError        a document that does not say a valid scenario; holds all its faults
    ├── RunError             a request that does not fit the scenario (unknown branch, bad date …)
    ├── EvidenceError        evidence that the priors make impossible, or too strong to sample
    ├── ForecastFileError    a stored forecast that cannot be read back or does not replay
    ├── ListingError         a tournament's listing, or an export's settings, that its format does not take
    └── ExportError          a prediction that cannot be put in the form that a platform takes

The engine knows no HTTP: the service maps these classes to answers in one table.
"""

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass

MAX_FAULTS = 200
"""Faults of a document that are told one by one; a document that is wrong everywhere gets a page, not a book."""

MOST_NAMES = 12

Pointer = tuple[str | int, ...]
"""Where in a document: ``("nodes", "summit", "prior", "alpha")``."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a document: where, what, and the way out, in one sentence."""

    pointer: Pointer
    message: str
    line: int | None = None
    column: int | None = None

    @property
    def path(self) -> str:
        """The pointer as an RFC 6901 JSON pointer, empty for the whole document."""
        escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in self.pointer)
        return "".join("/" + part for part in escaped)


def listed(names: Collection[str]) -> str:
    """Return names for a sentence: all of them, or the first and how many more; those of a set in sorted order."""
    in_order = sorted(names) if isinstance(names, Set) else list(names)
    first = ", ".join(f"'{name}'" for name in in_order[:MOST_NAMES])
    return first if len(names) <= MOST_NAMES else f"{first} and {len(names) - MOST_NAMES:,} more"


class BranchcastError(Exception):
    """Base of all deliberate errors."""


class ScenarioError(BranchcastError):
    """A document that is not a scenario.

    ``faults`` lists everything found, up to about ``MAX_FAULTS``; ``more`` is how many further ones are known of.
    """

    def __init__(self, faults: Sequence[Fault], more: int = 0) -> None:
        self.faults, self.more = tuple(faults), more
        super().__init__("; ".join(f"{fault.path or '/'}: {fault.message}" for fault in faults))


class RunError(BranchcastError):
    """A run that the scenario does not allow; ``pointer`` names the offending setting."""

    def __init__(self, pointer: Pointer, message: str) -> None:
        self.pointer = pointer
        super().__init__(message)


class EvidenceError(BranchcastError):
    """Evidence that leaves no weight, or too little of it, on the prior's draws."""


class ForecastFileError(BranchcastError):
    """A stored forecast that cannot be read or made again."""
