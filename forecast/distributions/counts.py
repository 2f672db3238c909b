"""What a count so far says of the rate behind it: gamma-distributed rates and the counts they produce."""

from __future__ import annotations

import math

from forecast.distributions import Gamma, NegativeBinomial


def rate_behind(count: NegativeBinomial, period: float = 1.0) -> Gamma:
    """Gamma-distributed rate, per unit of time, whose counts over `period` follow this negative binomial."""
    _require_time("period", period)
    return Gamma(shape=count.size, rate=period * count.size / count.mean())


def gamma_poisson_update(rate: Gamma, observed: int, elapsed: float) -> Gamma:
    """Belief about a rate after `observed` events in `elapsed` units of time.

    Gamma(shape, rate) becomes Gamma(shape + observed, rate + elapsed): the conjugate update of a Poisson count.

    Parameters
    ----------
    rate : Gamma
        Belief so far, in events per unit of time.
    observed : int
        Events seen, 0 or more.
    elapsed : float
        Time watched, above 0.

    Raises
    ------
    ValueError
        If `observed` is negative or `elapsed` is not above 0.
    """
    if observed < 0:
        raise ValueError(f"observed count {observed} is negative: count events from 0 up")
    _require_time("elapsed", elapsed)
    time_seen = rate.mean() / rate.variance()  # the gamma's own rate: mean/variance, whichever way it was stated
    return Gamma(shape=rate.shape + observed, rate=time_seen + elapsed)


def counts_over(rate: Gamma, period: float) -> NegativeBinomial:
    """Predictive count of events over `period` units of time, the rate being uncertain."""
    _require_time("period", period)
    return NegativeBinomial(mean=rate.mean() * period, size=rate.shape)


def remaining_count(whole: NegativeBinomial, observed: int, elapsed: float, remaining: float) -> NegativeBinomial:
    """Count still to come, given what was stated for the whole period and what has been seen of it.

    Parameters
    ----------
    whole : NegativeBinomial
        Count stated in advance for `elapsed + remaining`.
    observed : int
        Events in the part that has passed. The total of the period is this plus the count returned.
    elapsed, remaining : float
        Both parts of the period, in the same unit of time, above 0.

    Returns
    -------
    NegativeBinomial

    Examples
    --------
    >>> rest = remaining_count(NegativeBinomial(mean=21, size=1.3), observed=5, elapsed=0.4, remaining=0.6)
    >>> round(5 + rest.mean(), 2)
    13.18
    """
    _require_time("remaining", remaining)
    prior = rate_behind(whole, elapsed + remaining)
    return counts_over(gamma_poisson_update(prior, observed, elapsed), remaining)


def _require_time(name: str, time: float) -> None:
    if not (time > 0 and math.isfinite(time)):
        raise ValueError(f"{name} {time} must be a time above 0, in the unit the rate is per")
