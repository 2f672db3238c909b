"""Text of values and types of columns: as Arrow writes the ones, and hubData finds the others."""

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.tournaments.hubverse.schema import Scalar
from forecast.tournaments.hubverse.texts import ColumnType, fits, number_of, text_of, type_of_values

arrow = import_module("pyarrow")


def cast_by_arrow(number: float) -> str:
    return str(arrow.array([number]).cast(arrow.string())[0].as_py())


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_as_arrow_writes_them(number: float) -> None:
    """The hub's tools compare ids as text that Arrow made of the numbers of tasks.json."""
    assert text_of(number) == cast_by_arrow(number)
    assert number_of(text_of(number)) == number


@pytest.mark.parametrize("number", [1e-6, 9.99e-7, 9999999999.0, 1e10, 0.1 + 0.2, -1.5, 5e-324, 1.7976931348623157e308])
def test_numbers_at_the_edges_of_the_exponent_are_written_as_arrow_writes_them(number: float) -> None:
    assert text_of(number) == cast_by_arrow(number)


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1"), (28500.0, "28500"), (0.050, "0.05"), (True, "true"), ("0.050", "0.050"), (-3, "-3")]
)
def test_whole_numbers_have_no_point_and_text_stays(value: Scalar, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, 3], "integer"),
        ([1, 2.5], "double"),
        ([1.0, 2.0], "double"),
        ([2**31], "double"),
        (["US", 1], "character"),
        (["01", "02"], "character"),
        (["2026-01-03", "2026-01-10"], "Date"),
        (["2026-01-03", "later"], "character"),
        (["2026-02-30"], "character"),
        ([True, False], "logical"),
        ([True, 2], "integer"),
        ([], None),
    ],
)
def test_a_column_has_the_simplest_type_that_holds_its_values(values: list[Scalar], kind: ColumnType | None) -> None:
    """``typeof`` of R's ``c(...)``, and Date where all text is ISO days, as ``create_hub_schema`` has it."""
    assert type_of_values(values) == kind


@pytest.mark.parametrize(
    ("text", "kind", "held"),
    [
        ("1", "integer", True),
        ("1.5", "integer", False),
        ("2147483647", "integer", True),
        ("2147483648", "integer", False),
        ("1e-7", "double", True),
        ("1_000", "double", False),
        (" 1", "double", False),
        ("nan", "double", False),
        ("1e999", "double", False),
        ("2026-02-29", "Date", False),
        ("2028-02-29", "Date", True),
        ("true", "logical", True),
        ("TRUE", "logical", False),
        ("anything", "character", True),
    ],
)
def test_text_is_or_is_not_of_a_type(text: str, kind: ColumnType, held: bool) -> None:
    assert fits(text, kind) is held
