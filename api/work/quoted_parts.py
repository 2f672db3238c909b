"""Quotes of a part of our answer: whether our question has such a part, and what a forecast of ours says of it."""

from collections.abc import Callable
from dataclasses import dataclass

from api.errors import OutdatedForecastError
from forecast.predictions.kinds import Predictions
from forecast.result import Answer, ConditionalAnswer, DateAnswer, MultipleChoiceAnswer, NumericAnswer
from forecast.scenario import Scenario
from forecast.tournaments.asked import asked_probability, require_part, subject_in
from forecast.tournaments.exports import ExportError
from forecast.tournaments.listings import DayPart, HalfPart, Listing, OptionPart, Part, RangePart


def why_no_part(part: Part, scenario: Scenario, name: str) -> str | None:
    """Return why the answer to our question has no such part, None if it has."""
    try:
        require_part(subject_in(scenario, name), _asked(name, part))
    except ExportError as error:
        return error.message
    return None


def _asked(name: str, part: Part) -> Listing:
    """Return a quote's part as what a platform asks for: parts of both are the same."""
    return Listing(platform="quote", question=name, part=part)


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
    try:
        return OurPart(asked_probability(predictions(), _asked(question, part)), None)
    except (ExportError, OutdatedForecastError) as error:
        return OurPart(None, str(error))
