"""Scenarios and their versions: a version never changes, and a new one says which it was made from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from api.errors import ConflictError, UnknownRecordError, UnknownScenarioError
from api.store import documents
from api.store.audit import ROW, row_digest, row_subject
from api.store.columns import ByCodePoint
from api.store.inserts import insert_new
from api.store.tables import document, scenario, scenario_version
from api.suggestions import did_you_mean
from forecast.scenario import Scenario

_NAMES_TO_SUGGEST = 1_000
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class VersionCard:
    """A version at a glance; ``document`` is the digest under which its document is kept.

    ``priors`` tells from which version the prior of each node is; ``evidence`` tells it of each entry that the
    document states, or that of an earlier version stated.
    """

    scenario_id: str
    version: int
    digest: str
    document: str
    card: Mapping[str, Any]
    priors: Mapping[str, int]
    evidence: Mapping[str, int]
    author: str
    reason: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A version with all that it says: the document as plain data, and its YAML as written."""

    card: VersionCard
    document: documents.Document
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to become a version: a valid scenario, its YAML text, who wrote it and why."""

    scenario: Scenario
    text: str
    author: str
    reason: str


def create(connection: Connection, now: datetime, draft: Draft) -> VersionCard:
    """Store a new scenario as its version 1.

    Raises
    ------
    ConflictError
        If there is one of its id.
    """
    scenario_id = draft.scenario.scenario
    if not insert_new(connection, scenario, {"id": scenario_id, "head": 1, "created_at": now}):
        raise ConflictError(
            f"there is a scenario '{scenario_id}' already: choose another id, or send this as a new version of it"
        )
    return _insert(connection, now, draft, 1, None)


def add_version(connection: Connection, now: datetime, draft: Draft, base: Version) -> VersionCard | None:
    """Store the next version of a scenario; None if ``base`` is not its newest any more, and nothing is stored."""
    version = base.card.version + 1
    moved = connection.execute(
        update(scenario)
        .where(scenario.c.id == base.card.scenario_id, scenario.c.head == base.card.version)
        .values(head=version)
    )
    if moved.rowcount != 1:
        return None
    # A clock that was set back must not make a version older than the one before it.
    return _insert(connection, max(now, base.card.recorded_at + _INSTANT), draft, version, base)


def _insert(connection: Connection, now: datetime, draft: Draft, version: int, base: Version | None) -> VersionCard:
    stated = draft.scenario.model_dump(mode="json", exclude_unset=True)
    before, priors, entries = ({}, {}, {}) if base is None else (base.document, base.card.priors, base.card.evidence)
    card = VersionCard(
        scenario_id=draft.scenario.scenario,
        version=version,
        digest=draft.scenario.digest,
        document=documents.put(connection, stated),
        card=_glance(draft.scenario),
        priors=_since(version, _priors(stated), _priors(before), priors),
        evidence={**entries, **_since(version, _entries(stated), _entries(before), entries)},
        author=draft.author,
        reason=draft.reason,
        recorded_at=now,
    )
    values = {name: getattr(card, name) for name in VersionCard.__slots__}
    connection.execute(insert(scenario_version).values(text=documents.packed(draft.text), **values))
    return card


def _since(
    version: int, stated: Mapping[str, Any], before: Mapping[str, Any], since: Mapping[str, int]
) -> dict[str, int]:
    """Return from which version each named part is: what says the same as before is from where it was."""
    return {name: since[name] if name in before and before[name] == said else version for name, said in stated.items()}


def _priors(of: documents.Document) -> dict[str, Any]:
    return {name: node["prior"] for name, node in of.get("nodes", {}).items()}


def _entries(of: documents.Document) -> dict[str, Any]:
    entries: dict[str, Any] = of.get("evidence", {})
    return entries


def _glance(of: Scenario) -> dict[str, Any]:
    return {
        "title": of.title,
        "as_of": of.as_of.isoformat(),
        "horizon": of.horizon.isoformat(),
        "nodes": len(of.nodes),
        "outcomes": len(of.tree.outcomes),
        "questions": len(of.questions),
    }


_CARD = tuple(scenario_version.c[name] for name in VersionCard.__slots__)

# What nearly every request asks is put together once: that costs more than the database's answer.
_OF_SCENARIO = select(*_CARD).where(scenario_version.c.scenario_id == bindparam("scenario_id"))
_NEWEST = _OF_SCENARIO.order_by(scenario_version.c.version.desc()).limit(1)
# Versions are recorded in the order of their numbers; in that of the moment, an index ends at the one sought.
_NEWEST_THEN = (
    _OF_SCENARIO.where(scenario_version.c.recorded_at <= bindparam("moment"))
    .order_by(scenario_version.c.recorded_at.desc())
    .limit(1)
)
_NUMBERED = _OF_SCENARIO.where(scenario_version.c.version == bindparam("version"))
_WHOLE = (
    select(scenario_version.c.text, document.c.body)
    .join(document, document.c.digest == scenario_version.c.document)
    .where(
        scenario_version.c.scenario_id == bindparam("scenario_id"), scenario_version.c.version == bindparam("version")
    )
)


def _card(row: Sequence[Any]) -> VersionCard:
    return VersionCard(*row)


def lock(connection: Connection, scenario_id: str) -> int:
    """Return the number of a scenario's newest version and let nobody add another before the commit.

    Raises
    ------
    UnknownScenarioError
        If there is none of this id.
    """
    query = select(scenario.c.head).where(scenario.c.id == scenario_id).with_for_update()
    head = connection.execute(query).scalar()
    if head is None:
        raise _unknown(connection, scenario_id)
    return int(head)


def head(connection: Connection, scenario_id: str, moment: datetime | None = None) -> VersionCard:
    """Return the newest version of a scenario, or the newest that was recorded up to a moment.

    Raises
    ------
    UnknownScenarioError
        If there is none of this id, or there was none at that moment.
    """
    found = (
        connection.execute(_NEWEST, {"scenario_id": scenario_id})
        if moment is None
        else connection.execute(_NEWEST_THEN, {"scenario_id": scenario_id, "moment": moment})
    )
    row = found.first()
    if row is not None:
        return _card(row)
    if moment is not None and exists(connection, scenario_id):
        raise UnknownScenarioError(
            f"scenario '{scenario_id}' was first recorded after {moment.isoformat()}: ask about a later moment"
        )
    raise _unknown(connection, scenario_id)


def get(connection: Connection, scenario_id: str, version: int, moment: datetime | None = None) -> VersionCard:
    """Return one version.

    Raises
    ------
    UnknownScenarioError, UnknownRecordError
        If there is no such scenario, or no version of this number; or there was none at the moment.
    """
    row = connection.execute(_NUMBERED, {"scenario_id": scenario_id, "version": version}).first()
    if row is None or (moment is not None and row.recorded_at > moment):
        newest = head(connection, scenario_id, moment).version
        has, then = ("has", "is") if moment is None else ("had", f"at {moment.isoformat()} was")
        raise UnknownRecordError(f"scenario '{scenario_id}' {has} no version {version}: its newest {then} {newest}")
    return _card(row)


def asked(connection: Connection, scenario_id: str, version: int | None, moment: datetime | None = None) -> VersionCard:
    """Return the version that a reader asks for: one by its number, or else the newest; as stored at a moment.

    Raises
    ------
    UnknownScenarioError, UnknownRecordError
        If there is none, or there was none at the moment.
    """
    return head(connection, scenario_id, moment) if version is None else get(connection, scenario_id, version, moment)


def whole(connection: Connection, card: VersionCard) -> Version:
    """Return a version with its document and text."""
    row = connection.execute(_WHOLE, {"scenario_id": card.scenario_id, "version": card.version}).one()
    return Version(card, documents.read(row.body), documents.unpacked(row.text))


def exists(connection: Connection, scenario_id: str) -> bool:
    """Tell whether there is a scenario of this id."""
    return connection.execute(select(scenario.c.id).where(scenario.c.id == scenario_id)).first() is not None


def page(
    connection: Connection, limit: int, after: str | None = None, moment: datetime | None = None
) -> Sequence[VersionCard]:
    """Return the newest version of each scenario, by id, from the one after ``after``."""
    query: Select[Any] = select(*_CARD).join(scenario, scenario.c.id == scenario_version.c.scenario_id)
    if moment is None:
        query = query.where(scenario_version.c.version == scenario.c.head)
    else:
        newest = (
            select(scenario_version.c.version)
            .where(scenario_version.c.scenario_id == scenario.c.id, scenario_version.c.recorded_at <= moment)
            .order_by(scenario_version.c.recorded_at.desc())
            .limit(1)
            .correlate(scenario)
            .scalar_subquery()
        )
        query = query.where(scenario_version.c.version == newest)
    in_order = ByCodePoint(scenario.c.id)
    if after is not None:
        query = query.where(in_order > after)
    return [_card(row) for row in connection.execute(query.order_by(in_order).limit(limit))]


def numbered(connection: Connection, scenario_id: str, numbers: Collection[int]) -> Mapping[int, VersionCard]:
    """Return the versions of a scenario that have these numbers, by number."""
    query = select(*_CARD).where(scenario_version.c.scenario_id == scenario_id, scenario_version.c.version.in_(numbers))
    return {row.version: _card(row) for row in connection.execute(query)}


def versions(
    connection: Connection, scenario_id: str, limit: int, before: int | None = None, moment: datetime | None = None
) -> Sequence[VersionCard]:
    """Return the versions of a scenario, newest first, from the one before number ``before``."""
    query = select(*_CARD).where(scenario_version.c.scenario_id == scenario_id)
    if before is not None:
        query = query.where(scenario_version.c.version < before)
    if moment is not None:
        query = query.where(scenario_version.c.recorded_at <= moment)
    return [_card(row) for row in connection.execute(query.order_by(scenario_version.c.version.desc()).limit(limit))]


def _unknown(connection: Connection, scenario_id: str) -> UnknownScenarioError:
    known = connection.execute(select(scenario.c.id).order_by(scenario.c.id).limit(_NAMES_TO_SUGGEST)).scalars().all()
    hint = did_you_mean(scenario_id, known, "the store holds") if known else ": the store is empty, create one first"
    return UnknownScenarioError(f"there is no scenario '{scenario_id[:100]}'{hint}")


def audited(card: VersionCard, text: str) -> tuple[str, str, dict[str, Any]]:
    """Return what the audit log says of a new version: action, subject, details."""
    values = {**{name: getattr(card, name) for name in VersionCard.__slots__}, "text": text}
    details = {
        ROW: row_digest(scenario_version, values),
        "document": card.document,
        "digest": card.digest,
        "author": card.author,
        "reason": card.reason,
    }
    return "scenario.version", row_subject(scenario_version, values), details
