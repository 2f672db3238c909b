"""The price of a run: what counts, what is refused, and what is stopped when it grows."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from api.errors import TooMuchWorkError
from api.settings import Settings
from api.work.limits import LEAST_DRAWS, Budget, parts_of
from api.work.scenario_files import ScenarioFile
from forecast.preparation import prepare
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings, most_whole_draws


def test_branches_are_the_parts_of_a_bare_tree(packaged: Mapping[str, ScenarioFile]) -> None:
    assert parts_of(packaged["minimal"].scenario) == 2


def test_whatever_is_read_off_the_tree_counts(packaged: Mapping[str, ScenarioFile]) -> None:
    """Groups, headline, attributes, quantities, each event of a question; not a day that nothing is dated for."""
    document = packaged["minimal"].scenario.model_dump(mode="json", exclude_unset=True)
    asked = {"text": "?", "resolution": "."}
    richer = parse_scenario(
        {
            **document,
            "groups": {"open": ["opens"]},
            "headline": {"yes": ["opens"], "no": ["stays_closed"]},
            "attributes": {"rain": {"default": {"family": "fixed", "p": {"yes": 0.5, "no": 0.5}}}},
            "quantities": {"cost": {"unit": "EUR", "default": {"family": "fixed", "value": 1.0}}},
            "questions": {
                "both": {**asked, "type": "binary", "event": {"all": ["opens", {"attribute": "rain"}]}},
                "cost": {**asked, "type": "numeric", "quantity": "cost"},
            },
        }
    )
    assert parts_of(richer) == 2 + 1 + 2 + 1 + 1 + 2 + 1
    assert parts_of(richer, [date(2026, 6, 1)]) == parts_of(richer)


@pytest.mark.parametrize("scenario_id", ["minimal", "trump-kim-2025", "drug-approval-2026", "central-bank-path-2026"])
def test_each_day_to_report_counts_for_each_branch_that_has_dates(
    packaged: Mapping[str, ScenarioFile], scenario_id: str
) -> None:
    """As many as the engine reads off before the horizon; days that are stated twice are read once."""
    scenario = packaged[scenario_id].scenario
    own = (scenario.as_of + timedelta(days=30), scenario.horizon, *scenario.checkpoints)
    measured = prepare(scenario, RunSettings(dates=own)).measured
    read = [key for key in (*measured.plans, *measured.counted) if key[0] == "dates"]
    before = [day for _, _, day in read if day != scenario.horizon.isoformat()]
    bare = parts_of(scenario.model_copy(update={"checkpoints": ()}))
    assert parts_of(scenario, own) == bare + len(before)
    assert len(before) == len(measured.dated) * (1 + len(set(scenario.checkpoints) - {scenario.horizon}))


def test_a_hundred_checkpoints_of_many_dated_branches_are_dear() -> None:
    """Work that grows with the product of two lists has that product in its price."""
    lag = {"family": "gamma", "shape": 3, "mean": 0.3}
    names = [f"talks_{i}" for i in range(40)]
    nodes = {
        name: {
            "branches": {
                f"deal_{i}": {"lag": lag, "eventually": True},
                f"none_{i}": {"to": names[i + 1]} if i < 39 else {},
            },
            "prior": {"family": "beta", "branch": f"deal_{i}", "a": 1, "b": 30},
        }
        for i, name in enumerate(names)
    }
    document = {
        "scenario": "dated",
        "title": "When?",
        "as_of": "2026-01-01",
        "horizon": "2030-12-31",
        "checkpoints": [(date(2026, 2, 1) + timedelta(days=10 * k)).isoformat() for k in range(100)],
        "nodes": nodes,
    }
    scenario = parse_scenario(document)
    assert parts_of(scenario) == 80 + 100 * 40
    assert parts_of(scenario, scenario.checkpoints) == 80 + 100 * 40
    assert parts_of(scenario, [date(2026, 1, 15)]) == 80 + 101 * 40


@pytest.mark.parametrize("draws", [4_096, 262_144])
@pytest.mark.parametrize("scenario_id", ["minimal", "trump-kim-2025", "drug-approval-2026", "central-bank-path-2026"])
def test_what_comes_with_branchcast_is_answered_at_once(
    packaged: Mapping[str, ScenarioFile], scenario_id: str, draws: int
) -> None:
    """By a server with the limits that it has unless told otherwise: previews, and as many draws as commands take."""
    Budget(parts_of(packaged[scenario_id].scenario), Settings().max_work).require(draws)


@pytest.mark.parametrize("draws", [1, LEAST_DRAWS, 10_000])
def test_what_is_affordable_is_allowed(draws: int) -> None:
    Budget(parts=10, limit=100_000).require(draws)


@pytest.mark.parametrize(
    ("parts", "draws", "price", "way_out"),
    [
        (10, 10_001, 100_010, "ask for at most 8,192 draws"),
        (10, 10**9, 10**10, "ask for at most 8,192 draws"),
        (25, 1, 25 * LEAST_DRAWS, "the scenario itself is too large"),
    ],
)
def test_what_is_too_dear_is_refused_with_its_price(parts: int, draws: int, price: int, way_out: str) -> None:
    with pytest.raises(TooMuchWorkError, match=re.escape(way_out)) as caught:
        Budget(parts, 100_000).require(draws)
    assert (caught.value.price, caught.value.limit) == (price, 100_000)


def test_a_run_that_grows_too_dear_is_stopped(packaged: Mapping[str, ScenarioFile]) -> None:
    """Strong evidence makes the engine double its draws; the price is watched while it does."""
    document = packaged["minimal"].scenario.model_dump(mode="json", exclude_unset=True)
    prior = {"family": "beta", "branch": "opens", "a": 0.02, "b": 2.0}
    unlikely = parse_scenario({**document, "nodes": {"opening": {**document["nodes"]["opening"], "prior": prior}}})
    budget = Budget(parts_of(unlikely), 2 * LEAST_DRAWS)
    with pytest.raises(TooMuchWorkError):
        run(unlikely, RunSettings(draws=1024, assume=("opens",)), progress=budget.watch(lambda: None))


def test_the_watch_stops_what_nobody_waits_for(packaged: Mapping[str, ScenarioFile]) -> None:
    """What the stopper raises ends the run."""

    def gone() -> None:
        raise InterruptedError

    watch = Budget(2, 10**9).watch(gone)
    with pytest.raises(InterruptedError):
        run(packaged["minimal"].scenario, RunSettings(draws=256), progress=watch)


@pytest.mark.parametrize("affordable", [4_096, 4_097, 308_641, 1_000_000, 1_048_576, 1_048_577, 12_500_000])
def test_the_number_advised_is_accepted(affordable: int) -> None:
    """What the refusal names is run as it is: nothing is rounded up beyond the limit; half of the limit is."""
    advised = most_whole_draws(affordable)
    assert RunSettings(draws=advised).whole_draws == advised
    assert affordable / 2 < advised <= affordable
