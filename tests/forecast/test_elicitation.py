"""Intervals with a confidence, Dirichlets from separate Betas, and branch probabilities stated one after another."""

import math
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from forecast.numerics.elicitation import (
    beta_from_best_and_interval,
    connor_mosimann_moments,
    fit_dirichlet_marginal,
    rescale_interval,
)


def test_interval_with_confidence_is_met() -> None:
    """The interval holds the stated probability, the best guess is the median."""
    values = special.betaincinv(4, 9, [0.1, 0.5, 0.9])
    assert beta_from_best_and_interval(values[0], values[1], values[2], confidence=0.8) == pytest.approx(
        (4, 9), rel=1e-6
    )


@pytest.mark.parametrize("confidence", [0.0, 1.0, 80.0])
def test_interval_needs_a_confidence_short_of_certainty(confidence: float) -> None:
    """No Beta is sure of an interval, and 80 means 0.8."""
    with pytest.raises(ValueError, match="confidence"):
        beta_from_best_and_interval(0.1, 0.2, 0.3, confidence)


@given(st.floats(-100, 100), st.floats(0, 50), st.floats(0, 50), st.floats(0.5, 1), st.floats(0.5, 1))
def test_rescaling_an_interval_keeps_the_best_guess_and_undoes_itself(
    best: float, below: float, above: float, stated: float, target: float
) -> None:
    """There and back again is the interval itself."""
    low, high = rescale_interval(best - below, best, best + above, stated, target)
    assert low <= best <= high
    assert rescale_interval(low, best, high, target, stated) == pytest.approx((best - below, best + above), abs=1e-9)


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ((3, 2, 4, 0.8, 0.9), "best guess 2 must lie between"),
        ((1, 2, 4, 80, 0.9), "stated confidence 80"),
        ((1, 2, 4, 0.8, 0), "target confidence 0"),
    ],
)
def test_unusable_intervals_are_refused(statement: tuple[float, float, float, float, float], complaint: str) -> None:
    """The message names the number."""
    with pytest.raises(ValueError, match=complaint):
        rescale_interval(*statement)


def test_coherent_marginals_give_their_dirichlet() -> None:
    """Marginals of one Dirichlet have one sample size, so every method returns it."""
    methods: tuple[Literal["opt", "min", "mean"], ...] = ("opt", "min", "mean")
    for method in methods:
        fit = fit_dirichlet_marginal([(20, 15), (10, 25), (5, 30)], method)
        assert fit.alpha == pytest.approx((20, 10, 5), rel=1e-12)
        assert fit.equivalent_sample_size == pytest.approx(35, rel=1e-12)
        assert fit.sum_of_means == pytest.approx(1, rel=1e-15)


def test_incoherent_marginals_are_reported() -> None:
    """Means of 0.6 and 0.6 are shared out evenly, and their sum is told."""
    fit = fit_dirichlet_marginal([(6, 4), (12, 8)], "mean")
    assert fit.alpha == pytest.approx((7.5, 7.5))
    assert fit.sum_of_means == pytest.approx(1.2)


def test_optimal_size_is_least_squares_on_the_standard_deviations() -> None:
    """No other size brings the standard deviations of the marginals closer to the stated ones."""
    betas = [(24.9, 20.4), (6.2, 14.7), (4.6, 24.4)]
    n = np.array([a + b for a, b in betas])
    mu = np.array([a / (a + b) for a, b in betas])
    stated = np.sqrt(mu * (1 - mu) / (n + 1))
    fit = fit_dirichlet_marginal(betas, "opt")

    def cost(size: float) -> float:
        return float(((np.sqrt(mu * (1 - mu) / (size + 1)) - stated) ** 2).sum())

    best = cost(fit.equivalent_sample_size)
    assert best < min(cost(fit.equivalent_sample_size * 0.99), cost(fit.equivalent_sample_size * 1.01))


def test_unusable_marginals_are_refused() -> None:
    """One branch, a negative parameter, an unknown method."""
    with pytest.raises(ValueError, match="at least 2 branches"):
        fit_dirichlet_marginal([(1, 1)])
    with pytest.raises(ValueError, match="positive"):
        fit_dirichlet_marginal([(1, 1), (-1, 1)])
    with pytest.raises(ValueError, match="choose one of opt, min, mean"):
        fit_dirichlet_marginal([(1, 1), (1, 1)], "median")  # type: ignore[arg-type]


@given(st.lists(st.floats(0.1, 20), min_size=2, max_size=7))
def test_conditional_method_contains_the_dirichlet(alpha: list[float]) -> None:
    """With b_k the sum of the alphas that follow, the moments are those of the Dirichlet."""
    remaining = np.cumsum(alpha[::-1])[::-1]
    means, covariance = connor_mosimann_moments(alpha[:-1], remaining[1:])
    dirichlet = stats.dirichlet(alpha)
    assert means == pytest.approx(dirichlet.mean(), rel=1e-12)
    assert covariance == pytest.approx(dirichlet.cov(), rel=1e-9, abs=1e-14)


@given(st.lists(st.tuples(st.floats(0.1, 20), st.floats(0.1, 20)), min_size=1, max_size=7))
def test_conditional_moments_are_coherent(betas: list[tuple[float, float]]) -> None:
    """Probabilities sum to 1, so means do and every row of covariances sums to 0."""
    a, b = np.array(betas).T
    means, covariance = connor_mosimann_moments(a, b)
    assert means.sum() == pytest.approx(1, abs=1e-12)
    assert covariance.sum(axis=1) == pytest.approx(np.zeros(len(a) + 1), abs=1e-12)
    assert (covariance == covariance.T).all()


def test_conditional_moments_agree_with_simulation() -> None:
    """A case that is no Dirichlet, within five Monte Carlo errors."""
    a, b = np.array([4.0, 3.0, 0.5]), np.array([6.0, 1.0, 2.0])
    n = 200_000
    v = np.random.Generator(np.random.PCG64(7)).beta(a, b, size=(n, 3))
    left = np.cumprod(np.column_stack([np.ones(n), 1 - v]), axis=1)
    p = left * np.column_stack([v, np.ones(n)])
    means, covariance = connor_mosimann_moments(a, b)
    assert (np.abs(p.mean(axis=0) - means) <= 5 * p.std(axis=0) / math.sqrt(n)).all()
    off = p - means
    products = off[:, :, None] * off[:, None, :]
    assert (np.abs(products.mean(axis=0) - covariance) <= 5 * products.std(axis=0) / math.sqrt(n)).all()


@pytest.mark.parametrize(
    ("a", "b", "complaint"), [([1, 2], [1], "one number per branch"), ([], [], "one number"), ([0], [1], "positive")]
)
def test_unusable_conditional_parameters_are_refused(a: list[float], b: list[float], complaint: str) -> None:
    """Shapes must match and parameters be positive."""
    with pytest.raises(ValueError, match=complaint):
        connor_mosimann_moments(a, b)
