"""What the tree says of questions that have resolved: where it differs, as it only approximates their clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from forecast.resolutions import (
    QUESTIONS,
    BinaryResolution,
    ChoiceResolution,
    ConditionalResolution,
    Course,
    DateResolution,
    Settled,
    branches_of,
    course_of,
    in_words,
)
from forecast.scenario import Scenario
from forecast.statements.events import AllEvent, AnyEvent, BranchEvent, EventValue, NotEvent
from forecast.statements.questions import (
    REST,
    BinaryQuestion,
    ConditionalQuestion,
    DateQuestion,
    MultipleChoiceQuestion,
)
from forecast.statements.tree import Edge


class _Truth(NamedTuple):
    """Whether something happened, None if that is open, and what has resolved that decides it."""

    value: bool | None
    by: tuple[Settled, ...] = ()


_OPEN = _Truth(None)


def notes_on(scenario: Scenario, new: Settled, standing: Iterable[Settled]) -> list[str]:
    """Return where the nodes and the outcome that have resolved say otherwise than a question that has.

    A question resolves by its clause, so that this is no fault; only what is decided by what has resolved is told.

    Parameters
    ----------
    scenario : Scenario
    new : Settled
        What is being recorded: a question, or a node or outcome, which may speak of several questions.
    standing : iterable of Settled
        What else is resolved; one of the same place is the one that is corrected.
    """
    others = [each for each in standing if each.place != new.place]
    known = _Known(scenario, [*others, new])
    asked = [new] if new.place.startswith(QUESTIONS) else others
    return [f"{each.place}: {said}" for each in asked for said in _differences(scenario, known, each)]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the way that history took."""

    scenario: Scenario
    settled: Sequence[Settled]

    def taken(self, edge: Edge) -> _Truth:
        """Tell whether history went through a branch."""
        found = [self._taken_by(edge, each) for each in self.settled]
        return next((truth for truth in found if truth.value is not None), _OPEN)

    def _taken_by(self, edge: Edge, one: Settled) -> _Truth:
        """Tell what one resolution says of a branch: it, or one on the way to it, was taken or was not."""
        course = course_of(self.scenario, one)
        steps = [self._step(step, course) for step in self.scenario.tree.path_through(edge)]
        value = False if False in steps else None if None in steps else True
        return _OPEN if value is None else _Truth(value, (one,))

    def _step(self, step: Edge, course: Course) -> bool | None:
        """Tell whether a course goes through a branch; open where it says nothing, or leaves the branch under way."""
        if step.node == course.unreached:
            return False
        label = course.taken.get(step.node)
        if label is None or label == step.pending or label not in branches_of(self.scenario, step.node):
            return None
        return label == step.branch

    def by_day(self, edge: Edge, day: date) -> _Truth:
        """Tell whether history went through a branch by the end of a day: settled by then, it had."""
        found = [self._taken_by(edge, each) for each in self.settled]
        never = next((truth for truth in found if truth.value is False), None)
        in_time = (truth for truth in found if truth.value is True and truth.by[0].on <= day)
        return never or next(in_time, _OPEN)


def _truth(known: _Known, event: EventValue) -> _Truth:
    """Tell whether an event happened, in three values (Kleene 1938): attributes and quantities are open."""
    tree = known.scenario.tree
    match event:
        case str():
            return known.taken(tree.resolve(event))
        case BranchEvent():
            edge = tree.resolve(event.branch)
            found = known.taken(edge) if event.by is None else known.by_day(edge, event.by)
            # How soon it came after another branch is not told by days on which nodes were settled.
            return found if event.of is None or found.value is False else _OPEN
        case NotEvent():
            inner = _truth(known, event.not_)
            return _Truth(None if inner.value is None else not inner.value, inner.by)
        case AllEvent():
            return _joined([_truth(known, part) for part in event.all], decisive=False)
        case AnyEvent():
            return _joined([_truth(known, part) for part in event.any], decisive=True)
    return _OPEN


def _joined(parts: Sequence[_Truth], *, decisive: bool) -> _Truth:
    """Return the truth of all parts, of which one that is false decides, or of any, of which one that is true does."""
    deciding = next((part for part in parts if part.value is decisive), None)
    if deciding is not None:
        return deciding
    if any(part.value is None for part in parts):
        return _OPEN
    return _Truth(not decisive, tuple(dict.fromkeys(one for part in parts for one in part.by)))


def _differences(scenario: Scenario, known: _Known, one: Settled) -> Iterator[str]:
    question, value = scenario.questions.get(one.place.removeprefix(QUESTIONS)), one.value
    match question, value:
        case BinaryQuestion(), BinaryResolution():
            yield from _unlike(_truth(known, question.event), value.happened, "its event", one)
        case ConditionalQuestion(), ConditionalResolution():
            yield from _unlike(_truth(known, question.given), value.given, "its condition", one)
            yield from _unlike(_truth(known, question.event), value.happened, "its event", one)
        case MultipleChoiceQuestion(), ChoiceResolution():
            yield from _of_options(known, question, value, one)
        case DateQuestion(), DateResolution():
            yield from _of_day(known, scenario.tree.resolve(question.branch), value.day, one)


def _unlike(truth: _Truth, recorded: bool, what: str, one: Settled) -> Iterator[str]:
    if truth.value is not None and truth.value is not recorded:
        yield _told(f"{what} {'happened' if truth.value else 'did not happen'}", truth, one)


def _of_options(
    known: _Known, question: MultipleChoiceQuestion, value: ChoiceResolution, one: Settled
) -> Iterator[str]:
    truths = {label: _truth(known, event) for label, event in question.options.items() if event != REST}
    rest = _joined(list(truths.values()), decisive=True)
    for label, event in question.options.items():
        if event == REST:
            truths[label] = _Truth(None if rest.value is None else not rest.value, rest.by)
    recorded = truths.get(value.option, _OPEN)
    other = next((label for label, truth in truths.items() if truth.value is True and label != value.option), None)
    if other is not None and recorded.value is not True:
        yield _told(f"'{other}' came about", truths[other], one)
    elif recorded.value is False:
        yield _told(f"'{value.option}' did not come about", recorded, one)


def _of_day(known: _Known, edge: Edge, day: date | None, one: Settled) -> Iterator[str]:
    truth = known.taken(edge)
    if truth.value is False and day is not None:
        yield _told(f"'{edge}' was not taken", truth, one)
    elif truth.value is True and day is None:
        yield _told(f"'{edge}' was taken", truth, one)
    elif truth.value is True and day is not None and day > truth.by[0].on:
        yield _told(f"'{edge}' was taken by {truth.by[0].on}", truth, one)


def _told(what: str, truth: _Truth, one: Settled) -> str:
    reasons = ", ".join(f"{each.place} is '{in_words(each.value)}' (settled on {each.on})" for each in truth.by)
    return (
        f"resolved as '{in_words(one.value)}', but by the tree {what}, as {reasons}; both stand, as a question "
        "resolves by its clause: correct one if that is not meant"
    )
