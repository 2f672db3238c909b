"""What every quote is, whatever it is from."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.platforms.errors import PayloadError
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.normal import normalised
from api.platforms.quotes.quote import NoQuote, Quote, QuotedProbability, QuotedQuantiles
from tests.api.platforms.quotes.payloads import FETCHED


def quote(valid_at: datetime, fetched_at: datetime = FETCHED) -> Quote:
    return Quote("s", "p", "q", QuotedProbability(0.5), valid_at, fetched_at, Licence.OWN, b"")


def test_times_are_kept_in_utc() -> None:
    seoul = timezone(timedelta(hours=9))
    found = quote(FETCHED.astimezone(seoul), FETCHED.astimezone(seoul))
    assert found == quote(FETCHED)
    assert found.valid_at.tzinfo is UTC
    assert NoQuote("s", "p", "q", "why", FETCHED.astimezone(seoul), b"").fetched_at.tzinfo is UTC


def test_times_without_a_zone_are_refused() -> None:
    for moments in ((FETCHED.replace(tzinfo=None), FETCHED), (FETCHED, FETCHED.replace(tzinfo=None))):
        with pytest.raises(PayloadError, match="has no zone"):
            quote(*moments)


def test_a_quote_is_not_from_after_it_was_fetched() -> None:
    """But for clocks that are a little apart."""
    assert quote(FETCHED + timedelta(minutes=5)).valid_at > FETCHED
    with pytest.raises(PayloadError, match="is the time in another unit"):
        quote(FETCHED + timedelta(minutes=5, seconds=1))


@pytest.mark.parametrize("probability", [-0.01, 1.01, math.nan, math.inf])
def test_a_probability_is_a_share(probability: float) -> None:
    with pytest.raises(PayloadError, match="is no share of 1"):
        QuotedProbability(probability)


@pytest.mark.parametrize("quantiles", [{}, {0.5: 1.0, 0.25: 2.0}, {0.25: 2.0, 0.5: 1.0}])
def test_quantiles_ascend(quantiles: dict[float, float]) -> None:
    with pytest.raises(PayloadError, match="not in ascending order"):
        QuotedQuantiles(quantiles)


@given(st.dictionaries(st.text(max_size=5), st.floats(1e-6, 1), min_size=1, max_size=20))
def test_options_sum_to_one_and_what_they_summed_to_is_kept(stated: dict[str, float]) -> None:
    found = normalised(stated)
    assert math.fsum(found.options.values()) == pytest.approx(1.0, abs=1e-12)
    assert found.stated_sum == pytest.approx(math.fsum(stated.values()))
    for label, value in found.options.items():
        assert value * found.stated_sum == pytest.approx(stated[label])


def test_every_licence_is_a_sentence() -> None:
    assert all(licence.value.endswith(".") for licence in Licence)
    assert len({licence.value for licence in Licence}) == len(Licence)
