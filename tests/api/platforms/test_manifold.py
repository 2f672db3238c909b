"""Orders at Manifold: what is accepted and refused, and which order of ours is the one that was sent."""

import json
from datetime import timedelta

import pytest

from api.platforms.answers import Accepted, Reason, Refused, TryAgain, Unclear
from api.platforms.errors import PlatformRequestError
from api.platforms.faults import PlatformFault
from api.platforms.found import Arrived, LookAgain, NotArrived, Undecided
from api.platforms.manifold import MOST_BETS, Manifold, cancel_request, order_request
from api.platforms.platform import Sending
from api.platforms.requests import PlatformRequest
from api.platforms.sought import SoughtOrder
from tests.api.platforms.connecting import connected
from tests.api.platforms.fake_manifold import KEY, FakeManifold
from tests.api.platforms.fakes import HTML, Mishap, Reply
from tests.api.platforms.world import START, World

SENT = Sending(START, START)


def order(**changes: object) -> PlatformRequest:
    body = {"contractId": "c1", "outcome": "YES", "amount": 20, "limitProb": 0.62, "dryRun": False, **changes}
    return order_request(json.dumps({name: value for name, value in body.items() if value is not None}))


def test_an_order_is_accepted_with_its_id(manifold: Manifold, manifold_site: FakeManifold) -> None:
    outcome = manifold.submit(order())
    assert isinstance(outcome, Accepted)
    assert (outcome.status, outcome.ids) == (200, {"bet": "bet-1"})
    (asked,) = manifold_site.asked
    assert (asked.path, asked.headers["authorization"]) == ("/v0/bet", f"Key {KEY}")
    assert asked.body.decode() == order().body


def test_a_simulated_order_leaves_nothing_behind(manifold: Manifold, manifold_site: FakeManifold) -> None:
    simulated = order(dryRun=True)
    outcome = manifold.submit(simulated)
    assert isinstance(outcome, Accepted)
    assert outcome.ids == {"bet": "dry-run"}
    assert manifold_site.bets == []
    assert (simulated.sought, simulated.repeatable) == ((), True)


@pytest.mark.parametrize("deed", [Mishap.DROPPED_ANSWER, Mishap.CUT_ANSWER, Reply(500, HTML), Reply(200, HTML)])
def test_a_simulated_order_may_always_be_sent_again(
    manifold: Manifold, manifold_site: FakeManifold, deed: Mishap | Reply
) -> None:
    """A true one may not: whether it is there is unclear."""
    manifold_site.script = [deed, deed]
    assert isinstance(manifold.submit(order(dryRun=True)), TryAgain)
    assert isinstance(manifold.submit(order()), Unclear)
    assert manifold.read_back(order(dryRun=True), SENT) == NotArrived(())


@pytest.mark.parametrize(
    ("changes", "status", "reason", "faults"),
    [
        ({"amount": 0.5}, 400, "invalid", {("amount", "Number must be greater than or equal to 1")}),
        ({"colour": "red"}, 400, "invalid", {(None, "Unrecognized key(s) in object: 'colour'")}),
        ({"contractId": "over"}, 403, "closed", {(None, "Trading is closed.")}),
        ({"amount": 5_000}, 403, "forbidden", {(None, "Insufficient balance.")}),
    ],
)
def test_a_refusal_says_what_is_wrong(
    manifold: Manifold,
    manifold_site: FakeManifold,
    changes: dict[str, object],
    status: int,
    reason: Reason,
    faults: set[tuple[str | None, str]],
) -> None:
    manifold_site.closed = {"over"}
    outcome = manifold.submit(order(**changes))
    assert isinstance(outcome, Refused)
    assert (outcome.status, outcome.reason) == (status, reason)
    assert {(fault.field, fault.message) for fault in outcome.faults} >= faults


def test_a_key_that_does_not_work_is_repeated_by_the_platform_and_not_by_us(manifold_site: FakeManifold) -> None:
    wrong = "00000000-1111-2222-3333-444444444444"
    with connected(Manifold, manifold_site, token=wrong) as platform:
        outcome = platform.submit(order())
    assert outcome == Refused(
        "credentials",
        401,
        (PlatformFault("No private user exists with API key ***."),),
        '{"message": "No private user exists with API key ***."}',
    )


def test_an_order_is_found_however_much_of_it_was_filled(manifold: Manifold, world: World) -> None:
    manifold.submit(order(answerId="a2"))
    world.sleep(60)
    assert manifold.read_back(order(answerId="a2"), SENT) == Arrived({"bet": "bet-1"})


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "NO"},
        {"amount": 21},
        {"limitProb": 0.63},
        {"limitProb": None},
        {"answerId": "a1"},
        {"contractId": "c2"},
    ],
)
def test_an_order_that_differs_is_another(manifold: Manifold, world: World, changes: dict[str, object]) -> None:
    manifold.submit(order(**changes))
    world.sleep(60)
    assert manifold.read_back(order(), SENT) == NotArrived((0,))
    assert manifold.read_back(order(**changes), SENT) == Arrived({"bet": "bet-1"})


def test_an_equal_order_of_another_request_is_not_what_was_sent(manifold: Manifold, world: World) -> None:
    """Two equal orders in a row: who knows that the first is taken does not take it for the second."""
    manifold.submit(order())
    world.sleep(60)
    assert manifold.read_back(order(), Sending(START, START, {"bet-1"})) == NotArrived((0,))


def test_an_equal_order_from_before_is_not_what_was_sent(
    manifold: Manifold, manifold_site: FakeManifold, world: World
) -> None:
    manifold_site.ahead = timedelta(minutes=-10)
    manifold.submit(order())
    world.sleep(30)
    later = Sending(world.now(), world.now())
    world.sleep(60)
    assert manifold.read_back(order(), later) == NotArrived((0,))
    assert manifold.read_back(order(), SENT) == Arrived({"bet": "bet-1"})


def test_absence_counts_only_when_no_cache_can_hide_an_order(manifold: Manifold, world: World) -> None:
    """The list of bets may come from a cache, for up to 15 seconds."""
    world.sleep(59)
    assert isinstance(manifold.read_back(order(), SENT), LookAgain)
    world.sleep(1)
    assert manifold.read_back(order(), SENT) == NotArrived((0,))


def test_orders_beyond_what_is_listed_are_left_to_a_person(
    manifold: Manifold, manifold_site: FakeManifold, world: World
) -> None:
    manifold.submit(order(amount=1))
    manifold_site.bets *= MOST_BETS
    world.sleep(60)
    assert isinstance(manifold.read_back(order(), SENT), Undecided)
    assert manifold.read_back(order(amount=1), SENT) == Arrived({"bet": "bet-1"})


def test_a_cancellation_is_sent_and_found(manifold: Manifold, manifold_site: FakeManifold, world: World) -> None:
    manifold.submit(order())
    cancel = cancel_request("bet-1")
    world.sleep(60)
    assert manifold.read_back(cancel, SENT) == NotArrived((0,))
    assert manifold.submit(cancel) == Accepted(200, {}, json.dumps(manifold_site.bets[0]))
    assert manifold.read_back(cancel, SENT) == Arrived()
    assert isinstance(manifold.read_back(cancel_request("bet-9"), SENT), Undecided)


def test_what_is_looked_for_is_read_from_the_body() -> None:
    assert order(answerId="a1").sought == (SoughtOrder("c1", "a1", "YES", 20, 0.62),)


@pytest.mark.parametrize(
    "body",
    ["[]", "{}", '{"contractId": "c1", "outcome": "YES", "amount": "20"}', '{"contractId": 1, "outcome": "YES"}'],
)
def test_a_body_that_is_no_order_is_refused(body: str) -> None:
    with pytest.raises(PlatformRequestError, match="the order"):
        order_request(body)


@pytest.mark.parametrize("number", ["", "../me", "a/b", "a?b", "ä"])
def test_an_id_that_would_lead_elsewhere_is_refused(number: str) -> None:
    with pytest.raises(PlatformRequestError, match="is no id of an order"):
        cancel_request(number)
