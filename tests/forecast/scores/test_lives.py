"""Predictions over a question's life: what stands when, for how long, and what that averages to."""

import math
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.scores.lives import (
    Life,
    LifeScore,
    Standing,
    Stretch,
    side_by_side,
    standing_at,
    stretches,
    time_average,
)


def day(number: float) -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=number)


LIFE = Life(day(0), day(10))


@st.composite
def histories(draw: st.DrawFn) -> list[Standing[float]]:
    """Predictions made between ten days before the opening and ten after the close, some of them withdrawn."""
    hours = sorted(draw(st.sets(st.integers(-240, 480), max_size=6)))
    return [
        Standing(
            draw(st.floats(0, 1)),
            day(since / 24),
            None if (stands := draw(st.none() | st.integers(1, 300))) is None else day((since + stands) / 24),
        )
        for since in hours
    ]


def test_a_prediction_stands_until_the_next() -> None:
    """Carried forward to the close; what was said before the opening counts from it, and only the last of that."""
    history = [Standing("a", day(-5)), Standing("b", day(-1)), Standing("c", day(4)), Standing("d", day(12))]
    assert stretches(history, LIFE) == (Stretch(day(0), day(4), "b"), Stretch(day(4), day(10), "c"))


def test_a_withdrawal_leaves_a_gap() -> None:
    """Until the next prediction; one that is due later than that has no effect."""
    history = [Standing("a", day(1), until=day(2)), Standing("b", day(5), until=day(9)), Standing("c", day(6))]
    assert stretches(history, LIFE) == (
        Stretch(day(1), day(2), "a"),
        Stretch(day(5), day(6), "b"),
        Stretch(day(6), day(10), "c"),
    )
    assert stretches([Standing("a", day(-2), until=day(0))], LIFE) == ()


@given(histories(), st.integers(0, 239))
def test_what_stands_at_a_moment_is_in_the_stretch_about_it(history: list[Standing[float]], hour: int) -> None:
    """Two ways to the same answer, at half past every hour, when nothing is made or withdrawn."""
    moment = day((hour + 0.5) / 24)
    about = [s.value for s in stretches(history, LIFE) if s.start < moment < s.end]
    standing = standing_at(history, moment)
    assert about == ([] if standing is None else [standing])


def test_what_is_made_at_a_moment_stands_and_what_is_withdrawn_then_does_not() -> None:
    """At the close, too, at which some platforms take their one score."""
    history = [Standing("a", day(1), until=day(2)), Standing("b", day(4))]
    found = [standing_at(history, day(number)) for number in (0, 1, 2, 3, 4, 10)]
    assert found == [None, "a", None, None, "b", "b"]


@given(histories())
def test_the_average_lies_between_the_scores_and_covers_no_more_than_the_life(history: list[Standing[float]]) -> None:
    found = time_average(history, LIFE, lambda p: p)
    values = [stretch.value for stretch in stretches(history, LIFE)]
    assert 0 <= found.covered <= 1 + 1e-12
    if found.mean is None:
        assert not values
        assert found.covered == 0
    else:
        assert min(values) - 1e-12 <= found.mean <= max(values) + 1e-12
        assert found.with_gaps_as_zero == pytest.approx(found.mean * found.covered)


@given(histories(), st.integers(1, 9))
def test_cutting_a_life_in_two_changes_nothing(history: list[Standing[float]], at: int) -> None:
    """The halves' averages, by the time each covers, are the average of the whole."""
    parts = [(Life(day(0), day(at)), at), (Life(day(at), day(10)), 10 - at)]
    found = [(time_average(history, life, math.exp), days) for life, days in parts]
    whole = time_average(history, LIFE, math.exp)
    assert whole.covered * 10 == pytest.approx(sum(score.covered * days for score, days in found), abs=1e-9)
    total = sum(score.with_gaps_as_zero * days for score, days in found)
    assert whole.with_gaps_as_zero * 10 == pytest.approx(total, abs=1e-9)


def test_saying_the_same_again_changes_nothing() -> None:
    once = time_average([Standing(0.3, day(2))], LIFE, lambda p: p**2)
    again = time_average([Standing(0.3, day(2)), Standing(0.3, day(7))], LIFE, lambda p: p**2)
    assert once.mean == pytest.approx(0.09)
    assert (again.mean, again.covered) == pytest.approx((once.mean, once.covered))


def test_gaps_are_left_out_of_the_mean_and_count_as_zero_beside_it() -> None:
    """Half a life at 80 points: 80 over what was covered, 40 over all of it."""
    found = time_average([Standing(80.0, day(5))], LIFE, lambda points: points)
    assert (found.mean, found.covered, found.with_gaps_as_zero) == (80, 0.5, 40)


def test_who_never_predicted_has_no_mean() -> None:
    """None, not a number: for a Brier score 0 would be perfect."""
    found = time_average([], LIFE, lambda points: points)
    assert found == LifeScore(mean=None, covered=0.0)
    assert found.with_gaps_as_zero == 0


def test_an_endless_loss_stays_one() -> None:
    """However short it stood."""
    found = time_average([Standing(-math.inf, day(1)), Standing(0.0, day(2))], LIFE, lambda score: score)
    assert found.mean == -math.inf


def test_coverage_is_counted_against_the_plan() -> None:
    early = Life(day(0), day(4), planned_close=day(16))
    found = time_average([Standing(8.0, day(0))], early, lambda points: points)
    assert (found.mean, found.covered, found.with_gaps_as_zero) == (8, 0.25, 2)


def test_clocks_that_jump_do_not_stretch_time() -> None:
    """On 29 March 2026 Berlin's clock skips an hour: its day has 23, and a prediction at noon stands 12 of them."""
    berlin = ZoneInfo("Europe/Berlin")
    life = Life(datetime(2026, 3, 29, tzinfo=berlin), datetime(2026, 3, 30, tzinfo=berlin))
    found = time_average([Standing(1.0, datetime(2026, 3, 29, 12, tzinfo=berlin))], life, lambda score: score)
    assert found.covered == pytest.approx(12 / 23)


def test_zones_are_told_apart_and_kept_in_utc() -> None:
    seoul = timezone(timedelta(hours=9))
    standing = Standing(1.0, datetime(2026, 3, 1, 9, tzinfo=seoul), until=datetime(2026, 3, 2, 9, tzinfo=seoul))
    assert standing == Standing(1.0, day(0), until=day(1))
    assert standing.since.tzinfo is UTC


@given(st.dictionaries(st.sampled_from("abcd"), histories()))
def test_side_by_side_is_everyone_by_themselves(everyone: dict[str, list[Standing[float]]]) -> None:
    """Each one's stretches, joined again, are their own; stretches come in order and overlap nowhere."""
    found = side_by_side(everyone, LIFE)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(stretch.value for stretch in found)
    for who, history in everyone.items():
        for own in stretches(history, LIFE):
            parts = [s for s in found if own.start <= s.start < own.end]
            assert [s.value[who] for s in parts] == [own.value] * len(parts)
            assert (parts[0].start, parts[-1].end) == (own.start, own.end)
        told = sum((s.end - s.start for s in found if who in s.value), timedelta())
        assert told == sum((s.end - s.start for s in stretches(history, LIFE)), timedelta())


def test_time_in_which_nobody_predicts_is_no_stretch() -> None:
    """One withdraws before the other begins."""
    found = side_by_side({"a": [Standing(1, day(1), until=day(2))], "b": [Standing(2, day(5))]}, LIFE)
    assert found == (Stretch(day(1), day(2), {"a": 1}), Stretch(day(5), day(10), {"b": 2}))


NAIVE = datetime(2026, 3, 1)  # noqa: DTZ001 - what is refused


def test_moments_without_a_zone_are_refused() -> None:
    """Everywhere, by name."""
    with pytest.raises(ValueError, match="opening 2026-03-01T00:00:00 has no zone"):
        Life(NAIVE, day(1))
    with pytest.raises(ValueError, match="close 2026-03-01T00:00:00 has no zone"):
        Life(day(-1), NAIVE)
    with pytest.raises(ValueError, match="planned close 2026"):
        Life(day(-1), day(0), NAIVE)
    with pytest.raises(ValueError, match="start of a prediction 2026"):
        Standing(0.5, NAIVE)
    with pytest.raises(ValueError, match="withdrawal 2026"):
        Standing(0.5, day(-1), NAIVE)
    with pytest.raises(ValueError, match="moment 2026"):
        standing_at([], NAIVE)


def test_lives_that_end_before_they_begin_are_refused() -> None:
    for opens, closes, planned in ((1, 1, None), (2, 1, None), (0, 2, 1)):
        with pytest.raises(ValueError, match="a question cannot open on"):
            Life(day(opens), day(closes), None if planned is None else day(planned))
    with pytest.raises(ValueError, match="cannot be withdrawn on"):
        Standing(0.5, day(2), until=day(2))


@pytest.mark.parametrize("second", [1, 2])
def test_predictions_out_of_order_are_refused(second: int) -> None:
    """Two at one moment as well: which of them stood, nobody can tell."""
    history = [Standing(0.5, day(2)), Standing(0.6, day(second))]
    for use in (
        lambda: stretches(history, LIFE),
        lambda: standing_at(history, day(3)),
        lambda: side_by_side({"a": history}, LIFE),
        lambda: time_average(history, LIFE, lambda p: p),
    ):
        with pytest.raises(ValueError, match="put them in order, and keep the last"):
            use()
