"""What a forecast says at a place, beside what happened there: the form that is scored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from forecast.resolutions import (
    NODES,
    OUTCOMES,
    QUESTIONS,
    BinaryResolution,
    ChoiceResolution,
    ConditionalResolution,
    DateResolution,
    NodeResolution,
    NumericResolution,
    OutcomeResolution,
    Settled,
)
from forecast.result import (
    Answer,
    BinaryAnswer,
    ConditionalAnswer,
    DateAnswer,
    Forecast,
    MultipleChoiceAnswer,
    NumericAnswer,
    QuantitySummary,
)


class UnscoredError(ValueError):
    """A prediction that cannot be scored; the message says why."""


@dataclass(frozen=True, slots=True)
class Chance:
    """Yes or no: the probability of yes, and whether it came about."""

    probability: float
    happened: bool


@dataclass(frozen=True, slots=True)
class Options:
    """One of several: their probabilities, and the one that came about."""

    probabilities: Mapping[str, float]
    came_about: str


@dataclass(frozen=True, slots=True)
class Dated:
    """When: the probability by each reported day, as ISO text; and the day, None if it had not come by the horizon."""

    by: Mapping[str, float]
    day: date | None


@dataclass(frozen=True, slots=True)
class Number:
    """How much: what a forecast keeps of the number, and the number."""

    summary: QuantitySummary
    value: float


Stated = Chance | Options | Dated | Number


def said_in(forecast: Forecast, settled: Iterable[Settled]) -> dict[str, Stated | UnscoredError]:
    """Return what a forecast says at each of several places, or why nothing there can be scored."""
    return {each.place: _said(forecast, each) for each in settled}


def _said(forecast: Forecast, settled: Settled) -> Stated | UnscoredError:
    try:
        return stated_at(forecast, settled)
    except UnscoredError as error:
        return error


def stated_at(forecast: Forecast, settled: Settled) -> Stated:
    """Return what a forecast says at a place that has resolved.

    Probabilities are its means over draws, as they are submitted to platforms.

    Parameters
    ----------
    forecast : Forecast
    settled : Settled
        What happened, and where.

    Raises
    ------
    UnscoredError
        If the forecast does not speak of the place, or not of what happened there.
    """
    value, place = settled.value, settled.place
    if isinstance(value, NodeResolution) and value.branch is not None:
        return _among(forecast.nodes.get(place.removeprefix(NODES)), value.branch, place)
    if isinstance(value, OutcomeResolution) and place == OUTCOMES:
        return _among({name: p.mean for name, p in forecast.outcomes.items()}, value.outcome, place)
    answer = forecast.questions.get(place.removeprefix(QUESTIONS))
    if answer is None:
        raise UnscoredError(f"the forecast does not speak of '{place}': its version of the scenario had no such place")
    return _answered(answer, settled)


def _among(found: Mapping[str, float] | None, taken: str, place: str) -> Options:
    if found is None or taken not in found:
        raise UnscoredError(f"the forecast does not speak of '{taken}' at {place}: its version had no such name")
    return Options(found, taken)


def _answered(answer: Answer, settled: Settled) -> Stated:
    value = settled.value
    match answer, value:
        case BinaryAnswer(), BinaryResolution():
            return Chance(answer.mean, value.happened)
        case MultipleChoiceAnswer(), ChoiceResolution():
            return _among({label: p.mean for label, p in answer.options.items()}, value.option, settled.place)
        case NumericAnswer(), NumericResolution():
            return Number(answer, value.value)
        case DateAnswer(), DateResolution():
            return Dated({day: p.mean for day, p in answer.by.items()}, value.day)
        case ConditionalAnswer(), ConditionalResolution():
            return _half(answer, value)
    raise UnscoredError(
        f"the forecast answers '{settled.place}' as a {answer.type} question, which resolved as '{value.type}': its "
        "version of the scenario asked something else"
    )


def _half(answer: ConditionalAnswer, value: ConditionalResolution) -> Chance:
    """Return the half of a pair whose condition came about; the other half is void."""
    found = (answer.if_true if value.given else answer.if_false).mean
    if found is None:
        held = "held" if value.given else "failed"
        raise UnscoredError(f"the condition {held}, which the forecast gave no chance: it says nothing for that case")
    return Chance(min(max(found, 0.0), 1.0), value.happened)
