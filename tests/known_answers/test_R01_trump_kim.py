"""The packaged Trump–Kim scenario, with its drivers and without: the headline numbers of the reference tree."""

from copy import deepcopy
from pathlib import Path

import pytest

from forecast.documents import read_scenario
from forecast.result import Forecast
from forecast.run import run
from forecast.scenario import Scenario, parse_scenario
from forecast.settings import RunSettings

FILE = Path(__file__).parents[2] / "priors" / "trump-kim-2025.yaml"

# Group or outcome: (mean, variance or None where none is known, mean given a summit or None).
# Means to 1e-12, variances to 1e-14 (to 1e-12 for the summit itself), conditional means to 1e-12.
KNOWN: dict[str, tuple[float, float | None, float | None]] = {
    "summit": (0.49256935519068223, 0.07235771430317016, None),
    "no_deal": (0.2873321238612313, 0.030510814076006466, 0.5833333333333334),
    "acceptable_deal": (0.05746642477224626, 0.0034818438326125072, 0.11666666666666667),
    "bad_deal": (0.14777080655720468, 0.011600369643822873, 0.3),
    "freeze_for_relief": (0.05910832262288187, 0.002747701300728718, 0.12),
    "icbm_only": (0.029554161311440934, 0.0010584428908976204, 0.06),
    "peace_declaration": (0.05910832262288187, 0.002747701300728718, 0.12),
    "drawdown_after_declaration": (0.007092998714745824, 7.123674195701905e-05, 0.0144),
    "full_withdrawal": (0.0011348797943593319, 4.5463217431263585e-06, 0.002304),
    "no_summit": (0.5074306448093178, None, None),
    "any_troop_drawdown": (0.10638369884327124, None, None),
}


def _scenario(driven: bool) -> Scenario:
    """The packaged scenario without quantities and questions, which these rows do not need."""
    document = deepcopy(read_scenario(FILE.read_text(encoding="utf-8")).model_dump(mode="json", exclude_none=True))
    document |= {"quantities": {}, "questions": {}}
    document["groups"] |= {name: [name] for name in KNOWN if name not in document["groups"]}
    if not driven:
        document["drivers"] = {}
        for node in document["nodes"].values():
            node.pop("loadings", None)
    return parse_scenario(document)


SETTINGS = RunSettings(draws=1 << 16, threads=2)
UNDRIVEN: Forecast = run(_scenario(driven=False), SETTINGS)
DRIVEN: Forecast = run(_scenario(driven=True), SETTINGS)
FORECASTS = {"without drivers": UNDRIVEN, "with drivers": DRIVEN}


@pytest.mark.parametrize("forecast", FORECASTS)
@pytest.mark.parametrize("name", KNOWN)
def test_exact_mean(forecast: str, name: str) -> None:
    """Drivers or not, the mean is the product of the stated ones."""
    assert FORECASTS[forecast].groups[name].exact == pytest.approx(KNOWN[name][0], rel=0, abs=1e-12)


@pytest.mark.parametrize("name", [name for name, (_, variance, _) in KNOWN.items() if variance is not None])
def test_exact_variance_without_drivers(name: str) -> None:
    sd, variance = UNDRIVEN.groups[name].exact_sd, KNOWN[name][1]
    assert sd is not None
    assert sd**2 == pytest.approx(variance, rel=0, abs=1e-12 if name == "summit" else 1e-14)


@pytest.mark.parametrize("name", [name for name, (_, _, given) in KNOWN.items() if given is not None])
def test_exact_mean_given_summit(name: str) -> None:
    part, whole = UNDRIVEN.groups[name].exact, UNDRIVEN.groups["summit"].exact
    assert part is not None
    assert whole is not None
    assert part / whole == pytest.approx(KNOWN[name][2], rel=0, abs=1e-12)


@pytest.mark.parametrize("name", KNOWN)
def test_mean_over_draws_without_drivers(name: str) -> None:
    sampled = UNDRIVEN.groups[name]
    assert sampled.mean == pytest.approx(KNOWN[name][0], rel=0, abs=5 * sampled.mc_error + 1e-12)


@pytest.mark.parametrize("name", KNOWN)
def test_mean_over_draws_with_drivers(name: str) -> None:
    """The intercepts keep every mean to 5e-4; in fact to 1e-4."""
    assert DRIVEN.groups[name].mean == pytest.approx(KNOWN[name][0], rel=0, abs=1e-4)


def test_drivers_widen_what_hangs_together() -> None:
    """They leave the means and change the spread: deals and their kinds share causes with the summit."""
    undriven, driven = UNDRIVEN.groups["bad_deal"].sd, DRIVEN.groups["bad_deal"].sd
    assert undriven is not None
    assert driven is not None
    assert driven > 1.1 * undriven


def test_outcomes_of_each_forecast_sum_to_one() -> None:
    for forecast in FORECASTS.values():
        assert sum(outcome.mean for outcome in forecast.outcomes.values()) == pytest.approx(1.0, abs=1e-12)
        assert sum(group.mean for group in forecast.headline.values()) == pytest.approx(1.0, abs=1e-12)
