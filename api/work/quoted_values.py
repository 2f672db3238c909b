"""What a source says as an answer to one of our questions: of the kind it asks for, in the options it has."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.errors import RequestRefusedError
from api.platforms.quotes.quote import Quote, Quoted, QuotedOptions, QuotedProbability, QuotedQuantiles
from api.suggestions import did_you_mean
from forecast.errors import Fault, Pointer, listed
from forecast.scenario import Scenario
from forecast.statements.questions import (
    BinaryQuestion,
    DateQuestion,
    MultipleChoiceQuestion,
    NumericQuestion,
    Question,
)
from forecast.tournaments.asked import WAYS

SECONDS = "unix seconds"
"""Unit of the quantiles of a date."""

FURTHEST_SECONDS = 62_135_596_800.0
"""From 1970 to the first day of the calendar; the other way it goes further."""


def refusal(pointer: Pointer, why: str) -> RequestRefusedError:
    """Return the error of a request with one fault."""
    return RequestRefusedError([Fault(pointer, why)])


def require_known(options: Mapping[str, str], found: Iterable[Quote], question: Question) -> None:
    """Refuse a mapping, theirs → ours, of options that they have not or to options that we have not."""
    theirs = {label for each in found if isinstance(each.value, QuotedOptions) for label in each.value.options}
    ours = list(question.options) if isinstance(question, MultipleChoiceQuestion) else []
    for label, target in options.items():
        if label not in theirs:
            hint = did_you_mean(label, theirs, "theirs are") if theirs else ": what is quoted has no options"
            raise refusal(("options", label), f"the source has no option '{label}'{hint}")
        if target not in ours:
            hint = did_you_mean(target, ours, "ours are") if ours else ": it has no options"
            raise refusal(("options", label), f"our question has no option '{target}'{hint}")


def in_our_words(value: Quoted, scenario: Scenario, name: str, options: Mapping[str, str]) -> Mapping[str, Any]:
    """Return what is said as plain data, its options under our names.

    Parameters
    ----------
    value : of the source
    scenario : the one that our question is of
    name : our name of it
    options : theirs → ours, of those that are called otherwise

    Raises
    ------
    RequestRefusedError
        If it is of a kind that answers no question of this type, in another unit than ours, or its options and ours do
        not cover each other.
    """
    question = scenario.questions[name]
    match value, question:
        case QuotedProbability(), BinaryQuestion():
            return said_probability(value)
        case QuotedOptions(), MultipleChoiceQuestion():
            return _in_our_options(value, list(question.options), options)
        case QuotedQuantiles(), NumericQuestion() | DateQuestion():
            if isinstance(question, DateQuestion):
                _require_days(value)
            else:
                _require_unit(value, scenario.quantities[question.quantity].unit)
            levels = {str(level): quantile for level, quantile in value.quantiles.items()}
            return {"kind": value.kind, "quantiles": levels, "unit": value.unit}
    what = {"probability": "a probability", "options": "options", "quantiles": "quantiles"}[value.kind]
    way_out = "choose one that asks for that"
    if isinstance(value, QuotedProbability):
        way_out = f"{way_out}, or say of which part of it the probability is: {WAYS[question.type]}"
    raise refusal(("question",), f"our question is {question.type}, and {what} cannot answer it: {way_out}")


def said_probability(value: QuotedProbability) -> Mapping[str, Any]:
    """Return a probability, of a yes-or-no question or of a part of another, as plain data."""
    return {"kind": value.kind, "probability": value.probability, "spread": value.spread}


def _require_unit(value: QuotedQuantiles, unit: str) -> None:
    if value.unit not in (None, unit):
        why = f"it is stated in '{value.unit}', and our question asks for '{unit}'"
        raise refusal(("question",), f"{why}: state it as a CSV in our unit, or without a unit if both are the same")


def _require_days(value: QuotedQuantiles) -> None:
    if value.unit != SECONDS:
        raise refusal(("question",), f"our question asks for a day: state its quantiles in {SECONDS}")
    beyond = [quantile for quantile in value.quantiles.values() if not abs(quantile) <= FURTHEST_SECONDS]
    if beyond:
        raise refusal(("question",), f"{beyond[0]:g} {SECONDS} is no day in the calendar: is it in another unit?")


def _in_our_options(value: QuotedOptions, ours: Sequence[str], options: Mapping[str, str]) -> Mapping[str, Any]:
    """Return options under our names: those mapped to one of ours are added up, as their bundle has that spread."""
    called = {label: options.get(label, label) for label in value.options}
    strange = [label for label, name in called.items() if name not in ours]
    if strange:
        why = f"of theirs, {listed(strange)} is none of ours: map each to one of {listed(ours)}"
        raise refusal(("options",), why)
    missing = [name for name in ours if name not in called.values()]
    if missing:
        raise refusal(("options",), f"no option of theirs stands for {listed(missing)}: map one to each of ours")
    probabilities = _added_up(value.options, called)
    return {
        "kind": value.kind,
        # Shares that were divided by their sum may add up to a rounding above 1.
        "options": {name: min(probabilities[name], 1.0) for name in ours},
        "stated_sum": value.stated_sum,
        "spreads": _added_up(value.spreads, called),
    }


def _added_up(numbers: Mapping[str, float], called: Mapping[str, str]) -> dict[str, float]:
    parts: dict[str, list[float]] = {}
    for label, number in numbers.items():
        parts.setdefault(called[label], []).append(number)
    return {name: math.fsum(each) for name, each in parts.items()}
