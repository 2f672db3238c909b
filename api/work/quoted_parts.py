"""Quotes of a part of our answer: whether our question has such a part, and what a forecast of ours says of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from api.errors import OutdatedForecastError
from api.suggestions import did_you_mean
from forecast.predictions.kinds import Predictions
from forecast.result import Answer, ConditionalAnswer, DateAnswer, MultipleChoiceAnswer, NumericAnswer
from forecast.scenario import Scenario
from forecast.scorecards.parts import part_in_words
from forecast.statements.questions import (
    ConditionalQuestion,
    DateQuestion,
    MultipleChoiceQuestion,
    NumericQuestion,
    Question,
)
from forecast.tournaments.asked import asked_probability
from forecast.tournaments.exports import ExportError
from forecast.tournaments.listings import DayPart, HalfPart, Listing, OptionPart, Part, RangePart

PARTS = {
    "binary": "leave the part out",
    "multiple_choice": "state {option: …}",
    "numeric": "state {at_least: …}, {below: …}, or both",
    "date": "state {by: …}",
    "conditional": "state {given: true} or {given: false}",
}
"""Type of question → which part of its answer may be asked for."""


def why_no_part(part: Part, scenario: Scenario, name: str) -> str | None:
    """Return why the answer to our question has no such part, None if it has."""
    question = scenario.questions[name]
    match question, part:
        case MultipleChoiceQuestion(), OptionPart():
            if part.option not in question.options:
                return f"our question has no option '{part.option}'" + did_you_mean(
                    part.option, list(question.options), "ours are"
                )
        case DateQuestion(), DayPart():
            return _why_not_by(part.by, scenario)
        case (ConditionalQuestion(), HalfPart()) | (NumericQuestion(), RangePart()):
            return None
        case _:
            return f"our question is {question.type}, and '{part_in_words(part)}' is no part of that: {way(question)}"
    return None


def way(question: Question) -> str:
    """Return what to state as the part of our question that a probability is of."""
    return PARTS[question.type]


def _why_not_by(day: date, scenario: Scenario) -> str | None:
    if scenario.as_of <= day <= scenario.horizon:
        return None
    return (
        f"{day} lies outside what the scenario speaks of, {scenario.as_of} to {scenario.horizon}: state a day that a "
        "forecast can tell of"
    )


@dataclass(frozen=True, slots=True)
class OurPart:
    """Our probability of a part, or why there is none."""

    probability: float | None
    why_not: str | None


def ours_of(part: Part, answer: Answer, question: str, predictions: Callable[[], Predictions]) -> OurPart:
    """Return what a forecast says of a part of its answer: what it keeps, and else what its worlds say.

    Parameters
    ----------
    part : the part
    answer : of the forecast
    question : our name of it
    predictions : gives those of the forecast; called only for a day that it does not report, and for a range
    """
    match answer, part:
        case MultipleChoiceAnswer(), OptionPart():
            if part.option in answer.options:
                return OurPart(min(answer.options[part.option].mean, 1.0), None)
            return OurPart(None, f"it has no option '{part.option}'")
        case ConditionalAnswer(), HalfPart():
            mean = (answer.if_true if part.given else answer.if_false).mean
            return OurPart(mean, None) if mean is not None else OurPart(None, "it gives the condition no chance")
        case DateAnswer(), DayPart() if part.by.isoformat() in answer.by:
            return OurPart(min(answer.by[part.by.isoformat()].mean, 1.0), None)
        case (DateAnswer(), DayPart()) | (NumericAnswer(), RangePart()):
            return _by_worlds(part, question, predictions)
    return OurPart(None, f"it answers a {answer.type} question, of which that is no part")


def _by_worlds(part: Part, question: str, predictions: Callable[[], Predictions]) -> OurPart:
    asked = Listing(platform="quote", question=question, part=part)
    try:
        return OurPart(asked_probability(predictions(), asked), None)
    except (ExportError, OutdatedForecastError) as error:
        return OurPart(None, str(error))
