"""Manifold: limit orders at our probability, since the platform takes bets and no probabilities.

Where a market's price is far enough from our probability, the export holds the body of a ``POST /v0/bet``: buy YES up
to a limit not above our probability, or NO down to one not below it, in whole percent as the platform demands. It is a
``dryRun`` unless the settings say otherwise. Where it is not, there is no order, and a distortion says by how much.

A market with several answers that sum to one gets an order per answer. One ``POST /v0/multi-bet`` for all of them would
have one limit for all of them, would buy YES only, and knows no ``dryRun``.

Rules as in manifoldmarkets/manifold: the strict schemas of ``bet`` and ``multi-bet`` in common/src/api/schema.ts,
``getRoundedLimitProb`` where bets are placed, the scale of numbers in common/src/pseudo-numeric.ts.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, StringConstraints, model_validator

from forecast.arrays import FloatArray
from forecast.fields import Day, Label, Probability, Share, Statement
from forecast.predictions.kinds import Predicted, Predictions
from forecast.tournaments.asked import (
    Subject,
    asked_distribution,
    asked_options,
    asked_probability,
    prediction_of,
    require_asked_distribution,
    require_asked_options,
    require_asked_probability,
    subject_of,
)
from forecast.tournaments.exports import Distortion, Document, Export, ExportError
from forecast.tournaments.formats import Format
from forecast.tournaments.listings import OptionListing

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
Mana = Annotated[int, Field(ge=1, le=10**9)]
Outcome = Literal["YES", "NO"]

_REQUIRED = {"contractId", "amount", "outcome", "limitProb", "dryRun"}
_OPTIONAL = {"answerId", "expiresAt"}
_LATEST = 1000 * 365 * 24 * 3600 * 1000
"""The platform takes no expiry from here on, in milliseconds since 1970."""


class BinaryMarket(Statement):
    """A yes/no market, or one answer of a market whose answers are independent of each other.

    probability : the market's current one
    answer : the answer's id, where the market has several
    """

    type: Literal["BINARY"]
    probability: Share
    answer: Id | None = None


class MarketAnswer(Statement):
    """An answer of a market: the platform's id, and the current probability."""

    id: Id
    probability: Share


class ChoiceMarket(Statement):
    """A market whose answers sum to one, by their labels."""

    type: Literal["MULTIPLE_CHOICE"]
    answers: Annotated[dict[Label, MarketAnswer], Field(min_length=2, max_length=100)]


class NumericMarket(Statement):
    """A market about a number: YES pays the number's place on the scale from ``min``, 0, to ``max``, 1."""

    type: Literal["PSEUDO_NUMERIC"]
    probability: Share
    min: float
    max: float
    is_log_scale: bool = False

    @model_validator(mode="after")
    def _wide_enough(self) -> Self:
        if self.max - self.min <= 0.01:
            raise ValueError(f"from {self.min} to {self.max} is no scale: state a max more than 0.01 above min")
        return self


Market = Annotated[BinaryMarket | ChoiceMarket | NumericMarket, Field(discriminator="type")]


class ManifoldListing(OptionListing):
    """A market.

    contract : the platform's id of it
    market : its kind, and its current price, as ``GET /v0/market/[id]`` returns them
    amount : mana to spend on it; kept for it even if no order comes of it. Left out, an equal share of what is left
    """

    platform: Literal["manifold"] = "manifold"
    contract: Id
    market: Market
    amount: Mana | None = None

    @model_validator(mode="after")
    def _options_of_a_choice(self) -> Self:
        if self.options and not isinstance(self.market, ChoiceMarket):
            raise ValueError(f"a {self.market.type} market has no options: leave 'options' out")
        return self


class ManifoldSettings(Statement):
    """What holds for all markets.

    budget : mana that all orders together may spend
    least_edge : how far from our probability the last share that is bought may be, at the nearest
    expires_on : the day, in UTC, at whose end orders are cancelled; never if left out
    dry_run : whether the platform only simulates the orders
    """

    budget: Mana
    least_edge: Probability
    expires_on: Day | None = None
    dry_run: bool = True


@dataclass(frozen=True, slots=True)
class _Quote:
    """Our probability beside the platform's price of one answer.

    scale, figures : of a market about a number, and what its probability is made of
    """

    place: str
    probability: float
    price: float
    answer: str | None = None
    scale: NumericMarket | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """What to buy, and up to which price, in whole percent."""

    outcome: Outcome
    percent: int

    @property
    def price(self) -> float:
        """The limit as the platform takes it."""
        return self.percent / 100


def limit_between(probability: float, price: float, least_edge: float = 0.0) -> Limit | None:
    """Return the limit at which the last share still has the least edge; None if no whole percent beats the price.

    The limit is our probability less the edge for YES, and with it for NO, rounded towards the price, which is between
    0 and 1, and within 1 % to 99 %.

    Examples
    --------
    >>> limit_between(0.628, 0.5), limit_between(0.123, 0.5), limit_between(0.505, 0.5)
    (Limit(outcome='YES', percent=62), Limit(outcome='NO', percent=13), None)
    >>> limit_between(0.628, 0.5, 0.05), limit_between(0.123, 0.5, 0.05), limit_between(0.628, 0.5, 0.13)
    (Limit(outcome='YES', percent=57), Limit(outcome='NO', percent=18), None)
    """
    edge = least_edge if probability > price else -least_edge
    # 0.30 - 0.05 is a little less than 0.25 in binary, and should not be.
    last = round(probability - edge, 12) if edge else probability
    nearest = round(100 * last)
    # Compared as the platform reads it, n/100: times 100, a probability of 0.29 would come out below 29.
    if probability > price:
        percent = min(nearest if nearest / 100 <= last else nearest - 1, 99)
        return Limit("YES", percent) if percent / 100 > price else None
    percent = max(nearest if nearest / 100 >= last else nearest + 1, 1)
    return Limit("NO", percent) if percent / 100 < price else None


def places_on_scale(values: FloatArray, market: NumericMarket) -> FloatArray:
    """Return what a YES share pays for each number, shape of ``values``: ``getPseudoProbability`` of the platform.

    (x - min) / (max - min), or log10(x - min + 1) / log10(max - min + 1); 0 below ``min``, 1 above ``max``.
    """
    above = np.clip(values, market.min, market.max) - market.min
    width = market.max - market.min
    return np.asarray(np.log1p(above) / math.log1p(width) if market.is_log_scale else above / width)


def value_at(place: float, market: NumericMarket) -> float:
    """Return the number that a probability stands for on a market's scale: ``getMappedValue`` of the platform."""
    width = market.max - market.min
    return market.min + (math.expm1(place * math.log1p(width)) if market.is_log_scale else place * width)


def require_bet(place: str, body: Mapping[str, object]) -> None:
    """Refuse a body that ``POST /v0/bet`` would refuse.

    Raises
    ------
    ExportError
        If a key is missing or strange, or a value is not what the platform's schema takes.
    """
    keys = set(body)
    amount, limit, expiry = body.get("amount"), body.get("limitProb"), body.get("expiresAt", 1)
    rules = (
        (_REQUIRED <= keys <= _REQUIRED | _OPTIONAL, "the keys are those of the strict schema", sorted(keys)),
        (type(amount) is int and amount >= 1, "a bet is at least 1 mana, here whole", amount),
        (body.get("outcome") in ("YES", "NO"), "outcomes are YES and NO", body.get("outcome")),
        (limit in {n / 100 for n in range(1, 100)}, "limitProb is a whole percent from 0.01 to 0.99", limit),
        (type(expiry) is int and 0 < expiry < _LATEST, "expiresAt is in ms, within 1,000 years of 1970", expiry),
        (type(body.get("dryRun")) is bool, "dryRun is true or false", body.get("dryRun")),
    )
    for holds, rule, value in rules:
        if not holds:
            raise ExportError(place, rule, f"the platform would refuse {value!r}: this is a fault of the export")


def _export(listings: Sequence[ManifoldListing], predicted: Predicted, settings: ManifoldSettings) -> Export:
    _require_once(listings)
    common = _expiry(settings.expires_on, predicted.as_of) | {"dryRun": settings.dry_run}
    pairs = [
        [
            (quote, limit_between(quote.probability, quote.price, settings.least_edge))
            for quote in _quotes(listing, predicted.by_question)
        ]
        for listing in listings
    ]
    amounts = _amounts(listings, [sum(limit is not None for _, limit in found) for found in pairs], settings)
    documents: list[Document] = []
    distortions: list[Distortion] = []
    for listing, found, amount in zip(listings, pairs, amounts, strict=True):
        for quote, limit in found:
            distortions.extend(_distortion(quote, limit, amount, settings))
            if limit is not None:
                body = _body(listing, quote, limit, amount) | common
                require_bet(quote.place, body)
                documents.append(_document(body))
    return Export("manifold", tuple(documents), tuple(distortions))


def _require_once(listings: Sequence[ManifoldListing]) -> None:
    """Two orders of one export for the same thing would spend twice what either was meant to."""
    seen: set[str] = set()
    for listing in listings:
        market = listing.market
        answers = [a.id for a in market.answers.values()] if isinstance(market, ChoiceMarket) else [_answer(market)]
        for answer in answers:
            name = _name(listing.contract, answer)
            if name in seen:
                raise ExportError(listing.place, "one order for one answer", f"'{name}' is listed twice: leave one out")
            seen.add(name)


def _answer(market: BinaryMarket | NumericMarket) -> str | None:
    return market.answer if isinstance(market, BinaryMarket) else None


def _expiry(day: date | None, as_of: date) -> dict[str, int]:
    if day is None:
        return {}
    if day < as_of:
        rule = "a bet cannot expire in the past"
        raise ExportError(
            "manifold", rule, f"expires_on {day} is before {as_of}, the day of the forecast: state a later one"
        )
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    expiry = (int(midnight) + 24 * 3600) * 1000
    if expiry >= _LATEST:
        rule = "a bet expires within 1,000 years of 1970"
        raise ExportError("manifold", rule, f"expires_on is {day}: state an earlier day, or leave it out for never")
    return {"expiresAt": expiry}


def _require_fit(subject: Subject, listing: ManifoldListing) -> None:
    """Refuse a listing that our question cannot answer, whatever is forecast."""
    market = listing.market
    if isinstance(market, BinaryMarket):
        require_asked_probability(subject, listing)
    elif isinstance(market, ChoiceMarket):
        require_asked_options(subject, listing, market.answers)
    else:
        require_asked_distribution(subject, listing)
        if subject.kind != "numeric":
            rule, said = "a numeric market asks for a number", "the question asks for a date"
            raise ExportError(listing.place, rule, f"{said}: find a yes/no market about a day", ("market",))


def _quotes(listing: ManifoldListing, predictions: Predictions) -> Iterator[_Quote]:
    _require_fit(subject_of(prediction_of(predictions, listing)), listing)
    market = listing.market
    if isinstance(market, BinaryMarket):
        ours = asked_probability(predictions, listing)
        yield _Quote(listing.place, ours, market.probability, market.answer)
    elif isinstance(market, NumericMarket):
        yield _quote_of_number(listing, market, predictions)
    else:
        for label, ours in asked_options(predictions, listing, market.answers).items():
            answer = market.answers[label]
            yield _Quote(f"{listing.place}, answer '{label}'", ours, answer.probability, answer.id)


def _quote_of_number(listing: ManifoldListing, market: NumericMarket, predictions: Predictions) -> _Quote:
    """Quote what a YES share pays on average; on a log scale that is not the place of the mean."""
    found = asked_distribution(predictions, listing).distribution
    if found.never > 0.0 or not found.values.size:
        rule = "a numeric market resolves to a number"
        said = f"there is none with probability {found.never:.4g}: list a quantity that has a value in every world"
        raise ExportError(listing.place, rule, said)
    ours = math.fsum(places_on_scale(found.values, market) * found.masses) / found.there
    outside = math.fsum(found.masses[(found.values < market.min) | (found.values > market.max)])
    figures = {"mean": found.mean(), "outside": outside}
    return _Quote(listing.place, ours, market.probability, scale=market, figures=figures)


def _amounts(listings: Sequence[ManifoldListing], orders: Sequence[int], settings: ManifoldSettings) -> list[int]:
    """Return the mana of each order of each listing: what the listing states, or an equal share of what is left."""
    stated = sum(listing.amount or 0 for listing in listings)
    if stated > settings.budget:
        said = f"the listings state {stated} mana and the budget is {settings.budget}: raise it, or lower them"
        raise ExportError("manifold", "amounts sum to at most the budget", said)
    sharing = sum(count > 0 and listing.amount is None for listing, count in zip(listings, orders, strict=True))
    share = (settings.budget - stated) // max(sharing, 1)
    amounts: list[int] = []
    for listing, count in zip(listings, orders, strict=True):
        whole = share if listing.amount is None else listing.amount
        amounts.append(whole // max(count, 1))
        if whole < count:
            said = f"{whole} mana are left for {count} orders: raise the budget, or list fewer markets"
            raise ExportError(listing.place, "a bet is at least 1 mana", said)
    return amounts


def _body(listing: ManifoldListing, quote: _Quote, limit: Limit, amount: int) -> dict[str, object]:
    body: dict[str, object] = {"contractId": listing.contract}
    if quote.answer is not None:
        body["answerId"] = quote.answer
    return body | {"outcome": limit.outcome, "amount": amount, "limitProb": limit.price}


def _name(contract: str, answer: object) -> str:
    return contract if answer is None else f"{contract}.{answer}"


def _document(body: Mapping[str, object]) -> Document:
    content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    return Document(f"bet/{_name(str(body['contractId']), body.get('answerId'))}.json", "application/json", content)


def _distortion(quote: _Quote, limit: Limit | None, amount: int, settings: ManifoldSettings) -> Iterator[Distortion]:
    figures = {"probability": quote.probability, "price": quote.price, **quote.figures}
    if limit is None:
        edge = abs(quote.probability - quote.price)
        figures |= {"edge": edge, "least_edge": settings.least_edge}
        yield Distortion(quote.place, _TOO_NEAR if round(edge, 12) < settings.least_edge else _NOTHING_BETWEEN, figures)
    elif limit.price != quote.probability or quote.scale is not None:
        figures |= {"exported": limit.price, "moved": limit.price - quote.probability, "amount": float(amount)}
        if quote.scale is not None:
            figures["value"] = value_at(limit.price, quote.scale)
        yield Distortion(quote.place, _ROUNDED if quote.scale is None else _ONE_PRICE, figures)


_TOO_NEAR = "no order: the price is nearer to our probability than least_edge"
_NOTHING_BETWEEN = "no order: no whole percent from 1 to 99 beats the price and leaves least_edge to our probability"
_ROUNDED = "the limit is a whole percent from 1 to 99 at which the last share still has the least edge"
_ONE_PRICE = f"one price, the mean place on the market's scale, stands for a whole distribution; {_ROUNDED}"

FORMAT = Format(
    name="manifold",
    title="Manifold: limit orders",
    listing=ManifoldListing,
    settings=ManifoldSettings,
    export=_export,
    named_by=("contract",),
    names=("bet/*.json",),
    require_fit=_require_fit,
)
