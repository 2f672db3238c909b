"""Fits to stated quantiles."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special, stats

from forecast.numerics.fitting import fit_beta, fit_gamma, fit_normal

QUARTILES = [0.25, 0.5, 0.75]
LEVELS = st.sampled_from([QUARTILES, [0.05, 0.5, 0.95], [0.1, 0.9], [0.05, 0.25, 0.5, 0.75, 0.95]])


@given(st.floats(-2.5, 8), st.floats(-2.5, 8), LEVELS)
def test_beta_comes_back_from_its_quantiles(log_a: float, log_b: float, levels: list[float]) -> None:
    """Narrow or wide, symmetric or skewed: quantiles of a Beta are fitted by that Beta."""
    a, b = math.exp(log_a), math.exp(log_b)
    values = special.betaincinv(a, b, levels)
    if not (values[0] > 1e-200 and values[-1] < 1 - 1e-9):
        return  # so close to 0 or 1 that the values no longer tell
    assert fit_beta(values, levels) == pytest.approx((a, b), rel=1e-5)


@given(st.floats(-2.5, 8), st.floats(-30, 30), LEVELS)
def test_gamma_comes_back_from_its_quantiles(log_shape: float, log_rate: float, levels: list[float]) -> None:
    """Any shape in any unit."""
    shape, rate = math.exp(log_shape), math.exp(log_rate)
    values = special.gammaincinv(shape, levels) / rate
    assert fit_gamma(values, levels) == pytest.approx((shape, rate), rel=1e-5)


@given(st.floats(-1e6, 1e6), st.floats(-9, 9), LEVELS)
def test_normal_comes_back_from_its_quantiles(mean: float, log_sd: float, levels: list[float]) -> None:
    """Any mean and spread, as far as the values can tell them apart."""
    sd = math.exp(log_sd)
    fitted = fit_normal(mean + sd * special.ndtri(levels), levels)
    assert fitted == pytest.approx((mean, sd), rel=1e-5, abs=1e-5 * sd)


STATEMENTS: list[tuple[Any, Any, list[float], list[float], list[float]]] = [
    (fit_beta, stats.beta, [0.22, 0.30, 0.35], QUARTILES, [1, 1, 1]),
    (fit_beta, stats.beta, [0.22, 0.30, 0.35], QUARTILES, [1, 10, 1]),
    (fit_beta, stats.beta, [0.01, 0.02, 0.5], [0.05, 0.5, 0.95], [1, 1, 1]),
    (fit_beta, stats.beta, [0.2, 0.6, 0.61, 0.9], [0.1, 0.4, 0.6, 0.9], [1, 1, 1, 1]),
    (fit_gamma, lambda shape, rate: stats.gamma(shape, scale=1 / rate), [10, 20, 60], [0.05, 0.5, 0.95], [1, 1, 1]),
    (fit_gamma, lambda shape, rate: stats.gamma(shape, scale=1 / rate), [1, 50, 51], [0.05, 0.5, 0.95], [1, 2, 1]),
    (fit_normal, stats.norm, [-3, 1, 2], QUARTILES, [1, 1, 1]),
    (fit_normal, stats.norm, [-300, 1, 2], QUARTILES, [1, 1, 1]),
]


@pytest.mark.parametrize(("fit", "family", "values", "levels", "weights"), STATEMENTS)
def test_fit_is_the_least_squares_one(
    fit: Any,  # noqa: ANN401
    family: Any,  # noqa: ANN401
    values: list[float],
    levels: list[float],
    weights: list[float],
) -> None:
    """A search of another kind, from the fit and from afar, finds nothing better."""

    def cost(at: Any) -> float:  # noqa: ANN401
        first = at[0] if fit is fit_normal else math.exp(at[0])
        misses = family(first, math.exp(at[1])).cdf(values) - np.array(levels)
        return float((np.array(weights) * misses**2).sum())

    first, second = fit(values, levels, weights)
    found = np.array([first if fit is fit_normal else math.log(first), math.log(second)])
    for start in (found, found + 1, found - 1, found * [1, 0.5]):
        other = optimize.minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-16})
        assert cost(found) <= other.fun * (1 + 1e-6) + 1e-12


@pytest.mark.parametrize(
    ("values", "levels", "complaint"),
    [
        ([0.5], [0.5], "at least 2 values"),
        ([0.2, 0.5], [0.5], "at least 2 values"),
        ([0.5, 0.2], [0.25, 0.75], "strictly rising"),
        ([0.2, 0.2], [0.25, 0.75], "strictly rising"),
        ([0.2, float("nan")], [0.25, 0.75], "strictly rising"),
        ([0.0, 0.2], [0.25, 0.75], "strictly between 0 and 1"),
        ([0.2, 1.0], [0.25, 0.75], "strictly between 0 and 1"),
        ([0.2, 0.4], [0.75, 0.25], "levels .* strictly rising"),
        ([0.2, 0.4], [0.0, 0.75], "levels .* strictly between"),
    ],
)
def test_unusable_quantiles_are_refused(values: list[float], levels: list[float], complaint: str) -> None:
    """The message says which statement is at fault."""
    with pytest.raises(ValueError, match=complaint):
        fit_beta(values, levels)


def test_weights_must_be_positive() -> None:
    """A statement without weight should be left out instead."""
    with pytest.raises(ValueError, match=r"weights .* must be positive"):
        fit_beta([0.2, 0.4], [0.25, 0.75], [1, 0])


def test_gamma_needs_positive_values() -> None:
    """A gamma has nothing at or below 0."""
    with pytest.raises(ValueError, match="above 0"):
        fit_gamma([0.0, 1.0], [0.25, 0.75])


def test_values_too_close_to_tell_apart_are_refused() -> None:
    """No finite Beta is as narrow as this."""
    with pytest.raises(ValueError, match="spread the values out"):
        fit_beta([0.5, 0.5 + 1e-15], [0.01, 0.99])
