"""The decaying base rate: its curve, its score over time, and skill against it."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from forecast.scores.base_rates import DecayingBaseRate, skill_over_life
from forecast.scores.lives import Life, Standing


def day(number: float) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)


rates = st.floats(1e-6, 0.999999)
NAIVE = datetime(2026, 1, 2)  # noqa: DTZ001 - what is refused


@given(rates, st.floats(0, 637))
def test_the_curve_is_its_formula(p0: float, elapsed: float) -> None:
    """1 - (1 - p0)^((T - t)/(T - t0))."""
    baseline = DecayingBaseRate(p0, day(0), day(637))
    assert baseline.at(day(elapsed)) == pytest.approx(1 - (1 - p0) ** ((637 - elapsed) / 637), abs=1e-9)


@given(rates, st.integers(1, 99))
def test_what_is_left_of_the_hazard_is_what_has_not_been_used(p0: float, elapsed: int) -> None:
    """Survival to a day, times survival of the rest, is survival of the whole."""
    baseline = DecayingBaseRate(p0, day(0), day(100))
    first = DecayingBaseRate(p0, day(0), day(100)).at(day(100 - elapsed))
    assert (1 - first) * (1 - baseline.at(day(elapsed))) == pytest.approx(1 - p0, rel=1e-9)
    assert baseline.at(day(0)) == pytest.approx(p0)
    assert baseline.at(day(100)) == 0


def test_small_rates_keep_their_digits() -> None:
    """A base rate of 10^-12 is, half-way, half of that to first order and p0^2/8 more."""
    assert DecayingBaseRate(1e-12, day(0), day(2)).at(day(1)) == pytest.approx(5e-13, rel=1e-11, abs=0)


@given(st.floats(1e-6, 1 - 1e-16), st.booleans(), st.integers(0, 98), st.integers(1, 99))
def test_mean_score_is_the_integral(p0: float, happened: bool, start: int, end: int) -> None:
    """Against adaptive quadrature, steep curves included."""
    if end <= start:
        start, end = end - 1, start + 1
    baseline = DecayingBaseRate(p0, day(0), day(100))

    def error(elapsed: float) -> float:
        return float((1 - (1 - p0) ** ((100 - elapsed) / 100) - happened) ** 2)

    known = integrate.quad(error, start, end, epsabs=0, epsrel=1e-10, limit=500)[0] / (end - start)
    assert baseline.mean_brier(day(start), day(end), happened) == pytest.approx(known, rel=1e-8, abs=1e-12)


def test_mean_score_has_its_closed_form() -> None:
    """With L = log(1 - p0) and m(c) = (e^c - 1)/c over the whole life: m(2 L) if it came, else 1 - 2 m(L) + m(2 L)."""
    for p0 in (0.3, 0.9, 1 - 2**-53):
        log_survival = math.log1p(-p0)
        once, twice = (math.expm1(c) / c for c in (log_survival, 2 * log_survival))
        baseline = DecayingBaseRate(p0, day(0), day(50))
        assert baseline.mean_brier(day(0), day(50), True) == pytest.approx(twice, rel=1e-12, abs=0)
        assert baseline.mean_brier(day(0), day(50), False) == pytest.approx(1 - 2 * once + twice, rel=1e-12, abs=0)


def test_letting_time_pass_earns_nothing() -> None:
    """Who follows the baseline day by day has no skill; who halves it, where nothing happens, has 3/4."""
    baseline = DecayingBaseRate(0.4, day(0), day(300))
    life = Life(day(0), day(300))
    follows = [Standing(baseline.at(day(number + 0.5)), day(number)) for number in range(300)]
    halves = [Standing(standing.value / 2, standing.since) for standing in follows]
    assert skill_over_life(follows, life, False, baseline).skill() == pytest.approx(0, abs=1e-4)
    assert skill_over_life(halves, life, False, baseline).skill() == pytest.approx(0.75, abs=1e-4)


def test_standing_still_is_worse_than_the_baseline_when_nothing_happens() -> None:
    """Saying the base rate at the opening and no more: 0.16, while the baseline pays less and less."""
    found = skill_over_life(
        [Standing(0.4, day(0))], Life(day(0), day(300)), False, DecayingBaseRate(0.4, day(0), day(300))
    )
    assert found.brier == pytest.approx(0.16)
    assert found.baseline_brier < 0.07
    assert found.skill() < -1


def test_both_are_scored_over_the_time_that_was_covered() -> None:
    """A gap is held against neither; the event closes the question when it comes."""
    baseline = DecayingBaseRate(0.5, day(0), day(100))
    history = [Standing(0.9, day(10), until=day(20)), Standing(0.8, day(40))]
    found = skill_over_life(history, Life(day(0), day(60), planned_close=day(100)), True, baseline)
    assert found.brier == pytest.approx((10 * 0.01 + 20 * 0.04) / 30)
    parts = [baseline.mean_brier(day(start), day(end), True) * (end - start) for start, end in ((10, 20), (40, 60))]
    assert found.baseline_brier == pytest.approx(sum(parts) / 30)
    assert found.covered == pytest.approx(0.3)
    assert found.skill() == pytest.approx(1 - found.brier / found.baseline_brier)


def test_a_perfect_baseline_leaves_no_skill_to_show() -> None:
    """A base rate of nothing, and nothing happened."""
    found = skill_over_life([Standing(0.1, day(0))], Life(day(0), day(9)), False, DecayingBaseRate(0, day(0), day(9)))
    assert found.baseline_brier == 0
    with pytest.raises(ValueError, match="leaves nothing to win"):
        found.skill()


def test_unusable_baselines_are_refused() -> None:
    for p0 in (1, -0.1, 40, float("nan")):
        with pytest.raises(ValueError, match="must be at least 0 and below 1"):
            DecayingBaseRate(p0, day(0), day(1))
    with pytest.raises(ValueError, match="must come after the opening"):
        DecayingBaseRate(0.5, day(1), day(1))
    with pytest.raises(ValueError, match="deadline 2026-01-02T00:00:00 has no zone"):
        DecayingBaseRate(0.5, day(0), NAIVE)


def test_the_baseline_speaks_only_of_its_own_time() -> None:
    baseline = DecayingBaseRate(0.5, day(0), day(10))
    for moment in (day(-1), day(11)):
        with pytest.raises(ValueError, match="the baseline speaks from"):
            baseline.at(moment)
    with pytest.raises(ValueError, match="moment 2026-01-02T00:00:00 has no zone"):
        baseline.at(NAIVE)
    with pytest.raises(ValueError, match="must come after the start"):
        baseline.mean_brier(day(3), day(3), True)
    with pytest.raises(ValueError, match="the baseline speaks from"):
        skill_over_life([Standing(0.5, day(0))], Life(day(0), day(11)), True, baseline)


def test_a_question_nobody_predicted_is_refused() -> None:
    with pytest.raises(ValueError, match="leave the question out"):
        skill_over_life([Standing(0.5, day(12))], Life(day(0), day(10)), True, DecayingBaseRate(0.5, day(0), day(10)))
