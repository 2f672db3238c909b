"""The parts of a scenario that can change each by itself: where they stand, what they are called, what they say."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from forecast.documents.writer import flow_text
from forecast.errors import Pointer
from forecast.fields import Statement
from forecast.revisions.beliefs import prior_form, prior_gist, weights_gist
from forecast.revisions.gists import Gist, flat_figures, gist_of, plain, scalar_gist
from forecast.scenario import Scenario
from forecast.statements.document_parts import Attribute, Branch, ContinuousDriver, DiscreteDriver, Driver, Node, Prior
from forecast.statements.evidence import Evidence
from forecast.statements.priors import ChancePrior
from forecast.statements.quantities import Quantity
from forecast.statements.questions import Question


@dataclass(frozen=True, slots=True)
class Part:
    """Something a scenario states.

    Attributes
    ----------
    pointer : where it stands, branches taken as a map
    subject : what a sentence calls it
    value : what is stated; two parts of one pointer are the same if their values are equal
    gist : tells the value; asked only where something changed, because fitting a prior takes time
    parts : gives the parts inside; None if it changes as a whole
    form : of which kind it is; a part that changes its kind changes as a whole
    """

    pointer: Pointer
    subject: str
    value: object
    gist: Callable[[], Gist]
    parts: Callable[[], Iterable["Part"]] | None = None
    form: str = ""


Inside = Callable[[Pointer, Any], Iterable[Part]]
"""Gives the parts inside a field, from its pointer and what it states."""

_SAID = {
    "scenario": "name",
    "exhaustive": "claim of exhaustiveness",
    "what": "text",
    "why": "reason",
    "against": "comparison",
    "observed": "observation",
    "closes": "closing day",
    "given": "condition",
}
"""What a sentence calls the fields whose names do not read as words."""


def parts_of(scenario: Scenario) -> tuple[Part, ...]:
    """Return the parts of a scenario: sections in the order of the format, entries in that of the document."""
    return tuple(_parts((), "the scenario", scenario, _SECTIONS))


def _said(field: str) -> str:
    return _SAID.get(field, field.replace("_", " "))


def _fields(stated: Statement) -> Iterator[tuple[str, Any]]:
    """Yield what a part states, by the names of a document; what is empty is not stated."""
    for name, field in type(stated).model_fields.items():
        value = getattr(stated, name)
        if value is not None and value != () and value != {}:
            yield field.alias or name, value


def _entry(
    pointer: Pointer,
    subject: str,
    stated: Statement,
    gist: Callable[[], Gist],
    inside: Mapping[str, Inside] | None = None,
    form: str = "",
) -> Part:
    """Return a part with a part for every field; ``inside`` gives those of a field that holds more than one."""
    return Part(pointer, subject, stated, gist, partial(_parts, pointer, subject, stated, inside or {}), form)


def _parts(pointer: Pointer, subject: str, stated: Statement, inside: Mapping[str, Inside]) -> Iterator[Part]:
    for field, value in _fields(stated):
        at = (*pointer, field)
        if field in inside:
            yield from inside[field](at, value)
        else:
            yield Part(at, f"{_said(field)} of {subject}", value, partial(gist_of, value))


def _whole(subject: str, gist: Callable[[Any], Gist]) -> Inside:
    """Return one part for a field, told in its own way."""
    return lambda at, said: [Part(at, subject, said, partial(gist, said))]


def _each(subject: str, gist: Callable[[Any], Gist] = gist_of) -> Inside:
    """Return a part for each entry of a map, called ``subject`` and the entry's key."""
    return lambda at, said: [Part((*at, key), f"{subject} {key}", v, partial(gist, v)) for key, v in said.items()]


def _entries(build: Callable[[Pointer, str, Any], Part]) -> Inside:
    """Return a part with parts for each entry of a map."""
    return lambda at, said: [build((*at, key), key, entry) for key, entry in said.items()]


def _title(stated: Attribute | ContinuousDriver) -> Callable[[], Gist]:
    return dict if stated.title is None else partial(gist_of, stated.title)


def _node(pointer: Pointer, name: str, node: Node) -> Part:
    subject, branches = f"node {name}", tuple(node.branches)
    tell = partial(prior_gist, branches=branches, told=branches)
    inside = {
        "branches": _entries(partial(_branch, name)),
        "prior": lambda at, prior: [_belief(at, f"prior of {subject}", prior, tell)],
        "loadings": _each(f"loadings of {subject} on driver"),
    }
    return _entry(pointer, subject, node, partial(tell, node.prior), inside)


def _belief(pointer: Pointer, subject: str, prior: Prior, tell: Callable[[Prior], Gist]) -> Part:
    return Part(pointer, subject, prior, partial(tell, prior), form=prior_form(prior))


def _branch(node: str, pointer: Pointer, name: str, branch: Branch) -> Part:
    """Return a branch; its target, which its own name may state, has the branch's pointer."""
    subject = f"branch {name} of node {node}"
    says = f"node {branch.to}" if branch.to is not None else f"outcome {branch.outcome or name}"
    gist = partial(scalar_gist, says)
    target = {key: said for key, said in _fields(branch) if key in ("to", "outcome")}

    def parts() -> Iterator[Part]:
        yield Part(pointer, f"target of {subject}", target, gist)
        yield from (part for part in _parts(pointer, subject, branch, {}) if part.pointer[-1] not in target)

    return Part(pointer, subject, branch, gist, parts)


def _driver(pointer: Pointer, name: str, driver: Driver) -> Part:
    subject = f"driver {name}"
    inside = {"states": _whole(f"states of {subject}", weights_gist)}
    if isinstance(driver, DiscreteDriver):
        return _entry(pointer, subject, driver, partial(weights_gist, driver.states), inside, "discrete")
    return _entry(pointer, subject, driver, _title(driver), form="continuous")


def _attribute(pointer: Pointer, name: str, attribute: Attribute) -> Part:
    subject = f"attribute {name}"
    tell = partial(prior_gist, branches=("yes", "no"), told=("yes",))

    def default(at: Pointer, said: ChancePrior | Literal["never"]) -> Iterator[Part]:
        called = f"default of {subject}"
        yield Part(at, called, said, dict, form=said) if said == "never" else _belief(at, called, said, tell)

    def by_branch(at: Pointer, said: Mapping[str, ChancePrior]) -> Iterator[Part]:
        for key, prior in said.items():
            yield _belief((*at, key), f"prior of {subject} on branch {key}", prior, tell)

    return _entry(pointer, subject, attribute, _title(attribute), {"by_branch": by_branch, "default": default})


def _quantity(pointer: Pointer, name: str, quantity: Quantity) -> Part:
    subject = f"quantity {name}"
    computed = {field: said for field, said in _fields(quantity) if field in ("product", "sum", "power")}
    form = next(iter(computed), "values by branch")
    gist = {"": {field: flow_text(plain(said)) for field, said in computed.items()}, "unit": {"": quantity.unit}}
    inside = {"by_branch": _each(f"value of {subject} on branch")}
    return _entry(pointer, subject, quantity, lambda: gist, inside, form)


def _question(pointer: Pointer, name: str, question: Question) -> Part:
    subject = f"question {name}"
    inside = {"options": _each(f"option of {subject}:")}
    return _entry(pointer, subject, question, partial(gist_of, question.text), inside, _said(question.type))


def _evidence(pointer: Pointer, name: str, entry: Evidence) -> Part:
    kinds = ("likelihood_ratio", "observed", "reading")
    ((form, stated),) = ((_said(kind), said) for kind, said in _fields(entry) if kind in kinds)
    gist: Gist = {
        "": {"": str(entry.date)},
        form: dict(flat_figures(plain(stated))),
        "status": {"": entry.status},
    }
    return _entry(pointer, f"evidence entry {name}", entry, lambda: gist, form=form)


_SECTIONS: Mapping[str, Inside] = {
    **{field: _whole(field, gist_of) for field in ("as_of", "horizon", "checkpoints", "root")},
    "definitions": _each("definition of"),
    "nodes": _entries(_node),
    "drivers": _entries(_driver),
    "experts": _whole("experts' weights", weights_gist),
    "attributes": _entries(_attribute),
    "quantities": _entries(_quantity),
    "groups": _each("group"),
    "headline": _each("headline entry"),
    "chain": _whole("chain", scalar_gist),
    "questions": _entries(_question),
    "evidence": _entries(_evidence),
}
