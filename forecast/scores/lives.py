"""Predictions that stand one after another while a question is open, and their score averaged over that time.

A prediction stands from the moment it is made until the next one, until it is withdrawn, or until the question closes.
Moments are datetimes with a zone and are kept in UTC, in which alone differences are lengths of time: a zone's own
clock jumps.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Generic, TypeVar

Value = TypeVar("Value")


def in_utc(moment: datetime, name: str) -> datetime:
    """Return the same moment in UTC; ``name`` is what an error calls it.

    Raises
    ------
    ValueError
        If it has no zone.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(f"{name} {moment.isoformat()} has no zone: say which, such as {moment.isoformat()}+00:00")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Life:
    """The time during which a question takes predictions.

    opens : when it opens
    closes : when it closes, at the latest when it is known what came about
    planned_close : when it was to close, not before `closes`, which it is when left out; what is covered is counted
        against it, as Metaculus does
    """

    opens: datetime
    closes: datetime
    planned_close: datetime | None = None

    def __post_init__(self) -> None:
        opens, closes = in_utc(self.opens, "opening"), in_utc(self.closes, "close")
        planned = None if self.planned_close is None else in_utc(self.planned_close, "planned close")
        if not opens < closes <= (planned or closes):
            raise ValueError(
                f"a question cannot open on {opens}, close on {closes} and be planned to close on {planned or closes}: "
                "it opens first, and the plan comes last"
            )
        for name, moment in (("opens", opens), ("closes", closes), ("planned_close", planned)):
            object.__setattr__(self, name, moment)

    def share(self, start: datetime, end: datetime) -> float:
        """Return what share of the time until the planned close lies between two moments."""
        whole = (self.planned_close or self.closes) - self.opens
        return (in_utc(end, "end") - in_utc(start, "start")) / whole


@dataclass(frozen=True, slots=True)
class Standing(Generic[Value]):
    """A prediction, or its score, that stands from a moment on.

    value : a probability, probabilities over options, a score: whatever is to be averaged or scored
    since : when it was made; before the question opens counts as at its opening
    until : when it was withdrawn; None if it stands until the next or the close
    """

    value: Value
    since: datetime
    until: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", in_utc(self.since, "start of a prediction"))
        if self.until is not None:
            object.__setattr__(self, "until", in_utc(self.until, "withdrawal"))
            if self.until <= self.since:
                raise ValueError(f"a prediction made on {self.since} cannot be withdrawn on {self.until}: leave it out")


@dataclass(frozen=True, slots=True)
class Stretch(Generic[Value]):
    """Time between two moments, in UTC, over which one value stands."""

    start: datetime
    end: datetime
    value: Value


@dataclass(frozen=True, slots=True)
class LifeScore:
    """A score averaged over the life of a question.

    mean : over the time during which a prediction stood; None if none ever did
    covered : that time as a share of the whole until the planned close
    """

    mean: float | None
    covered: float

    @property
    def with_gaps_as_zero(self) -> float:
        """The mean over the whole life, time without a prediction scoring 0, as Metaculus has it.

        Only for scores in which 0 is what a baseline gets. For a Brier score, 0 is perfect, and silence would win.
        """
        return 0.0 if self.mean is None else self.mean * self.covered


def stretches(history: Sequence[Standing[Value]], life: Life) -> tuple[Stretch[Value], ...]:
    """Return when which prediction stood while the question was open.

    Parameters
    ----------
    history : sequence of Standing
        Of one forecaster, in the order in which they were made.
    life : Life

    Raises
    ------
    ValueError
        If a prediction does not come after the one before it.
    """
    _require_order(history)
    found = []
    for i, standing in enumerate(history):
        ends = [life.closes, *(later.since for later in history[i + 1 : i + 2])]
        start = max(standing.since, life.opens)
        end = min(ends if standing.until is None else [*ends, standing.until])
        if start < end:
            found.append(Stretch(start, end, standing.value))
    return tuple(found)


def standing_at(history: Sequence[Standing[Value]], moment: datetime) -> Value | None:
    """Return what stood at a moment, for scores taken at one time only; None if nothing did.

    What is made at the moment itself stands, what is withdrawn then does not.

    Raises
    ------
    ValueError
        If the moment has no zone, or a prediction does not come after the one before it.
    """
    _require_order(history)
    at = in_utc(moment, "moment")
    last = next((standing for standing in reversed(history) if standing.since <= at), None)
    return None if last is None or (last.until is not None and last.until <= at) else last.value


def time_average(history: Sequence[Standing[Value]], life: Life, score: Callable[[Value], float]) -> LifeScore:
    """Average a score over the time during which predictions stood, each weighted by how long it did.

    Parameters
    ----------
    history : sequence of Standing
        Of one forecaster, in the order in which they were made.
    life : Life
    score : callable
        From a prediction's value to its score.

    Raises
    ------
    ValueError
        If a prediction does not come after the one before it.

    Examples
    --------
    >>> day = lambda n: datetime(2026, 1, n, tzinfo=UTC)
    >>> history = [Standing(0.5, day(1)), Standing(0.0, day(4))]
    >>> time_average(history, Life(day(1), day(5)), lambda p: p**2)
    LifeScore(mean=0.1875, covered=1.0)
    """
    return average_of([Stretch(s.start, s.end, score(s.value)) for s in stretches(history, life)], life)


def average_of(scores: Sequence[Stretch[float]], life: Life) -> LifeScore:
    """Average scores that each stood over a stretch of a question's life; no two stretches overlap."""
    shares = [life.share(stretch.start, stretch.end) for stretch in scores]
    covered = math.fsum(shares)
    if not scores:
        return LifeScore(mean=None, covered=0.0)
    total = math.fsum(stretch.value * share for stretch, share in zip(scores, shares, strict=True))
    return LifeScore(mean=total / covered, covered=covered)


def side_by_side(
    histories: Mapping[str, Sequence[Standing[Value]]], life: Life
) -> tuple[Stretch[dict[str, Value]], ...]:
    """Return who said what while nobody moved: the life cut wherever a prediction of anyone begins or ends.

    Parameters
    ----------
    histories : mapping
        Forecaster → predictions in the order in which they were made.
    life : Life

    Returns
    -------
    tuple of Stretch
        In order, each with the predictions that stood, by forecaster; time without any is left out.

    Raises
    ------
    ValueError
        If a prediction does not come after the one before it.
    """
    begins: dict[datetime, dict[str, Value]] = defaultdict(dict)
    ends: dict[datetime, list[str]] = defaultdict(list)
    for who, history in histories.items():
        for stretch in stretches(history, life):
            begins[stretch.start][who] = stretch.value
            ends[stretch.end].append(who)
    found, standing = [], dict[str, Value]()
    for start, end in pairwise(sorted(begins.keys() | ends.keys())):
        for who in ends.get(start, ()):
            del standing[who]
        standing.update(begins.get(start, {}))
        if standing:
            found.append(Stretch(start, end, dict(standing)))
    return tuple(found)


def _require_order(history: Sequence[Standing[Value]]) -> None:
    for before, after in pairwise(history):
        if after.since <= before.since:
            raise ValueError(
                f"a prediction made on {after.since} comes after one made on {before.since}: "
                "put them in order, and keep the last of those made at one moment"
            )
