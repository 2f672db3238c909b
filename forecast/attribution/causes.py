"""What differs between two forecasts, cause by cause, and what a forecast is computed from if only some of it does.

A document of another shape (nodes, branches, drivers, quantities, questions) is one cause, which comes first: what is
stated about a node can only be stated once the node is there. Words that compute nothing are no cause.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel

from forecast.draws.likelihoods import chosen_entries
from forecast.result import Forecast
from forecast.run import settings_of
from forecast.scenario import Scenario, parse_scenario
from forecast.settings import RunSettings
from forecast.statements.evidence import Evidence

Kind = Literal["structure", "time", "evidence", "prior", "outside", "weights", "suppositions"]
"""What a cause is: a document of another shape; days that have passed; an entry of the ledger; what a node states; what
an outside source states in a node's panel; the weights of experts; what a run assumes or forces."""

Outside = Collection[tuple[str, str]]
"""Node and expert of each panel member whose numbers come from outside."""

Json = dict[str, Any]

_WORDS = frozenset(
    {"title", "description", "source", "author", "rationale", "question", "exhaustive", "resolution", "note", "text"}
    | {"what", "why", "topics", "closes", "definitions", "prior_status", "prior_version", "analogues", "status"}
)
"""Fields whose values compute nothing; the status of an entry does so only in choosing those that count."""

_APART = frozenset({"experts", "evidence", "nodes"})
"""Sections whose parts are causes of their own."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. ``name``: of the node, the entry, or of node and expert as ``node.expert``; empty of what is one."""

    kind: Kind
    name: str = ""


@dataclass(frozen=True)
class Side:
    """What one forecast is computed from: its document, the settings of its run, and the day it speaks from."""

    document: Json
    settings: RunSettings
    as_of: date

    @classmethod
    def of(cls, forecast: Forecast) -> "Side":
        """Return what a forecast was computed from; raises ForecastFileError if it was altered."""
        return cls(forecast.document, replace(settings_of(forecast), as_of=forecast.as_of), forecast.as_of)

    @cached_property
    def scenario(self) -> Scenario:
        """The document, checked; raises ScenarioError where its parts do not fit together."""
        return parse_scenario(self.document)

    @cached_property
    def counting(self) -> Mapping[str, Evidence]:
        """The entries that the run counts once their day has come, by name; it is no matter why they do."""
        names = chosen_entries(self.scenario, self.settings, date.max)
        return {name: self.scenario.evidence[name] for name in names}

    @cached_property
    def priors(self) -> Mapping[str, Json]:
        """What each node states, by its name."""
        return {name: node["prior"] for name, node in self.document["nodes"].items()}


def causes_of(before: Side, after: Side, outside: Outside = ()) -> tuple[Cause, ...]:
    """Return what differs: structure and time first, then evidence, priors, outside values, weights, suppositions."""
    old, new = before.scenario, after.scenario
    found = [Cause("structure")] if _shape(old) != _shape(new) else []
    if before.as_of != after.as_of:
        found.append(Cause("time"))
    found += [Cause("evidence", name) for name in _changed(before.counting, after.counting)]
    for node in sorted(old.nodes.keys() & new.nodes.keys()):
        mine, theirs = before.priors[node], after.priors[node]
        quoted = _changed(_members(mine), _members(theirs))
        found += [Cause("outside", f"{node}.{expert}") for expert in quoted if (node, expert) in outside]
        if _without(mine, node, outside) != _without(theirs, node, outside):
            found.append(Cause("prior", node))
    if old.experts != new.experts:
        found.append(Cause("weights"))
    if _supposed(before.settings) != _supposed(after.settings):
        found.append(Cause("suppositions"))
    return tuple(found)


def heads_of(causes: Iterable[Cause], before: Side, after: Side) -> tuple[int | None, ...]:
    """Return for each cause the one that must come before it: days must have passed before an entry of them counts."""
    listed = list(causes)
    time = listed.index(Cause("time")) if Cause("time") in listed and after.as_of > before.as_of else None
    return tuple(
        time if cause.kind == "evidence" and _dated(cause.name, before, after) > before.as_of else None
        for cause in listed
    )


def mixed(before: Side, after: Side, come: Collection[Cause], outside: Outside = ()) -> Side:
    """Return what a forecast is computed from if only these causes have come."""
    shape = _side(before, after, Cause("structure"), come)
    document = shape.document | {
        "experts": _side(before, after, Cause("weights"), come).document.get("experts", {}),
        "evidence": _entries(before, after, come),
        "nodes": {
            name: node | {"prior": _prior(name, before, after, come, outside) or node["prior"]}
            for name, node in shape.document["nodes"].items()
        },
    }
    as_of = _side(before, after, Cause("time"), come).as_of
    settings = _side(before, after, Cause("suppositions"), come).settings
    # Every entry that is left in the document counts.
    return Side(document, replace(settings, as_of=as_of, evidence="all"), as_of)


def _side(before: Side, after: Side, cause: Cause, come: Collection[Cause]) -> Side:
    return after if cause in come else before


def _entries(before: Side, after: Side, come: Collection[Cause]) -> Json:
    found: Json = {}
    for name in sorted(before.counting.keys() | after.counting.keys()):
        side = _side(before, after, Cause("evidence", name), come)
        if name in side.counting:
            found[name] = side.document["evidence"][name]
    return found


def _prior(name: str, before: Side, after: Side, come: Collection[Cause], outside: Outside) -> Json | None:
    """Return what a node states that both have; None if one has not."""
    if name not in before.priors or name not in after.priors:
        return None
    own = _side(before, after, Cause("prior", name), come).priors[name]
    if not _members(own):
        return own
    quoted = {
        expert: _members(_side(before, after, Cause("outside", f"{name}.{expert}"), come).priors[name]).get(expert)
        for side in (before, after)
        for expert in _members(side.priors[name])
        if (name, expert) in outside
    }
    stated = {expert: said for expert, said in (_members(own) | quoted).items() if said is not None}
    return own | {"experts": stated}


def _members(prior: Json) -> Json:
    experts: Json = prior["experts"] if prior["family"] == "panel" else {}
    return experts


def _without(prior: Json, node: str, outside: Outside) -> Json:
    """Return a prior without what outside sources state in it."""
    members = {name: said for name, said in _members(prior).items() if (node, name) not in outside}
    return prior | {"experts": members} if members else prior


def _changed(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    return sorted(name for name in old.keys() | new.keys() if _bare(old.get(name)) != _bare(new.get(name)))


def _dated(entry: str, before: Side, after: Side) -> date:
    return (after if entry in after.counting else before).counting[entry].date


def _supposed(settings: RunSettings) -> tuple[object, ...]:
    return settings.assume, settings.do


def _shape(scenario: Scenario) -> object:
    """Return what a document states apart from what its nodes believe, weights, evidence and words."""
    rest = {name: _bare(getattr(scenario, name)) for name in type(scenario).model_fields if name not in _APART | _WORDS}
    nodes = {name: _bare(node.model_copy(update={"prior": None})) for name, node in scenario.nodes.items()}
    return rest | {"nodes": nodes}


def _bare(stated: object) -> object:
    """Return what is stated without the words that compute nothing; names of parts are no words."""
    if isinstance(stated, BaseModel):
        return {name: _bare(getattr(stated, name)) for name in type(stated).model_fields if name not in _WORDS}
    if isinstance(stated, Mapping):
        return {name: _bare(said) for name, said in stated.items()}
    return [_bare(said) for said in stated] if isinstance(stated, tuple | list) else stated
