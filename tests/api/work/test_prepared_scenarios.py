"""Preparations are kept by what shapes the model, and by the scenario itself."""

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from api.work.limits import parts_of
from api.work.prepared_scenarios import PART_BYTES, PreparedScenarios
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


def _alive_of(documents: list[dict[str, Any]], prepared: PreparedScenarios) -> int:
    """Prepare many scenarios and return how many are still held."""
    found = []
    for document in documents:
        scenario = parse_scenario(document)
        prepared.get(scenario, RunSettings(draws=64))
        found.append(weakref.ref(scenario))
    del scenario
    gc.collect()
    return sum(each() is not None for each in found)


def test_scenarios_that_are_mostly_text_count_for_their_text(scenario: Scenario) -> None:
    """Two branches with 90 kB of definitions hold more than their parts say."""
    document: dict[str, Any] = {
        "scenario": "wordy",
        "title": "Will it be read?",
        "as_of": "2026-01-01",
        "horizon": "2026-12-31",
        "nodes": {
            "talks": {
                "branches": ["deal", "no_deal"],
                "prior": {"family": "beta", "branch": "deal", "a": 2, "b": 5},
            }
        },
    }
    text = {f"word_{i}": "x" * 9_000 for i in range(10)}
    documents = [{**document, "definitions": {**text, "number": str(i)}} for i in range(30)]
    assert 8 <= _alive_of(documents, PreparedScenarios(most_bytes=1_000_000)) <= 11


def test_scenarios_that_are_mostly_parts_count_for_their_parts(scenario: Scenario) -> None:
    document: dict[str, Any] = scenario.model_dump(mode="json", exclude_unset=True)
    documents = [{**document, "title": f"Title {i}"} for i in range(20)]
    parts = parts_of(scenario)
    assert PART_BYTES * parts > len(scenario.model_dump_json())
    assert _alive_of(documents, PreparedScenarios(most_bytes=5 * PART_BYTES * parts)) == 5


def test_a_scenario_larger_than_the_room_is_prepared_each_time(scenario: Scenario) -> None:
    prepared, settings = PreparedScenarios(most_bytes=3 * PART_BYTES), RunSettings()
    assert prepared.get(scenario, settings) is not prepared.get(scenario, settings)


def test_settings_that_do_not_fit_are_refused(scenario: Scenario) -> None:
    with pytest.raises(RunError, match="as_of"):
        PreparedScenarios().get(scenario, RunSettings(as_of=scenario.horizon))
