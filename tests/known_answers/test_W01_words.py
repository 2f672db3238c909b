"""Expressions of likelihood of ICD 203: every band, every boundary, and what lies outside the table."""

import pytest

from forecast.words import ICD_203, likelihood_word

TABLE_PERCENT = [
    ("almost no chance", "remote", 1, 5),
    ("very unlikely", "highly improbable", 5, 20),
    ("unlikely", "improbable", 20, 45),
    ("roughly even chance", "roughly even odds", 45, 55),
    ("likely", "probable", 55, 80),
    ("very likely", "highly probable", 80, 95),
    ("almost certain", "nearly certain", 95, 99),
]


def test_table_is_that_of_the_directive() -> None:
    """Terms, alternatives and bands, word for word."""
    ours = [(band.term, band.alternative, round(100 * band.low), round(100 * band.high)) for band in ICD_203]
    assert ours == TABLE_PERCENT


@pytest.mark.parametrize(
    ("p", "term"),
    [
        (0.03, "almost no chance"),
        (0.0072, "almost no chance"),
        (0.1, "very unlikely"),
        (0.3, "unlikely"),
        (0.5, "roughly even chance"),
        (0.6, "likely"),
        (0.9, "very likely"),
        (0.97, "almost certain"),
    ],
)
def test_term(p: float, term: str) -> None:
    """Inside a band, its term; 0.0072 has the nearest one."""
    assert likelihood_word(p).term == term


@pytest.mark.parametrize(
    ("p", "allowed"),
    [
        (0.05, ["almost no chance", "very unlikely"]),
        (0.2, ["very unlikely", "unlikely"]),
        (0.45, ["unlikely", "roughly even chance"]),
        (0.55, ["roughly even chance", "likely"]),
        (0.8, ["likely", "very likely"]),
        (0.95, ["very likely", "almost certain"]),
    ],
)
def test_boundary_belongs_to_the_higher_band(p: float, allowed: list[str]) -> None:
    """The directive leaves ties open; here the higher band has them."""
    assert likelihood_word(p).term == allowed[1]
    assert likelihood_word(p).in_table


@pytest.mark.parametrize("p", [0.0, 0.005, 0.0072, 0.995, 1.0])
def test_outside_the_table_is_flagged(p: float) -> None:
    """Below 1 % and above 99 % there is no word, so the nearest one is marked."""
    assert not likelihood_word(p).in_table


@pytest.mark.parametrize("p", [0.01, 0.03, 0.5, 0.97, 0.99])
def test_inside_the_table_is_not_flagged(p: float) -> None:
    """The ends of the table belong to it."""
    assert likelihood_word(p).in_table
