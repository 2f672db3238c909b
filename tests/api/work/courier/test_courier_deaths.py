"""Couriers that die, come too late or work side by side: whatever happens to them, each submission is sent once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from itertools import pairwise
from threading import Barrier

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.platforms.platform import Platform
from api.store import submissions
from api.store.database import Database, database_url
from api.store.verification import verify
from api.work.carrying import LEASE
from api.work.courier import Courier
from tests.api.platforms.fake_metaculus import FakeMetaculus, Question
from tests.api.platforms.fakes import HTML, Mishap, Reply, Script
from tests.api.platforms.world import World
from tests.api.work.courier.carried import (
    POSTS,
    KilledError,
    Platforms,
    ask,
    courier,
    forecast,
    found,
    killed,
    methods,
    sent,
    settle,
    steps,
    told,
    when_sending,
)
from tests.databases import SqliteDatabases

BEGUN, ACCEPTED = ("send", "begun"), ("send", "accepted")
ARRIVED, NOT_ARRIVED, LOOK_AGAIN = ("read back", "arrived"), ("read back", "not_arrived"), ("read back", "look_again")
LEASE_SECONDS = LEASE.total_seconds()
MANY = 24


@pytest.fixture
def other(database: Database, site: FakeMetaculus) -> Iterator[Courier]:
    """Yield the courier that takes over."""
    with closing(courier(database, site)) as carrier:
        yield carrier


def _die_sending(database: Database, site: FakeMetaculus, *, arrives: bool) -> None:
    """Let a process die while it sends, before or after its request has arrived."""
    dying = courier(database, site, after=killed) if arrives else courier(database, site, before=killed)
    with closing(dying), pytest.raises(KilledError):
        dying.carry_one()


def test_whoever_takes_over_finds_what_a_dead_process_has_sent(
    database: Database, site: FakeMetaculus, other: Courier, world: World
) -> None:
    ask(database, forecast(0.3))
    _die_sending(database, site, arrives=True)
    assert (found(database).status, steps(database)) == ("sending", [BEGUN])
    settle(other, database, world)
    assert (found(database).status, steps(database)) == ("confirmed", [BEGUN, ARRIVED])
    assert (methods(site), site.values(7)) == (["POST", "GET"], [[0.7, 0.3]])


def test_whoever_takes_over_looks_before_sending_what_a_dead_process_has_not(
    database: Database, site: FakeMetaculus, other: Courier, world: World
) -> None:
    """Until its lease ended, the dead process might have sent it: 120 s from then on nothing is concluded."""
    ask(database, forecast(0.3))
    _die_sending(database, site, arrives=False)
    world.sleep(LEASE_SECONDS + 1)
    assert other.carry_one()
    assert steps(database) == [BEGUN, LOOK_AGAIN]
    settle(other, database, world)
    assert steps(database) == [BEGUN, LOOK_AGAIN, NOT_ARRIVED, BEGUN, ACCEPTED, ARRIVED]
    assert (methods(site), site.values(7)) == (["GET", "GET", "POST", "GET"], [[0.7, 0.3]])


def test_a_lease_keeps_others_away_while_it_lasts(
    database: Database, site: FakeMetaculus, other: Courier, world: World
) -> None:
    ask(database, forecast(0.3))
    _die_sending(database, site, arrives=False)
    world.sleep(LEASE_SECONDS)
    assert not other.carry_one()
    assert methods(site) == []
    world.sleep(0.001)
    assert other.carry_one()


def test_what_was_claimed_and_never_begun_is_sent_without_a_look(
    database: Database, site: FakeMetaculus, other: Courier, world: World
) -> None:
    """No receipt says that anything was sent."""
    ask(database, forecast(0.3))
    with database.writing() as connection:
        assert submissions.claim(connection, database.now(connection), "dead", LEASE)
    settle(other, database, world)
    assert (steps(database), methods(site)) == ([BEGUN, ACCEPTED, ARRIVED], ["POST", "GET"])
    assert found(database).attempt == 2


def test_a_process_that_dies_while_it_looks_loses_nothing(
    database: Database, site: FakeMetaculus, other: Courier, world: World
) -> None:
    """What was accepted is not sent again."""

    def die_looking(request: httpx.Request) -> None:
        if request.method == "GET":
            raise KilledError

    ask(database, forecast(0.3))
    with closing(courier(database, site, before=die_looking)) as dying, pytest.raises(KilledError):
        dying.carry_one()
    assert steps(database) == [BEGUN, ACCEPTED]
    settle(other, database, world)
    assert (found(database).status, steps(database)) == ("confirmed", [BEGUN, ACCEPTED, ARRIVED])
    assert sent(site) == 1


def test_a_process_that_dies_over_and_over_sends_once(
    database: Database, site: FakeMetaculus, other: Courier, world: World
) -> None:
    ask(database, forecast(0.3))
    for arrives in (False, True):
        _die_sending(database, site, arrives=arrives)
        world.sleep(LEASE_SECONDS + 1)
        assert other.carry_one()
        if not arrives:
            world.sleep(121)
            assert other.carry_one()
    assert (found(database).status, sent(site)) == ("confirmed", 1)
    assert steps(database) == [BEGUN, LOOK_AGAIN, NOT_ARRIVED, BEGUN, ARRIVED]


def test_who_has_lost_the_lease_does_not_send(
    database: Database, site: FakeMetaculus, other: Courier, world: World
) -> None:
    """It was held up between claiming and sending, and another has sent it meanwhile."""
    connect = Platforms(site)

    def held_up(name: str) -> Platform:
        world.sleep(LEASE_SECONDS + 1)
        assert other.carry_one()
        return connect(name)

    ask(database, forecast(0.3))
    with closing(Courier(database, held_up)) as late:
        assert late.carry_one()
    assert (found(database).status, steps(database)) == ("confirmed", [BEGUN, ACCEPTED, ARRIVED])
    assert (sent(site), site.values(7)) == (1, [[0.7, 0.3]])


def test_who_comes_back_late_does_not_change_how_it_ended(
    database: Database, site: FakeMetaculus, other: Courier, world: World
) -> None:
    """Its receipts are kept all the same: they say what it did."""

    def outlast() -> None:
        world.sleep(LEASE_SECONDS + 1)
        assert other.carry_one()

    ask(database, forecast(0.3))
    with closing(courier(database, site, after=when_sending(outlast))) as late:
        assert late.carry_one()
    assert steps(database) == [BEGUN, ARRIVED, ACCEPTED, ARRIVED]
    ended = found(database)
    assert (ended.status, ended.finished_at) == ("confirmed", told(database)[1]["at"])
    assert sent(site) == 1
    with database.reading() as connection:
        verify(connection)


def test_who_comes_back_late_does_not_put_off_what_another_holds(
    database: Database, site: FakeMetaculus, world: World
) -> None:
    """The other has it in hand, and is not robbed of it."""
    site.script = [Reply(429)]

    def outlast() -> None:
        world.sleep(LEASE_SECONDS + 1)
        with database.writing() as connection:
            assert submissions.claim(connection, database.now(connection), "other", LEASE)

    ask(database, forecast(0.3))
    with closing(courier(database, site, after=when_sending(outlast))) as late:
        assert late.carry_one()
    held = found(database)
    assert (held.status, held.holder, held.attempt) == ("sending", "other", 2)


def test_two_couriers_send_each_of_many_once(database_address: str, world: World) -> None:
    """Both begin at once, on connections of their own, and some requests are dropped on the way."""
    questions = range(100, 100 + MANY)
    site = FakeMetaculus(world, *(Question(number, 70) for number in questions))
    site.script = [Mishap.DROPPED_ANSWER, None, Mishap.DROPPED_UNREAD, None, Reply(500, HTML), Reply(429)]
    with ExitStack() as stack:
        databases = [
            stack.enter_context(closing(Database(database_url(database_address), world.now))) for _ in range(2)
        ]
        for number in questions:
            ask(databases[0], forecast(0.25, questions=(number,)), f"s{number}", listings=[f"of-{number}"])
        couriers = [stack.enter_context(closing(courier(each, site))) for each in databases]
        begin = Barrier(len(couriers))

        def carry(carrier: Courier) -> int:
            begin.wait()
            return sum(iter(carrier.carry_one, False))

        with ThreadPoolExecutor(len(couriers)) as pool:
            carried = list(pool.map(carry, couriers))
        settle(couriers[0], databases[0], world)
        assert sum(carried) >= MANY
        assert {found(databases[1], f"s{number}").status for number in questions} == {"confirmed"}
        assert [site.values(number) for number in questions] == [[[0.75, 0.25]]] * MANY
        with databases[0].reading() as connection:
            verify(connection)


DIES_BEFORE, DIES_AFTER = "dies before", "dies after"
"""The process dies before its request has reached the platform, or when the platform has done as it was asked."""

DEEDS: tuple[Script | str, ...] = (
    None,
    DIES_BEFORE,
    DIES_AFTER,
    Mishap.DROPPED_UNREAD,
    Mishap.DROPPED_ANSWER,
    Reply(429, {}, {"Retry-After": "90"}),
    Reply(500, HTML),
    Reply(503, {}, {"Retry-After": "30"}),
)


class _Fate:
    """What happens to each request, in order: to those that send and to those that look."""

    def __init__(self, site: FakeMetaculus, deeds: list[Script | str]) -> None:
        self._site, self._left, self._dying = site, deeds, False

    def before(self, _: httpx.Request) -> None:
        deed = self._left.pop(0) if self._left else None
        self._dying = deed == DIES_AFTER
        if deed == DIES_BEFORE:
            raise KilledError
        self._site.script = [] if isinstance(deed, str) else [deed]

    def after(self, _: httpx.Request) -> None:
        if self._dying:
            raise KilledError


@settings(max_examples=20)
@given(deeds=st.lists(st.sampled_from(DEEDS), max_size=8))
def test_whatever_happens_a_list_is_made_once_and_nothing_is_sent_unlooked(
    sqlite_databases: SqliteDatabases, deeds: list[Script | str]
) -> None:
    """Between two sendings stands a look that found nothing, or the platform's word that it has done nothing."""
    world = World()
    site = FakeMetaculus(world, *(Question(number, post) for number, post in POSTS.items()))
    fate = _Fate(site, list(deeds))
    address = sqlite_databases.address()
    with closing(Database(database_url(address), world.now)) as database:
        ask(database, forecast(0.3, 0.4, 0.45))
        for _ in range(len(deeds) + 1):
            with closing(courier(database, site, fate.before, fate.after)) as carrier, suppress(KilledError):
                settle(carrier, database, world)
        assert found(database).status == "confirmed"
        assert [site.values(n) for n in POSTS] == [[[0.7, 0.3]], [[0.6, 0.4]], [[0.55, 0.45]]]
        went = steps(database)
    again = [before for before, after in pairwise(went) if after == BEGUN]
    assert set(again) <= {NOT_ARRIVED, ("send", "try_again")}
    sqlite_databases.drop(address)
