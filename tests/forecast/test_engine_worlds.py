"""Sampled worlds: their dates, attributes and quantities follow the laws that the probabilities are read from."""

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from forecast.arrays import BoolArray, FloatArray
from forecast.draws.inference import Inference
from forecast.draws.model import Model
from forecast.draws.recentring import corrections
from forecast.draws.sources import Sources
from forecast.numerics.nets import Batch
from forecast.readings.exact import ExactEngine
from forecast.readings.facts import branch_date
from forecast.readings.plans import event_plan
from forecast.readings.worlds import Worlds, WorldSampler, world_sources
from forecast.statements.events import BranchEvent
from tests.strategies import (
    AS_OF,
    HORIZON,
    Document,
    beta,
    changed,
    dirichlet,
    document,
    fixed,
    forecast_of,
    gamma_hazard,
    modelled,
    node,
    ratio_entry,
)

BLOCKS = 16


def _day(days: int) -> date:
    return AS_OF + timedelta(days=days)


def _worlds(model: Model, size: int = 1 << 12) -> Worlds:
    sources = Sources(model, model.seed, world_sources(model))
    inference = Inference(model, sources, corrections(model))
    return WorldSampler(inference, sources).sample(inference.infer(Batch(0, BLOCKS, size)))


def _share(held: BoolArray, weight: FloatArray | None) -> tuple[float, float]:
    """Weighted share of worlds, and its MC error from the spread over blocks."""
    weights = np.ones(held.shape) if weight is None else weight
    top, bottom = ((part).reshape(BLOCKS, -1).sum(axis=1) for part in (weights * held, weights))
    ratio = float(top.sum() / bottom.sum())
    return ratio, float(np.std(top - ratio * bottom, ddof=1)) / math.sqrt(BLOCKS) / float(bottom.mean())


LAG = {"family": "exponential", "rate": 1.5}
NEWS = {
    "soon": ratio_entry({"meet": 3.0}, _day(30), window={"from": _day(30), "to": _day(150)}),
    "deal_late": ratio_entry({"deal": 4.0}, _day(30), window={"from": _day(200), "to": _day(365)}),
}


def _chain(eventually: bool, evidence: dict[str, Any]) -> Document:
    deal = {"to": "kept", "lag": LAG, "eventually": eventually}
    held = {"lag": {"family": "gamma", "shape": 2.0, "rate": 2.5}, "eventually": eventually}
    return document(
        {
            "when": node(
                {"meet": "result", "never": None},
                gamma_hazard("meet", 0.8, 1.5, windows=[{"from": _day(80), "to": _day(100), "multiplier": 6.0}]),
            ),
            "result": node({"deal": deal, "none": None}, dirichlet(deal=2, none=3)),
            "kept": node({"held": held, "broken": None}, dirichlet(held=4, broken=2)),
        },
        evidence=evidence,
    )


@pytest.mark.parametrize("silent", [30, 170])
@pytest.mark.parametrize("eventually", [False, True])
@pytest.mark.parametrize("evidence", [{}, NEWS], ids=["no news", "news"])
def test_dates_follow_the_exact_distribution(silent: int, eventually: bool, evidence: dict[str, Any]) -> None:
    """At every tested day, for an event and two lags after it, under windows, silence and evidence about the dates."""
    model = modelled(_chain(eventually, evidence), as_of=_day(silent))
    worlds, engine = _worlds(model), ExactEngine(model)
    for branch in ("meet", "deal", "held"):
        dates = branch_date(model, model.scenario.tree.resolve(branch), worlds)
        for days in (90, 140, 190, 260, 365):
            plan = event_plan(model, BranchEvent(branch=branch, by=_day(days)))
            assert plan is not None
            exact = engine.evaluate(plan).mean
            assert exact is not None
            found, error = _share(dates <= days / 365.25, worlds.weight)
            assert found == pytest.approx(exact, rel=0, abs=5 * error + 1e-4), (branch, days)


def test_dates_of_one_history_are_in_order() -> None:
    model = modelled(_chain(True, {}))
    worlds = _worlds(model, 256)
    meet, deal, held = (branch_date(model, model.scenario.tree.resolve(b), worlds) for b in ("meet", "deal", "held"))
    there = ~np.isnan(held)
    assert there.any()
    assert np.all(meet[there] <= deal[there])
    assert np.all(deal[there] <= held[there])
    assert np.nanmax(held) <= model.horizon


def test_an_observed_date_is_the_date_of_every_world() -> None:
    met = {"date": _day(60), "what": "they met", "observed": {"branch": "meet", "on": _day(50)}}
    model = modelled(_chain(False, {"met": met}), as_of=_day(60))
    dates = branch_date(model, model.scenario.tree.resolve("meet"), _worlds(model, 64))
    assert np.all(dates == 50 / 365.25)


QUANTITIES: dict[str, Any] = {
    "troops": {
        "unit": "persons",
        "default": {
            "family": "mixture",
            "parts": [
                {"weight": 0.9, "of": {"family": "fixed", "value": 28_500}},
                {"weight": 0.1, "of": {"family": "triangular", "low": 20_000, "mode": 26_000, "high": 30_000}},
            ],
        },
        "by_branch": {"leave": {"family": "uniform", "low": 0, "high": 1_000}},
    },
    "launches": {
        "unit": "missiles",
        "default": {
            "attribute": "angry",
            "yes": {"family": "negative_binomial", "mean": 40, "size": 2},
            "no": {"family": "negative_binomial", "mean": 8, "size": 1},
        },
    },
    "cost": {"unit": "euros", "default": {"family": "lognormal", "median": 3.0, "p90": 6.0}},
    "bill": {"unit": "euros", "product": ["launches", "cost"]},
    "all": {"unit": "things", "sum": ["launches", "troops"]},
    "square": {"unit": "euros squared", "power": ["cost", 2.0]},
}
GARRISON = document(
    {"n": node(["leave", "stay"], beta("leave", 2, 18))},
    attributes={"angry": {"by_branch": {"leave": fixed(yes=0.5, no=0.5)}, "default": beta("yes", 2, 8)}},
    quantities=QUANTITIES,
)
COUNTED = forecast_of(GARRISON, draws=1 << 17)


@pytest.mark.parametrize("name", ["troops", "launches", "cost"])
def test_quantities_have_their_exact_mean_and_spread(name: str) -> None:
    found = COUNTED.quantities[name]
    assert found.exact is not None
    assert found.exact_sd is not None
    assert found.mean == pytest.approx(found.exact, rel=0, abs=5 * found.mc_error + 1e-6 * abs(found.exact))
    assert found.sd == pytest.approx(found.exact_sd, rel=0.02)


def test_exact_moments_of_quantities_are_those_of_the_mixture() -> None:
    """Worked out by hand: .1 leave, of the rest .9 keep 28,500; angry with .5·.1 + .2·.9 = .23."""
    triangular = (20_000 + 26_000 + 30_000) / 3
    assert COUNTED.quantities["troops"].exact == pytest.approx(0.1 * 500 + 0.9 * (0.9 * 28_500 + 0.1 * triangular))
    launches = COUNTED.quantities["launches"]
    assert launches.exact == pytest.approx(0.23 * 40 + 0.77 * 8)
    assert launches.exact_sd is not None
    assert launches.exact is not None
    second = 0.23 * (40 + 40**2 / 2 + 40**2) + 0.77 * (8 + 8**2 + 8**2)
    assert launches.exact_sd**2 == pytest.approx(second - launches.exact**2)


def test_atoms_stay_atoms() -> None:
    """28,500 troops hold .9·.9 of the probability, apart from the histogram; the median is that number exactly."""
    troops = COUNTED.quantities["troops"]
    (atom,) = troops.atoms
    assert atom.value == 28_500
    assert atom.probability == pytest.approx(0.81, abs=2e-3)
    assert troops.quantiles["0.5"] == 28_500
    assert sum(troops.histogram.probabilities) == pytest.approx(1 - atom.probability, abs=1e-9)


@pytest.mark.parametrize("name", COUNTED.quantities)
def test_bins_and_atoms_hold_all_of_the_probability(name: str) -> None:
    found = COUNTED.quantities[name]
    held = (*found.histogram.probabilities, *(atom.probability for atom in found.atoms))
    assert math.fsum(held) == pytest.approx(1.0, abs=1e-12)


def test_the_last_bin_holds_its_right_edge() -> None:
    """A sum of fixed steps ends at the top of its range with .25, which is the end of its grid too."""
    steps = {
        f"step_{i}": {"unit": "points", "by_branch": {f"up_{i}": _value(0.25)}, "default": _value(0.0)} for i in (1, 2)
    }
    described = document(
        {
            "first": node({"up_1": "second", "no_1": None}, fixed(up_1=0.5, no_1=0.5)),
            "second": node(["up_2", "no_2"], fixed(up_2=0.5, no_2=0.5)),
        },
        quantities={**steps, "rate": {"unit": "per cent", "sum": ["step_1", "step_2"]}},
    )
    histogram = forecast_of(described, draws=1 << 12).quantities["rate"].histogram
    assert histogram.edges[0] == 0.0
    assert histogram.edges[-1] == 0.5
    assert histogram.probabilities[0] == pytest.approx(0.5, abs=0.03)
    assert histogram.probabilities[-1] == pytest.approx(0.25, abs=0.03)
    assert math.fsum(histogram.probabilities) == pytest.approx(1.0, abs=1e-12)


def test_a_square_reaches_down_to_nothing_where_its_quantity_changes_sign() -> None:
    """The square of a standard normal number is χ² with one degree of freedom."""
    normal = {"unit": "points", "default": {"family": "normal", "mean": 0.0, "sd": 1.0}}
    described = document(
        {"first": node(["yes", "no"], fixed(yes=0.5, no=0.5))},
        quantities={"error": normal, "square": {"unit": "points squared", "power": ["error", 2.0]}},
    )
    square = forecast_of(described, draws=1 << 14).quantities["square"]
    for level, value in square.quantiles.items():
        assert chi2(1).cdf(value) == pytest.approx(float(level), abs=0.01)
    assert square.histogram.edges[0] == 0.0
    assert math.fsum(square.histogram.probabilities) == pytest.approx(1.0, abs=1e-12)


def _value(number: float) -> dict[str, Any]:
    return {"family": "fixed", "value": number}


def test_whole_numbers_have_whole_quantiles() -> None:
    assert all(value == int(value) for value in COUNTED.quantities["launches"].quantiles.values())


def test_products_sums_and_powers_are_of_the_same_world() -> None:
    """The mean of a sum is the sum of means; that of a product of independent numbers their product."""
    quantities = COUNTED.quantities
    total, bill, square = (quantities[name] for name in ("all", "bill", "square"))
    launches, troops, cost = (quantities[name] for name in ("launches", "troops", "cost"))
    assert total.mean == pytest.approx(launches.mean + troops.mean, rel=1e-9)
    assert launches.exact is not None
    assert cost.exact is not None
    assert cost.exact_sd is not None
    assert bill.mean == pytest.approx(launches.exact * cost.exact, rel=0, abs=5 * bill.mc_error + 1e-3)
    assert square.mean == pytest.approx(cost.exact**2 + cost.exact_sd**2, rel=0, abs=5 * square.mc_error + 1e-3)
    assert total.exact is None


def test_an_event_on_a_quantity_is_counted() -> None:
    """P(no launch) from the two negative binomials; a counted answer says so and has no interval of its own."""
    question = {"type": "binary", "text": "?", "resolution": "!", "event": {"quantity": "launches", "at_most": 0}}
    found = forecast_of(changed(GARRISON, questions={"none": question}), draws=1 << 17).questions["none"]
    assert found.type == "binary"
    expected = 0.23 * (2 / 42) ** 2 + 0.77 * (1 / 9)
    assert found.mean == pytest.approx(expected, rel=0, abs=5 * found.mc_error)
    assert found.method == "counted over worlds"
    assert found.quantiles is None


def test_quantities_by_attribute_follow_evidence() -> None:
    """Seeing that they are angry leaves the angry law alone."""
    seen = {"date": AS_OF, "what": "seen", "observed": {"attribute": "angry", "value": "yes"}}
    found = forecast_of(changed(GARRISON, evidence={"seen": seen}), draws=1 << 16).quantities["launches"]
    assert found.exact == pytest.approx(40.0)
    assert found.mean == pytest.approx(40.0, rel=0, abs=5 * found.mc_error)


def test_dates_quantiles_are_first_days() -> None:
    """A constant rate that reaches 25 % on day 100: the sampled quantile is that day."""
    rate = -math.log(0.75) / (100 / 365.25)
    described = document(
        {
            "when": node(
                ["meet", "never"],
                {"family": "hazard", "event": "meet", "rate": {"family": "fixed", "per_year": rate}},
            )
        }
    )
    quantiles = forecast_of(described, draws=1 << 17).dates["meet"].quantiles
    assert quantiles["0.25"] is not None
    assert abs((quantiles["0.25"] - _day(100)).days) <= 1
    assert quantiles["0.95"] is None
    assert quantiles["0.25"] < HORIZON
