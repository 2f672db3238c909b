"""Draws and worlds drawn again are those of the forecast: its means come out of them, row by row they hang together."""

import math
import weakref
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forecast import samples
from forecast.arrays import BoolArray, FloatArray
from forecast.documents import read_scenario
from forecast.draws.inference import Conditioned, Inference
from forecast.errors import ForecastFileError, RunError, ScenarioError
from forecast.numerics.nets import Batch
from forecast.result import Forecast, Record, result_digest
from forecast.run import run
from forecast.samples import SampleTable, draw_table, world_table
from forecast.scenario import Scenario
from forecast.settings import RunSettings
from forecast.version import VERSION
from tests.strategies import (
    AS_OF,
    beta,
    changed,
    dirichlet,
    document,
    fixed,
    forecast_of,
    full_tree,
    gamma_hazard,
    node,
)

PRIORS = Path(__file__).parents[2] / "priors"
SCENARIOS = {path.stem: read_scenario(path.read_text(encoding="utf-8")) for path in sorted(PRIORS.glob("*.yaml"))}
TRUMP_KIM = SCENARIOS["trump-kim-2025"]
SILENT = date(2026, 8, 20)

CASES: Mapping[str, tuple[Scenario, RunSettings]] = {
    **{name: (scenario, RunSettings(draws=4_096)) for name, scenario in SCENARIOS.items()},
    "news": (TRUMP_KIM, RunSettings(draws=4_096, as_of=SILENT, evidence="all")),
    "news at random": (TRUMP_KIM, RunSettings(draws=4_096, as_of=SILENT, evidence="all", sampler="random")),
    "extended": (TRUMP_KIM, RunSettings(draws=512, as_of=SILENT, evidence="all")),
    "assumed": (TRUMP_KIM, RunSettings(draws=4_096, assume=("bad_deal",))),
    "made": (TRUMP_KIM, RunSettings(draws=4_096, do=("summit",))),
}
"""Every packaged scenario, and one of them again: with news, which weigh its draws, and with too few of them."""

EACH = pytest.mark.parametrize("name", CASES)
BOTH = pytest.mark.parametrize("table_of", [draw_table, world_table])

TableOf = Callable[[Forecast], SampleTable]
Values = dict[str, NDArray[Any]]


@cache
def forecast_for(name: str) -> Forecast:
    scenario, settings = CASES[name]
    return run(scenario, settings)


def whole(table: SampleTable) -> Values:
    """Return all rows of a table."""
    batches = list(table.blocks())
    return {column.name: np.concatenate([rows[column.name] for rows in batches]) for column in table.columns}


@cache
def draws_for(name: str) -> Values:
    return whole(draw_table(forecast_for(name)))


@cache
def worlds_for(name: str) -> Values:
    return whole(world_table(forecast_for(name)))


def mean(values: NDArray[Any], weight: FloatArray) -> float:
    return math.fsum(weight * values) / math.fsum(weight)


def surprise(draws: Values, worlds: Values, outcome: str, belief: FloatArray) -> float:
    """Σ w b (1{ends there} − p) over draws, in standard errors of independent worlds: about 0 for every belief b.

    Worlds drawn from another draw's beliefs would give a large number, or by numbers that hang together with them.
    """
    p = draws[f"outcomes.{outcome}"]
    terms = belief * (worlds["weight"] * (worlds["outcome"] == outcome) - draws["weight"] * p)
    expected = (belief * draws["weight"]) ** 2 * p * (1.0 - p)
    return math.fsum(terms) / (math.sqrt(max(math.fsum(terms**2), math.fsum(expected))) or 1.0)


def error_of_sum(terms: FloatArray) -> float:
    """MC error of a sum whose mean is about 0, from its spread over 16 blocks."""
    blocks = terms.reshape(16, -1).sum(axis=1)
    return float(np.std(blocks, ddof=1)) * math.sqrt(16)


@EACH
def test_means_over_draws_are_the_forecasts(name: str) -> None:
    forecast, values = forecast_for(name), draws_for(name)
    for section in ("outcomes", "attributes"):
        for label, stated in getattr(forecast, section).items():
            assert mean(values[f"{section}.{label}"], values["weight"]) == pytest.approx(stated.mean, abs=1e-12), label
    assert len(values["draw"]) == forecast.sampling.draws
    assert values["weight"].min() < values["weight"].max() or not forecast.sampling.weighted


@EACH
def test_branches_averaged_over_draws_that_reach_their_node_are_the_forecasts(name: str) -> None:
    forecast, values = forecast_for(name), draws_for(name)
    for label, branches in forecast.nodes.items():
        weight = values["weight"] * values.get(f"nodes.{label}", 1.0)
        taken = {b: math.fsum(weight * np.nan_to_num(values[f"nodes.{label}.{b}"])) for b in branches}
        reached = math.fsum(taken.values())
        for branch, stated in branches.items():
            found = taken[branch] / reached if reached > 0.0 else 0.0
            assert found == pytest.approx(stated, abs=1e-12), (label, branch)


@EACH
def test_every_draw_is_coherent(name: str) -> None:
    """Outcomes sum to 1; a node is reached as often as histories end below it; what becomes of it sums to 1."""
    values, tree = draws_for(name), CASES[name][0].tree
    outcomes = {label: column for label, column in values.items() if label.startswith("outcomes.")}
    np.testing.assert_allclose(np.sum([*outcomes.values()], axis=0), 1.0, rtol=0, atol=1e-12)
    pending = any(label.endswith("_pending") for label in outcomes)
    for label, edge in tree.edge_to.items():
        below = np.sum([values[f"outcomes.{outcome}"] for outcome in tree.outcomes_below(edge)], axis=0)
        if not pending:
            np.testing.assert_allclose(values[f"nodes.{label}"], below, rtol=0, atol=1e-12)
    for label in tree.nodes:
        shares = np.sum([column for place, column in values.items() if place.startswith(f"nodes.{label}.")], axis=0)
        there = ~np.isnan(shares)
        assert np.allclose(shares[there], 1.0, rtol=0, atol=1e-12)


@EACH
@BOTH
def test_rows_come_as_the_columns_announce(name: str, table_of: TableOf) -> None:
    """Their number, the order of columns, the kind of every value, the texts there may be."""
    kinds = {"float": "f", "integer": "i", "text": "U", "boolean": "b", "date": "M"}
    table, draws = table_of(forecast_for(name)), 0
    for rows in table.blocks():
        assert np.array_equal(rows["draw"], np.arange(draws, draws + len(rows["draw"])))
        draws += len(rows["draw"])
        assert list(rows) == [column.name for column in table.columns]
        assert {len(values) for values in rows.values()} == {len(rows["draw"])}
        assert [values.dtype.kind for values in rows.values()] == [kinds[column.kind] for column in table.columns]
        for column in table.columns:
            assert bool(column.texts) == (column.kind == "text")
            assert not column.texts or set(rows[column.name].tolist()) <= set(column.texts)
    assert draws == table.rows == forecast_for(name).sampling.draws
    assert all(column.meaning for column in table.columns)


@BOTH
@pytest.mark.parametrize("name", ["news", "news at random", "central-bank-path-2026"])
def test_batches_of_any_size_hold_the_same_rows(name: str, table_of: TableOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks at once, several, one, or parts of one: bit for bit; and a second reading starts again."""
    table = table_of(forecast_for(name))
    once, again = whole(table), whole(table)
    for label, values in once.items():
        np.testing.assert_array_equal(again[label], values)
    monkeypatch.setattr(samples, "FEWEST_ROWS", 1)
    for rows_at_once in (1_024, 256, 64):
        monkeypatch.setattr(samples, "MOST_ROWS", rows_at_once)
        batches = list(table.blocks())
        assert {len(rows["draw"]) for rows in batches} == {rows_at_once}
        for label, values in once.items():
            np.testing.assert_array_equal(np.concatenate([rows[label] for rows in batches]), values, err_msg=label)


def test_wide_tables_come_in_smaller_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that their columns stay within the memory stated for a batch."""
    monkeypatch.setattr(samples, "BATCH_BYTES", 1 << 20)
    for nodes in (8, 60):
        table = draw_table(forecast_of(full_tree(nodes), draws=1 << 15))
        sizes = {sum(values.nbytes for values in rows.values()) for rows in table.blocks()}
        assert max(sizes) <= 1 << 20
        assert max(sizes) > 1 << 18


def test_an_extended_run_is_drawn_again_whole() -> None:
    """512 draws were asked for, more were taken; the rows are all of them."""
    sampling, weight = forecast_for("extended").sampling, draws_for("extended")["weight"]
    assert len(weight) == sampling.draws > 512
    assert math.fsum(weight) ** 2 / math.fsum(weight**2) == pytest.approx(sampling.effective_sample_size, rel=1e-12)


PANEL = document(
    {
        "first": node(
            {"on": "second", "off": None},
            {
                "family": "panel",
                "pool": "mixture",
                "experts": {"hawk": fixed(on=0.9, off=0.1), "dove": beta("on", 1, 9)},
            },
        ),
        "second": node({"x": None, "y": None}, dirichlet(x=2, y=3), loadings={"wind": {"x": 0.5}}),
    },
    experts={"hawk": 0.25, "dove": 0.75},
    drivers={"wind": {"correlation": {"tide": 0.5}}, "tide": {}},
)


def test_drivers_stand_beside_what_they_move() -> None:
    """Where the hawk speaks, it is .9; normals have mean 0, deviation 1 and the stated correlation."""
    values = whole(draw_table(forecast_of(PANEL, draws=1 << 14)))
    hawk = values["drivers.experts"] == "hawk"
    assert hawk.mean() == pytest.approx(0.25, abs=1e-3)
    assert np.all(values["nodes.first.on"][hawk] == 0.9)
    assert np.ptp(values["nodes.first.on"][~hawk]) > 0.3
    wind, tide = values["drivers.wind"], values["drivers.tide"]
    assert (wind.mean(), wind.std()) == pytest.approx((0.0, 1.0), abs=5e-3)
    assert float(np.corrcoef(wind, tide)[0, 1]) == pytest.approx(0.5, abs=0.02)
    assert float(np.corrcoef(wind, values["nodes.second.x"])[0, 1]) > 0.3


def test_a_draw_that_rules_a_node_out_says_nothing_of_its_branches() -> None:
    described = document(
        {
            "first": node({"on": "second", "off": None}, fixed(on=0.0, off=1.0)),
            "second": node(["x", "y"], beta("x", 2, 3)),
        }
    )
    values = whole(draw_table(forecast_of(described)))
    assert np.all(values["nodes.second"] == 0.0)
    assert np.all(np.isnan(values["nodes.second.x"]))
    assert np.all(values["nodes.first.off"] == 1.0)


@EACH
def test_numbers_over_worlds_are_the_forecasts(name: str) -> None:
    values = worlds_for(name)
    for label, stated in forecast_for(name).quantities.items():
        assert mean(values[f"quantities.{label}"], values["weight"]) == pytest.approx(stated.mean, rel=1e-12), label


@pytest.mark.parametrize("name", ["trump-kim-2025", "news", "news at random", "extended", "assumed"])
def test_events_over_worlds_are_counted_as_in_the_forecast(name: str) -> None:
    """Two questions that only worlds can settle, asked of the rows in their own words."""
    values, questions = worlds_for(name), forecast_for(name).questions
    icbm = values["quantities.icbm_launches_to_end_2026"] >= 1
    assert mean(icbm, values["weight"]) == pytest.approx(_mean_of(questions["icbm-before-2027"]), abs=1e-12)
    deals = (values["dates.acceptable_deal"], values["dates.bad_deal"])
    before = [day <= np.datetime64("2027-12-31") for day in deals]
    relief = (values["quantities.sanctions_relief_share"] > 0) & (
        before[0] | before[1] | (np.isnat(deals[0]) & np.isnat(deals[1]))
    )
    stated = _mean_of(questions["sanctions-relief-before-2028"])
    assert mean(relief, values["weight"]) == pytest.approx(stated, abs=1e-12)


def _mean_of(answer: Record) -> float:
    assert answer.type == "binary"  # type: ignore[attr-defined]
    return float(answer.mean)  # type: ignore[attr-defined]


@EACH
def test_worlds_follow_the_beliefs_of_their_own_draw(name: str) -> None:
    """Whatever a draw believes, its world surprises it neither way, beyond the error of independent worlds."""
    draws, worlds = draws_for(name), worlds_for(name)
    for label in forecast_for(name).outcomes:
        for belief in (np.ones_like(draws["weight"]), draws[f"outcomes.{label}"]):
            assert abs(surprise(draws, worlds, label, belief)) < 5.0, label


@pytest.mark.parametrize("attribute", ["flag", None])
def test_a_run_that_needed_no_worlds_has_them_all_the_same(attribute: str | None) -> None:
    """Drawn apart, as its net has no dimensions left for them; outcomes and attributes with their probabilities."""
    described = changed(full_tree(3), attributes={"flag": {"default": beta("yes", 2, 3)}} if attribute else {})
    forecast = forecast_of(described, draws=1 << 16)
    draws, worlds = whole(draw_table(forecast)), whole(world_table(forecast))
    beliefs = [values for name, values in draws.items() if name not in ("draw", "weight")]
    for label in forecast.outcomes:
        for belief in (np.ones(len(draws["draw"])), *beliefs):
            assert abs(surprise(draws, worlds, label, belief)) < 5.0, label
    for name, stated in forecast.attributes.items():
        held: BoolArray = worlds[f"attributes.{name}"]
        assert held.mean() == pytest.approx(stated.mean, abs=5 * math.sqrt(0.25 / held.size))


def test_days_are_missing_where_the_branch_is_not_taken() -> None:
    """A summit has a day unless the history ends without one; days lie after as_of, in order, up to the horizon."""
    values = worlds_for("news")
    taken = values["weight"] > 0.0
    summit, deal = values["dates.summit"][taken], values["dates.bad_deal"][taken]
    without = np.isin(values["outcome"][taken], ["no_talks", "official_talks_only"])
    assert np.array_equal(np.isnat(summit), without)
    assert summit[~without].min() > np.datetime64(SILENT)
    assert summit[~without].max() <= np.datetime64(TRUMP_KIM.horizon)
    there = ~np.isnat(deal)
    assert 0 < there.sum() < there.size
    assert np.all(summit[there] <= deal[there])


@pytest.mark.parametrize("name", ["trump-kim-2025", "news", "drug-approval-2026"])
def test_days_follow_the_forecasts_dates(name: str) -> None:
    """At every reported day, within 5 MC errors of a plain count."""
    values, forecast = worlds_for(name), forecast_for(name)
    for label, stated in forecast.dates.items():
        for day, by in stated.by.items():
            held = values[f"dates.{label}"] <= np.datetime64(day)
            spread = error_of_sum(values["weight"] * (held - by.mean)) / math.fsum(values["weight"])
            assert mean(held, values["weight"]) == pytest.approx(by.mean, abs=5 * spread + 1e-3), (label, day)


def test_an_observed_day_is_the_day_of_every_world() -> None:
    day = AS_OF + timedelta(days=50)
    met = {"date": day, "what": "they met", "observed": {"branch": "meet", "on": day}}
    described = document(
        {
            "when": node({"meet": "result", "never": None}, gamma_hazard("meet", 0.8, 1.5)),
            "result": node(["deal", "none"], dirichlet(deal=2, none=3)),
        },
        evidence={"met": met},
    )
    values = whole(world_table(forecast_of(described, as_of=day)))
    assert set(values["dates.meet"].tolist()) == {day}


def test_a_table_says_what_it_takes_to_draw_it_again() -> None:
    forecast = forecast_for("news")
    assert dict(draw_table(forecast).provenance) == {
        "scenario": "trump-kim-2025",
        "scenario_digest": TRUMP_KIM.digest,
        "forecast_digest": forecast.digest,
        "seed": str(forecast.sampling.seed),
        "version": VERSION,
    }


def test_a_forecast_read_back_from_json_gives_the_same_rows() -> None:
    read = Forecast.model_validate_json(forecast_for("news").to_json())
    for label, values in whole(draw_table(read)).items():
        np.testing.assert_array_equal(values, draws_for("news")[label], err_msg=label)


def _signed(forecast: Forecast, **update: object) -> Forecast:
    """Return the forecast with another content and the digest that goes with it."""
    altered = forecast.model_copy(update=update)
    return altered.model_copy(update={"digest": result_digest(altered)})


@BOTH
def test_what_can_no_longer_be_run_is_refused_before_anything_is_drawn(table_of: TableOf) -> None:
    """An altered forecast, a document that is no scenario any more, a request that does not fit it."""
    forecast = forecast_for("minimal")
    with pytest.raises(ForecastFileError, match="altered after it was written"):
        table_of(forecast.model_copy(update={"title": "another"}))
    with pytest.raises(ScenarioError, match="horizon"):
        table_of(_signed(forecast, document={**forecast.document, "horizon": "2000-01-01"}))
    late = forecast.request.model_copy(update={"as_of": date(2999, 1, 1)})
    with pytest.raises(RunError, match="2999-01-01"):
        table_of(_signed(forecast, request=late))


@BOTH
def test_a_batch_is_drawn_when_asked_for_and_then_let_go(table_of: TableOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """One at a time, none ahead; closing after the first draws no other and keeps nothing."""
    drawn: list[Batch] = []
    condition = Inference.condition

    def counting(inference: Inference, batch: Batch) -> Conditioned:
        drawn.append(batch)
        return condition(inference, batch)

    monkeypatch.setattr(Inference, "condition", counting)
    monkeypatch.setattr(samples, "MOST_ROWS", 512)
    table = table_of(forecast_for("news"))
    drawn.clear()
    blocks = table.blocks()
    assert drawn == []
    rows = next(blocks)
    first = [weakref.ref(values) for values in rows.values()]
    assert [batch.first_draw for batch in drawn] == [0]
    del rows
    assert not any(values() is not None for values in first)
    rows = next(blocks)
    assert [batch.first_draw for batch in drawn] == [0, 512]
    blocks.close()
    last = [weakref.ref(values) for values in rows.values()]
    del rows
    assert not any(values() is not None for values in last)
    assert len(drawn) == 2
    assert sum(1 for _ in table.blocks()) == 8
