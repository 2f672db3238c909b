"""Gists: what a part of a scenario says, as figures short enough for a sentence, and how two gists differ."""

import math
import textwrap
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import singledispatch

from pydantic import BaseModel

from forecast.distributions import Family
from forecast.documents.scenario_text import stated_data
from forecast.documents.writer import flow_text
from forecast.errors import MOST_NAMES
from forecast.statements.quantities import ByAttribute

Gist = Mapping[str, Mapping[str, str]]
"""Heading → label → figure, in the order in which they are told; a heading or a label may be empty."""

LONGEST_QUOTE = 80
"""Text with more characters is not quoted in a sentence: it is called rewritten."""
REWRITTEN = "rewritten"
_DIGITS = 4


def moves(before: Gist, after: Gist) -> dict[str, list[str]]:
    """Return under each heading what differs, such as ``no_deal 60 % → 50 %``; headings without a difference not."""
    found: dict[str, list[str]] = {}
    for heading in dict.fromkeys((*after, *before)):
        old, new = before.get(heading, {}), after.get(heading, {})
        moved = [
            _move(label, old.get(label), new.get(label))
            for label in dict.fromkeys((*new, *old))
            if old.get(label) != new.get(label)
        ]
        if moved:
            found[heading] = moved
    return found


def told(gist: Gist) -> dict[str, list[str]]:
    """Return under each heading what a gist says, long text left out."""
    found = {heading: [_figure(*item) for item in figures.items()] for heading, figures in gist.items()}
    return {heading: said for heading, figures in found.items() if (said := [text for text in figures if text])}


def clauses(found: Mapping[str, list[str]]) -> str:
    """Join what ``moves`` or ``told`` found; of a long list the first entries and how many more there are."""
    return _listed([f"{heading} {_listed(items, ', ')}".lstrip() for heading, items in found.items()], "; ")


def _move(label: str, old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return f"{_figure(label, new or old or '')} {'added' if old is None else 'dropped'}"
    if max(len(old), len(new)) > LONGEST_QUOTE:
        return f"{label} {REWRITTEN}".lstrip()
    return f"{label} {old} → {new}".lstrip()


def _figure(label: str, text: str) -> str:
    return f"{label} {text if len(text) <= LONGEST_QUOTE else ''}".strip()


def _listed(items: list[str], separator: str) -> str:
    first, more = items[:MOST_NAMES], len(items) - MOST_NAMES
    return separator.join(first) + (f" and {more:,} more" if more > 0 else "")


def plain(value: object) -> object:
    """Return what part of a scenario states, as dicts, lists, text, numbers and dates."""
    if isinstance(value, BaseModel):
        return stated_data(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def scalar_gist(value: object) -> Gist:
    """Tell a value as one figure, as the document writes it on one line."""
    return {"": {"": flow_text(plain(value))}}


@singledispatch
def gist_of(value: object) -> Gist:
    """Tell any value of a document; parts with parts by what is inside them."""
    return {"": dict(flat_figures(plain(value)))}


@gist_of.register
def _text(value: str) -> Gist:
    return {"": {"": _quoted(value)}}


@gist_of.register(tuple)
def _list(value: tuple[object, ...]) -> Gist:
    if all(isinstance(item, str | date) for item in value):
        return {"": {textwrap.shorten(_quoted(str(item)), LONGEST_QUOTE, placeholder=" …"): "" for item in value}}
    return scalar_gist(value)


@gist_of.register
def _number(value: Family) -> Gist:
    """Tell a distribution's parameters, and the mean and standard deviation that follow if they are not stated."""
    figures = dict(flat_figures(stated_data(value)))
    computed: dict[str, Callable[[], float]] = {"mean": value.mean, "sd": lambda: math.sqrt(value.variance())}
    follows = {name: {"": number(moment())} for name, moment in computed.items() if name not in figures}
    return {"": figures, **follows}


@gist_of.register
def _number_by_attribute(value: ByAttribute) -> Gist:
    cases = {f"where {value.attribute} is yes:": value.yes, f"where {value.attribute} is no:": value.no}
    return {case: _merged(gist_of(family)) for case, family in cases.items()}


def _merged(gist: Gist) -> Mapping[str, str]:
    return {f"{heading} {label}".strip(): text for heading, figures in gist.items() for label, text in figures.items()}


def flat_figures(data: object, label: str = "") -> Iterator[tuple[str, str]]:
    """Yield the figures of plain data: those of maps in maps under labels of several words."""
    if isinstance(data, Mapping):
        for key, item in data.items():
            yield from flat_figures(item, f"{label} {key}".strip())
    else:
        yield label, flow_text(data)


def _quoted(text: str) -> str:
    words = text.split()
    return f"“{' '.join(words)}”" if len(words) > 1 else text.strip()


def number(value: float) -> str:
    """Return a computed number with four significant digits at most.

    Examples
    --------
    >>> [number(20.0), number(27617.58), number(0.058333), number(1e-9)]
    ['20', '27,620', '0.05833', '1e-09']
    """
    if value == 0.0 or not 1e-6 <= abs(value) < 1e15:
        return f"{value:.{_DIGITS}g}"
    decimals = _DIGITS - 1 - math.floor(math.log10(abs(value)))
    text = f"{round(value, decimals):,.{max(decimals, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
