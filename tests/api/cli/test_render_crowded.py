"""Scenarios with more than a page can hold: what is left out, and how to see it."""

import re
from datetime import date
from typing import Any

import pytest

from forecast.result import Forecast
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings
from tests.api.cli.support import part, show


def wide_tree(outcomes: int) -> Forecast:
    """Return a forecast of one node with many outcomes, the later the likelier."""
    names = [f"way_{i}" for i in range(outcomes)]
    total = outcomes * (outcomes + 1) / 2
    prior = {"family": "dirichlet", "alpha": {name: (i + 1) * 100 / total for i, name in enumerate(names)}}
    node = {"branches": names, "prior": prior}
    said = {"scenario": "wide", "title": "Wide", "as_of": "2026-01-01", "horizon": "2026-12-31", "nodes": {"a": node}}
    return run(parse_scenario(said), RunSettings(draws=1024))


def test_long_lists_keep_their_largest_entries_in_order() -> None:
    forecast = wide_tree(60)
    rows = part(show(forecast), "How it ends").splitlines()
    assert [row.split()[0] for row in rows[3:23]] == [f"way_{i}" for i in range(40, 60)]
    assert re.match(r"… and 40 more, each at most 2\.\d+ %, together 4\d\.\d+ %: --all shows them", rows[23])
    whole = part(show(forecast, everything=True), "How it ends").splitlines()
    assert [row.split()[0] for row in whole[3:63]] == [f"way_{i}" for i in range(60)]


def test_lists_that_fit_are_whole() -> None:
    assert "more, each" not in show(wide_tree(24))


LONG = "a_branch_with_a_rather_long_name_number"


def _nodes(many: int) -> dict[str, Any]:
    """Return a chain of nodes with long names, dated by a hazard and lags."""
    nodes: dict[str, Any] = {}
    for i in range(many):
        onward: dict[str, Any] = {"to": f"n{i + 1}"} if i < many - 1 else {}
        if i:
            onward["lag"] = {"family": "exponential", "rate": 2.0}
        prior = {"family": "beta", "branch": f"{LONG}_{i}", "a": 8, "b": 2}
        if i == 0:
            prior = {"family": "hazard", "event": f"{LONG}_0", "rate": {"family": "fixed", "per_year": 0.9}}
        nodes[f"n{i}"] = {"branches": {f"{LONG}_{i}": onward, f"stay_{i}": {}}, "prior": prior}
    return nodes


@pytest.fixture(scope="module")
def crowded() -> Forecast:
    """Return a forecast of a scenario with more of everything than a page shows."""
    values = [{"weight": 0.25, "of": {"family": "fixed", "value": value + 0.25}} for value in range(4)]
    quantity = {"unit": "things", "default": {"family": "mixture", "parts": values}}
    question = {"type": "binary", "text": "By 2026?", "resolution": "r", "event": "stay_0"}
    entry = {"date": "2026-01-02", "what": "w", "likelihood_ratio": {"stay_0": 1.01}}
    document = {
        "scenario": "crowded",
        "title": "Crowded",
        "as_of": "2026-01-01",
        "horizon": "2028-12-31",
        "nodes": _nodes(9),
        "quantities": {f"q{i}": quantity for i in range(30)},
        "questions": {f"question-{i}": question for i in range(30)},
        "evidence": {f"e{i}": entry for i in range(30)},
    }
    return run(parse_scenario(document), RunSettings(draws=256, as_of=date(2026, 1, 3)))


def test_a_crowded_page_is_cut_to_what_can_be_read(crowded: Forecast) -> None:
    page = show(crowded)
    assert len(re.findall(r"^q\d+ ", page, re.MULTILINE)) == 20
    assert "… and 10 more: --all shows them" in part(page, "Quantities")
    assert page.count("By 2026?") == 20
    assert "… and 10 more: --all shows them" in part(page, "Questions")
    assert len(re.findall(r"^2026-01-02  e\d+", page, re.MULTILINE)) == 12
    assert "and 18 more: --all shows them" in part(page, "Evidence")
    assert re.search(r"0\.25: \d+ %, 1\.25: \d+ %, …$", page, re.MULTILINE)


def test_a_crowded_page_is_whole_if_asked(crowded: Forecast) -> None:
    page = show(crowded, everything=True)
    assert "--all shows them" not in page
    assert len(re.findall(r"^q\d+ ", page, re.MULTILINE)) == 30
    assert page.count("By 2026?") == 30
    assert len(re.findall(r"^2026-01-02  e\d+", page, re.MULTILINE)) == 30


def test_dates_that_do_not_fit_side_by_side_go_one_below_the_other(crowded: Forecast) -> None:
    """Names of branches fold over the lines of a title, and every line still fits."""
    said = part(show(crowded), "Dates")
    assert len(re.findall(r"^not by horizon", said, re.MULTILINE)) > 1
    assert max(map(len, said.splitlines())) <= 80
