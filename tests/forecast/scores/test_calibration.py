"""The calibration curve and its intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecast.scores.calibration import CalibrationPoint, calibration_curve, wilson_interval


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_of_the_literature(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe 1998, table I, method 3."""
    found = wilson_interval(successes, trials)
    assert [float(end) for end in found] == pytest.approx([low, high], abs=5e-5)


@given(st.integers(1, 500), st.floats(0, 1), st.floats(0.5, 0.999))
def test_interval_agrees_with_scipy(trials: int, share: float, confidence: float) -> None:
    successes = round(share * trials)
    known = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    low, high = wilson_interval(successes, trials, confidence)
    assert (float(low), float(high)) == pytest.approx((known.low, known.high), abs=1e-12)
    assert 0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1


@given(st.integers(1, 500), st.floats(0.5, 0.999))
def test_where_all_or_nothing_came_the_interval_ends_there(trials: int, confidence: float) -> None:
    """To the last digit, so that no share is beyond it."""
    assert wilson_interval(0, trials, confidence)[0] == 0
    assert wilson_interval(trials, trials, confidence)[1] == 1


def test_who_is_calibrated_stays_inside_the_intervals_as_often_as_they_say() -> None:
    """Two hundred curves of ten bins: 95 % of their intervals hold the mean of what was said, within five errors."""
    rng = np.random.Generator(np.random.PCG64(23))
    inside, total = 0, 0
    for _ in range(200):
        said = rng.random(500)
        points = calibration_curve(said, rng.random(500) < said)
        inside += sum(point.low <= point.mean_probability <= point.high for point in points)
        total += len(points)
    assert total == 2000
    assert abs(inside / total - 0.95) <= 5 * (0.95 * 0.05 / total) ** 0.5


def test_curve_in_tenths() -> None:
    """Bins from low to high, each with its number; those that hold nothing are no points."""
    said = [0.05, 0.05, 0.32, 0.38, 0.35, 0.35, 1.0]
    points = calibration_curve(said, [0, 0, 1, 0, 0, 0, 1])
    assert [point.count for point in points] == [2, 4, 1]
    assert [point.mean_probability for point in points] == pytest.approx([0.05, 0.35, 1.0])
    assert [point.observed_share for point in points] == [0, 0.25, 1]
    low, high = wilson_interval(1, 4)
    assert (points[1].low, points[1].high) == pytest.approx((float(low), float(high)))


def test_curve_by_value() -> None:
    points = calibration_curve([0.31, 0.39, 0.31], [True, False, False], edges=None)
    assert [(point.mean_probability, point.observed_share, point.count) for point in points] == [
        (0.31, 0.5, 2),
        (0.39, 0, 1),
    ]


def test_points_are_plain_numbers() -> None:
    """Fit for a document, which knows no array."""
    (point,) = calibration_curve([0.25, 0.25], [True, False], confidence=0.5)
    assert isinstance(point, CalibrationPoint)
    assert [type(getattr(point, name)) for name in ("mean_probability", "observed_share", "count", "low", "high")] == [
        float,
        float,
        int,
        float,
        float,
    ]


@pytest.mark.parametrize(("successes", "trials"), [(1, 0), (0, 0), (-1, 3), (4, 3), (float("nan"), 3)])
def test_shares_that_cannot_be_are_refused(successes: float, trials: float) -> None:
    with pytest.raises(ValueError, match="successes must lie between 0 and the number of trials"):
        wilson_interval(successes, trials)


@pytest.mark.parametrize("confidence", [0, 1, 95, float("nan")])
def test_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence .* must lie strictly between 0 and 1"):
        calibration_curve([0.5], [True], confidence=confidence)
