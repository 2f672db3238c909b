"""A part of an answer, such as by a day: what a forecast says of it, whether it came about, and its words."""

from __future__ import annotations

from forecast.resolutions import (
    BinaryResolution,
    ChoiceResolution,
    ConditionalResolution,
    DateResolution,
    NumericResolution,
    Resolution,
)
from forecast.scorecards.spreads import spread_of
from forecast.scorecards.stated import Chance, Dated, Number, Options, Stated, UnscoredError
from forecast.tournaments.listings import DayPart, HalfPart, OptionPart, Part, RangePart


def part_in_words(part: Part) -> str:
    """Return a part as people say it.

    Examples
    --------
    >>> part_in_words(RangePart(at_least=3.0, below=5.0))
    'at least 3 and below 5'
    """
    match part:
        case OptionPart():
            return f"option '{part.option}'"
        case DayPart():
            return f"by {part.by}"
        case HalfPart():
            return "if the condition holds" if part.given else "if the condition fails"
        case RangePart():
            ends = (("at least", part.at_least), ("below", part.below))
            return " and ".join(f"{word} {end:,.15g}" for word, end in ends if end is not None)


def came_about(value: Resolution, part: Part | None) -> bool:
    """Tell whether a yes-or-no question, or a part of another, came about.

    Raises
    ------
    UnscoredError
        If what resolved has no such part, or the condition of that half did not come about.
    """
    match value, part:
        case BinaryResolution(), None:
            return value.happened
        case ChoiceResolution(), OptionPart():
            return value.option == part.option
        case DateResolution(), DayPart():
            return value.day is not None and value.day <= part.by
        case NumericResolution(), RangePart():
            return (part.at_least is None or part.at_least <= value.value) and (
                part.below is None or value.value < part.below
            )
        case ConditionalResolution(), HalfPart():
            if value.given != part.given:
                raise UnscoredError(f"the condition {'held' if value.given else 'failed'}, and this half is void")
            return value.happened
    raise UnscoredError(f"what resolved as '{value.type}' has no such part")


def chance_of_part(stated: Stated, part: Part) -> float:
    """Return the probability that a prediction gives to a part.

    Of a range, that of the distribution which the forecast keeps: a line over each bin of its histogram.

    Raises
    ------
    UnscoredError
        If the prediction does not tell.
    """
    match stated, part:
        case Chance(), HalfPart():
            return stated.probability
        case Options(), OptionPart() if part.option in stated.probabilities:
            return min(stated.probabilities[part.option], 1.0)
        case Dated(), DayPart() if part.by.isoformat() in stated.by:
            return min(stated.by[part.by.isoformat()], 1.0)
        case Dated(), DayPart():
            raise UnscoredError(f"our forecasts report no probability by {part.by}: ask them for it, by 'dates'")
        case Number(), RangePart():
            return spread_of(stated.summary).between(part.at_least, part.below)
    raise UnscoredError("our forecasts have no such part")
