"""What a run measures: the list of probabilities read off each draw, and of facts counted over worlds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from forecast.draws.model import Model
from forecast.readings.grids import Grid, day_grid, quantity_grid
from forecast.readings.plans import Plan, event_plan, leaf_plan, named_plans
from forecast.statements.events import AllEvent, AnyEvent, BranchEvent, EventValue, NotEvent
from forecast.statements.questions import (
    REST,
    BinaryQuestion,
    ConditionalQuestion,
    DateQuestion,
    MultipleChoiceQuestion,
)
from forecast.statements.tree import Edge

Key = tuple[str, ...]
"""Where a measured probability stands in the forecast, such as ``("outcomes", "no_deal")``."""

JOINT, GIVEN, NEITHER, OTHERWISE = "event and condition", "condition", "event without condition", "no condition"

CONDITIONAL_SIDES = {"if_true": (JOINT, GIVEN), "if_false": (NEITHER, OTHERWISE)}
"""Which measured probability over which answers each side of a conditional question."""


@dataclass(frozen=True)
class Measures:
    """The fixed list of one run.

    plans : probabilities exact in each draw, with intervals; in a fixed order
    counted : events that only worlds can settle
    dated : branches whose dates are reported, with the grid of their days
    quantities : quantities with their grids
    branches : every branch, for the posterior of each node
    """

    plans: Mapping[Key, Plan]
    counted: Mapping[Key, EventValue]
    dated: Mapping[str, tuple[Edge, Grid]]
    quantities: Mapping[str, Grid]
    branches: tuple[Edge, ...]

    @property
    def needs_worlds(self) -> bool:
        """Whether anything must be counted over worlds."""
        return bool(self.counted or self.dated or self.quantities)


def measures(model: Model) -> Measures:
    """Return what a run of the model measures."""
    plans: dict[Key, Plan] = {}
    for section, members in named_plans(model).items():
        plans.update({(section, name): plan for name, plan in sorted(members.items())})
    for reference in model.scenario.chain:
        edge = model.scenario.tree.resolve(reference)
        plans["chain", str(edge)] = leaf_plan(model, model.leaves_below[edge])
    counted: dict[Key, EventValue] = {}
    for asked in (*([entry] for entry in _date_events(model)), *_question_events(model)):
        found = {key: event_plan(model, event) for key, event in asked}
        # The parts of one question are read off in the same way, so that they agree with each other.
        if all(plan is not None for plan in found.values()):
            plans.update({key: plan for key, plan in found.items() if plan is not None})
        else:
            counted.update(asked)
    scenario = model.scenario
    days = (scenario.horizon - scenario.as_of).days
    return Measures(
        plans=plans,
        counted=counted,
        dated={name: (edge, day_grid(days)) for name, edge in _dated_branches(model).items()},
        quantities={n: quantity_grid(scenario.quantities, n) for n in sorted(scenario.quantities)},
        branches=tuple(branch.edge for node in model.nodes for branch in node.branches),
    )


def report_days(model: Model) -> list[str]:
    """Return the days, as ISO text, at which dates are reported: checkpoints, the run's own, the horizon."""
    scenario = model.scenario
    days = {*scenario.checkpoints, *model.settings.dates, scenario.horizon}
    return sorted(day.isoformat() for day in days)


def _dated_branches(model: Model) -> dict[str, Edge]:
    """Branches with a date of their own, and those that date questions ask for, by their shortest reference."""
    scenario = model.scenario
    edges: set[Edge] = set()
    for node in scenario.tree.order:
        stated = scenario.nodes[node]
        for name, branch in stated.branches.items():
            if branch.lag is not None or getattr(stated.prior, "event", None) == name:
                edges.add(Edge(node, name))
    for question in scenario.questions.values():
        if isinstance(question, DateQuestion):
            edges.add(scenario.tree.resolve(question.branch))
    names = [edge.branch for edge in edges]
    return {edge.branch if names.count(edge.branch) == 1 else str(edge): edge for edge in sorted(edges)}


def _date_events(model: Model) -> list[tuple[Key, EventValue]]:
    return [
        (("dates", name, day), BranchEvent(branch=str(edge), by=date.fromisoformat(day)))
        for name, edge in sorted(_dated_branches(model).items())
        for day in report_days(model)
    ]


def _question_events(model: Model) -> list[list[tuple[Key, EventValue]]]:
    """Return the events of each question that asks for probabilities, question by question."""
    found: list[list[tuple[Key, EventValue]]] = []
    for name, question in sorted(model.scenario.questions.items()):
        if isinstance(question, BinaryQuestion):
            found.append([(("questions", name), question.event)])
        elif isinstance(question, ConditionalQuestion):
            event, given = question.event, question.given
            found.append(
                [
                    (("questions", name, JOINT), AllEvent.model_construct(all=(event, given))),
                    (("questions", name, GIVEN), given),
                    (("questions", name, NEITHER), AllEvent.model_construct(all=(event, _not(given)))),
                    (("questions", name, OTHERWISE), _not(given)),
                ]
            )
        elif isinstance(question, MultipleChoiceQuestion):
            others = tuple(event for event in question.options.values() if event != REST)
            rest = _not(AnyEvent.model_construct(any=others))
            found.append(
                [
                    (("questions", name, label), rest if event == REST else event)
                    for label, event in sorted(question.options.items())
                ]
            )
    return found


def _not(event: EventValue) -> NotEvent:
    return NotEvent.model_construct(not_=event)
