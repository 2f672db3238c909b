"""Couriers in a bad network: what is asked for is sent once, looked for before it is sent again, and told truly."""

from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import update

from api.platforms.errors import PlatformSettingsError
from api.platforms.manifold import order_request
from api.platforms.metaculus_requests import comment_request
from api.platforms.platform import Platform
from api.store import tables
from api.store.database import Database
from api.store.submissions import Receipt
from api.store.verification import verify
from api.work.carrying import GIVEN_UP_AFTER, Progress, progress_of
from api.work.courier import Courier
from forecast.tournaments.exports import ExportError
from tests.api.platforms.fake_manifold import FakeManifold
from tests.api.platforms.fake_metaculus import FakeMetaculus
from tests.api.platforms.fakes import HTML, Mishap, Reply
from tests.api.platforms.world import START, World
from tests.api.work.courier.carried import (
    POSTS,
    TOKENS,
    ask,
    courier,
    forecast,
    found,
    methods,
    sent,
    settle,
    steps,
    told,
)
from tests.waiting import eventually

BEGUN, ACCEPTED, UNCLEAR = ("send", "begun"), ("send", "accepted"), ("send", "unclear")
ARRIVED, NOT_ARRIVED, LOOK_AGAIN = ("read back", "arrived"), ("read back", "not_arrived"), ("read back", "look_again")
DAY = Reply(429, {}, {"Retry-After": "86400"})


def test_what_is_accepted_and_found_is_confirmed(database: Database, site: FakeMetaculus, carrier: Courier) -> None:
    """In one go; every step has its receipt, and the audit log names each."""
    ask(database, forecast(0.3))
    assert carrier.carry_one()
    assert steps(database) == [BEGUN, ACCEPTED, ARRIVED]
    ended = found(database)
    assert (ended.status, ended.attempt, ended.holder, ended.lease_until) == ("confirmed", 1, None, None)
    assert ended.finished_at == told(database)[-1]["at"]
    assert (methods(site), site.values(7)) == (["POST", "GET"], [[0.7, 0.3]])
    assert not carrier.carry_one()
    with database.reading() as connection:
        whole = verify(connection)
    assert (whole.rows["submission"], whole.rows["receipt"]) == (1, 3)


def test_nothing_due_is_nothing_done(database: Database, site: FakeMetaculus, carrier: Courier, world: World) -> None:
    assert not carrier.carry_one()
    ask(database, forecast(0.3), not_before=START + timedelta(seconds=10))
    assert not carrier.carry_one()
    world.sleep(10)
    assert carrier.carry_one()
    assert sent(site) == 1


@pytest.mark.parametrize("mishap", [Mishap.DROPPED_ANSWER, Mishap.CUT_ANSWER])
def test_an_answer_that_was_lost_is_looked_for(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World, mishap: Mishap
) -> None:
    """It had been accepted: it is found, and sent once in all."""
    site.script = [mishap]
    ask(database, forecast(0.3))
    settle(carrier, database, world)
    assert (found(database).status, steps(database)) == ("confirmed", [BEGUN, UNCLEAR, ARRIVED])
    assert (methods(site), site.values(7)) == (["POST", "GET"], [[0.7, 0.3]])


def test_a_request_that_was_dropped_unread_is_sent_again_after_a_look(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    site.script = [Mishap.DROPPED_UNREAD]
    ask(database, forecast(0.3))
    settle(carrier, database, world)
    assert steps(database) == [BEGUN, UNCLEAR, NOT_ARRIVED, BEGUN, ACCEPTED, ARRIVED]
    assert (methods(site), site.values(7)) == (["GET", "POST", "GET"], [[0.7, 0.3]])


def test_nothing_is_concluded_while_a_request_may_be_under_way(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    """Metaculus is given 120 s, by the clock of the database."""
    site.script = [Mishap.DROPPED_UNREAD]
    ask(database, forecast(0.3))
    assert carrier.carry_one()
    assert found(database).not_before == START + timedelta(seconds=120)
    world.sleep(119.9)
    assert not carrier.carry_one()
    assert methods(site) == []


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "90"}, 90.0), ({}, 2.0)])
def test_what_a_platform_puts_off_is_not_sent_early(
    database: Database,
    site: FakeMetaculus,
    carrier: Courier,
    world: World,
    headers: dict[str, str],
    seconds: float,
) -> None:
    """Without a word from the platform, the first wait is 2 s at the most, which the chance of this world makes it."""
    site.script = [Reply(429, {"error": "too many requests"}, headers)]
    ask(database, forecast(0.3))
    assert carrier.carry_one()
    waiting = found(database)
    assert (waiting.status, waiting.holder, waiting.not_before) == (
        "waiting",
        None,
        START + timedelta(seconds=seconds),
    )
    assert told(database)[-1]["status"] == 429
    world.sleep(seconds - 0.01)
    assert not carrier.carry_one()
    assert sent(site) == 1
    world.sleep(0.02)
    assert carrier.carry_one()
    assert steps(database) == [BEGUN, ("send", "try_again"), BEGUN, ACCEPTED, ARRIVED]
    assert (found(database).status, site.values(7)) == ("confirmed", [[0.7, 0.3]])


def test_waits_grow_while_a_platform_puts_off_without_a_word(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    site.script = [Reply(408)] * 5
    ask(database, forecast(0.3))
    settle(carrier, database, world)
    began = [each["at"] for each in told(database) if each["outcome"] == "begun"]
    waits = [(after - before).total_seconds() for before, after in pairwise(began)]
    assert waits == pytest.approx([2, 4, 8, 16, 32], abs=2.0)
    assert site.values(7) == [[0.7, 0.3]]


def test_what_is_refused_ends_and_says_why(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    site.script = [Reply(403, {"detail": "You do not have permission to perform this action."})]
    ask(database, forecast(0.3))
    settle(carrier, database, world)
    assert (found(database).status, steps(database)) == ("refused", [BEGUN, ("send", "refused")])
    said = told(database)[-1]
    assert (said["status"], said["answer"]["reason"]) == (403, "forbidden")
    assert "do not have permission" in said["answer"]["faults"][0]["message"]
    assert (sent(site), site.values(7)) == (1, [])


@pytest.mark.parametrize("arrives", [True, False])
def test_an_error_of_the_server_is_unclear_until_it_is_read_back(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World, *, arrives: bool
) -> None:
    """It may come before anything was done, or when everything was."""
    site.script = [Reply(500, HTML)]
    ask(database, forecast(0.3))
    assert carrier.carry_one()
    if arrives:
        site.questions[7].forecasts.append(
            {"start_time": START.timestamp(), "end_time": None, "forecast_values": [0.7, 0.3]}
        )
    settle(carrier, database, world)
    again = [] if arrives else [BEGUN, ACCEPTED, ARRIVED]
    assert steps(database) == [BEGUN, UNCLEAR, ARRIVED if arrives else NOT_ARRIVED, *again]
    assert (found(database).status, told(database)[1]["status"]) == ("confirmed", 500)
    assert (sent(site), site.values(7)) == (1 if arrives else 2, [[0.7, 0.3]])


def test_of_a_list_that_arrived_in_part_only_the_rest_is_sent(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    """Also where of the rest a part is left behind: places are those of the first list."""
    site.dies_after = 1
    ask(database, forecast(0.3, 0.4, 0.45))
    assert carrier.carry_one()
    world.sleep(121)
    assert carrier.carry_one()
    assert told(database)[-1]["answer"]["missing"] == [1, 2]
    site.dies_after = 1
    assert carrier.carry_one()
    world.sleep(121)
    assert carrier.carry_one()
    assert told(database)[-1]["answer"]["missing"] == [2]
    settle(carrier, database, world)
    asked = [[item["question"] for item in each.json()] for each in site.sent("POST")]
    assert asked == [[7, 12, 13], [12, 13], [13]]
    assert found(database).status == "confirmed"
    assert [site.values(n) for n in POSTS] == [[[0.7, 0.3]], [[0.6, 0.4]], [[0.55, 0.45]]]


def test_what_no_platform_takes_for_three_days_is_given_up(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    """It is not sent on the fourth day, when the platform would take it."""
    site.script = [DAY] * 3
    ask(database, forecast(0.3))
    settle(carrier, database, world)
    assert (found(database).status, steps(database)[-1]) == ("refused", ("send", "given_up"))
    assert "for 3 days" in told(database)[-1]["answer"]["why"]
    assert world.now() - START > GIVEN_UP_AFTER
    assert (sent(site), site.values(7)) == (3, [])


def test_what_cannot_be_looked_for_within_three_days_is_unclear(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    """It may be there, so that it is not refused, and it is not sent again."""
    site.script = [Mishap.DROPPED_ANSWER, *[DAY] * 9]
    ask(database, forecast(0.3))
    settle(carrier, database, world)
    assert (found(database).status, steps(database)[-1]) == ("unclear", ("read back", "given_up"))
    assert timedelta(0) < world.now() - START - GIVEN_UP_AFTER < timedelta(days=2)
    assert (sent(site), site.values(7)) == (1, [[0.7, 0.3]])


def test_looks_at_a_platform_that_does_not_answer_become_rarer(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    site.script = [Mishap.DROPPED_ANSWER, *[Reply(502)] * 6]
    ask(database, forecast(0.3))
    settle(carrier, database, world)
    assert steps(database) == [BEGUN, UNCLEAR, *[LOOK_AGAIN] * 6, ARRIVED]
    looked = [each["at"] for each in told(database) if each["step"] == "read back"]
    waits = [(after - before).total_seconds() for before, after in pairwise(looked)]
    assert waits == pytest.approx([2, 4, 8, 16, 32, 64], abs=2.0)


def test_what_is_accepted_and_never_shown_is_unclear(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    """A person has to look: sent again, it might be there twice."""
    site.script = [Reply(201)]
    ask(database, forecast(0.3))
    settle(carrier, database, world)
    assert steps(database) == [BEGUN, ACCEPTED, LOOK_AGAIN, ("read back", "not_shown")]
    assert (found(database).status, sent(site)) == ("unclear", 1)
    assert "does not show it" in told(database)[-1]["answer"]["why"]
    world.sleep(10 * 86_400)
    assert not carrier.carry_one()


def test_what_cannot_be_told_apart_is_left_to_a_person(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    """Somebody has forecast by hand meanwhile: sent again, ours would end theirs."""
    site.script = [Mishap.DROPPED_UNREAD]
    ask(database, forecast(0.3))
    assert carrier.carry_one()
    by_hand = {"start_time": world.now().timestamp() + 60, "end_time": None, "forecast_values": [0.1, 0.9]}
    site.questions[7].forecasts.append(by_hand)
    settle(carrier, database, world)
    assert (found(database).status, steps(database)[-1]) == ("unclear", ("read back", "undecided"))
    assert (sent(site), site.values(7)) == (0, [[0.1, 0.9]])


def test_a_comment_is_made_once(database: Database, site: FakeMetaculus, carrier: Courier, world: World) -> None:
    site.script = [Mishap.DROPPED_ANSWER]
    ask(database, comment_request('{"on_post": 70, "text": "Why.", "is_private": true}'))
    settle(carrier, database, world)
    assert found(database).status == "confirmed"
    assert [each["text"] for each in site.comments] == ["Why."]
    assert told(database)[-1]["answer"]["ids"] == {"comment": "900"}


def _order(*, dry_run: bool) -> str:
    word = "true" if dry_run else "false"
    return f'{{"contractId": "c1", "outcome": "NO", "amount": 5, "limitProb": 0.4, "dryRun": {word}}}'


def test_of_two_equal_orders_each_is_placed_once(database: Database, world: World) -> None:
    """What the one has left behind is not taken for what the other did."""
    market = FakeManifold(world)
    with closing(courier(database, market)) as carrier:
        ask(database, order_request(_order(dry_run=False)), "s1", listings=["x"])
        ask(database, order_request(_order(dry_run=False)), "s2", listings=["y"])
        market.script = [Mishap.DROPPED_UNREAD]
        settle(carrier, database, world)
    assert [found(database, each).status for each in ("s1", "s2")] == ["confirmed", "confirmed"]
    left = [told(database, each)[-1]["answer"]["ids"]["bet"] for each in ("s1", "s2")]
    assert left == ["bet-2", "bet-1"]
    assert len(market.bets) == 2


@pytest.mark.parametrize("script", [[], [Mishap.DROPPED_ANSWER], [Mishap.DROPPED_UNREAD]])
def test_a_simulated_order_leaves_nothing_to_look_for(
    database: Database, world: World, script: list[Mishap | Reply | None]
) -> None:
    market = FakeManifold(world)
    market.script = list(script)
    with closing(courier(database, market)) as carrier:
        ask(database, order_request(_order(dry_run=True)))
        settle(carrier, database, world)
    assert (found(database).status, steps(database)[-1]) == ("confirmed", ACCEPTED)
    assert (market.bets, market.sent("GET")) == ([], [])


def _unconnected(_: str) -> Platform:
    raise PlatformSettingsError("Metaculus needs a token: set BRANCHCAST_METACULUS_TOKEN")


def test_without_a_token_nothing_is_taken_on(database: Database) -> None:
    carrier = Courier(database, _unconnected)
    with pytest.raises(ExportError, match="needs a token: set BRANCHCAST_METACULUS_TOKEN"):
        carrier.require("metaculus")


def test_what_this_process_cannot_send_waits_for_one_that_can(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    ask(database, forecast(0.3))
    assert Courier(database, _unconnected).carry_one()
    assert (found(database).status, steps(database)) == ("waiting", [("send", "not_ready")])
    assert "needs a token" in told(database)[-1]["answer"]["why"]
    world.sleep(601)
    assert carrier.carry_one()
    assert found(database).status == "confirmed"


def test_what_nobody_can_send_is_given_up(database: Database, world: World) -> None:
    ask(database, forecast(0.3))
    world.sleep(4 * 86_400)
    assert Courier(database, _unconnected).carry_one()
    assert (found(database).status, steps(database)) == ("refused", [("send", "given_up")])


def test_what_may_have_arrived_is_not_refused_for_want_of_a_token(
    database: Database, site: FakeMetaculus, carrier: Courier, world: World
) -> None:
    site.script = [Mishap.DROPPED_ANSWER]
    ask(database, forecast(0.3))
    assert carrier.carry_one()
    world.sleep(121)
    assert Courier(database, _unconnected).carry_one()
    assert (found(database).status, steps(database)[-1]) == ("waiting", ("read back", "not_ready"))
    world.sleep(601)
    assert carrier.carry_one()
    assert (found(database).status, len(site.sent("POST"))) == ("confirmed", 1)


def test_it_keeps_carrying_by_itself(database: Database, site: FakeMetaculus) -> None:
    """Also after a failure that nobody foresaw; it ends when it is told to."""
    with closing(courier(database, site)) as carrier:
        ask(database, forecast(0.3), "s1")
        with database.writing() as connection:
            connection.execute(update(tables.submission).values(request={"platform": "metaculus"}))
        ask(database, forecast(0.4, questions=(12,)), "s2", listings=["y"])
        carrier.start()
        ask(database, forecast(0.45, questions=(13,)), "s3", listings=["z"])
        carrier.wake()
        eventually(lambda: {found(database, each).status for each in ("s2", "s3")} == {"confirmed"})
    assert (found(database, "s1").status, steps(database, "s1")) == ("waiting", [("send", "failed")])
    ask(database, forecast(0.2), "s4")
    assert found(database, "s4").status == "waiting"


def test_what_fails_again_and_again_is_left_to_a_person(database: Database, site: FakeMetaculus, world: World) -> None:
    """What was asked for after it goes then; and of what may have arrived, nothing is forgotten."""
    with closing(courier(database, site)) as carrier:
        ask(database, forecast(0.3), "s1")
        with database.writing() as connection:
            connection.execute(update(tables.submission).values(request={"platform": "metaculus"}))
        ask(database, forecast(0.4), "s2", created_at=world.now() + timedelta(seconds=1))
        settle(carrier, database, world)
    assert (found(database, "s1").status, steps(database, "s1")) == ("unclear", [("send", "failed")] * 5)
    assert (found(database, "s2").status, site.values(7)) == ("confirmed", [[0.6, 0.4]])


def test_no_receipt_holds_the_token(database: Database, world: World) -> None:
    """Manifold repeats a key that it does not know."""
    key = TOKENS["manifold"]
    market = FakeManifold(world)
    market.script = [Reply(401, {"message": f"No private user exists with API key {key}."})]
    with closing(courier(database, market)) as carrier:
        ask(database, order_request(_order(dry_run=False)))
        settle(carrier, database, world)
    said = told(database)[-1]["answer"]
    assert (found(database).status, said["reason"]) == ("refused", "credentials")
    assert "No private user exists with API key ***" in said["said"]
    assert key not in str(told(database))


def _receipts(*given: tuple[str, str, dict[str, Any]]) -> list[Receipt]:
    return [
        Receipt("s1", i, START + timedelta(seconds=i), step, outcome, None, answer)
        for i, (step, outcome, answer) in enumerate(given, start=1)
    ]


def test_progress_is_read_from_receipts() -> None:
    nothing: dict[str, Any] = {}
    begun, unclear = (*BEGUN, nothing), (*UNCLEAR, nothing)
    missing = ("read back", "not_arrived", {"missing": [2]})
    first, fourth = START + timedelta(seconds=1), START + timedelta(seconds=4)
    assert progress_of([]) == Progress((), unheard=False, accepted=False, rest=None)
    assert progress_of(_receipts(begun)) == Progress((first,), unheard=True, accepted=False, rest=None)
    assert progress_of(_receipts(begun, ("send", "try_again", {}))).unheard is False
    assert progress_of(_receipts(begun, ("send", "accepted", {}))) == Progress(
        (first,), unheard=True, accepted=True, rest=None
    )
    assert progress_of(_receipts(begun, unclear, missing)) == Progress(
        (first,), unheard=False, accepted=False, rest=(2,), looks=1
    )
    assert progress_of(_receipts(begun, unclear, missing, begun)) == Progress(
        (first, fourth), unheard=True, accepted=False, rest=(2,)
    )
