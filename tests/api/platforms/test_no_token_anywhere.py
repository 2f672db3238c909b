"""A token that a platform repeats in everything it says turns up in nothing that is kept, told or logged."""

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from api.platforms.answers import Accepted, Refused, outcome_json
from api.platforms.errors import PlatformError
from api.platforms.found import Fetched, found_json
from api.platforms.manifold import Manifold, order_request
from api.platforms.metaculus import Metaculus
from api.platforms.metaculus_requests import comment_request, forecast_request
from api.platforms.platform import Platform, Sending
from api.platforms.requests import PlatformRequest
from tests.api.platforms.connecting import connected
from tests.api.platforms.fakes import Asked, FakePlatform, Mishap, Reply, serving
from tests.api.platforms.world import START, World

PIECE = "0123456789abcdef"
TOKEN = f"Pl4nted/+{PIECE}=="
"""With characters that some texts escape; the piece is in every text that shows the whole."""

FORECAST = forecast_request('[{"question": 7, "probability_yes": 0.3}]', {7: 70})
COMMENT = comment_request('{"on_post": 70, "text": "Why.", "is_private": true}')
ORDER = order_request('{"contractId": "c1", "outcome": "NO", "amount": 5, "limitProb": 0.4, "dryRun": false}')


class Parrot(FakePlatform):
    """Repeats the whole header ``Authorization``, in many ways, with a status that the test sets."""

    status = 400

    def answer(self, asked: Asked) -> Reply:
        heard = asked.headers["authorization"]
        escaped = "".join(f"\\u{ord(character):04x}" for character in heard)
        body = (
            f'{{"detail": {json.dumps(heard)}, "escaped": "{escaped}", "id": {json.dumps(heard)},'
            f' "betId": {json.dumps(heard)}, "non_field_errors": [{{"x": [{json.dumps(heard.upper())}]}}]}}'
        )
        return Reply(self.status, body.encode(), {"Location": f"/{heard}", "X-Heard": heard})


@pytest.fixture
def parrot(world: World) -> Iterator[Parrot]:
    """Yield a platform that repeats tokens."""
    with serving(Parrot(world)) as fake:
        yield fake


def shows(*things: object) -> bool:
    """Tell whether something shows the token: as it prints itself, or as what it is made of."""
    return any(PIECE in text.lower() for thing in things for text in (repr(thing), str(thing), f"{thing}"))


@pytest.mark.parametrize("status", [200, 201, 204, 301, 400, 401, 403, 404, 405, 408, 409, 422, 429, 500, 503])
@pytest.mark.parametrize(
    ("kind", "request_"),
    [(Metaculus, FORECAST), (Metaculus, COMMENT), (Manifold, ORDER)],
    ids=["list", "comment", "order"],
)
def test_no_outcome_has_it(
    parrot: Parrot,
    kind: type[Metaculus | Manifold],
    request_: PlatformRequest,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Of libraries, lines are looked at that are no debugging, which a server never writes."""
    parrot.status = status
    caplog.set_level(logging.DEBUG)
    site: AbstractContextManager[Platform] = connected(kind, parrot, token=TOKEN)
    with site as platform:
        outcome = platform.submit(request_)
        found = platform.read_back(request_, Sending(START, START))
    assert parrot.asked[0].headers["authorization"].endswith(TOKEN)
    assert not shows(platform, outcome, found, outcome_json(outcome), found_json(found), request_.to_json())
    lines = [record for record in caplog.records if record.levelno > logging.DEBUG]
    assert any(record.name == "httpx" for record in lines)
    assert not shows([record.getMessage() for record in lines])


def test_what_it_stands_in_is_kept_all_the_same(parrot: Parrot) -> None:
    """The words around it say what is wrong."""
    with connected(Metaculus, parrot, token=TOKEN) as platform:
        outcome = platform.submit(FORECAST)
    assert isinstance(outcome, Refused)
    assert [fault.message for fault in outcome.faults] == ["Token ***"] * 4 + ["TOKEN ***"]


@pytest.mark.parametrize("status", [400, 500])
def test_a_token_with_holes_is_blotted_out(parrot: Parrot, status: int) -> None:
    """No database keeps NUL, so that it is left out; what was apart because of it must not come together."""
    parrot.script = [Reply(status, "\x00".join(f"no key {TOKEN}").encode())]
    with connected(Metaculus, parrot, token=TOKEN) as platform:
        outcome = platform.submit(FORECAST)
    assert "no key ***" in outcome_json(outcome)
    assert not shows(outcome, outcome_json(outcome))


def test_an_id_that_repeats_it_is_blotted_out(parrot: Parrot) -> None:
    parrot.status = 201
    with connected(Metaculus, parrot, token=TOKEN) as platform:
        outcome = platform.submit(COMMENT)
    assert isinstance(outcome, Accepted)
    assert outcome.ids == {"comment": "Token ***"}


def test_no_payload_has_it(parrot: Parrot) -> None:
    parrot.status = 200
    with connected(Metaculus, parrot, token=TOKEN) as platform:
        fetched = platform.fetch_post(70)
    assert isinstance(fetched, Fetched)
    assert not shows(fetched.payload.decode(), fetched.json.value)
    assert fetched.json.at("escaped").text() == fetched.json.at("detail").text() == "Token ***"


@pytest.mark.parametrize("mishap", [Mishap.DROPPED_ANSWER, Mishap.DROPPED_UNREAD, Mishap.CUT_ANSWER])
def test_no_failure_on_the_way_has_it(parrot: Parrot, mishap: Mishap) -> None:
    parrot.status, parrot.script = 201, [mishap, mishap]
    with connected(Metaculus, parrot, token=TOKEN) as platform:
        outcome = platform.submit(FORECAST)
        found = platform.read_back(FORECAST, Sending(START, START))
    assert not shows(outcome, outcome_json(outcome), found, found_json(found))


def test_no_error_and_no_traceback_has_it(parrot: Parrot) -> None:
    with connected(Metaculus, parrot, token=TOKEN) as platform:
        holding = PlatformRequest("metaculus", "forecast", "POST", "/", json.dumps([TOKEN]), ())
        for wrong in (holding, ORDER):
            with pytest.raises(PlatformError) as raised:
                platform.submit(wrong)
            traced = "".join(traceback.TracebackException.from_exception(raised.value, capture_locals=False).format())
            assert not shows(raised.value, traced)
        locals_of_ours = [vars(each) for each in _everything_of(platform)]
    assert not shows(locals_of_ours)


def _everything_of(platform: Platform) -> Iterator[object]:
    """Yield a platform and what it is made of, as a debugger would show them."""
    yield platform
    yield platform._wire
    yield platform._wire._http
