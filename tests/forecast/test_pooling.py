"""Properties of opinion pools, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.numerics.pooling import (
    baron_transform,
    geometric_mean,
    linear_pool,
    log_odds_pool,
    log_pool_categories,
    median_pool,
    neyman_roughgarden_factor,
)

inner = st.floats(0.001, 0.999)
experts = st.lists(inner, min_size=1, max_size=8)


@given(inner, st.integers(1, 6))
def test_agreement_is_kept(p: float, n: int) -> None:
    """Experts who agree are pooled to what they agree on."""
    stated = [p] * n
    for pooled in (linear_pool(stated), median_pool(stated), geometric_mean(stated), log_odds_pool(stated)):
        assert float(pooled) == pytest.approx(p, rel=1e-12)


@given(experts)
def test_pools_lie_between_the_experts(stated: list[float]) -> None:
    """Without extremising, no pool leaves the range of what was said."""
    for pooled in (linear_pool(stated), median_pool(stated), log_odds_pool(stated)):
        assert min(stated) - 1e-12 <= float(pooled) <= max(stated) + 1e-12


@given(experts, st.floats(0.5, 4))
def test_two_branches_are_one_event_and_its_complement(stated: list[float], exponent: float) -> None:
    """The log pool over two branches is the log-odds pool."""
    both = [[p, 1 - p] for p in stated]
    yes, no = log_pool_categories(both, exponent=exponent)
    assert float(yes) == pytest.approx(float(log_odds_pool(stated, exponent=exponent)), rel=1e-9)
    assert yes + no == pytest.approx(1)


@given(experts, st.floats(0.5, 4))
def test_yes_and_no_are_treated_alike(stated: list[float], exponent: float) -> None:
    """Pooling the complements gives the complement."""
    pooled = float(log_odds_pool(stated, exponent=exponent))
    assert float(log_odds_pool([1 - p for p in stated], exponent=exponent)) == pytest.approx(1 - pooled, abs=1e-12)


@given(inner, st.floats(1, 4))
def test_extremising_moves_away_from_the_base_rate(base_rate: float, exponent: float) -> None:
    """Above the base rate up, below it down, on it not at all; exponent 1 ignores it."""
    above, below = base_rate + 0.0005, base_rate - 0.0005
    assert float(log_odds_pool([above], exponent=exponent, base_rate=base_rate)) >= above - 1e-12
    assert float(log_odds_pool([below], exponent=exponent, base_rate=base_rate)) <= below + 1e-12
    assert float(log_odds_pool([base_rate], exponent=exponent, base_rate=base_rate)) == pytest.approx(base_rate)
    assert float(log_odds_pool([0.3], base_rate=base_rate)) == pytest.approx(0.3)


@given(inner, inner, inner)
def test_log_pool_commutes_with_an_update_and_linear_pool_with_a_sum(p: float, q: float, ratio: float) -> None:
    """What each pool is good for (Genest & Zidek 1986)."""

    def update(probability: float) -> float:
        return probability * ratio / (probability * ratio + 1 - probability)

    assert float(log_odds_pool([update(p), update(q)])) == pytest.approx(update(float(log_odds_pool([p, q]))), rel=1e-9)
    three = np.array([[p / 2, p / 3, 1 - p / 2 - p / 3], [q / 4, q / 2, 1 - q / 4 - q / 2]])
    assert linear_pool(three[:, :2].sum(axis=1)) == pytest.approx(linear_pool(three)[:2].sum())


def test_many_draws_are_pooled_at_once() -> None:
    """Experts first, branches last, anything between: the same as one by one."""
    rng = np.random.Generator(np.random.PCG64(11))
    stated = rng.dirichlet([2, 3, 4], size=(4, 10))
    weights = [0.4, 0.3, 0.2, 0.1]
    together = log_pool_categories(stated, weights, exponent=1.5)
    assert together.shape == (10, 3)
    for draw in range(10):
        assert together[draw] == pytest.approx(log_pool_categories(stated[:, draw], weights, exponent=1.5))
    assert together.sum(axis=-1) == pytest.approx(np.ones(10))
    assert linear_pool(stated, weights).shape == (10, 3)


def test_high_exponent_sharpens_without_vanishing() -> None:
    """Powers that would all be zero in floating point still leave probabilities that sum to 1."""
    assert log_pool_categories([[0.001, 0.002, 0.997]] * 2, exponent=500).tolist() == [0, 0, 1]
    assert log_pool_categories([[0.2, 0.2, 0.6]], exponent=5000).sum() == 1
    assert float(baron_transform(0.5, 5000)) == 0.5


def test_neyman_roughgarden_factor_grows_from_1_to_root_3() -> None:
    """One expert needs no extremising; many need sqrt(3)."""
    factors = [neyman_roughgarden_factor(n) for n in range(1, 200)]
    assert factors[0] == 1
    assert (np.diff(factors) > 0).all()
    assert neyman_roughgarden_factor(10**6) == pytest.approx(3**0.5, abs=1e-5)


@given(inner, st.floats(0.1, 10))
def test_baron_transform_is_its_formula(p: float, a: float) -> None:
    """p^a / (p^a + (1 - p)^a), with 0 and 1 kept."""
    assert float(baron_transform(p, a)) == pytest.approx(p**a / (p**a + (1 - p) ** a), rel=1e-9)
    assert baron_transform([0.0, 1.0], a).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("stated", "who"),
    [([0.2, 0.0], "expert 2 states probability 0,.* at least 0.001"), ([1.0, 0.3], "expert 1 .* 1,.* at most 0.999")],
)
def test_a_certainty_vetoes_a_log_odds_pool(stated: list[float], who: str) -> None:
    """It is refused and named, never floored in silence."""
    with pytest.raises(ValueError, match=who):
        log_odds_pool(stated)


def test_a_zero_vetoes_a_log_pool_over_branches() -> None:
    """Expert and branch are named."""
    with pytest.raises(ValueError, match="expert 2 states probability 0 of branch 3"):
        log_pool_categories([[0.5, 0.3, 0.2], [0.5, 0.5, 0.0]])


def test_an_expert_without_weight_vetoes_nothing() -> None:
    """Weight 0 leaves the expert out, zero or not."""
    assert float(log_odds_pool([0.2, 0.0], [1, 0])) == pytest.approx(0.2)
    assert log_pool_categories([[0.5, 0.5], [1.0, 0.0]], [1, 0]).tolist() == pytest.approx([0.5, 0.5])


def test_linear_pool_takes_certainties() -> None:
    """In a mixture a zero is one voice among others."""
    assert float(linear_pool([0.0, 0.5])) == 0.25


@pytest.mark.parametrize(
    ("stated", "weights", "complaint"),
    [
        ([], None, "no expert"),
        ([0.2, 1.2], None, "1.2 is not in"),
        ([0.2, float("nan")], None, "not in"),
        ([0.2, 0.3], [1.0], "one weight for each"),
        ([0.2, 0.3], [1.5, -0.5], "not be negative"),
        ([0.2, 0.3], [0.5, 0.4], "sum to 0.9, not 1"),
        ([0.2, 0.3], [float("nan"), 1], "not be negative"),
    ],
)
def test_unusable_statements_are_refused(stated: list[float], weights: list[float] | None, complaint: str) -> None:
    """Nothing is normalised or clipped in silence."""
    for pool in (linear_pool, log_odds_pool):
        with pytest.raises(ValueError, match=complaint):
            pool(stated, weights)


def test_unusable_settings_are_refused() -> None:
    """Exponent, base rate, number of experts and shape each have a message."""
    with pytest.raises(ValueError, match="exponent 0"):
        log_odds_pool([0.2], exponent=0)
    with pytest.raises(ValueError, match="exponent inf"):
        baron_transform(0.2, float("inf"))
    with pytest.raises(ValueError, match="base rate 1"):
        log_odds_pool([0.2], base_rate=1)
    with pytest.raises(ValueError, match="0 experts"):
        neyman_roughgarden_factor(0)
    with pytest.raises(ValueError, match="use log_odds_pool"):
        log_pool_categories([0.2, 0.8])
    with pytest.raises(ValueError, match="expert 2 do not sum to 1"):
        log_pool_categories([[0.2, 0.8], [0.2, 0.7]])
