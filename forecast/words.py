"""Probabilities as people read them: a word of ICD 203, "1 in N", and a percentage with no digit too many."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class LikelihoodBand:
    """One column of the ICD 203 table.

    Attributes
    ----------
    term, alternative : str
        The two expressions, equivalent; a product uses one row of the table and does not mix them.
    low, high : float
        Ends of the band, as probabilities.
    """

    term: str
    alternative: str
    low: float
    high: float


# Intelligence Community Directive 203, Analytic Standards: expressions of likelihood or probability.
ICD_203 = (
    LikelihoodBand("almost no chance", "remote", 0.01, 0.05),
    LikelihoodBand("very unlikely", "highly improbable", 0.05, 0.20),
    LikelihoodBand("unlikely", "improbable", 0.20, 0.45),
    LikelihoodBand("roughly even chance", "roughly even odds", 0.45, 0.55),
    LikelihoodBand("likely", "probable", 0.55, 0.80),
    LikelihoodBand("very likely", "highly probable", 0.80, 0.95),
    LikelihoodBand("almost certain", "nearly certain", 0.95, 0.99),
)


@dataclass(frozen=True, slots=True)
class LikelihoodWord:
    """The expression for a probability.

    Attributes
    ----------
    term, alternative : str
        As in the table.
    in_table : bool
        False below 1 % and above 99 %, where the table has no word and the nearest one must be marked as such.
    """

    term: str
    alternative: str
    in_table: bool


def likelihood_word(p: float) -> LikelihoodWord:
    """Expression of ICD 203 for a probability.

    Neighbouring bands share their boundary; here it belongs to the higher band (0.05 is "very unlikely"). Below 1 %
    and above 99 % the table is silent: the end term is given with `in_table` False, so that whoever prints it can
    say so.

    Raises
    ------
    ValueError
        If `p` is not in [0, 1].

    Examples
    --------
    >>> likelihood_word(0.3).term
    'unlikely'
    >>> likelihood_word(0.0072)
    LikelihoodWord(term='almost no chance', alternative='remote', in_table=False)
    """
    _require_probability(p)
    band = next((band for band in reversed(ICD_203) if p >= band.low), ICD_203[0])
    return LikelihoodWord(band.term, band.alternative, in_table=ICD_203[0].low <= p <= ICD_203[-1].high)


def likelihood_band(expression: str) -> tuple[float, float]:
    """Ends of the band, as probabilities, of an ICD 203 expression from either row of the table.

    Capitals do not matter.

    Raises
    ------
    ValueError
        If the expression is not in the table; the error lists what is.

    Examples
    --------
    >>> likelihood_band("Highly probable")
    (0.8, 0.95)
    """
    wanted = expression.strip().lower()
    for band in ICD_203:
        if wanted in (band.term, band.alternative):
            return band.low, band.high
    known = ", ".join(f"{band.term} / {band.alternative}" for band in ICD_203)
    raise ValueError(f"{expression!r} is no ICD 203 expression of likelihood: use one of {known}")


# Beyond one in this many, a frequency is a row of zeros that nobody reads.
_RAREST = 10**12
# The same limit for percentages: 1e-10 % is one in 10**12.
_MOST_DECIMALS = 10
# From here on "1 in N" keeps two significant digits.
_ROUNDED_FROM = 1000


def one_in(p: float) -> str:
    """Probability as a frequency.

    Below 0.1, "1 in N" with N whole, and with two significant digits from 1,000 on. Above 0.9, the complement,
    "137 in 138". Between, the nearest fraction with a denominator up to 10, "2 in 3". "never" and "always" are kept
    for exactly 0 and 1.

    Raises
    ------
    ValueError
        If `p` is not in [0, 1].

    Examples
    --------
    >>> [one_in(p) for p in (0.00724, 0.0000123, 0.3, 2 / 3, 0.95)]
    ['1 in 138', '1 in 81,000', '3 in 10', '2 in 3', '19 in 20']
    """
    _require_probability(p)
    if p == 0:
        return "never"
    if p == 1:
        return "always"
    if p < 0.1:
        return f"under 1 in {_RAREST:,}" if p < 1 / _RAREST else f"1 in {_one_in_how_many(p):,}"
    if p > 0.9:
        if 1 - p < 1 / _RAREST:
            return f"over {_RAREST - 1:,} in {_RAREST:,}"
        many = _one_in_how_many(1 - p)
        return f"{many - 1:,} in {many:,}"
    nearest = Fraction(p).limit_denominator(10)
    return f"{nearest.numerator} in {nearest.denominator}"


def percent(p: float, mc_error: float = 0.0) -> str:
    """Probability in percent, with no more digits than twice the Monte Carlo error supports.

    The last digit printed stands for at least 2 * `mc_error`, and for at least 0.01 %; only below 0.01 % are two
    significant digits kept. A number that would round to 0 or 100 without being it is given as a bound.

    Parameters
    ----------
    p : float
        Probability in [0, 1].
    mc_error : float
        Standard error of `p` from simulation, as a probability; 0 for an exact value.

    Raises
    ------
    ValueError
        If `p` is not in [0, 1], or the error is negative or not finite.

    Examples
    --------
    >>> percent(0.028734, 0.00001), percent(0.028734, 0.002), percent(0.000011), percent(0.0003, 0.001)
    ('2.87 %', '3 %', '0.0011 %', '< 1 %')
    """
    _require_probability(p)
    if not (mc_error >= 0 and math.isfinite(mc_error)):
        raise ValueError(f"Monte Carlo error {mc_error} must be finite and not negative")
    if p in (0, 1):
        return f"{100 * p:.0f} %"
    decimals = _decimals_wanted(100 * p)
    if mc_error > 0:
        decimals = min(decimals, _decimals_supported(200 * mc_error))
    rounded = round(100 * p, decimals)
    unit = 10.0**-decimals
    if rounded <= 0:
        return f"< {_plain(unit, decimals)} %"
    if rounded >= 100:
        return f"> {_plain(100 - unit, decimals)} %"
    return f"{_plain(rounded, decimals)} %"


def _decimals_wanted(percentage: float) -> int:
    if percentage >= 0.01:
        return 2
    first_digit = math.floor(math.log10(float(f"{percentage:.1e}")))
    return min(1 - first_digit, _MOST_DECIMALS)


def _decimals_supported(twice_error: float) -> int:
    """Decimals whose unit is no smaller than this error, in percent; tens at the coarsest."""
    # The nudge keeps an error of exactly one unit from losing that digit to the rounding of log10.
    return max(math.floor(-math.log10(twice_error) + 1e-9), -1)


def _plain(percentage: float, decimals: int) -> str:
    return f"{percentage:.{max(decimals, 0)}f}"


def _one_in_how_many(p: float) -> int:
    many = 1 / p
    if many < _ROUNDED_FROM:
        return round(many)
    return int(round(many, 1 - math.floor(math.log10(many))))


def _require_probability(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"probability {p} is not in [0, 1]: write 30 % as 0.3")
