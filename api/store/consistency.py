"""What follows from rows of other tables: that references lead somewhere, digests fit texts, heads are the newest."""

import zlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, ForeignKeyConstraint, and_, except_, exists, func, select, type_coerce
from sqlalchemy.types import NullType

from api.store.audit_chain import BrokenLogError
from api.store.documents import text_digest, unpacked
from api.store.kept_rows import kept_rows
from api.store.tables import METADATA, document, figure, scenario, scenario_version

_REFERENCES = tuple(each for table in METADATA.sorted_tables for each in table.foreign_key_constraints)


def verify_consistency(connection: Connection) -> Mapping[str, int]:
    """Look at every row that no entry of the audit log names by itself; return how many there are of which table.

    Raises
    ------
    BrokenLogError
        At the first that does not fit the others.
    """
    for reference in _REFERENCES:
        _verify_reference(connection, reference)
    figures = connection.execute(select(func.count()).select_from(figure)).scalar_one()
    return {
        scenario.name: _verify_scenarios(connection),
        document.name: _verify_documents(connection),
        figure.name: figures,
    }


def _verify_reference(connection: Connection, reference: ForeignKeyConstraint) -> None:
    """Look for a row that refers to one that is not there; SQLite lets a careless hand leave such rows."""
    table, there = reference.table, reference.referred_table
    same = and_(*(element.parent == element.column for element in reference.elements))
    stated = and_(*(element.parent.is_not(None) for element in reference.elements))
    query = select(*table.primary_key.columns).where(stated, ~exists().where(same).correlate(table))
    row = connection.execute(query.limit(1)).first()
    if row is not None:
        key = ", ".join(map(str, row))
        raise BrokenLogError(f"row ({key}) of table {table.name} refers to a {there.name} that is not there")


def _verify_scenarios(connection: Connection) -> int:
    """Find each scenario's head to be its newest version, and its beginning that of the first."""
    versions = scenario_version.c
    numbers = func.count(versions.version), func.max(versions.version), func.min(versions.version)
    moments = scenario.c.created_at, func.min(versions.recorded_at)
    query = (
        select(scenario.c.id, scenario.c.head, *numbers, *(type_coerce(each, NullType()) for each in moments))
        .outerjoin(scenario_version, versions.scenario_id == scenario.c.id)
        .group_by(scenario.c.id, scenario.c.head, scenario.c.created_at)
        .order_by(scenario.c.id)
    )
    found = 0
    for scenario_id, head, there, last, first, created, recorded in connection.execute(query):
        if not head == there == last or first != 1:
            raise BrokenLogError(
                f"scenario '{scenario_id}' is said to have version {head} as its newest, and it has {there} versions, "
                f"from {first} to {last}"
            )
        if created != recorded:
            raise BrokenLogError(f"scenario '{scenario_id}' is said to begin at another moment than its first version")
        found += 1
    return found


def _verify_documents(connection: Connection) -> int:
    """Find each document to have its digest, and something that refers to it."""
    count = 0
    with kept_rows(connection, document) as rows:
        for row in rows:
            if _text_digest(row["body"]) != row["digest"]:
                raise BrokenLogError(f"document {row['digest']} was changed: its text has another digest")
            count += 1
    used = [select(*each.columns) for each in _REFERENCES if each.referred_table is document]
    unused = connection.execute(except_(select(document.c.digest), *used).limit(1)).scalar()
    if unused is not None:
        raise BrokenLogError(f"document {unused} belongs to nothing: no version, run or forecast refers to it")
    return count


def _text_digest(body: Any) -> str:  # noqa: ANN401 -- whatever stands there
    try:
        return text_digest(unpacked(body))
    except (zlib.error, ValueError, TypeError):
        return "unreadable"
