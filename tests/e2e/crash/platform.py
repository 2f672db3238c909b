"""The platform of a crash test: it does what platforms do on bad days, and knows what it has been told."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, select

from api.platforms.variables import METACULUS_TOKEN, METACULUS_URL
from api.store import submissions, tables
from api.store.database import Database, database_url
from tests.api.platforms.fake_metaculus import TOKEN, FakeMetaculus, Question
from tests.api.platforms.fakes import HTML, Mishap, Reply, Script
from tests.api.platforms.world import LiveWorld
from tests.api.work.courier.carried import courier, settle
from tests.e2e.crash.beliefs import SHARED

BAD_DAYS: Sequence[tuple[Script, int]] = (
    (None, 80),
    (Mishap.DROPPED_UNREAD, 5),
    (Mishap.DROPPED_ANSWER, 8),
    (Mishap.CUT_ANSWER, 4),
    (Reply(503, HTML), 3),
)
"""What happens to requests, and to how many out of a hundred."""

MOST_REQUESTS = 10_000
MOST_MOVES = 2_000


def asked_of(scenario_id: str, client: int) -> dict[str, Any]:
    """Return what a listing says of the platform's question that a client forecasts on."""
    number = _number(scenario_id, client)
    return {"id": number, "post": number + 1_000, "type": "binary"}


def _number(scenario_id: str, client: int) -> int:
    return 100 + SHARED.index(scenario_id) * 50 + client


def platform(clients: int, seed: int) -> FakeMetaculus:
    """Return a stand-in for Metaculus that asks every client about every shared scenario."""
    numbers = [_number(scenario_id, client) for scenario_id in SHARED for client in range(clients)]
    site = FakeMetaculus(LiveWorld(), *(Question(number, number + 1_000) for number in numbers))
    chance = random.Random(f"{seed}/platform")
    deeds, shares = zip(*BAD_DAYS, strict=True)
    site.script = chance.choices(deeds, shares, k=MOST_REQUESTS)
    return site


def environment(site: FakeMetaculus) -> dict[str, str]:
    """Return what servers must be told to send to it."""
    return {METACULUS_URL: site.url, METACULUS_TOKEN: TOKEN}


def carry_the_rest(address: str, site: FakeMetaculus) -> None:
    """Carry what the servers have left, once they are gone; the clock is put forward instead of waiting for leases."""
    with (
        closing(Database(database_url(address), site.world.now)) as database,
        closing(courier(database, site)) as carrier,
    ):
        settle(carrier, database, site.world, MOST_MOVES)


def astray(connection: Connection, site: FakeMetaculus) -> Iterator[str]:
    """Yield whatever was sent twice or never, and every receipt that is not true."""
    told: Counter[tuple[int, float]] = Counter()
    for submission_id in connection.execute(select(tables.submission.c.id)).scalars():
        sent = submissions.get(connection, submission_id)
        steps = submissions.receipts(connection, submission_id)
        if sent.status == "confirmed":
            told.update((item["question"], item["probability_yes"]) for item in json.loads(sent.request["body"]))
        elif (sent.status, steps[-1].outcome if steps else None) != ("refused", "superseded"):
            yield f"submission {sent.id} ({sent.reason}) is {sent.status}: {[each.outcome for each in steps]}"
    taken = Counter((number, values[1]) for number in site.questions for values in site.values(number))
    if taken != told:
        yield f"sent and not told: {dict(taken - told)}; told and not sent: {dict(told - taken)}"
