"""Numbers as text, with no digit that the simulation does not support."""

import math

from api.wording.glyphs import Glyphs
from forecast.result import ConditionalProbability, Forecast, Probability
from forecast.words import likelihood_word, one_in, percent

OUTSIDE_TABLE = "*"
"""Marks a word for a probability that ICD 203 has no word for."""
OUTSIDE_NOTE = f"{OUTSIDE_TABLE} below 1 % or above 99 %, where ICD 203 has no word"

WHOLE_PERCENT = 0.005
"""The MC error at which a percentage has no decimals left."""

RARE = 0.1
"""Below it, a frequency is "1 in N"; above 1 minus it, "N - 1 in N"."""

ROUNDING = 1e-11
"""A mean closer to 1 than this is 1."""

LARGE_ERROR = 0.02
"""MC errors above this share of a number are shown beside it."""


def draws_behind(forecast: Forecast) -> int:
    """Return the draws behind every number, as many as carry weight."""
    return max(int(forecast.sampling.effective_sample_size), 1)


def chance(p: Probability, draws: int) -> str:
    """Return a probability in percent; one that no world out of so many had, or that all had, is a bound."""
    bound = _bound(p, draws)
    if bound is None:
        return percent(_mean(p), p.mc_error)
    if p.mean == 0.0:
        return f"< {percent(bound)}"
    said = percent(1.0 - bound)
    return said if said.startswith(">") else f"> {said}"


def frequency(p: Probability, draws: int) -> str:
    """Return a probability as "1 in N", N no finer than its MC error."""
    bound = _bound(p, draws)
    if bound is not None:
        return f"under {one_in(bound)}" if p.mean == 0.0 else f"over {one_in(1.0 - bound)}"
    mean = _mean(p)
    if 0.0 < mean < RARE:
        return one_in(_roundly(mean, p.mc_error))
    if 1.0 - RARE < mean < 1.0:
        return one_in(1.0 - _roundly(1.0 - mean, p.mc_error))
    return one_in(mean)


def _mean(p: Probability) -> float:
    """Return the mean, with a certainty that sums in double precision have missed by their rounding put right."""
    return 1.0 if 1.0 - p.mean < ROUNDING else p.mean


def _roundly(p: float, mc_error: float) -> float:
    """Return the nearest probability whose N in "1 in N" ends in as many zeros as the error of N has digits."""
    many, error = 1.0 / p, mc_error / p**2
    unit = 10.0 ** math.ceil(math.log10(error)) if error > 1.0 else 1.0
    return p if unit == 1.0 or unit > many else 1.0 / (unit * round(many / unit))


def word(p: Probability) -> str:
    """Return the word of ICD 203 for the number as it is printed, marked where the table ends."""
    said = likelihood_word(round(p.mean, 4))
    return said.term if said.in_table else said.term + OUTSIDE_TABLE


def _bound(p: Probability, draws: int) -> float | None:
    """Return 3 / N, the 95 % bound after N worlds without a hit, where counting found none or nothing else."""
    if p.method == "counted over worlds" and p.mean in (0.0, 1.0):
        return min(3.0 / draws, 1.0)
    return None


def interval(p: Probability, ends: tuple[str, str] = ("0.05", "0.95")) -> tuple[str, str]:
    """Return the ends of the 90 % credible interval in percent, two significant digits; empty if there is none.

    Other ``ends`` give another interval.
    """
    if p.quantiles is None:
        return "", ""
    errors = p.quantile_mc_errors or {}
    low, high = (interval_end(p.quantiles[level], errors.get(level, 0.0)) for level in ends)
    return low, high


def conditional(p: ConditionalProbability) -> str:
    """Return P(event | condition) in percent, or that there is none."""
    return "the condition has no weight" if p.mean is None else percent(min(max(p.mean, 0.0), 1.0), p.mc_error or 0.0)


def interval_end(p: float, mc_error: float = 0.0) -> str:
    """Return an end of an interval in percent, two significant digits, without the sign."""
    nearest = min(p, 1.0 - p)
    decimals = 2 if nearest < 0.001 else 1 if nearest < 0.01 or p < 0.1 else 0
    if p < 0.01:
        decimals = 2
    coarse = 10.0**-decimals / 200.0
    return percent(p, min(max(mc_error, coarse), WHOLE_PERCENT)).removesuffix(" %").replace(" ", "")


def number(value: float, mc_error: float = 0.0, *, digits: int = 4) -> str:
    """Return a number with at most ``digits`` significant digits, at least one, and none below twice its MC error.

    Examples
    --------
    >>> [number(27617.58, 2.31), number(27.2967, 0.0099), number(0.0477716, 0.00018), number(119.7, 19.6)]
    ['27,620', '27.3', '0.048', '100']
    """
    if value == 0.0:
        return "0"
    first = -math.floor(math.log10(abs(value)))
    decimals = first + digits - 1
    if mc_error > 0.0:
        decimals = max(min(decimals, math.floor(-math.log10(2.0 * mc_error) + 1e-9)), first)
    if not 1e-6 <= abs(value) < 1e15:
        return f"{value:.{max(decimals - first, 0)}e}"
    text = f"{round(value, decimals):,.{max(decimals, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def estimate(value: float, mc_error: float, glyphs: Glyphs) -> str:
    """Return a mean; where the simulation leaves it rough, with its MC error, and down to that one's first digit."""
    if mc_error <= LARGE_ERROR * abs(value):
        return number(value, mc_error)
    last = 10.0 ** math.floor(math.log10(mc_error))
    return f"{number(value, last / 2.0)} {glyphs.plus_minus}{number(mc_error, digits=1)}"


def times(ratio: float) -> str:
    """Return a ratio with two significant digits."""
    return f"{ratio:.1f}" if 0.1 <= ratio < 9.95 else number(ratio, digits=2)
