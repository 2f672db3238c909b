"""Scenario documents for tests of the engine: plain builders, trees of stated sizes, and random trees."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any, TypedDict, Unpack

from hypothesis import strategies as st

from forecast.draws.inference import Inference, Inferred
from forecast.draws.model import Model, build_model
from forecast.draws.recentring import corrections
from forecast.draws.sources import Sources
from forecast.numerics.nets import Batch, SamplerName
from forecast.result import Forecast
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import EvidenceChoice, RunSettings

Document = dict[str, Any]
Prior = dict[str, Any]

AS_OF, HORIZON = date(2026, 1, 1), date(2027, 1, 1)
FEW_DRAWS = 2_048


def document(nodes: Mapping[str, Any], **parts: object) -> Document:
    """Return a document about the year 2026 with these nodes; ``parts`` are further keys, or replace the dates."""
    return {"scenario": "test", "title": "Test", "as_of": AS_OF, "horizon": HORIZON, "nodes": dict(nodes), **parts}


def node(branches: object, prior: Prior, **parts: object) -> dict[str, Any]:
    return {"branches": branches, "prior": prior, **parts}


def dirichlet(**alpha: float) -> Prior:
    return {"family": "dirichlet", "alpha": {name: float(value) for name, value in alpha.items()}}


def beta(branch: str, a: float, b: float) -> Prior:
    return {"family": "beta", "branch": branch, "a": float(a), "b": float(b)}


def fixed(**p: float) -> Prior:
    return {"family": "fixed", "p": {name: float(value) for name, value in p.items()}}


def by_state(driver: str, **states: Prior) -> Prior:
    return {"family": "by_state", "driver": driver, "states": states}


def gamma_hazard(event: str, shape: float, rate_years: float, **parts: object) -> Prior:
    rate = {"family": "gamma", "shape": float(shape), "rate_years": float(rate_years)}
    return {"family": "hazard", "event": event, "rate": rate, **parts}


def ratio_entry(ratios: Mapping[str, float], day: date = AS_OF, **parts: object) -> dict[str, Any]:
    """Return an evidence entry that states likelihood ratios."""
    return {"date": day, "what": "news", "likelihood_ratio": dict(ratios), **parts}


def changed(original: Document, **parts: object) -> Document:
    """Return a deep copy of a document with some of its keys replaced."""
    return {**deepcopy(original), **parts}


class Asked(TypedDict, total=False):
    """Settings of a run, as ``RunSettings`` takes them."""

    draws: int
    seed: int
    sampler: SamplerName
    as_of: date
    dates: tuple[date, ...]
    assume: tuple[str, ...]
    do: tuple[str, ...]
    evidence: EvidenceChoice
    threads: int


def _settings(asked: Asked) -> RunSettings:
    """Few draws and a fixed seed, unless asked otherwise."""
    few: Asked = {"draws": FEW_DRAWS, "seed": 7}
    return RunSettings(**(few | asked))


def modelled(described: Document, **asked: Unpack[Asked]) -> Model:
    return build_model(parse_scenario(described), _settings(asked))


def forecast_of(described: Document, **asked: Unpack[Asked]) -> Forecast:
    return run(parse_scenario(described), _settings(asked))


def draws_of(model: Model, blocks: int = 16, size: int = 1 << 10) -> tuple[Inference, Inferred]:
    """Draw and infer one batch, for tests of what holds in every draw."""
    inference = Inference(model, Sources(model, model.seed), corrections(model))
    return inference, inference.infer(Batch(0, blocks, size))


def chain(depth: int, a: float = 9.0, b: float = 1.0) -> Document:
    """``depth`` nodes, each of which goes on to the next or stops; the end of the last is ``go{depth - 1}``."""
    nodes = {
        f"n{i}": node({f"go{i}": f"n{i + 1}" if i < depth - 1 else None, f"stop{i}": None}, beta(f"go{i}", a, b))
        for i in range(depth)
    }
    return document(nodes)


def full_tree(nodes: int, width: int = 3) -> Document:
    """A tree of ``nodes`` nodes filled level by level, each with ``width`` branches and its own Dirichlet."""
    described = {}
    for i in range(nodes):
        children = [width * i + 1 + j for j in range(width)]
        branches = {f"b{i}_{j}": f"n{child}" if child < nodes else None for j, child in enumerate(children)}
        described[f"n{i}"] = node(branches, dirichlet(**{name: 1 + (i + j) % 5 for j, name in enumerate(branches)}))
    return document(described)


ONE_NODE = document({"n0": node(["b0_0", "b0_1"], beta("b0_0", 2, 3))})
DEEP_CHAIN = chain(300)
THOUSAND_NODES = full_tree(1_000)


def branches_of(described: Document) -> list[str]:
    return [branch for entry in described["nodes"].values() for branch in entry["branches"]]


def outcomes_of(described: Document) -> list[str]:
    return [b for entry in described["nodes"].values() for b, to in entry["branches"].items() if to is None]


def ancestors(described: Document, name: str) -> list[str]:
    """Return the branches from the root down to a node, by name; none for the root."""
    above: list[str] = []
    here: str | None = name
    while here is not None:
        leading = [
            (parent, branch)
            for parent, entry in described["nodes"].items()
            for branch, to in entry["branches"].items()
            if to == here
        ]
        here = None
        if leading:
            here, branch = leading[0]
            above.append(branch)
    return above[::-1]


_concentrations = st.floats(0.3, 12.0).map(lambda value: round(value, 2))


@st.composite
def _plain_priors(draw: st.DrawFn, branches: list[str], certain: bool) -> Prior:
    """A prior without clock or driver; with ``certain`` it may be fixed, zeros included."""
    family = draw(st.sampled_from(["dirichlet", "conditional", "fixed"] if certain else ["dirichlet", "conditional"]))
    if family == "fixed":
        weights = draw(st.lists(st.integers(0, 5), min_size=len(branches), max_size=len(branches)).filter(any))
        return fixed(**{name: weight / sum(weights) for name, weight in zip(branches, weights, strict=True)})
    if family == "dirichlet":
        return dirichlet(**{name: draw(_concentrations) for name in branches})
    order = draw(st.permutations(branches))
    sticks = {letter: {name: draw(_concentrations) for name in order[:-1]} for letter in "ab"}
    return {"family": "conditional", "order": list(order), **sticks}


@st.composite
def trees(draw: st.DrawFn, max_nodes: int = 6, certain: bool = False, states: bool = False) -> Document:
    """Random trees; branches are named after their node, so every name is used once.

    Parameters
    ----------
    max_nodes : most nodes
    certain : whether probabilities may be known exactly, 0 and 1 among them
    states : whether nodes may choose their prior by the state of one discrete driver
    """
    count = draw(st.integers(1, max_nodes))
    nodes: dict[str, Any] = {}
    free: list[tuple[str, str]] = []
    for i in range(count):
        names = [f"b{i}_{j}" for j in range(draw(st.integers(2, 4)))]
        prior = draw(_plain_priors(names, certain))
        if states and draw(st.booleans()):
            prior = by_state("climate", good=prior, bad=draw(_plain_priors(names, certain)))
        nodes[f"n{i}"] = node(dict.fromkeys(names), prior)
        if i:
            parent, branch = free.pop(draw(st.integers(0, len(free) - 1)))
            nodes[parent]["branches"][branch] = f"n{i}"
        free += [(f"n{i}", name) for name in names]
    weight = draw(st.integers(1, 9)) / 10
    drivers = {"climate": {"states": {"good": weight, "bad": 1 - weight}}} if states else {}
    return document(nodes, drivers=drivers)


@st.composite
def ledgers(draw: st.DrawFn, described: Document, entries: int = 2) -> list[dict[str, Any]]:
    """Random evidence entries: each a ratio on one branch, against everything or against its siblings."""
    names = branches_of(described)
    found = []
    for i in range(entries):
        ratio = draw(st.floats(0.1, 8.0).map(lambda value: round(value, 2)))
        against = draw(st.sampled_from(["everything", "siblings"]))
        found.append(ratio_entry({draw(st.sampled_from(names)): ratio}, date(2026, 1, 1 + i), against=against))
    return found


@st.composite
def driven_trees(draw: st.DrawFn, max_nodes: int = 4, states: bool = False) -> Document:
    """Random trees whose nodes load on one to three correlated continuous drivers."""
    described = draw(trees(max_nodes=max_nodes, states=states))
    names = ["wind", "tide", "moon"][: draw(st.integers(1, 3))]
    correlation = {"tide": draw(st.floats(-0.6, 0.6).map(lambda value: round(value, 2)))} if len(names) > 1 else {}
    loading = st.floats(-1.0, 1.0).map(lambda value: round(value, 2))
    for entry in described["nodes"].values():
        entry["loadings"] = {name: {draw(st.sampled_from(sorted(entry["branches"]))): draw(loading)} for name in names}
    drivers = {name: {"correlation": correlation} if name == "wind" else {} for name in names}
    return changed(described, drivers={**described["drivers"], **drivers})
