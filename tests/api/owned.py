"""Everything that a team may own: a database whose every table has rows, stored by way of the service itself."""

from collections.abc import Awaitable
from datetime import UTC, datetime

import anyio
import httpx
from sqlalchemy import Connection

from api.settings import Settings
from api.store import audit, listings, quotes, resolutions, submissions
from api.store.database import Database, database_url
from api.store.ids import new_id
from api.store.listings import Listed
from api.store.quotes import Quoted
from api.store.resolutions import Resolved
from api.store.submissions import Receipt, Submission
from api.work.keyring import KeyWish, make_key, revoke_key
from tests.api.clocked import NOON, clocked_app
from tests.api.store.support import SetClock, coin
from tests.databases import Databases

COIN = "/v1/scenarios/coin"
SAYING = 'Seen – «合意» – and said: "50/50"\n\tno more'
"""A reason with what goes wrong in files: quotes, line breaks, letters from elsewhere."""

_RATIO = {"likelihood_ratio": {"deal": 3.0}}
_ENTRY = {"date": "2026-02-01", "what": SAYING, "source": "news", "why": "It is said.", **_RATIO}
_BETA = {"family": "beta", "branch": "deal", "a": 3.0, "b": 1e-3}


def owned_template(databases: Databases) -> str:
    """Return the address of a new database whose every table has rows, to be copied."""
    address = databases.address()
    anyio.run(_own_everything, address)
    return address


async def _own_everything(address: str) -> None:
    """Store something of every kind in a database that is up to date."""
    async with clocked_app(Settings(database=address, scenarios=(), keyless=True, threads=1), SetClock(NOON)) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            await _store(client)
    database = Database(database_url(address), SetClock(datetime(2026, 3, 11, tzinfo=UTC)))
    with database.writing() as connection:
        now = database.now(connection)
        lost, _ = make_key(connection, now, KeyWish("ann", "write", datetime(2027, 1, 1, tzinfo=UTC)), "test")
        revoke_key(connection, now, lost.prefix, "test")
        _store_of_tournaments(connection, now)
        make_key(connection, now, KeyWish("boss", "admin"), "test")
    database.close()


def _store_of_tournaments(connection: Connection, now: datetime) -> None:
    """Store what a tournament leaves behind, without asking any."""
    listed = listings.add(connection, Listed(new_id(now), "coin", "deal", {"platform": "table"}, "Ann", SAYING, now))
    audit.append(connection, now, "test", *listings.audited(listed))
    ended = listings.add(connection, Listed(new_id(now), "coin", "deal", None, "Ann", SAYING, now))
    audit.append(connection, now, "test", *listings.audited(ended))
    happened = {"type": "node", "branch": "deal"}
    resolved = Resolved(new_id(now), "coin", "nodes.talks", happened, "2026-03-09", None, "Ann", SAYING, now)
    audit.append(connection, now, "test", *resolutions.audited(resolutions.add(connection, resolved)))
    said = {"said": {"kind": "probability", "probability": 0.25}, "wording": SAYING}
    quoted = Quoted(new_id(now), "coin", "deal", "manifold", "abc", said, now, "MANIFOLD", "Ann", now)
    added, _ = quotes.add(connection, quoted, SAYING)
    audit.append(connection, now, "test", *quotes.audited(added, SAYING))
    asked = Submission(
        id=new_id(now),
        scenario_id="coin",
        forecast_id=None,
        platform="metaculus",
        kind="forecast",
        listings=["deal"],
        request={"body": SAYING},
        distortions=[{"listing": "deal", "reason": SAYING, "figures": {"moved": 1e-3}}],
        dedupe_key="once",
        actor="test",
        author="Ann",
        reason=SAYING,
        created_at=now,
        status="waiting",
        attempt=0,
        holder=None,
        lease_until=None,
        not_before=now,
        finished_at=None,
    )
    audit.append(connection, now, "test", *submissions.audited(submissions.add(connection, asked)))
    given = submissions.note(connection, Receipt(asked.id, 0, now, "send", "begun", None, {"said": SAYING}))
    audit.append(connection, now, "test", *submissions.audited_receipt(given))


async def _store(client: httpx.AsyncClient) -> None:
    said = {"reason": SAYING, "author": "Ann"}
    await _done(client.post("/v1/scenarios", json={"document": coin(), **said}))
    prior = f"{COIN}/nodes/talks/prior"
    await _done(client.put(prior, json={"prior": _BETA, **said}, headers={"If-Match": "*"}))
    for name in ("rumour", "denial"):
        await _done(client.post(f"{COIN}/evidence", json={"name": name, "entry": _ENTRY, "dedupe_key": name, **said}))
    await _done(client.post(f"{COIN}/evidence/denial/retraction", json=said))
    await _done(client.put(f"{COIN}/nodes/talks/statements/bob", json={"prior": _BETA, **said}))
    asked = {"scenario": "coin", "draws": 4_096, **said}
    await _done(client.post("/v1/forecasts", json=asked, headers={"Idempotency-Key": "once"}))
    await _done(client.post("/v1/forecasts", json=asked))


async def _done(request: Awaitable[httpx.Response]) -> None:
    answer = await request
    assert answer.is_success, answer.text
