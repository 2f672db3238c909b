"""Where the numbers come from, and how to make them again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from api.report.source import Source
from api.wording.computed import computed
from api.wording.figures import number
from api.wording.text import long_day, one_line
from forecast.result import Forecast

STORED = "forecast.json"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a store knows of a forecast beyond the forecast itself.

    Attributes
    ----------
    id : str
        The forecast's id in the store.
    scenario_version : int or None
        Version of the scenario it was made from; None if the scenario was sent along.
    author, reason : str or None
        Who recorded it, and why, as far as they said so.
    recorded_at : datetime
        When; it has a time zone.

    Raises
    ------
    ValueError
        If ``recorded_at`` has no time zone.
    """

    id: str
    scenario_version: int | None
    author: str | None
    reason: str | None
    recorded_at: datetime

    def __post_init__(self) -> None:
        if self.recorded_at.tzinfo is None:
            msg = f"recorded_at is {self.recorded_at.isoformat()}: give it a time zone, such as UTC"
            raise ValueError(msg)

    @property
    def when(self) -> str:
        """Return the time of recording in words, to the minute, in UTC."""
        at = self.recorded_at.astimezone(UTC)
        return f"{long_day(at.date())}, {at:%H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the provenance; ``verbatim`` text is set as it is to be typed or compared."""

    term: str
    value: str
    verbatim: bool = False


@dataclass(frozen=True, slots=True)
class Provenance:
    """The facts, what is to say of the computation, and how to make the forecast again."""

    facts: tuple[Fact, ...]
    sentences: tuple[str, ...]
    how_to_replay: str
    command: str


def provenance(source: Source, recorded: Recorded | None) -> Provenance:
    """Return everything needed to say which numbers these are."""
    forecast = source.forecast
    return Provenance(
        facts=(*_scenario(source), *_recorded(recorded), *_run(forecast), Fact("Digest", forecast.digest, True)),
        sentences=tuple(computed(forecast)),
        how_to_replay=_how_to_replay(recorded),
        command=f"branchcast replay {STORED}",
    )


def _how_to_replay(recorded: Recorded | None) -> str:
    """Say where the forecast's JSON comes from."""
    where = "what branchcast run --json writes" if recorded is None else f"GET /v1/forecasts/{recorded.id}/file"
    return f"Keep the forecast as JSON ({where}) in {STORED}, and run:"


def _scenario(source: Source) -> Iterator[Fact]:
    forecast, says = source.forecast, source.names.says
    yield Fact("Scenario", forecast.scenario, True)
    yield Fact("Scenario digest", forecast.scenario_digest, True)
    for term, text in (
        ("Version of the priors", forecast.prior_version),
        ("Status of the priors", says("prior_status")),
        ("Author of the scenario", says("author")),
        ("Source of the scenario", says("source")),
    ):
        if text:
            yield Fact(term, one_line(text))


def _recorded(recorded: Recorded | None) -> Iterator[Fact]:
    if recorded is None:
        return
    yield Fact("Forecast", recorded.id, True)
    if recorded.scenario_version is not None:
        yield Fact("Version of the scenario", str(recorded.scenario_version))
    yield Fact("Recorded", recorded.when)
    if recorded.author:
        yield Fact("Recorded by", one_line(recorded.author))
    if recorded.reason:
        yield Fact("Reason", one_line(recorded.reason))


def _run(forecast: Forecast) -> Iterator[Fact]:
    sampling, versions = forecast.sampling, forecast.versions
    yield Fact("As of", forecast.as_of.isoformat())
    yield Fact("Horizon", forecast.horizon.isoformat())
    yield Fact("Evidence used", ", ".join(forecast.evidence) or "none", bool(forecast.evidence))
    yield Fact("Assumed", ", ".join(forecast.request.assume) or "nothing", bool(forecast.request.assume))
    yield Fact("Made to happen", ", ".join(forecast.request.do) or "nothing", bool(forecast.request.do))
    yield Fact("Seed", str(sampling.seed), True)
    yield Fact("Draws", f"{sampling.draws:,} ({sampling.sampler})")
    yield Fact("Blocks", f"{sampling.blocks:,} of {sampling.block_size:,} draws each")
    yield Fact("Effective sample size", number(sampling.effective_sample_size, digits=6))
    yield Fact(
        "Computed by",
        f"branchcast {versions.branchcast}, Python {versions.python}, NumPy {versions.numpy}, SciPy {versions.scipy}",
    )
