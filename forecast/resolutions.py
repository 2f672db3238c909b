"""Resolutions: what happened, one kind for each kind of place, and whether it fits the scenario and what else happened.

| place | says | kinds |
|---|---|---|
| `questions.NAME` | the answer to a question | that of the question, such as `binary` |
| `nodes.NAME` | which branch was taken, or that the node was never reached | `node` |
| `outcomes` | which outcome the history ended in | `outcome` |

Each may be `annulled` instead: nothing is scored there, and why is stated beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from forecast.errors import Fault, listed
from forecast.fields import Day, Label, Statement
from forecast.scenario import Scenario
from forecast.spelling import nearest
from forecast.statements.questions import MultipleChoiceQuestion
from forecast.statements.tree import Edge, Tree

MOST = 1e300
"""Largest number that can come about: scores of larger ones would have no number."""

QUESTIONS, NODES, OUTCOMES = "questions.", "nodes.", "outcomes"
"""What places begin with; that of the outcome is no longer."""


class BinaryResolution(Statement):
    """Whether the event of a binary question happened."""

    type: Literal["binary"]
    happened: bool


class ChoiceResolution(Statement):
    """Which option of a multiple-choice question came about."""

    type: Literal["multiple_choice"]
    option: Label


class NumericResolution(Statement):
    """The number that a numeric question asked for, in the unit of its quantity."""

    type: Literal["numeric"]
    value: Annotated[float, Field(ge=-MOST, le=MOST)]


class DateResolution(Statement):
    """The day that a date question asked for; None if it had not happened by the horizon."""

    type: Literal["date"]
    day: Day | None


class ConditionalResolution(Statement):
    """Whether the condition of a pair held, and whether the event happened; the other half of the pair is void."""

    type: Literal["conditional"]
    given: bool
    happened: bool


class NodeResolution(Statement):
    """The branch that was taken at a node, or what was pending there at the horizon; None if it was never reached."""

    type: Literal["node"]
    branch: Label | None


class OutcomeResolution(Statement):
    """The outcome that the history ended in, or what was pending at the horizon."""

    type: Literal["outcome"]
    outcome: Label


class Annulled(Statement):
    """Nothing: what was asked turned out not to have an answer."""

    type: Literal["annulled"]


Resolution = Annotated[
    BinaryResolution
    | ChoiceResolution
    | NumericResolution
    | DateResolution
    | ConditionalResolution
    | NodeResolution
    | OutcomeResolution
    | Annulled,
    Field(discriminator="type"),
]

_RESOLUTION: TypeAdapter[Resolution] = TypeAdapter(Resolution)


def read_resolution(said: Mapping[str, Any]) -> Resolution:
    """Return a resolution from plain data, as ``model_dump(mode="json")`` writes one."""
    return _RESOLUTION.validate_python(said)


@dataclass(frozen=True, slots=True)
class Settled:
    """What happened at a place.

    place : such as ``questions.meet-before-2027``
    on : the day on which it was settled; what is said after it is no forecast
    """

    place: str
    value: Resolution
    on: date


def in_words(value: Resolution) -> str:
    """Return what happened as people say it.

    Examples
    --------
    >>> in_words(ConditionalResolution(type="conditional", given=True, happened=False))
    'held, no'
    """
    match value:
        case BinaryResolution():
            return _yes(value.happened)
        case ChoiceResolution():
            return value.option
        case NumericResolution():
            return f"{value.value:,.15g}"
        case DateResolution():
            return "not by the horizon" if value.day is None else value.day.isoformat()
        case ConditionalResolution():
            return f"{'held' if value.given else 'failed'}, {_yes(value.happened)}"
        case NodeResolution():
            return "never reached" if value.branch is None else value.branch
        case OutcomeResolution():
            return value.outcome
        case Annulled():
            return "annulled"


def _yes(happened: bool) -> str:
    return "yes" if happened else "no"


def places(scenario: Scenario) -> tuple[str, ...]:
    """Return every place of a scenario that may be resolved: questions, nodes from the root on, the outcome."""
    questions = [f"{QUESTIONS}{name}" for name in scenario.questions]
    return (*questions, *(f"{NODES}{name}" for name in scenario.tree.order), OUTCOMES)


def kind_at(scenario: Scenario, place: str) -> str:
    """Return the kind of resolution that a place has, besides ``annulled``.

    Raises
    ------
    LookupError
        If the scenario has no such place; the message names the nearest.
    """
    if place not in places(scenario):
        close = nearest(place, places(scenario))
        hint = ": state questions.NAME, nodes.NAME or outcomes" if close is None else f": did you mean '{close}'?"
        msg = f"the scenario has no place '{place[:100]}'{hint}"
        raise LookupError(msg)
    if place.startswith(QUESTIONS):
        return scenario.questions[place.removeprefix(QUESTIONS)].type
    return "outcome" if place == OUTCOMES else "node"


def branches_of(scenario: Scenario, node: str) -> tuple[str, ...]:
    """Return what may have come of a node: its branches, and what may be pending there at the horizon."""
    pending = [label for label, edge in _pending(scenario).items() if edge.node == node]
    return (*scenario.nodes[node].branches, *pending)


def outcomes_of(scenario: Scenario) -> tuple[str, ...]:
    """Return what a history may have ended in: the outcomes, and what may be pending at the horizon."""
    return (*scenario.tree.outcomes, *_pending(scenario))


def _pending(scenario: Scenario) -> dict[str, Edge]:
    edges = [Edge(name, branch) for name, node in scenario.nodes.items() for branch in node.branches]
    return {edge.pending: edge for edge in edges if scenario.tree.branch(edge).eventually}


def resolution_faults(scenario: Scenario, new: Settled, standing: Iterable[Settled], since: date) -> Iterator[Fault]:
    """Yield what is wrong with a resolution; pointers are those of ``{"place": …, "value": …, "happened_on": …}``.

    Parameters
    ----------
    scenario : Scenario
        What it must fit.
    new : Settled
        The resolution.
    standing : iterable of Settled
        What else is resolved, as far as the scenario still has it; one of the same place is the one that is corrected.
    since : date
        The first day that the scenario has ever spoken from; a later version may speak from a later one.
    """
    try:
        kind = kind_at(scenario, new.place)
    except LookupError as error:
        yield Fault(("place",), str(error.args[0]))
        return
    if not since <= new.on <= scenario.horizon:
        yield Fault(
            ("happened_on",),
            f"{new.on} lies outside what the scenario speaks of, {since} to {scenario.horizon}: state the day on "
            "which it was settled, at the latest the horizon",
        )
    if new.value.type not in (kind, "annulled"):
        yield Fault(
            ("value", "type"), f"'{new.place}' resolves as '{kind}', not as '{new.value.type}': state {_form(kind)}"
        )
        return
    faults = list(_value_faults(scenario, new, since))
    yield from faults
    if not faults:
        yield from _contradictions(scenario, new, standing)


_FORMS = {
    "binary": "{type: binary, happened: true or false}",
    "multiple_choice": "{type: multiple_choice, option: …}",
    "numeric": "{type: numeric, value: …}",
    "date": "{type: date, day: … or null}",
    "conditional": "{type: conditional, given: true or false, happened: true or false}",
    "node": "{type: node, branch: … or null}",
    "outcome": "{type: outcome, outcome: …}",
}


def _form(kind: str) -> str:
    return f"{_FORMS[kind]}, or {{type: annulled}}"


def _value_faults(scenario: Scenario, new: Settled, since: date) -> Iterator[Fault]:
    value, name = new.value, new.place.partition(".")[2]
    if isinstance(value, ChoiceResolution):
        question = scenario.questions[name]
        assert isinstance(question, MultipleChoiceQuestion)
        if value.option not in question.options:
            yield _unknown("option", value.option, question.options, f"question '{name}'")
    elif isinstance(value, NodeResolution):
        if value.branch is None and name == scenario.tree.root:
            yield Fault(("value", "branch"), f"'{name}' is the root, which every history reaches: state a branch")
        if value.branch is not None and value.branch not in branches_of(scenario, name):
            yield _unknown("branch", value.branch, branches_of(scenario, name), f"node '{name}'")
    elif isinstance(value, OutcomeResolution) and value.outcome not in outcomes_of(scenario):
        yield _unknown("outcome", value.outcome, outcomes_of(scenario), "the scenario")
    elif isinstance(value, DateResolution) and value.day is not None:
        if not since <= value.day <= scenario.horizon:
            yield Fault(
                ("value", "day"),
                f"{value.day} lies outside what the scenario speaks of, {since} to {scenario.horizon}: state null if "
                "it had not happened by the horizon",
            )
        elif value.day > new.on:
            yield Fault(
                ("value", "day"), f"it cannot have been settled on {new.on}, before {value.day}: correct one of the two"
            )


def _unknown(what: str, stated: str, known: Collection[str], of: str) -> Fault:
    close = nearest(stated, known)
    hint = f"choose {listed(tuple(known))}" if close is None else f"did you mean '{close}'?"
    return Fault(("value", what), f"{of} has no {what} '{stated[:100]}': {hint}")


@dataclass(frozen=True, slots=True)
class Course:
    """What a resolution says of the way that history took.

    taken : node → branch, or what was pending there
    unreached : a node that it never came to
    """

    taken: Mapping[str, str]
    unreached: str | None = None


def _contradictions(scenario: Scenario, new: Settled, standing: Iterable[Settled]) -> Iterator[Fault]:
    """Yield the fault of a node or outcome that lies on another way than the nodes and the outcome resolved before."""
    course = course_of(scenario, new)
    pointer = ("value", "outcome" if new.place == OUTCOMES else "branch")
    for other in standing:
        if other.place == new.place or (node := _parting(scenario, course, course_of(scenario, other))) is None:
            continue
        yield Fault(
            pointer,
            f"'{in_words(new.value)}' at {new.place} contradicts '{in_words(other.value)}' at {other.place}, settled "
            f"on {other.on}: they part at node '{node}'; correct one, or annul {other.place} first",
        )


def course_of(scenario: Scenario, settled: Settled) -> Course:
    """Return the way that a resolution states; an empty one of what the scenario does not have, or no longer has."""
    value, tree, node = settled.value, scenario.tree, settled.place.removeprefix(NODES)
    if isinstance(value, OutcomeResolution):
        if value.outcome in tree.outcomes:
            return Course({step.node: step.branch for step in tree.path_through(tree.outcomes[value.outcome])})
        under_way = _pending(scenario).get(value.outcome)
        return Course({}) if under_way is None else _through(tree, under_way.node, value.outcome)
    if isinstance(value, NodeResolution) and node in scenario.nodes:
        return Course({}, node) if value.branch is None else _through(tree, node, value.branch)
    return Course({})


def _through(tree: Tree, node: str, branch: str) -> Course:
    return Course({**{step.node: step.branch for step in tree.path(node)}, node: branch})


def _parting(scenario: Scenario, one: Course, other: Course) -> str | None:
    """Return the node at which two ways part, None if history may have taken both."""
    for node, branch in one.taken.items():
        if other.taken.get(node, branch) != branch:
            return node
    for missing, reached in ((one.unreached, other.taken), (other.unreached, one.taken)):
        into = None if missing is None else scenario.tree.edge_to.get(missing)
        if into is not None and reached.get(into.node) == into.branch:
            return missing
    return None
