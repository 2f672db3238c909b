"""A quote: what a source says of a question, when, and on which terms; or why there is none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from api.platforms.errors import PayloadError, PlatformRequestError
from api.platforms.quotes.licences import Licence
from forecast.tournaments.listings import Part

QuoteKind = Literal["probability", "options", "quantiles"]

_CLOCKS_APART = timedelta(minutes=5)
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


@dataclass(frozen=True, slots=True)
class QuotedProbability:
    """A probability.

    spread : what is asked less what is bid, as a probability; None where there is no such thing
    """

    probability: float
    spread: float | None = None
    kind: Literal["probability"] = "probability"

    def __post_init__(self) -> None:
        _require_share(self.probability, "the probability")
        _require_share(0.0 if self.spread is None else self.spread, "the spread")


@dataclass(frozen=True, slots=True)
class QuotedOptions:
    """Probabilities of options that exclude each other, made to sum to 1.

    options : label → probability
    stated_sum : what the source's own numbers sum to, before they were divided by it
    spreads : label → spread in the source's own numbers; empty where there is no such thing
    """

    options: Mapping[str, float]
    stated_sum: float
    spreads: Mapping[str, float]
    kind: Literal["options"] = "options"

    def __post_init__(self) -> None:
        for label, probability in self.options.items():
            _require_share(probability, f"the probability of {label!r}")
        for label, spread in self.spreads.items():
            _require_share(spread, f"the spread of {label!r}")


@dataclass(frozen=True, slots=True)
class QuotedQuantiles:
    """Quantiles of a number or a date.

    quantiles : level → value, both ascending; a value at an end of an open range stands for that end or beyond
    unit : of the values, as the source has it; of dates ``unix seconds``; None if it does not say
    """

    quantiles: Mapping[float, float]
    unit: str | None = None
    kind: Literal["quantiles"] = "quantiles"

    def __post_init__(self) -> None:
        levels, values = list(self.quantiles), list(self.quantiles.values())
        if not levels or levels != sorted(set(levels)) or values != sorted(values):
            raise PayloadError(f"quantiles {dict(self.quantiles)} are not in ascending order: state them so")
        if not 0.0 < levels[0] <= levels[-1] < 1.0:
            raise PayloadError(f"quantile levels {levels} do not lie between 0 and 1: state shares")


Quoted = QuotedProbability | QuotedOptions | QuotedQuantiles


@dataclass(frozen=True, slots=True)
class Quote:
    """What a source says of a question.

    source : its name
    place : its own id of the question
    question : its own wording
    value : what it says
    valid_at : since when it says so, if the source tells; else when it was fetched. In UTC
    fetched_at : when the payload was read. In UTC
    licence : on which terms
    payload : bytes of the source's answer, whole
    part : the part of our answer that it is of, where the source says so, as a table may; None of the whole
    """

    source: str
    place: str
    question: str
    value: Quoted
    valid_at: datetime
    fetched_at: datetime
    licence: Licence
    payload: bytes = field(repr=False)
    part: Part | None = None

    def __post_init__(self) -> None:
        _set_utc(self, "valid_at", "fetched_at")
        if self.valid_at > self.fetched_at + _CLOCKS_APART:
            raise PayloadError(
                f"{self.source} {self.place}: what was fetched at {self.fetched_at.isoformat()} cannot be from "
                f"{self.valid_at.isoformat()}: is the time in another unit?"
            )

    @property
    def kind(self) -> QuoteKind:
        """What kind of value it is."""
        return self.value.kind


@dataclass(frozen=True, slots=True)
class NoQuote:
    """A question of which a source says nothing that could be quoted, and why, in words."""

    source: str
    place: str
    question: str
    why: str
    fetched_at: datetime
    payload: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _set_utc(self, "fetched_at")


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """What to read from a source: a path and a query, relative to its address."""

    path: str
    query: Mapping[str, str]


def part_of_path(place: str, source: str) -> str:
    """Return a place that can be a part of a path.

    Raises
    ------
    PlatformRequestError
        If it would lead elsewhere.
    """
    if not _PART.fullmatch(place):
        raise PlatformRequestError(f"{place[:100]!a} is no id of {source}: take it from the source itself")
    return place


def _require_share(probability: float, what: str) -> None:
    if not 0.0 <= probability <= 1.0:
        raise PayloadError(f"{what} is {probability}, which is no share of 1: is it in percent or cents?")


def _set_utc(of: Quote | NoQuote, *names: str) -> None:
    for name in names:
        moment = getattr(of, name)
        if moment.tzinfo is None:
            raise PayloadError(f"{of.source} {of.place}: {name} {moment} has no zone, so that nobody knows when it was")
        object.__setattr__(of, name, moment.astimezone(UTC))
