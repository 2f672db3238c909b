"""What columns hold and how they are sorted is the same in both databases."""

from sqlalchemy import Column, MetaData, Table, Text, select
from sqlalchemy.dialects import registry

from api.store.columns import ByCodePoint
from api.store.records import newest_of_each
from api.store.tables import statement

NAMES = Table("names", MetaData(), Column("name", Text))


def test_texts_are_sorted_by_code_point_whatever_the_collation() -> None:
    """PostgreSQL has to be told; few of its builds have another collation to show it by."""
    query = select(NAMES.c.name).where(ByCodePoint(NAMES.c.name) > "a").order_by(ByCodePoint(NAMES.c.name))
    told = str(query.compile(dialect=registry.load("postgresql")()))
    assert told.count('(names.name) COLLATE "C"') == 2
    assert "COLLATE" not in str(query.compile(dialect=registry.load("sqlite")()))


def test_the_newest_of_each_name_is_sorted_by_code_point() -> None:
    query = newest_of_each(statement, "expert", statement.c.node == "talks")
    assert str(query.compile(dialect=registry.load("postgresql")())).endswith('expert) COLLATE "C"')
