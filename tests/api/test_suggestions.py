"""The way out of a misspelt name: the nearest one, or what there is; never at the price of comparing everything."""

import difflib
from collections.abc import Sequence

import pytest

from api.suggestions import MOST_HINTS, MOST_LISTED, did_you_mean, hints
from forecast import spelling

MANY = [f"node_{i:05d}" for i in range(20_000)]


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that takes, for each name looked for, with how many names it is compared."""
    counts: list[int] = []

    def counting(stated: str, names: Sequence[str], n: int, cutoff: float) -> list[str]:
        counts.append(len(names))
        return difflib.get_close_matches(stated, names, n, cutoff)

    monkeypatch.setattr(spelling, "get_close_matches", counting)
    return counts


def test_a_near_name_is_suggested() -> None:
    assert did_you_mean("sumit", ["summit", "talks"], "known are") == ": did you mean 'summit'?"


def test_without_a_near_name_all_are_listed() -> None:
    assert did_you_mean("zzz", ["talks", "summit"], "known are") == ": known are summit, talks"


@pytest.mark.parametrize("at", [0, 3, 9_876, len(MANY) - 1])
def test_among_many_names_the_near_ones_are_compared(compared: list[int], at: int) -> None:
    """A slip behind the first letters still finds its name, wherever that stands."""
    assert did_you_mean(MANY[at] + "x", MANY, "known are") == f": did you mean '{MANY[at]}'?"
    assert len(compared) == 1
    assert compared[0] <= spelling.MOST_COMPARED


def test_of_many_names_the_first_are_listed() -> None:
    said = did_you_mean("?", MANY, "known are")
    assert said.startswith(": known are node_00000, node_00001, ")
    assert said.endswith(", node_00011 and 19,988 more")


def test_as_many_as_are_listed_are_listed_whole() -> None:
    assert did_you_mean("?", MANY[:MOST_LISTED], "known are") == f": known are {', '.join(MANY[:MOST_LISTED])}"
    assert did_you_mean("?", MANY[: MOST_LISTED + 1], "known are").endswith(f" and {MOST_LISTED + 1 - 12} more")


def test_of_a_list_only_the_first_few_are_looked_for(compared: list[int]) -> None:
    found = list(hints([f"{name}x" for name in MANY[:200]], MANY, "known are"))
    assert found[:MOST_HINTS] == [f": did you mean 'node_{i:05d}'?" for i in range(MOST_HINTS)]
    assert found[MOST_HINTS:] == [""] * (200 - MOST_HINTS)
    assert sum(compared) <= MOST_HINTS * spelling.MOST_COMPARED
