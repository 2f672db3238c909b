"""A run that starts from a preparation is the run: same bytes, whatever it was prepared with."""

from datetime import date
from pathlib import Path

import pytest

from forecast.documents import read_scenario
from forecast.preparation import prepare
from forecast.run import run, run_prepared
from forecast.scenario import Scenario
from forecast.settings import RunSettings

PRIORS = Path(__file__).resolve().parents[2] / "priors"


@pytest.fixture(params=["trump-kim-2025", "drug-approval-2026", "central-bank-path-2026", "minimal"])
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return read_scenario((PRIORS / f"{request.param}.yaml").read_text(encoding="utf-8"))


def test_one_preparation_serves_every_seed_size_and_sampler(scenario: Scenario) -> None:
    prepared = prepare(scenario, RunSettings(draws=64, seed=9))
    for settings in (
        RunSettings(draws=4_096),
        RunSettings(draws=4_096, seed=3),
        RunSettings(draws=1_000, sampler="random"),
        RunSettings(draws=20_000, threads=2),
    ):
        assert run_prepared(prepared, settings, None).forecast == run(scenario, settings)


@pytest.mark.parametrize("other", [RunSettings(evidence="none"), RunSettings(as_of=date(2026, 2, 1))])
def test_a_preparation_for_another_model_is_refused(other: RunSettings) -> None:
    scenario = read_scenario((PRIORS / "minimal.yaml").read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match="prepared for"):
        run_prepared(prepare(scenario, RunSettings()), other, None)
