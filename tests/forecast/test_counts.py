"""Rates behind counts, and what part of a period says of the rest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.distributions import Gamma, NegativeBinomial
from forecast.distributions.counts import counts_over, gamma_poisson_update, rate_behind, remaining_count

positive = st.floats(0.1, 50)


@given(positive, positive, st.floats(0.1, 10))
def test_rate_and_count_are_two_sides_of_one_belief(mean: float, size: float, period: float) -> None:
    """The rate behind a count produces that count again."""
    count = NegativeBinomial(mean=mean, size=size)
    again = counts_over(rate_behind(count, period), period)
    assert again.mean() == pytest.approx(mean, rel=1e-12)
    assert again.size == pytest.approx(size, rel=1e-12)


@given(positive, positive, st.integers(0, 20), st.integers(0, 20))
def test_two_updates_are_one(shape: float, mean: float, first: int, second: int) -> None:
    """Half a year and half a year make a year, in either order."""
    prior = Gamma(shape=shape, mean=mean)
    there = gamma_poisson_update(gamma_poisson_update(prior, first, 0.5), second, 0.5)
    back = gamma_poisson_update(gamma_poisson_update(prior, second, 0.5), first, 0.5)
    once = gamma_poisson_update(prior, first + second, 1.0)
    for other in (there, back):
        assert (other.mean(), other.variance()) == pytest.approx((once.mean(), once.variance()), rel=1e-9)


def test_remaining_count_averages_to_what_was_expected() -> None:
    """Over everything that may be seen, the total keeps its mean: beliefs are a martingale."""
    whole = NegativeBinomial(mean=21, size=1.3)
    so_far = counts_over(rate_behind(whole), 0.4)
    seen = np.arange(400)
    masses = so_far.cdf(seen) - so_far.cdf_below(seen)
    totals = [count + remaining_count(whole, int(count), 0.4, 0.6).mean() for count in seen]
    assert float(masses @ totals) == pytest.approx(21, rel=1e-9)


def test_unusable_statements_are_refused() -> None:
    """Negative counts and times that are none."""
    whole = NegativeBinomial(mean=21, size=1.3)
    with pytest.raises(ValueError, match="observed count -1"):
        remaining_count(whole, -1, 0.4, 0.6)
    with pytest.raises(ValueError, match="elapsed 0"):
        gamma_poisson_update(rate_behind(whole), 1, 0)
    with pytest.raises(ValueError, match="remaining nan"):
        remaining_count(whole, 1, 0.4, float("nan"))
    with pytest.raises(ValueError, match="period -1"):
        counts_over(rate_behind(whole), -1)
