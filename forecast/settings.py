"""What a run is asked for, apart from the scenario."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any, Literal

from forecast.errors import RunError
from forecast.numerics.nets import NET_BITS, SamplerName

DEFAULT_DRAWS = 1 << 18
MAX_DRAWS = 10**9
MAX_THREADS = 64
MAX_SEED = (1 << 53) - 1
"""Seeds stay below 2^53, so that a JSON reader with only double precision keeps them."""

BLOCKS = 16
"""Fewest blocks of a run: the MC error is the spread of the block means, so there must be enough of them."""

EvidenceChoice = Literal["accepted", "all", "none"] | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Settings of one run.

    ``draws`` is rounded up to whole blocks. ``seed`` None takes the scenario's own seed, so that two
    runs of a scenario differ by their causes and not by their noise. ``evidence`` chooses among the
    entries dated up to ``as_of``. ``assume`` conditions on branches (they were taken), ``do``
    intervenes (they are made to be taken); both are references such as ``summit`` or ``node.branch``.
    """

    draws: int = DEFAULT_DRAWS
    seed: int | None = None
    sampler: SamplerName = "sobol"
    as_of: date | None = None
    dates: tuple[date, ...] = ()
    assume: tuple[str, ...] = ()
    do: tuple[str, ...] = ()
    evidence: EvidenceChoice = "accepted"
    threads: int = field(default=1, compare=False)

    def __post_init__(self) -> None:
        _require("draws", self.draws, 1, MAX_DRAWS)
        _require("threads", self.threads, 1, MAX_THREADS)
        if self.seed is not None:
            _require("seed", self.seed, 0, MAX_SEED)
        if self.sampler not in ("sobol", "random"):
            raise RunError(("sampler",), f"there is no sampler '{self.sampler}': choose sobol or random")

    @property
    def block_size(self) -> int:
        """Draws per block: a power of two that gives at least 16 blocks, and not more than the net holds."""
        wanted = -(-self.draws // BLOCKS)
        return 1 << min(NET_BITS, max(0, (wanted - 1).bit_length()))

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return max(BLOCKS, -(-self.draws // self.block_size))

    @property
    def whole_draws(self) -> int:
        """Draws rounded up to whole blocks: what will be computed at least."""
        return self.blocks * self.block_size


def most_whole_draws(limit: int) -> int:
    """Return the largest number of draws, at most ``limit``, that need no rounding; ``limit`` is at least 16."""
    full = BLOCKS << NET_BITS
    return limit >> NET_BITS << NET_BITS if limit >= full else 1 << (limit.bit_length() - 1)


def _require(name: str, value: int, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise RunError((name,), f"{name} is {value!r}: state a whole number from {low} to {high}")


def own_seed(scenario_id: str) -> int:
    """Return the seed that belongs to a scenario: a hash of its id, below 2^53."""
    return int.from_bytes(blake2b(scenario_id.encode(), digest_size=8).digest(), "big") & MAX_SEED


def as_json(settings: RunSettings) -> Mapping[str, object]:
    """Return the settings that decide the result, in JSON types; threads do not."""
    return {
        "draws": settings.draws,
        "seed": settings.seed,
        "sampler": settings.sampler,
        "as_of": settings.as_of.isoformat() if settings.as_of else None,
        "dates": [day.isoformat() for day in settings.dates],
        "assume": list(settings.assume),
        "do": list(settings.do),
        "evidence": settings.evidence if isinstance(settings.evidence, str) else list(settings.evidence),
    }


def from_json(said: Mapping[str, Any], *, threads: int = 1) -> RunSettings:
    """Return the settings that ``as_json`` wrote down.

    Examples
    --------
    >>> from_json(as_json(RunSettings(draws=4096, as_of=date(2026, 8, 20)))).as_of
    datetime.date(2026, 8, 20)
    """
    evidence: Any = said["evidence"]
    return RunSettings(
        draws=said["draws"],
        seed=said["seed"],
        sampler=said["sampler"],
        as_of=date.fromisoformat(said["as_of"]) if said["as_of"] else None,
        dates=tuple(date.fromisoformat(day) for day in said["dates"]),
        assume=tuple(said["assume"]),
        do=tuple(said["do"]),
        evidence=tuple(evidence) if isinstance(evidence, list) else evidence,
        threads=threads,
    )
