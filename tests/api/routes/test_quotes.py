"""Quotes over REST: read from their source, kept with their payload, refused in words where there is nothing."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.store import audit
from api.store.database import Database
from api.store.verification import verify
from tests.api.quoting import SINCE, TABLE, TOKEN, Played, choice, market, post, put_in, with_questions
from tests.api.store.support import SetClock

pytestmark = pytest.mark.anyio

QUOTES = "/v1/scenarios/coin/quotes"
MANIFOLD, METACULUS = "/v0/market/m1", "/api/posts/39876/"


@pytest.fixture
def played(played: Played) -> Played:
    """Return sources that know one market."""
    played.answers[MANIFOLD] = market()
    return played


@pytest.fixture
def app(clocked: FastAPI, played: Played) -> FastAPI:
    """Return an app whose clock and sources the test sets."""
    put_in(clocked, played, BRANCHCAST_METACULUS_TOKEN=TOKEN)
    return clocked


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    return await with_questions(client)


async def _quote(client: httpx.AsyncClient, **said: object) -> httpx.Response:
    return await client.post(QUOTES, json={"question": "deal", "source": "manifold", "place": "m1", **said})


async def _table(client: httpx.AsyncClient, text: str, question: str = "deal", **said: object) -> httpx.Response:
    return await client.post(QUOTES, json={"question": question, "source": "csv", "text": text, **said})


async def _listed(client: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"{QUOTES}{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["quotes"]
    return found


def _refused(answer: httpx.Response, pointer: str) -> str:
    """Return why a request was refused, and where."""
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request"), answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    return str(error["detail"])


async def test_a_quote_is_read_as_it_was_recorded(client: httpx.AsyncClient) -> None:
    answer = await _quote(client, reason="the same clause", author="desk")
    assert (answer.status_code, answer.json()["recorded"]) == (201, 1)
    (made,) = answer.json()["quotes"]
    assert answer.headers["location"] == made["href"] == f"{QUOTES}/{made['id']}"
    assert {key: made[key] for key in made.keys() - {"id", "href", "raw", "terms"}} == {
        "scenario": "coin",
        "question": "deal",
        "source": "manifold",
        "place": "m1",
        "wording": "Will they sign?",
        "said": {"kind": "probability", "probability": 0.35, "spread": None},
        "part": None,
        "notes": [],
        "mapped": {},
        "valid_at": "2026-03-09T06:00:00Z",
        "fetched_at": "2026-03-10T12:00:00Z",
        "licence": "MANIFOLD",
        "author": "desk",
        "reason": "the same clause",
        "recorded_at": "2026-03-10T12:00:00Z",
    }
    assert "commercial" in made["terms"]
    assert (await client.get(made["href"])).json() == made
    assert await _listed(client) == [made]


async def test_the_payload_is_kept_byte_by_byte(client: httpx.AsyncClient, played: Played) -> None:
    payload = json.dumps(market(question="Подпишут?"), ensure_ascii=False, indent=3).encode() + b" \r\n"
    played.answers[MANIFOLD] = payload
    (made,) = (await _quote(client)).json()["quotes"]
    raw = await client.get(made["raw"])
    assert (raw.status_code, raw.content, raw.headers["content-type"]) == (200, payload, "application/octet-stream")
    assert raw.headers["x-content-type-options"] == "nosniff"
    assert (await client.get(made["raw"], headers={"If-None-Match": raw.headers["etag"]})).status_code == 304
    (stated, _) = (await _table(client, TABLE)).json()["quotes"]
    raw = await client.get(stated["raw"])
    assert (raw.text, raw.headers["content-type"]) == (TABLE, "application/octet-stream")


async def test_what_repeats_a_quote_is_recorded_once(
    client: httpx.AsyncClient, played: Played, clock: SetClock
) -> None:
    """The same value since the same moment is the same quote, whenever it is read; anything else is another."""
    first = await _quote(client)
    clock.forward(hours=1)
    again = await _quote(client, reason="a second look")
    assert (again.status_code, again.json()["recorded"], again.json()["quotes"]) == (200, 0, first.json()["quotes"])
    assert again.headers["location"] == first.json()["quotes"][0]["href"]
    played.answers[MANIFOLD] = market(0.36)
    assert (await _quote(client)).status_code == 201
    played.answers[MANIFOLD] = market(0.36, since=clock())
    assert (await _quote(client)).status_code == 201
    assert len(await _listed(client)) == 3


async def test_of_many_who_quote_at_once_one_is_first(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(_quote(client) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len(await _listed(client)) == 1


async def test_a_repeated_request_reads_nothing_again(client: httpx.AsyncClient, played: Played) -> None:
    body, headers = {"question": "deal", "source": "manifold", "place": "m1"}, {"Idempotency-Key": "k-1"}
    first = await client.post(QUOTES, json=body, headers=headers)
    again = await client.post(QUOTES, json=body, headers=headers)
    assert (again.status_code, again.content, len(played.asked)) == (201, first.content, 1)


async def test_log_and_rows_hold_together(client: httpx.AsyncClient, database: Database) -> None:
    await _quote(client, author="desk")
    await _table(client, TABLE)
    await _table(client, TABLE)
    with database.reading() as connection:
        assert verify(connection).rows["quote"] == 3
        *_, made = audit.page(connection, 3)
    assert (made.actor, made.action, made.details["place"]) == ("keyless", "quote.record", "m1")
    assert made.details["author"] == "desk"


async def test_several_quotes_come_in_a_table(client: httpx.AsyncClient) -> None:
    answer = await _table(client, TABLE, reason="by letter")
    assert (answer.status_code, answer.headers["location"]) == (201, QUOTES)
    found = {each["place"]: each for each in answer.json()["quotes"]}
    assert {place: each["said"]["probability"] for place, each in found.items()} == {"desk": 0.4, "bank": 0.25}
    assert {each["licence"] for each in found.values()} == {"OWN"}
    assert found["desk"]["valid_at"] == "2026-03-01T00:00:00Z"
    half = await _table(client, TABLE + "new,Will they sign?,probability,,0.1,2026-03-02T00:00:00Z\n")
    assert (half.status_code, half.json()["recorded"], len(half.json()["quotes"])) == (201, 1, 3)
    assert (await _table(client, TABLE)).status_code == 200


async def test_options_are_said_in_ours(client: httpx.AsyncClient, played: Played) -> None:
    """Their 20 : 30 : 50 adds up to ours of 20 : 80."""
    played.answers[MANIFOLD] = choice({"They sign": 0.2, "They talk on": 0.3, "None": 0.5})
    mapped = {"They sign": "A deal", "They talk on": "None"}
    answer = await _quote(client, question="which", options=mapped)
    assert answer.status_code == 201, answer.text
    (made,) = answer.json()["quotes"]
    assert made["said"]["options"] == pytest.approx({"A deal": 0.2, "None": 0.8})
    assert (made["mapped"], made["said"]["stated_sum"]) == (mapped, pytest.approx(1.0))
    assert made["notes"] == []


async def test_prices_that_were_divided_by_their_sum_are_told_so(client: httpx.AsyncClient, played: Played) -> None:
    """A market's own 0.42 and 0.63 are 40 : 60; what somebody states so in a table is refused."""
    played.answers[MANIFOLD] = choice({"A deal": 0.42, "None": 0.63})
    (made,) = (await _quote(client, question="which")).json()["quotes"]
    assert made["said"]["options"] == pytest.approx({"A deal": 0.4, "None": 0.6})
    assert made["notes"] == ["its own numbers sum to 1.05 and were divided by that"]
    lines = [f"x,Which?,options,{label},{p},2026-03-01T00:00:00Z\n" for label, p in (("A deal", 0.42), ("None", 0.63))]
    stated = await _table(client, "place,question,kind,item,value,valid_at\n" + "".join(lines), "which")
    assert "lines 2, 3: the options of 'x' sum to 1.05" in _refused(stated, "/text")


@pytest.mark.parametrize(
    ("options", "pointer", "words"),
    [
        ({}, "/options", "'They sign', 'They talk on' is none of ours"),
        ({"They sign": "None", "They talk on": "None"}, "/options", "no option of theirs stands for 'A deal'"),
        ({"They sing": "None"}, "/options/They sing", "did you mean 'They sign'?"),
        ({"They sign": "The deal"}, "/options/They sign", "our question has no option 'The deal'"),
    ],
)
async def test_options_that_do_not_cover_each_other_are_refused(
    client: httpx.AsyncClient, played: Played, options: dict[str, str], pointer: str, words: str
) -> None:
    played.answers[MANIFOLD] = choice({"They sign": 0.2, "They talk on": 0.3, "None": 0.5})
    assert words in _refused(await _quote(client, question="which", options=options), pointer)
    assert await _listed(client) == []


@pytest.mark.parametrize("question", ["which", "cost", "when", "pair"])
async def test_a_probability_answers_a_yes_or_no_question_alone(client: httpx.AsyncClient, question: str) -> None:
    assert "a probability cannot answer it" in _refused(await _quote(client, question=question), "/question")


def _quantiles(unit: str, *values: float) -> str:
    lines = [f"x,How?,quantiles,{level},{value},{unit},2026-03-01T00:00:00Z\n" for level, value in enumerate(values, 1)]
    return "place,question,kind,item,value,unit,valid_at\n" + "".join(lines).replace("quantiles,", "quantiles,0.")


async def test_quantiles_answer_a_number_or_a_day(client: httpx.AsyncClient) -> None:
    """A day is in seconds since 1970; what lies beyond any calendar is in another unit."""
    answer = await _table(client, _quantiles("crowns", 5, 6, 9), "cost")
    assert answer.status_code == 201, answer.text
    said = {"kind": "quantiles", "quantiles": {"0.1": 5.0, "0.2": 6.0, "0.3": 9.0}, "unit": "crowns"}
    assert answer.json()["quotes"][0]["said"] == said
    assert (await _table(client, _quantiles("", 5, 6), "cost")).json()["quotes"][0]["said"]["unit"] is None
    assert (await _table(client, _quantiles("unix seconds", 1.7e9, 1.8e9), "when")).status_code == 201
    assert "unix seconds" in _refused(await _table(client, _quantiles("days", 5, 6), "when"), "/question")
    far = await _table(client, _quantiles("unix seconds", 1.7e9, 1.8e12), "when")
    assert "another unit" in _refused(far, "/question")


@pytest.mark.parametrize("unit", ["euros", "Crowns", "crown"])
async def test_quantiles_in_another_unit_are_refused(client: httpx.AsyncClient, unit: str) -> None:
    detail = _refused(await _table(client, _quantiles(unit, 5, 6), "cost"), "/question")
    assert f"it is stated in '{unit}', and our question asks for 'crowns'" in detail
    assert await _listed(client) == []


async def test_one_of_several_questions_is_named(client: httpx.AsyncClient, played: Played) -> None:
    played.answers[METACULUS] = post((40123, 0.3), (40124, 0.6))
    named = await _quote(client, source="metaculus", place="39876/40124")
    assert named.status_code == 201, named.text
    (made,) = named.json()["quotes"]
    assert (made["place"], made["said"]["probability"], made["licence"]) == ("39876/40124", 0.6, "METACULUS")
    several = await _quote(client, source="metaculus", place="39876")
    assert "state one of '39876/40123', '39876/40124'" in _refused(several, "/place")
    other = await _quote(client, source="metaculus", place="39876/1")
    assert "knows nothing of '39876/1'; it has '39876/40123'" in _refused(other, "/place")
    played.answers["/api/posts/3987/"] = post((40123, 0.3))
    strange = await _quote(client, source="metaculus", place="3987")
    assert "knows nothing of '3987'; it has '39876/40123'" in _refused(strange, "/place")


async def test_the_only_question_of_a_post_needs_no_name(client: httpx.AsyncClient, played: Played) -> None:
    played.answers[METACULUS] = post((40123, 0.3))
    (made,) = (await _quote(client, source="metaculus", place="39876")).json()["quotes"]
    assert made["place"] == "39876/40123"


async def test_where_there_is_no_quote_that_is_said_and_nothing_kept(client: httpx.AsyncClient, played: Played) -> None:
    played.answers[METACULUS] = post((40123, None))
    assert "hidden" in _refused(await _quote(client, source="metaculus", place="39876"), "/place")
    played.answers[MANIFOLD] = market(isResolved=True)
    assert "resolved" in _refused(await _quote(client), "/place")
    played.answers["/trade-api/v2/markets/KX-1"] = {
        "market": {"ticker": "KX-1", "status": "finalized", "title": "Will they sign?"}
    }
    assert "trades no more" in _refused(await _quote(client, source="kalshi", place="KX-1"), "/place")
    played.answers["/markets"] = []
    assert "knows nothing of '0x1'" in _refused(await _quote(client, source="polymarket", place="0x1"), "/place")
    assert await _listed(client) == []


async def test_prices_of_markets_have_their_spread(client: httpx.AsyncClient, played: Played) -> None:
    """Kalshi: 40 bid, 44 asked; Polymarket: 0.41 bid, 0.43 asked, whose record has text for numbers."""
    kalshi = {"ticker": "KX-1", "status": "active", "title": "Deal?"}
    played.answers["/trade-api/v2/markets/KX-1"] = {
        "market": {**kalshi, "yes_bid_dollars": "0.4000", "yes_ask_dollars": "0.4400"}
    }
    played.answers["/markets"] = [
        {
            "conditionId": "0x1",
            "question": "Deal?",
            "outcomes": '["No", "Yes"]',
            "outcomePrices": '["0.58", "0.42"]',
            "bestBid": 0.41,
            "bestAsk": 0.43,
        }
    ]
    for source, place, spread in (("kalshi", "KX-1", 0.04), ("polymarket", "0x1", 0.02)):
        answer = await _quote(client, source=source, place=place)
        assert answer.status_code == 201, answer.text
        (made,) = answer.json()["quotes"]
        said = {"kind": "probability", "probability": pytest.approx(0.42), "spread": pytest.approx(spread)}
        assert (made["said"], made["valid_at"]) == (said, "2026-03-10T12:00:00Z")


@pytest.mark.parametrize(
    ("answer", "pointer", "words"),
    [
        (httpx.Response(404, json={"message": "Market not found"}), "/place", "(404): Market not found"),
        (httpx.Response(401, json={"message": "No key"}), "/source", "have the server's token for it replaced"),
        (httpx.Response(302, headers={"Location": "https://x.example/"}), "/source", "have the server's address"),
        ({"id": "m1"}, "/source", "its answer is not understood"),
        (market(2.0), "/source", "no share of 1"),
        (json.dumps(market()).encode("utf-16"), "/source", "another code than UTF-8"),
    ],
)
async def test_a_source_that_refuses_or_cannot_be_understood(
    client: httpx.AsyncClient, played: Played, answer: object, pointer: str, words: str
) -> None:
    played.answers[MANIFOLD] = answer
    assert words in _refused(await _quote(client), pointer)
    assert await _listed(client) == []


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (httpx.ConnectError("no route"), "2"),
        (httpx.ReadTimeout("silence"), "2"),
        (httpx.Response(500), "2"),
        (httpx.Response(429, headers={"Retry-After": "7"}), "7"),
        (b"<html>being repaired</html>", "2"),
    ],
)
async def test_a_source_that_does_not_answer_may_be_asked_again(
    client: httpx.AsyncClient, played: Played, answer: object, seconds: str
) -> None:
    played.answers[MANIFOLD] = answer
    found = await _quote(client)
    assert (found.status_code, found.headers["retry-after"]) == (503, seconds)
    assert "manifold cannot be read now" in found.json()["detail"]
    assert await _listed(client) == []


async def test_a_source_whose_token_is_not_there_is_refused(
    client: httpx.AsyncClient, app: FastAPI, played: Played
) -> None:
    put_in(app, played)
    why = _refused(await _quote(client, source="metaculus", place="39876"), "/source")
    assert "BRANCHCAST_METACULUS_TOKEN" in why


async def test_no_token_is_in_rows_answers_or_logs(
    client: httpx.AsyncClient, played: Played, database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not even where the source repeats it, in a payload, in an error, or with its characters written as numbers."""
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in TOKEN)
    said = []
    for answer in (
        {**post((40123, 0.3)), "seen": f"Token {TOKEN}"},
        httpx.Response(403, json={"detail": f"Token {TOKEN} may not"}),
        httpx.Response(403, content=f'{{"detail": "Token {escaped} may not"}}'),
    ):
        played.answers[METACULUS] = answer
        said.append(await _quote(client, source="metaculus", place="39876"))
    (made,) = said[0].json()["quotes"]
    said.append(await client.get(made["raw"]))
    assert {request.headers["authorization"] for request in played.asked} == {f"Token {TOKEN}"}
    assert not any(TOKEN in answer.text for answer in said)
    with database.reading() as connection:
        kept = [str(entry) for entry in audit.page(connection, 100)]
    assert not any(TOKEN in text for text in (*kept, *capfd.readouterr()))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"question": "dael"}, "/question"),
        ({"source": "oracle"}, "/source"),
        ({"place": "../v0/me"}, "/place"),
        ({"place": None}, "/place"),
        ({"text": TABLE}, "/text"),
        ({"source": "csv", "place": None}, "/text"),
        ({"source": "csv", "text": TABLE}, "/place"),
        ({"source": "csv", "place": None, "text": "a,b\n1,2\n"}, "/text"),
        ({"source": "csv", "place": None, "text": TABLE.splitlines()[0]}, "/text"),
        ({"source": "csv", "place": None, "text": TABLE.replace("0.25", "25")}, "/text"),
        ({"source": "csv", "place": None, "text": TABLE.replace("2026-03-02", "2027-03-02")}, "/text"),
        ({"source": "csv", "place": None, "text": TABLE.replace("bank", "ba\u0000nk")}, "/text"),
        ({"options": {"a": "b"}}, "/options/a"),
        ({"reason": ""}, "/reason"),
    ],
)
async def test_requests_that_make_no_quote_are_refused_by_field(
    client: httpx.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    _refused(await _quote(client, **body), pointer)
    assert await _listed(client) == []


async def test_half_a_character_is_no_text(client: httpx.AsyncClient) -> None:
    body = json.dumps({"question": "deal", "source": "csv", "text": TABLE.replace("desk", "d\ud800")})
    answer = await client.post(QUOTES, content=body, headers={"Content-Type": "application/json"})
    _refused(answer, "/text")


async def test_a_wording_with_half_a_character_is_written_out(client: httpx.AsyncClient, played: Played) -> None:
    played.answers[MANIFOLD] = json.dumps(market(question="half \ud800" + "x" * 2_000)).encode()
    (made,) = (await _quote(client)).json()["quotes"]
    assert (made["wording"][:12], len(made["wording"])) == ("half \\ud800x", 1_000)


async def test_quotes_are_listed_by_question_source_and_moment(client: httpx.AsyncClient, clock: SetClock) -> None:
    await _quote(client)
    clock.forward(days=2)
    await _table(client, TABLE)
    await _table(client, _quantiles("crowns", 1, 2), "cost")
    assert [each["place"] for each in await _listed(client, "?question=deal&source=manifold")] == ["m1"]
    assert len(await _listed(client, "?source=csv")) == 3
    assert [each["place"] for each in await _listed(client, "?question=cost")] == ["x"]
    assert [each["place"] for each in await _listed(client, "?as_of=2026-03-11")] == ["m1"]
    for query in ("?question=%00", "?source=oracle", "?as_of=yesterday"):
        assert (await client.get(f"{QUOTES}{query}")).status_code == 422


async def test_pages_hold_every_quote_once(client: httpx.AsyncClient, played: Played, clock: SetClock) -> None:
    for hundredth in range(1, 8):
        played.answers[MANIFOLD] = market(hundredth / 100)
        await _quote(client)
        clock.forward(minutes=1)
    found, address = [], f"{QUOTES}?limit=3"
    while address is not None:
        page = (await client.get(address)).json()
        found += [round(100 * each["said"]["probability"]) for each in page["quotes"]]
        address = page["next"]
        await _table(client, TABLE)
    assert found == [7, 6, 5, 4, 3, 2, 1]


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    (made,) = (await _quote(client)).json()["quotes"]
    for address in (f"{QUOTES}/0", f"{QUOTES}/0/raw", made["href"].replace("coin", "minimal")):
        answer = await client.get(address)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")
    for answer in (
        await client.get(QUOTES.replace("coin", "con")),
        await client.post(QUOTES.replace("coin", "con"), json={"question": "q", "source": "manifold", "place": "m1"}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-scenario")


async def test_whoever_may_only_read_quotes_nothing(
    client: httpx.AsyncClient, played: Played, new_key: Callable[[str], str]
) -> None:
    client.headers["Authorization"] = new_key("read")
    assert (await client.get(QUOTES)).status_code == 200
    assert (await _quote(client)).status_code == 403
    assert played.asked == []


async def test_a_quote_is_dated_by_its_source(client: httpx.AsyncClient) -> None:
    (made,) = (await _quote(client)).json()["quotes"]
    assert made["valid_at"] == SINCE.isoformat().replace("+00:00", "Z")
