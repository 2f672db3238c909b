"""Mixtures: atoms stay atoms, gaps stay empty, and the quantile is the smallest float that reaches its level."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from forecast.distributions import Distribution, Fixed, Gamma, Mixture, MixturePart, Normal, Poisson, Uniform


def mixture(*parts: tuple[float, Distribution]) -> Mixture:
    return Mixture(parts=tuple(MixturePart(weight=weight, of=of) for weight, of in parts))


def test_decimal_weights_meet_decimal_levels() -> None:
    """Weights 0.1 and 0.7 add up to 0.7999999999999999 in binary; the level 0.8 still means their sum."""
    distribution = mixture((0.1, Fixed(value=1)), (0.7, Fixed(value=2)), (0.2, Fixed(value=3)))
    assert distribution.ppf([0.1, 0.8, 0.8000001]).tolist() == [1, 2, 3]


def test_weights_short_of_1_by_rounding_leave_every_level_finite() -> None:
    """Three times 0.333333333 is accepted as it is; no level below 1 falls off the end."""
    third = 0.333333333
    distribution = mixture((third + 1e-9, Normal(mean=0, sd=1)), (third, Normal(mean=1, sd=1)), (third, Fixed(value=0)))
    assert np.isfinite(distribution.ppf(1 - 2.0**-53))


def test_wide_brackets_across_zero_are_solved() -> None:
    """Components far apart on both sides of zero leave the widest bracket there is."""
    distribution = mixture((0.5, Normal(mean=-1e90, sd=1e80)), (0.5, Normal(mean=1e90, sd=1e80)))
    assert distribution.ppf([0.25, 0.75]) == pytest.approx([-1e90, 1e90], rel=1e-9)


def test_atom_at_the_end_of_a_piece_takes_nothing_from_the_piece() -> None:
    """Half on a uniform and half on its upper end: the lower half of the levels belongs to the uniform alone."""
    distribution = mixture((0.5, Uniform(low=0, high=1)), (0.5, Fixed(value=1)))
    assert distribution.ppf([0.25, 0.5, 0.75]).tolist() == [0.5, 1, 1]


def test_whole_numbers_are_met_to_the_last_bit() -> None:
    """Where two counts step together the quantile is that whole number, not the float beside it."""
    distribution = mixture((0.5, Poisson(mean=2)), (0.5, Poisson(mean=6)))
    assert [float(distribution.ppf(level)) for level in (0.2, 0.5, 0.8)] == [1, 3, 6]
    assert (distribution.cdf([1, 3, 6]) >= [0.2, 0.5, 0.8]).all()
    assert (distribution.cdf_below([1, 3, 6]) < [0.2, 0.5, 0.8]).all()


# Small whole numbers as ends and places, so that atoms, ends and gaps often coincide.
bounded = st.one_of(
    st.integers(-3, 3).map(lambda value: Fixed(value=value)),
    st.tuples(st.integers(-3, 2), st.integers(1, 3)).map(lambda at: Uniform(low=at[0], high=at[0] + at[1])),
)
anything = st.one_of(
    bounded,
    st.tuples(st.integers(-3, 3), st.sampled_from([0.1, 1.0])).map(lambda at: Normal(mean=at[0], sd=at[1])),
    st.sampled_from([0.5, 2.0]).map(lambda mean: Poisson(mean=mean)),
    st.sampled_from([0.5, 4.0]).map(lambda shape: Gamma(shape=shape, mean=2)),
)


@st.composite
def mixtures(draw: st.DrawFn) -> Mixture:
    parts = draw(st.one_of(*(st.lists(family, min_size=1, max_size=5) for family in (bounded, anything))))
    shares = draw(st.lists(st.integers(1, 9), min_size=len(parts), max_size=len(parts)))
    return mixture(*((share / sum(shares), part) for share, part in zip(shares, parts, strict=True)))


@settings(max_examples=300)
@given(mixtures(), st.lists(st.floats(1e-9, 1 - 1e-9), min_size=1, max_size=20))
def test_mixture_quantile_is_the_smallest_float_that_reaches_the_level(
    distribution: Mixture, asked: list[float]
) -> None:
    """Atoms, gaps, counts and overlaps in any combination: inf{x : F(x) >= u}, to rounding."""
    levels = np.array(asked)
    quantiles = distribution.ppf(levels)
    assert (distribution.cdf(quantiles) >= levels - 2e-15).all()
    step = 1e-12 * (1 + np.abs(quantiles))
    assert (distribution.cdf(quantiles - step) <= levels + 2e-15).all()


@settings(max_examples=300)
@given(mixtures())
def test_mixture_quantile_at_a_step_is_exactly_its_place(distribution: Mixture) -> None:
    """Half-way up an atom the quantile is the atom itself, to the last bit."""
    for value in distribution.atoms():
        below, upto = float(distribution.cdf_below(value)), float(distribution.cdf(value))
        assert distribution.ppf((below + upto) / 2) == value


@settings(max_examples=300)
@given(mixtures())
def test_mixture_quantiles_are_never_in_a_gap(distribution: Mixture) -> None:
    """Every quantile lies in the support of one of the parts: nothing is interpolated across a flat stretch."""
    quantiles = distribution.ppf(np.linspace(0.001, 0.999, 101))
    covered = np.zeros(quantiles.shape, dtype=bool)
    for _, part in distribution.components():
        low, high = part.support()
        covered |= (quantiles >= low) & (quantiles <= high)
    assert covered.all()


def test_too_many_nested_components_are_refused() -> None:
    """Nesting does not get around the limit on the number of parts."""
    inner = mixture(*((1 / 64, Fixed(value=value)) for value in range(64)))
    with pytest.raises(ValidationError, match="320 components, more than 256"):
        mixture(*((0.2, inner) for _ in range(5)))
