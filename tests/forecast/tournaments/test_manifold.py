"""Manifold: limit orders that never pay more than we believe, within a budget, as the strict schema takes them."""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from forecast.predictions.kinds import Prediction
from forecast.tournaments.exports import Export, ExportError
from forecast.tournaments.manifold import (
    FORMAT,
    Limit,
    ManifoldListing,
    NumericMarket,
    limit_between,
    places_on_scale,
    require_bet,
    value_at,
)
from tests.forecast.tournaments.predictions_by_hand import (
    PROBABILITIES,
    binary,
    choice,
    number,
    options,
    predicted,
    when,
)

PRICES = st.sampled_from((0.01, 0.02, 0.5, 0.29, 0.98, 0.99)) | st.floats(0.01, 0.99)


def market(question: str = "meet", price: float = 0.5, **parts: object) -> dict[str, Any]:
    listing = {"question": question, "contract": f"id-{question}", "market": {"type": "BINARY", "probability": price}}
    return {**listing, **parts}


def exported(listings: list[dict[str, Any]], *predictions: Prediction, **settings: object) -> Export:
    stated = FORMAT.settings.model_validate({"budget": 100, "least_edge": 0.05, **settings})
    return FORMAT.export(
        [FORMAT.listing.model_validate(listing) for listing in listings], predicted(*predictions), stated
    )


def bodies(export: Export) -> list[dict[str, Any]]:
    return [json.loads(document.content) for document in export.documents]


def test_an_order_is_the_body_of_a_bet() -> None:
    """All keys of the documented request, by hand: 2026-03-01 ends at 1,772,409,600 seconds after 1970 in UTC."""
    export = exported([market()], binary(0.628), expires_on="2026-03-01")
    (document,) = export.documents
    assert document.content == (
        b'{"contractId": "id-meet", "outcome": "YES", "amount": 100, "limitProb": 0.57, '
        b'"expiresAt": 1772409600000, "dryRun": true}'
    )
    assert (document.name, document.media_type) == ("bet/id-meet.json", "application/json")
    (distortion,) = export.distortions
    assert distortion.figures == pytest.approx(
        {"probability": 0.628, "price": 0.5, "exported": 0.57, "moved": -0.058, "amount": 100}
    )


def test_an_order_is_for_real_only_if_the_settings_say_so() -> None:
    assert bodies(exported([market()], binary(0.8), dry_run=False))[0]["dryRun"] is False


def test_a_limit_that_is_our_probability_distorts_nothing() -> None:
    export = exported([market()], binary(0.29), least_edge=0.0)
    assert bodies(export)[0] | {"outcome": "NO", "limitProb": 0.29} == bodies(export)[0]
    assert export.distortions == ()


def test_an_answer_of_a_market_with_independent_answers_is_bet_on_by_its_id() -> None:
    asked = market(market={"type": "BINARY", "probability": 0.1, "answer": "a-1"})
    (document,) = exported([asked], binary(0.8)).documents
    assert json.loads(document.content)["answerId"] == "a-1"
    assert document.name == "bet/id-meet.a-1.json"


TOO_NEAR = "the price is nearer to our probability than least_edge"
NOTHING_BETWEEN = "no whole percent from 1 to 99 beats the price and leaves least_edge to our probability"


@pytest.mark.parametrize(
    ("p", "price", "least_edge", "why"),
    [
        (0.54, 0.5, 0.05, TOO_NEAR),
        (0.509, 0.502, 0.0, NOTHING_BETWEEN),  # 0.50 is all that whole percents leave, and it is below the price
        (0.509, 0.5, 0.0, NOTHING_BETWEEN),  # and here it is the price
        (0.491, 0.5, 0.0, NOTHING_BETWEEN),
        (0.009, 0.005, 0.0, NOTHING_BETWEEN),  # below 1 % nothing can be bought
        (0.995, 0.999, 0.0, NOTHING_BETWEEN),  # above 99 % nothing can be sold
        (0.5, 0.5, 0.0, NOTHING_BETWEEN),
    ],
)
def test_without_an_edge_there_is_no_order_and_a_number_says_why(
    p: float, price: float, least_edge: float, why: str
) -> None:
    export = exported([market(price=price)], binary(p), least_edge=least_edge)
    assert export.documents == ()
    (distortion,) = export.distortions
    assert distortion.reason == f"no order: {why}"
    assert distortion.figures == {"probability": p, "price": price, "edge": abs(p - price), "least_edge": least_edge}


@pytest.mark.parametrize(("p", "price", "limit"), [(0.30, 0.24, 0.25), (0.30, 0.25, None), (0.25, 0.31, 0.30)])
def test_the_last_share_has_the_least_edge(p: float, price: float, limit: float | None) -> None:
    """0.30 - 0.05 is less than 0.25 in binary; at the price of 0.25 itself, the first share would move it beyond."""
    found = bodies(exported([market(price=price)], binary(p), least_edge=0.05))
    assert [body["limitProb"] for body in found] == ([] if limit is None else [limit])


@pytest.mark.parametrize(
    ("p", "price", "limit"),
    [
        (0.628, 0.5, Limit("YES", 62)),
        (0.123, 0.5, Limit("NO", 13)),
        (0.29, 0.1, Limit("YES", 29)),
        (0.57, 0.9, Limit("NO", 57)),
        (1.0, 0.5, Limit("YES", 99)),
        (0.0, 0.5, Limit("NO", 1)),
        (0.1 + 0.2, 0.1, Limit("YES", 30)),
        (0.7 - 0.4, 0.1, Limit("YES", 29)),
    ],
)
def test_limits_are_rounded_towards_the_price(p: float, price: float, limit: Limit) -> None:
    assert limit_between(p, price) == limit


@given(PROBABILITIES, PRICES, st.integers(1, 50))
def test_a_limit_leaves_the_least_edge_and_less_than_a_percent_more(p: float, price: float, percent: int) -> None:
    edge = percent / 100
    limit = limit_between(p, price, edge)
    if limit is None:
        assert not any(min(p, price) < n / 100 < max(p, price) and abs(p - n / 100) >= edge for n in range(1, 100))
        return
    left = p - limit.price if limit.outcome == "YES" else limit.price - p
    assert left >= edge - 1e-12
    assert left < edge + 0.01 + 1e-12 or limit.percent in (1, 99)


@given(PROBABILITIES, PRICES)
def test_a_limit_never_pays_more_than_we_believe(p: float, price: float) -> None:
    """In decimals as printed: between our probability and the price, and less than a percent from ours if it may be."""
    limit = limit_between(p, price)
    if limit is None:
        assert not any(min(p, price) < n / 100 < max(p, price) for n in range(1, 100))
        return
    printed = Decimal(str(limit.price))
    assert printed * 100 == limit.percent
    assert 1 <= limit.percent <= 99
    if limit.outcome == "YES":
        assert price < limit.price <= p
        assert limit.percent == 99 or p - limit.price < 0.01 + 1e-12
    else:
        assert price > limit.price >= p
        assert limit.percent == 1 or limit.price - p < 0.01 + 1e-12


def choices(prices: Mapping[str, float], **parts: object) -> dict[str, Any]:
    answers = {label: {"id": f"a{n}", "probability": price} for n, (label, price) in enumerate(prices.items())}
    return market("state") | {"market": {"type": "MULTIPLE_CHOICE", "answers": answers}, **parts}


def test_a_market_that_sums_to_one_gets_an_order_per_answer() -> None:
    asked = choices({"None": 0.7, "A deal": 0.1, "rest": 0.2}, options={"None": "none", "A deal": "deal"})
    export = exported([asked], choice({"none": 0.5, "deal": 0.305, "rest": 0.195}))
    assert [(b["answerId"], b["outcome"], b["limitProb"], b["amount"]) for b in bodies(export)] == [
        ("a0", "NO", 0.55, 50),
        ("a1", "YES", 0.25, 50),
    ]
    assert [distortion.place for distortion in export.distortions] == [
        "manifold, 'state', answer 'None'",
        "manifold, 'state', answer 'A deal'",
        "manifold, 'state', answer 'rest'",
    ]


@given(options(), st.data())
def test_orders_on_answers_stay_within_the_budget(ours: dict[str, float], data: st.DataObject) -> None:
    prices = {label: data.draw(PRICES) for label in ours}
    found = bodies(exported([choices(prices)], choice(ours), budget=250, least_edge=0.01))
    assert sum(body["amount"] for body in found) <= 250
    labels = {f"a{n}": label for n, label in enumerate(ours)}
    for body in found:
        label = labels[body["answerId"]]
        low, high = sorted((ours[label], prices[label]))
        assert low <= body["limitProb"] <= high
        assert body["outcome"] == ("YES" if ours[label] > prices[label] else "NO")


def test_what_no_listing_claims_is_shared_equally_among_the_markets_with_an_order() -> None:
    """100 less 40 for one market, over two others: 30 each, and nothing for the one without an order."""
    predictions = [binary(0.8, "a"), binary(0.8, "b"), binary(0.8, "c"), binary(0.5, "d")]
    listings = [market("a", amount=40), market("b"), market("c"), market("d")]
    assert [body["amount"] for body in bodies(exported(listings, *predictions))] == [40, 30, 30]


@given(st.integers(1, 500), st.lists(st.none() | st.integers(1, 100), min_size=1, max_size=8))
def test_orders_spend_at_most_the_budget(budget: int, amounts: list[int | None]) -> None:
    predictions = [binary(0.8, f"q{n}") for n in range(len(amounts))]
    listings = [market(f"q{n}", amount=amount) for n, amount in enumerate(amounts)]
    stated, sharing = sum(filter(None, amounts)), amounts.count(None)
    if stated > budget or budget - stated < sharing:
        with pytest.raises(ExportError, match="budget"):
            exported(listings, *predictions, budget=budget)
        return
    spent = [body["amount"] for body in bodies(exported(listings, *predictions, budget=budget))]
    assert [n for n, amount in zip(spent, amounts, strict=True) if amount is not None] == list(filter(None, amounts))
    assert budget - max(sharing - 1, 0) <= sum(spent) <= budget or sharing == 0


LINEAR = NumericMarket(type="PSEUDO_NUMERIC", probability=0.5, min=0.0, max=40_000.0)
LOG = NumericMarket(type="PSEUDO_NUMERIC", probability=0.5, min=0.0, max=99.0, is_log_scale=True)


def test_places_on_a_scale_are_the_platforms() -> None:
    """As in the API's ``probabilityInt``: log10(9 - 0 + 1) / log10(99 - 0 + 1) is 1/2; what lies outside is clamped."""
    assert places_on_scale(np.array([-1.0, 10_000.0, 50_000.0]), LINEAR).tolist() == [0.0, 0.25, 1.0]
    assert places_on_scale(np.array([-1.0, 0.0, 9.0, 99.0, 1e9]), LOG) == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0])
    assert value_at(0.25, LINEAR) == 10_000.0
    assert value_at(0.5, LOG) == pytest.approx(9.0)


@given(st.floats(0.0, 1.0), st.floats(-1e6, 1e6), st.floats(0.1, 1e6), st.booleans())
def test_a_place_on_a_scale_and_its_value_agree(place: float, least: float, width: float, log: bool) -> None:
    scale = NumericMarket(type="PSEUDO_NUMERIC", probability=0.5, min=least, max=least + width, is_log_scale=log)
    assert places_on_scale(np.array([value_at(place, scale)]), scale)[0] == pytest.approx(place, abs=1e-6)


def test_the_price_of_a_number_is_the_mean_of_its_places() -> None:
    """A YES share pays the place: 0, 0, 1/2 and 1 are worth 3/8, which is not the place of the mean, 27."""
    asked = market("troops", market=LOG.model_dump())
    export = exported([asked], number(0.0, 0.0, 9.0, 99.0), least_edge=0.0)
    assert bodies(export)[0] | {"outcome": "NO", "limitProb": 0.38} == bodies(export)[0]
    (distortion,) = export.distortions
    assert distortion.figures == pytest.approx(
        {"probability": 0.375, "price": 0.5, "exported": 0.38, "moved": 0.005, "amount": 100}
        | {"mean": 27.0, "outside": 0.0, "value": 100**0.38 - 1}
    )
    assert math.log10(28) / 2 > 0.7  # the place of the mean would have bought YES


def test_what_lies_outside_a_scale_counts_as_its_ends() -> None:
    asked = market("troops", market=LINEAR.model_dump())
    (distortion,) = exported([asked], number(-5.0, 50_000.0, 50_000.0, 30_000.0), least_edge=1.0).distortions
    assert distortion.figures["probability"] == pytest.approx((0 + 1 + 1 + 0.75) / 4)
    assert distortion.figures["outside"] == 0.75


@pytest.mark.parametrize(
    ("listings", "settings", "said"),
    [
        ([market(), market()], {}, "'id-meet' is listed twice"),
        ([market()], {"expires_on": "2025-12-31"}, "expires_on 2025-12-31 is before 2026-01-01"),
        ([market()], {"expires_on": "9999-12-31"}, "expires_on is 9999-12-31: state an earlier day"),
        ([market()], {"expires_on": "2969-06-01"}, "expires_on is 2969-06-01: state an earlier day"),
        ([market(amount=101)], {}, "the listings state 101 mana and the budget is 100"),
        ([choices({"none": 0.9, "deal": 0.1})], {"budget": 1}, "1 mana are left for 2 orders"),
        ([choices({"none": 0.9, "peace": 0.1})], {}, "'peace'"),
        ([market("when", market=LINEAR.model_dump())], {}, "find a yes/no market about a day"),
        ([market("troops", market=LINEAR.model_dump())], {}, "there is none with probability 0.5"),
        ([market("state")], {}, "state part"),
    ],
)
def test_what_the_platform_would_refuse_is_refused(
    listings: list[dict[str, Any]], settings: dict[str, object], said: str
) -> None:
    predictions: list[Prediction] = [
        *(binary(0.8), choice({"none": 0.5, "deal": 0.5})),
        *(when(3.0), number(1.0, math.nan)),
    ]
    with pytest.raises(ExportError, match=said.replace("/", ".").replace("(", ".")):
        exported(listings, *predictions, **settings)


@pytest.mark.parametrize(
    "change",
    [
        {"silly": 1},
        {"amount": 0},
        {"amount": 1.5},
        {"amount": True},
        {"outcome": "MAYBE"},
        {"limitProb": 0.625},
        {"limitProb": 0.0},
        {"limitProb": 1.0},
        {"expiresAt": 0},
        {"expiresAt": 1e12},
        {"expiresAt": 31_536_000_000_000},
        {"dryRun": "true"},
    ],
)
def test_a_body_that_breaks_a_rule_does_not_leave(change: dict[str, object]) -> None:
    """The strict schema of ``bet``, and whole percents; the thousand years are the platform's own limit."""
    body = {"contractId": "c", "amount": 1, "outcome": "YES", "limitProb": 0.62, "dryRun": True}
    require_bet("here", body)
    with pytest.raises(ExportError, match="here"):
        require_bet("here", body | change)


@pytest.mark.parametrize("missing", ["contractId", "amount", "outcome", "limitProb", "dryRun"])
def test_a_body_without_a_key_does_not_leave(missing: str) -> None:
    body = {"contractId": "c", "amount": 1, "outcome": "YES", "limitProb": 0.62, "dryRun": True}
    with pytest.raises(ExportError):
        require_bet("here", {key: value for key, value in body.items() if key != missing})


@pytest.mark.parametrize(
    "change",
    [
        {"contract": "a/b"},
        {"amount": 0},
        {"market": {"type": "POLL", "probability": 0.5}},
        {"market": {"type": "BINARY", "probability": 1.0}},
        {"market": {"type": "PSEUDO_NUMERIC", "probability": 0.5, "min": 1.0, "max": 1.005}},
        {"options": {"Yes": "yes"}},
        {"platform": "metaculus"},
    ],
)
def test_a_listing_says_what_a_market_can_be(change: dict[str, object]) -> None:
    ManifoldListing.model_validate(market())
    with pytest.raises(ValidationError):
        ManifoldListing.model_validate(market() | change)
