"""Preparations are kept by what shapes the model, and by the scenario itself."""

from pathlib import Path
from typing import Any

import pytest

from api.work.prepared_scenarios import PreparedScenarios
from forecast.documents import read_scenario
from forecast.errors import RunError
from forecast.run import run_prepared
from forecast.scenario import Scenario, parse_scenario
from forecast.settings import RunSettings

FILE = Path(__file__).resolve().parents[3] / "priors" / "drug-approval-2026.yaml"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(FILE.read_text(encoding="utf-8"))


def test_seed_draws_and_sampler_share_a_preparation(scenario: Scenario) -> None:
    prepared = PreparedScenarios()
    first = prepared.get(scenario, RunSettings(draws=1_000, seed=1))
    assert prepared.get(scenario, RunSettings(draws=2_000, seed=2, sampler="random")) is first
    assert prepared.get(scenario, RunSettings(evidence="none")) is not first


def test_scenarios_that_differ_in_the_order_of_keys_do_not(scenario: Scenario) -> None:
    """Their digests are the same, but each forecast lists what its own document lists first."""
    document: dict[str, Any] = scenario.model_dump(mode="json", exclude_none=True)
    turned = parse_scenario({**document, "groups": dict(reversed(document["groups"].items()))})
    assert turned.digest == scenario.digest
    prepared, settings = PreparedScenarios(), RunSettings(draws=1_000)
    made = [run_prepared(prepared.get(each, settings), settings, None).forecast for each in (scenario, turned)]
    assert [list(each.groups) for each in made] == [list(scenario.groups), list(turned.groups)]
    assert list(scenario.groups) != list(turned.groups)


def test_a_scenario_larger_than_the_room_is_prepared_each_time(scenario: Scenario) -> None:
    prepared, settings = PreparedScenarios(most_parts=3), RunSettings()
    assert prepared.get(scenario, settings) is not prepared.get(scenario, settings)


def test_settings_that_do_not_fit_are_refused(scenario: Scenario) -> None:
    with pytest.raises(RunError, match="as_of"):
        PreparedScenarios().get(scenario, RunSettings(as_of=scenario.horizon))
