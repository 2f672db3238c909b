"""Events of a document in words: "peace declaration and ICBM limits, or ICBM-only"."""

from collections.abc import Callable, Mapping
from typing import Any

from api.wording.figures import number
from api.wording.text import spoken

_SIDES = {"above": "above", "at_least": "at least", "below": "below", "at_most": "at most"}


def event_words(event: Any, branch: Callable[[str], str], attribute: Callable[[str], str]) -> str:  # noqa: ANN401
    """Return an event as a phrase.

    Parameters
    ----------
    event : str or mapping
        As plain data of a document: a branch, or one of the forms of ``forecast.statements.events``.
    branch, attribute : callable
        What to call a branch, and an attribute.
    """
    if isinstance(event, str):
        return branch(event)
    if "any" in event or "all" in event:
        word, parts = (" or ", event["any"]) if "any" in event else (" and ", event["all"])
        return word.join(_part(part, branch, attribute) for part in parts)
    if "not" in event:
        return f"not {_part(event['not'], branch, attribute)}"
    if "attribute" in event:
        return attribute(event["attribute"])
    if "quantity" in event:
        return _comparison(event)
    return _dated(event, branch)


def _part(event: Any, branch: Callable[[str], str], attribute: Callable[[str], str]) -> str:  # noqa: ANN401
    """Return a part of an event, in brackets if it has several parts of its own."""
    said = event_words(event, branch, attribute)
    several = isinstance(event, Mapping) and any(len(event.get(word, ())) > 1 for word in ("any", "all"))
    return f"({said})" if several else said


def _comparison(event: Mapping[str, Any]) -> str:
    side = next(side for side in _SIDES if side in event)
    return f"{spoken(event['quantity'])} {_SIDES[side]} {number(event[side], digits=12)}"


def _dated(event: Mapping[str, Any], branch: Callable[[str], str]) -> str:
    said = branch(event["branch"])
    if "within_years" in event:
        years = event["within_years"]
        said += f" within {number(years)} {'year' if years == 1.0 else 'years'} of {branch(event['of'])}"
    if "by" in event:
        said += f" by {event['by']}"
    return said
