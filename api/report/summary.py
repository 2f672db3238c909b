"""The opening paragraph: how likely the ways are in which this can end."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.report.rows import Figure
from api.report.source import Source
from api.wording.figures import OUTSIDE_NOTE, OUTSIDE_TABLE, chance, frequency, word
from api.wording.text import long_day
from forecast.result import Probability
from forecast.words import percent

MOST_NAMED = 4
"""Ways beyond these are summed up; a single one left over is named all the same."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which this can end."""

    name: str
    mean: Figure
    word: str
    frequency: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The likeliest way, the next ones, and what the others have together."""

    horizon: str
    ways: int
    first: Way
    others: tuple[Way, ...]
    rest: int
    rest_together: str

    @property
    def outside_note(self) -> str:
        """Return what the mark beside a word means, where one carries it."""
        return OUTSIDE_NOTE if any(OUTSIDE_TABLE in way.word for way in (self.first, *self.others)) else ""


def summary(source: Source, ends: Mapping[str, Probability], names: Mapping[str, str]) -> Summary:
    """Sum up a partition."""
    order = sorted(ends, key=lambda name: -ends[name].mean)
    named = len(order) if len(order) <= MOST_NAMED + 1 else MOST_NAMED
    first, *others = (_way(source, names[name], ends[name]) for name in order[:named])
    told, rest = ([ends[name] for name in part] for part in (order[:named], order[named:]))
    # All add up to 1, so the rest is as uncertain as the others; the MC error of a sum is at most that of its parts.
    error = min(sum(p.mc_error for p in part) for part in (told, rest))
    return Summary(
        horizon=long_day(source.forecast.horizon),
        ways=len(order),
        first=first,
        others=tuple(others),
        rest=len(rest),
        rest_together=percent(min(sum(p.mean for p in rest), 1.0), error) if rest else "",
    )


def _way(source: Source, name: str, p: Probability) -> Way:
    return Way(name, Figure(repr(p.mean), chance(p, source.draws)), word(p), frequency(p, source.draws))
