"""Quantities and dates as text: means, quantiles, single values, days."""

import math
from collections.abc import Sequence

from api.wording.figures import estimate, number
from api.wording.glyphs import Glyphs
from forecast.result import DateSummary, Forecast, QuantitySummary
from forecast.words import percent

MOST_ATOMS = 2
ATOM_DIGITS = 6
QUANTILE_DIGITS = 3
NAMED_LEVELS = {"0.05": "5 % by", "0.25": "25 % by", "0.5": "half by", "0.75": "75 % by", "0.95": "95 % by"}


def figures(summary: QuantitySummary, draws: int, glyphs: Glyphs) -> tuple[str, str, str, str]:
    """Return mean, median, range and single values as text."""
    low, middle, high = (quantile(summary, level) for level in ("0.05", "0.5", "0.95"))
    return mean(summary, glyphs), middle, f"{low} {glyphs.dash} {high}", single_values(summary, draws, glyphs)


def mean(summary: QuantitySummary, glyphs: Glyphs) -> str:
    """Return the mean; of a number that is certain, the number itself."""
    if len(summary.atoms) == 1 and summary.atoms[0].probability >= 1.0 - 1e-12:
        return quantile(summary, "0.5")
    return estimate(summary.mean, summary.mc_error, glyphs)


def quantile(summary: QuantitySummary, level: str) -> str:
    """Return a quantile, in full where it is a single value with probability of its own."""
    value = summary.quantiles[level]
    exactly = any(atom.value == value for atom in summary.atoms)
    return number(value, digits=ATOM_DIGITS if exactly else QUANTILE_DIGITS)


def single_values(summary: QuantitySummary, draws: int, glyphs: Glyphs) -> str:
    """Return the values that have most probability of their own."""
    atoms = sorted(summary.atoms, key=lambda atom: -atom.probability)
    said = [f"{number(a.value, digits=ATOM_DIGITS)}: {counted_share(a.probability, draws)}" for a in atoms[:MOST_ATOMS]]
    if len(atoms) > MOST_ATOMS:
        said.append(glyphs.ellipsis)
    return ", ".join(said)


def counted_share(p: float, draws: int) -> str:
    """Return the probability of a value or a range of values in percent.

    Its error is that of a share counted over so many independent worlds; Sobol' points do no worse.
    """
    p = min(p, 1.0)
    return percent(p, math.sqrt(p * (1.0 - p) / draws))


def days_to_show(forecast: Forecast, summaries: Sequence[DateSummary]) -> list[str]:
    """Return the reported days, without past ones by which nothing had happened."""
    as_of = forecast.as_of.isoformat()
    return [day for day in summaries[0].by if day > as_of or any(summary.by[day].mean for summary in summaries)]


def not_by_horizon(summary: DateSummary) -> str:
    """Return the probability of not at all, in percent."""
    return percent(summary.not_by_horizon, summary.by[max(summary.by)].mc_error)


def counted(number: int, one: str, many: str) -> str:
    """Return a number with what is counted.

    Examples
    --------
    >>> counted(1, "entry", "entries"), counted(1200, "entry", "entries")
    ('1 entry', '1,200 entries')
    """
    return f"{number:,} {one if number == 1 else many}"
