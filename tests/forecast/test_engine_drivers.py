"""Drivers change what happens together and leave every stated number where it is."""

import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecast.arrays import FloatArray
from forecast.documents import read_scenario
from forecast.draws.inference import Inference, Inferred
from forecast.draws.model import Hazard, Model, build_model, ordered_mean
from forecast.draws.recentring import corrections
from forecast.draws.sources import Sources
from forecast.numerics.nets import Batch
from forecast.scenario import Scenario, parse_scenario
from forecast.settings import RunSettings
from forecast.statements.tree import Edge
from tests.strategies import (
    Document,
    beta,
    by_state,
    changed,
    dirichlet,
    document,
    driven_trees,
    fixed,
    forecast_of,
    gamma_hazard,
    modelled,
    node,
)

FILE = Path(__file__).parents[2] / "priors" / "trump-kim-2025.yaml"
MOVED = 1e-4
"""How far a driver may move a stated probability."""


class Ratios:
    """Sums of products over blocks of draws, and their ratios with MC errors."""

    def __init__(self) -> None:
        self._rows: dict[object, list[FloatArray]] = {}

    def add(self, key: object, top: FloatArray, bottom: FloatArray, blocks: int) -> None:
        """Add the block sums of ``top`` and ``bottom``, broadcast to the same draws."""
        pair = np.broadcast_arrays(top, bottom)
        self._rows.setdefault(key, []).append(np.stack([part.reshape(blocks, -1).sum(axis=1) for part in pair]))

    def result(self) -> dict[object, tuple[float, float]]:
        """Per key (ratio, its MC error)."""
        found: dict[object, tuple[float, float]] = {}
        for key, parts in self._rows.items():
            top, bottom = np.concatenate(parts, axis=1)
            ratio = math.fsum(top) / math.fsum(bottom)
            spread = float(np.std(top - ratio * bottom, ddof=1))
            found[key] = (ratio, spread / math.sqrt(top.size) / float(bottom.mean()))
        return found


def conditionals(model: Model, batches: int) -> dict[object, tuple[float, float]]:
    """P(branch | node reached), and per state of the driver that selects its prior, each with its MC error."""
    inference = Inference(model, Sources(model, model.seed), corrections(model))
    ratios = Ratios()
    for number in range(batches):
        batch = Batch(4 * number, 4, 1 << 14)
        inferred = inference.infer(batch)
        draws = np.ones(batch.draws)
        for entry in model.nodes:
            reach = _reach(model, inferred, entry.name) * draws
            chosen = [(None, draws)] if entry.law.selector is None else _by_state(inferred, entry.law.selector)
            for branch in entry.branches:
                for state, here in chosen:
                    taken = inferred.branches[branch.edge] * here
                    ratios.add((branch.edge, state), taken, reach * here, batch.count)
    return ratios.result()


def _reach(model: Model, inferred: Inferred, name: str) -> FloatArray:
    above = model.scenario.tree.edge_to.get(name)
    return np.array(1.0) if above is None else inferred.branches[above]


def _by_state(inferred: Inferred, selector: int) -> list[tuple[int | None, FloatArray]]:
    states = inferred.states[selector]
    return [(state, (states == state).astype(float)) for state in np.unique(states).tolist()]


def stated(model: Model) -> dict[object, float]:
    """The same as the scenario states it."""
    found: dict[object, float] = {}
    for entry in model.nodes:
        law = entry.law
        names = tuple(branch.edge.branch for branch in entry.branches)
        states: list[int | None] = [None]
        if law.selector is not None:
            states = [*range(len(model.drivers.states[law.selector]))]
        for i, state in enumerate(states):
            if isinstance(law, Hazard):
                event = (1 - law.never) * (1 - float(law.rates[i].laplace(law.clock.exposure(model.horizon))))
                means = np.array([event if b == law.event else 1 - event for b in range(2)])
            else:
                means = ordered_mean(law.laws[i], names)
            found |= {(Edge(entry.name, name), state): float(mean) for name, mean in zip(names, means, strict=True)}
    return found


def worst(found: Mapping[object, tuple[float, float]], expected: Mapping[object, float]) -> float:
    """Largest distance from what is stated, beyond 5 MC errors, of what enough draws reached to be sure of."""
    assert set(found) <= set(expected)
    return max(abs(value - expected[key]) - 5 * error for key, (value, error) in found.items())


TRUMP_KIM = read_scenario(FILE.read_text(encoding="utf-8"))


def _trump_kim(driven: bool) -> Scenario:
    described = TRUMP_KIM.model_dump(mode="json", exclude_none=True) | {"quantities": {}, "questions": {}}
    if not driven:
        described["drivers"] = {}
        for entry in described["nodes"].values():
            entry.pop("loadings", None)
    return parse_scenario(described)


DRIVEN = build_model(_trump_kim(driven=True), RunSettings())


def test_no_stated_probability_of_the_trump_kim_tree_moves() -> None:
    """Every branch of every node, over two million draws, plainly within 1e-4."""
    found, expected = conditionals(DRIVEN, batches=32), stated(DRIVEN)
    assert set(found) == set(expected)
    assert len(found) == 19
    for key, (value, _) in found.items():
        assert value == pytest.approx(expected[key], rel=0, abs=MOVED), str(key)
    assert worst(found, expected) < 1e-5


@pytest.mark.parametrize("as_of", [date(2025, 4, 3), date(2026, 8, 20)])
def test_no_stated_date_of_the_trump_kim_tree_moves(as_of: date) -> None:
    """The probability of a meeting by every checkpoint is the closed form, at the start and after silence."""
    without, driven = (
        forecast_of(_trump_kim(driven).model_dump(exclude_none=True), draws=1 << 17, threads=2, as_of=as_of)
        for driven in (False, True)
    )
    for day, expected in without.dates["summit"].by.items():
        assert expected.exact is not None
        found = driven.dates["summit"].by[day]
        assert found.exact == pytest.approx(expected.exact, abs=1e-12)
        assert found.mean == pytest.approx(expected.exact, rel=0, abs=min(MOVED, 5 * found.mc_error + 1e-6))


def _products(model: Model, batches: int, *products: tuple[str, ...]) -> dict[object, tuple[float, float]]:
    """Means over draws of products of branch probabilities, each given that its node is reached; with MC errors."""
    inference = Inference(model, Sources(model, model.seed), corrections(model))
    ratios = Ratios()
    resolve = model.scenario.tree.resolve
    for number in range(batches):
        batch = Batch(4 * number, 4, 1 << 14)
        inferred = inference.infer(batch)
        for names in products:
            product = np.ones(batch.draws)
            for edge in map(resolve, names):
                product = product * inferred.branches[edge] / _reach(model, inferred, edge.node)
            ratios.add(names, product, np.ones(batch.draws), batch.count)
    return ratios.result()


def test_drivers_of_the_trump_kim_tree_change_what_happens_together() -> None:
    """A shared cause ties links of the chain together; nodes that share none stay independent."""
    undriven = build_model(_trump_kim(driven=False), RunSettings())
    tied = ("summit", "peace_declaration")  # both rise with trump_desire
    free = ("raised", "agrees")  # nothing loads on the first
    for model in (DRIVEN, undriven):
        found = _products(model, 8, tied, free, *((name,) for name in (*tied, *free)))
        covariances = {pair: found[pair][0] - found[(pair[0],)][0] * found[(pair[1],)][0] for pair in (tied, free)}
        assert abs(covariances[free]) < 1e-5
        if model is DRIVEN:
            assert covariances[tied] > 20 * found[tied][1]
            assert covariances[tied] > 1e-3
        else:
            assert abs(covariances[tied]) < 1e-5
    widths = {}
    for name, model in (("driven", DRIVEN), ("undriven", undriven)):
        bad_deal = forecast_of(model.scenario.model_dump(exclude_none=True), draws=1 << 14).groups["bad_deal"]
        assert bad_deal.sd is not None
        widths[name] = bad_deal.sd
    assert widths["driven"] > 1.1 * widths["undriven"]


def _two_links(loading: float, correlation: float) -> Document:
    """Two links, each on its own driver."""
    return document(
        {
            "first": node({"on": "second", "off": None}, beta("on", 4, 6), loadings={"wind": {"on": loading}}),
            "second": node(["end", "stop"], beta("end", 4, 6), loadings={"tide": {"end": loading}}),
        },
        drivers={"wind": {"correlation": {"tide": correlation}}, "tide": {}},
    )


def test_correlation_of_drivers_ties_their_nodes() -> None:
    """Positively correlated causes make the links rise together, negatively correlated ones against each other."""
    chains = {rho: forecast_of(_two_links(1.0, rho), draws=1 << 14).outcomes["end"] for rho in (-0.7, 0.0, 0.7)}
    for chain in chains.values():
        assert chain.exact == pytest.approx(0.16, abs=1e-12)
        assert chain.mean == pytest.approx(0.16, rel=0, abs=5 * chain.mc_error + 1e-6)
    assert chains[-0.7].sd is not None
    assert chains[0.0].sd is not None
    assert chains[0.7].sd is not None
    assert chains[-0.7].sd < chains[0.0].sd < chains[0.7].sd


def test_drivers_with_states_keep_the_statement_of_every_state() -> None:
    """A node that states a prior per state keeps each of them, whatever tilts it."""
    described = document(
        {
            "first": node(
                {"on": "second", "off": None},
                by_state("climate", good=beta("on", 8, 2), bad=beta("on", 2, 8)),
                loadings={"wind": {"on": 0.8}},
            ),
            "second": node(
                ["end", "stop"],
                by_state("climate", good=beta("end", 6, 4), bad=fixed(end=0.1, stop=0.9)),
                loadings={"wind": {"end": 0.8}, "tide": {"stop": 0.5}},
            ),
        },
        drivers={"climate": {"states": {"good": 0.3, "bad": 0.7}}, "wind": {"correlation": {"tide": -0.4}}, "tide": {}},
    )
    model = modelled(described)
    found = conditionals(model, batches=8)
    assert len(found) == 8
    assert worst(found, stated(model)) < 1e-5
    outcome = forecast_of(described, draws=1 << 14).outcomes["end"]
    assert outcome.exact == pytest.approx(0.3 * 0.8 * 0.6 + 0.7 * 0.2 * 0.1, abs=1e-12)
    assert outcome.mean == pytest.approx(outcome.exact, rel=0, abs=5 * outcome.mc_error + 1e-6)


def test_no_exact_value_where_a_tilt_depends_on_the_state() -> None:
    """A tilted node between two that states select has its stated mean over the states together, not in each."""
    described = document(
        {
            "first": node(
                {"on": "second", "off": None},
                by_state("climate", good=fixed(on=0.95, off=0.05), bad=fixed(on=0.05, off=0.95)),
                loadings={"wind": {"on": 2.0}},
            ),
            "second": node({"go": "third", "stay": None}, fixed(go=0.3, stay=0.7), loadings={"wind": {"go": 2.0}}),
            "third": node(
                ["end", "stop"], by_state("climate", good=fixed(end=0.9, stop=0.1), bad=fixed(end=0.1, stop=0.9))
            ),
        },
        drivers={"climate": {"states": {"good": 0.5, "bad": 0.5}}, "wind": {}},
    )
    forecast = forecast_of(described, draws=1 << 14)
    end = forecast.outcomes["end"]
    assert end.exact is None
    assert "by state" in (end.exact_reason or "")
    assert not forecast.warnings
    model = modelled(described)
    assert worst(conditionals(model, batches=4), stated(model)) < 1e-5


def test_an_intervention_has_no_exact_value_under_drivers() -> None:
    """A branch that is made to be taken says nothing of the drivers, so what follows is not the stated mean."""
    made = forecast_of(_two_links(1.0, 0.7), draws=1 << 14, do=("on",))
    seen = forecast_of(_two_links(1.0, 0.7), draws=1 << 14, assume=("on",))
    assert made.outcomes["end"].exact is None
    assert not made.warnings
    assert seen.outcomes["end"].mean == pytest.approx(0.4, rel=0, abs=5 * seen.outcomes["end"].mc_error + 1e-5)
    assert made.outcomes["end"].mean < 0.38


@settings(max_examples=20)
@given(driven_trees())
@example(_two_links(1.0, -0.6))
def test_no_stated_probability_of_random_trees_moves(described: Document) -> None:
    """Up to three correlated drivers with loadings up to 1 on nodes of all shapes."""
    model = modelled(described)
    assert worst(conditionals(model, batches=2), stated(model)) < MOVED


@settings(max_examples=15)
@given(driven_trees(states=True))
def test_no_stated_probability_of_random_trees_with_states_moves(described: Document) -> None:
    model = modelled(described)
    assert worst(conditionals(model, batches=2), stated(model)) < MOVED


@settings(max_examples=10)
@given(driven_trees(max_nodes=3), st.floats(0.2, 5.0), st.floats(0.2, 5.0), st.floats(-0.8, 0.8))
def test_no_stated_date_of_a_random_hazard_moves(
    below: Document, shape: float, rate_years: float, loading: float
) -> None:
    """A tilted hazard keeps its probability by every date, at the root and below a tilted node."""
    driver = next(name for name, parts in below["drivers"].items() if "states" not in parts)
    described = changed(below)
    described["nodes"] |= {
        "gate": node({"open": "clock", "shut": None}, dirichlet(open=3, shut=2), loadings={driver: {"open": 0.7}}),
        "clock": node(
            {"event": "n0", "quiet": None},
            gamma_hazard("event", shape, rate_years),
            loadings={driver: {"log_hazard": loading}},
        ),
    }
    described["checkpoints"] = ["2026-03-01", "2026-09-01"]
    forecast = forecast_of(described, draws=1 << 14)
    for day, found in forecast.dates["event"].by.items():
        exposure = {"2026-03-01": 59, "2026-09-01": 243, "2027-01-01": 365}[day] / 365.25
        expected = 0.6 * (1 - (rate_years / (rate_years + exposure)) ** shape)
        assert found.mean == pytest.approx(expected, rel=0, abs=5 * found.mc_error + MOVED / 10)


def test_concentrated_and_fixed_priors_can_be_tilted() -> None:
    """Equivalent sample sizes in the thousands, and probabilities known exactly, are tilted without loss of digits."""
    described = document(
        {
            "first": node({"on": "second", "off": None}, beta("on", 1e5, 3e5), loadings={"wind": {"on": 0.6}}),
            "second": node(
                {"a": "third", "b": None, "c": None}, fixed(a=0.2, b=0.3, c=0.5), loadings={"wind": {"a": 0.6}}
            ),
            "third": node(list("vwxyz"), dirichlet(v=2, w=4, x=3, y=1, z=5), loadings={"wind": {"v": 0.6, "w": -0.3}}),
        },
        drivers={"wind": {}},
    )
    model = modelled(described)
    assert worst(conditionals(model, batches=2), stated(model)) < MOVED
