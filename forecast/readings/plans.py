"""Plans: how to read the probability of an event off a draw, exactly, without sampling histories.

Given where a history ends, undated branches are settled; what stays open are attributes, which are
independent, and dates. The leaves with the same open part form one term: (their posterior
probability) × (the probability of the open part). Events that need more than that, quantities or
dates that are not nested, have no plan and are counted over sampled worlds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from forecast.arrays import FloatArray
from forecast.dates import years_between
from forecast.draws.inference import Inference, Inferred
from forecast.draws.model import Leaf, Model
from forecast.statements.events import AllEvent, AttributeEvent, BranchEvent, EventValue, NotEvent, QuantityEvent
from forecast.statements.tree import PENDING, Edge

MAX_OPEN = 10
"""Open facts per term; 2^10 cases are the most that are worth enumerating."""


@dataclass(frozen=True, slots=True)
class Open:
    """An open fact: attribute ``attribute`` in class ``cls`` is yes, or ``edge`` is taken by ``until`` years."""

    attribute: int = -1
    cls: int = -1
    edge: Edge | None = None
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Term:
    """Leaves that share an open part.

    edges, leaves : whole subtrees and single leaves that together make up the term
    facts : the open facts; ``cases`` lists the truth assignments under which the event holds
    representative : one of the leaves, for its dates
    """

    members: frozenset[int]
    edges: tuple[Edge, ...]
    leaves: tuple[int, ...]
    facts: tuple[Open, ...]
    cases: tuple[tuple[bool, ...], ...]
    representative: int

    @property
    def dated(self) -> bool:
        """Whether a date is among the open facts."""
        return any(fact.edge is not None for fact in self.facts)


@dataclass(frozen=True, slots=True)
class Plan:
    """The probability of an event as a sum of terms."""

    terms: tuple[Term, ...]


def leaf_plan(model: Model, leaves: Iterable[int]) -> Plan:
    """Return the plan of "the history ends in one of these leaves"."""
    members = frozenset(leaves)
    return Plan((term_of(model, members, (), ((),)),) if members else ())


def event_plan(model: Model, event: EventValue) -> Plan | None:
    """Return the plan of an event, or None if only sampled worlds can settle it."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for number in range(len(model.leaves)):
        facts: list[Open] = []
        form = _settled(model, event, number, facts)
        if form is None or len(facts) > MAX_OPEN:
            return None
        dated = [fact for fact in facts if fact.edge is not None]
        if not _nested(model, dated):
            return None
        cases = tuple(case for case in product((False, True), repeat=len(facts)) if _holds(form, case))
        if not cases:
            continue
        if len(cases) == 2 ** len(facts):
            facts, cases, dated = [], ((),), []
        timing = _timing(model, model.leaves[number], dated) if dated else ()
        groups.setdefault((tuple(facts), cases, timing), []).append(number)
    return Plan(
        tuple(term_of(model, frozenset(leaves), key[0], key[1]) for key, leaves in groups.items())  # type: ignore[arg-type]
    )


Form = bool | int | tuple[str, tuple["Form", ...]]
"""A fact settled (bool), the number of an open fact, or all / any / not of forms."""


def _settled(model: Model, event: EventValue, leaf: int, facts: list[Open]) -> Form | None:
    if isinstance(event, str):
        return leaf in model.leaves_below[model.scenario.tree.resolve(event)]
    if isinstance(event, QuantityEvent):
        return None
    if isinstance(event, AttributeEvent):
        number = next(i for i, a in enumerate(model.attributes) if a.name == event.attribute)
        cls = model.attributes[number].class_of_leaf[leaf]
        return False if cls < 0 else _open(facts, Open(attribute=number, cls=cls))
    if isinstance(event, BranchEvent):
        edge = model.scenario.tree.resolve(event.branch)
        if leaf not in model.leaves_below[edge]:
            return False
        if event.of is not None:
            return None
        if event.by is None:
            return True
        return _open(facts, Open(edge=edge, until=years_between(model.scenario.as_of, event.by)))
    if isinstance(event, NotEvent):
        inner = _settled(model, event.not_, leaf, facts)
        return None if inner is None else ("not", (inner,))
    word, members = ("all", event.all) if isinstance(event, AllEvent) else ("any", event.any)
    forms = [_settled(model, member, leaf, facts) for member in members]
    return None if any(form is None for form in forms) else (word, tuple(f for f in forms if f is not None))


def _open(facts: list[Open], fact: Open) -> int:
    if fact not in facts:
        facts.append(fact)
    return -1 - facts.index(fact)


def _holds(form: Form, case: tuple[bool, ...]) -> bool:
    if isinstance(form, bool):
        return form
    if isinstance(form, int):
        return case[-1 - form]
    word, members = form
    values = (_holds(member, case) for member in members)
    return not next(values) if word == "not" else (all if word == "all" else any)(values)


def _depth(model: Model, fact: Open) -> int:
    assert fact.edge is not None
    return len(model.scenario.tree.path_through(fact.edge))


def _timing(model: Model, leaf: Leaf, dated: list[Open]) -> tuple[object, ...]:
    """Return what decides the dates asked for: leaves that agree in it share a term."""
    path = {step for fact in dated if fact.edge is not None for step in model.scenario.tree.path_through(fact.edge)}
    if all(step.certain and step.observed is None for step in leaf.steps):
        return (leaf.anchor, leaf.start, tuple(edge for edge in leaf.step_edges if edge in path))
    return (leaf.anchor, leaf.start, leaf.step_edges, leaf.pending)


def _nested(model: Model, dated: list[Open]) -> bool:
    """Whether the dated facts imply one another in a row: deeper and earlier implies higher and later."""
    rising = sorted(dated, key=lambda fact: (-_depth(model, fact), fact.until))
    return all(first.until <= second.until for first, second in pairwise(rising))


def term_of(model: Model, leaves: Iterable[int], facts: tuple[Open, ...], cases: tuple[tuple[bool, ...], ...]) -> Term:
    """Return the term of some leaves that share an open part."""
    members = frozenset(leaves)
    edges: list[Edge] = []
    covered: set[int] = set()
    for edge in _shallow_first(model) if len(members) > 1 else ():
        below = model.leaves_below.get(edge, frozenset())
        if below and below <= members and not below & covered:
            edges.append(edge)
            covered |= below
            if covered == members:
                break
    single = tuple(sorted(members - covered))
    return Term(members, tuple(edges), single, facts, cases, min(members))


def _shallow_first(model: Model) -> Iterable[Edge]:
    for node in model.nodes:
        for branch in node.branches:
            yield branch.edge


def leaf_probability(term: Term, inferred: Inferred) -> FloatArray:
    """Return the posterior probability of the term's leaves in each draw."""
    parts = [inferred.branches[edge] for edge in term.edges] + [inferred.leaves[leaf] for leaf in term.leaves]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def evaluate(plan: Plan, inference: Inference, inferred: Inferred) -> FloatArray:
    """Return the event's posterior probability in each draw, shape (draws,) or ()."""
    total: FloatArray = np.array(0.0)
    for number, term in enumerate(plan.terms):
        value = leaf_probability(term, inferred)
        if term.facts:
            value = value * _open_probability(term, inference, inferred)
        total = value if number == 0 else total + value
    return total


def _open_probability(term: Term, inference: Inference, inferred: Inferred) -> FloatArray:
    """Sum over the cases: attributes multiply, nested dates contribute differences of their probabilities."""
    by_date = {
        i: inference.share_by(inference.model.leaves[term.representative], fact.edge, fact.until, inferred)
        for i, fact in enumerate(term.facts)
        if fact.edge is not None
    }
    order = sorted(by_date, key=lambda i: (-_depth(inference.model, term.facts[i]), term.facts[i].until))
    total: FloatArray = np.array(0.0)
    for case in term.cases:
        value = _dates_probability([by_date[i] for i in order], [case[i] for i in order])
        if value is None:
            continue
        for i, fact in enumerate(term.facts):
            if fact.edge is None:
                yes = inferred.attributes[fact.attribute][fact.cls]
                value = value * (yes if case[i] else 1.0 - yes)
        total = total + value
    return total


def _dates_probability(rising: list[FloatArray], true: list[bool]) -> FloatArray | None:
    """P(exactly these of a row of nested facts), the narrowest first; None if the case is impossible."""
    first = true.index(True) if True in true else len(true)
    if not all(true[first:]):
        return None
    upper = rising[first] if first < len(rising) else np.array(1.0)
    return upper - rising[first - 1] if first > 0 else upper


def named_plans(model: Model) -> Mapping[str, Mapping[str, Plan]]:
    """Return the plans of everything a forecast always reports: outcomes, groups, headline, attributes."""
    groups = {}
    for name, group in model.scenario.groups.items():
        plan = _union_plan(model, group) if isinstance(group, tuple) else event_plan(model, group)
        assert plan is not None  # a group has no dates or quantities, so it always has a plan
        groups[name] = plan
    headline = {name: _union_plan(model, references) for name, references in model.scenario.headline.items()}
    pending = [i for i, leaf in enumerate(model.leaves) if leaf.pending]
    if pending and headline:
        headline[PENDING] = leaf_plan(model, pending)
    attributes = {}
    for attribute in model.attributes:
        plan = event_plan(model, AttributeEvent(attribute=attribute.name))
        assert plan is not None
        attributes[attribute.name] = plan
    return {
        "outcomes": {leaf.name: leaf_plan(model, [i]) for i, leaf in enumerate(model.leaves)},
        "groups": groups,
        "headline": headline,
        "attributes": attributes,
    }


def _union_plan(model: Model, references: tuple[str, ...]) -> Plan:
    resolve = model.scenario.tree.resolve
    return leaf_plan(model, frozenset().union(*(model.leaves_below[resolve(r)] for r in references)))
