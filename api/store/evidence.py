"""The evidence ledger of a scenario: entries are added and retracted, never changed and never deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, literal_column, select, union_all

from api.errors import ConflictError
from api.store.audit import ROW, row_digest, row_subject
from api.store.tables import evidence, retraction

MOST_ENTRIES = 2_000
"""Entries of one ledger, retracted ones included: every forecast reads them all."""

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Retraction:
    """Why an entry no longer counts."""

    scenario_id: str
    name: str
    author: str
    reason: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry as it was recorded; ``entry`` is what a document would state under ``evidence``, defaults included."""

    scenario_id: str
    name: str
    entry: Plain
    dedupe_key: str | None
    author: str
    reason: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the ledger held at some moment."""

    entries: Sequence[LedgerEntry]
    retractions: Mapping[str, Retraction]

    def repeated_by(self, new: LedgerEntry) -> LedgerEntry | None:
        """Return the entry that another one only repeats, None if it is new.

        Raises
        ------
        ConflictError
            If its dedupe key or its name belongs to an entry that says something else, or if there is no
            room for a new one.
        """
        by_key = {each.dedupe_key: each for each in self.entries if each.dedupe_key is not None}
        same_key = None if new.dedupe_key is None else by_key.get(new.dedupe_key)
        if same_key is not None and same_key.entry != new.entry:
            raise ConflictError(
                f"the dedupe key '{new.dedupe_key}' belongs to entry '{same_key.name}', which says something else: "
                "retract that one if it is wrong, and choose another key"
            )
        same_name = next((each for each in self.entries if each.name == new.name), None)
        if same_name is not None and same_name.entry != new.entry:
            raise ConflictError(
                f"the ledger holds another entry '{new.name}', of {same_name.recorded_at.date()}: choose another name"
            )
        if same_key or same_name:
            return same_key or same_name
        if len(self.entries) >= MOST_ENTRIES:
            raise ConflictError(
                f"the ledger of scenario '{new.scenario_id}' holds {MOST_ENTRIES:,} entries, as many as it may: "
                "create a scenario whose priors know what these say, and go on there"
            )
        return None


def record(connection: Connection, row: LedgerEntry | Retraction) -> None:
    """Record an entry, or that one no longer counts; whoever does holds the scenario, and knows that there is none."""
    connection.execute(insert(_table(row)).values(_values(row)))


def _table(row: LedgerEntry | Retraction) -> Table:
    return evidence if isinstance(row, LedgerEntry) else retraction


def _values(row: LedgerEntry | Retraction) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row).__slots__}


def ledger(connection: Connection, scenario_id: str, moment: datetime | None = None) -> Ledger:
    """Return the ledger of a scenario in the order of recording, today's or that of a moment."""
    entries = select(evidence).where(evidence.c.scenario_id == scenario_id)
    retractions = select(retraction).where(retraction.c.scenario_id == scenario_id)
    if moment is not None:
        entries = entries.where(evidence.c.recorded_at <= moment)
        retractions = retractions.where(retraction.c.recorded_at <= moment)
    rows = connection.execute(entries.order_by(evidence.c.recorded_at, evidence.c.name))
    made = [Retraction(**row._mapping) for row in connection.execute(retractions.order_by(retraction.c.name))]
    return Ledger([LedgerEntry(**row._mapping) for row in rows], {each.name: each for each in made})


@dataclass(frozen=True, slots=True)
class LedgerNames:
    """Which entries a ledger held at some moment, and which had been retracted, each sorted.

    Entries and retractions never change, so that the same names in a ledger mean the same ledger.
    """

    entries: tuple[str, ...]
    retractions: tuple[str, ...]


_ENDLESS = datetime.max.replace(tzinfo=UTC)

# Asked for every preview, and therefore put together once: that costs more than the database's answer.
_NAMES = union_all(
    *(
        select(literal_column(mark).label("is_retraction"), table.c.name).where(
            table.c.scenario_id == bindparam("scenario_id"), table.c.recorded_at <= bindparam("moment")
        )
        for mark, table in (("0", evidence), ("1", retraction))
    )
)


def names(connection: Connection, scenario_id: str, moment: datetime | None = None) -> LedgerNames:
    """Return the names in the ledger of a scenario, today's or that of a moment, without what the entries say."""
    rows = connection.execute(_NAMES, {"scenario_id": scenario_id, "moment": moment or _ENDLESS}).all()
    return LedgerNames(
        entries=tuple(sorted(name for is_retraction, name in rows if not is_retraction)),
        retractions=tuple(sorted(name for is_retraction, name in rows if is_retraction)),
    )


def audited(row: LedgerEntry | Retraction) -> tuple[str, str, dict[str, Any]]:
    """Return what the audit log says of a new entry or of a retraction: action, subject, details."""
    action, values = "evidence.add" if isinstance(row, LedgerEntry) else "evidence.retract", _values(row)
    details = {ROW: row_digest(_table(row), values), "author": row.author, "reason": row.reason}
    return action, row_subject(_table(row), values), details
