"""Which model task of a round each listing stands for, and what is to be submitted for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from forecast.errors import listed
from forecast.tournaments.exports import ExportError
from forecast.tournaments.hubverse.hub import ModelTask, OutputType, Round
from forecast.tournaments.hubverse.listing import HubverseListing
from forecast.tournaments.hubverse.texts import text_of

TaskTexts = tuple[str | None, ...]
"""Values of a round's task ids, in the order of its columns."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be submitted for a listing.

    tasks : values of the task ids
    outputs : output types, each with the model task that asks for it
    """

    listing: HubverseListing
    tasks: TaskTexts
    outputs: tuple[tuple[ModelTask, OutputType], ...]


def takes(task: ModelTask, round_: Round, tasks: TaskTexts) -> bool:
    """Tell whether a task is one of a model task's; values of derived task ids do not matter."""
    return all(_allows(task, round_.task_ids[i], tasks[i]) for i in round_.telling)


def _allows(task: ModelTask, name: str, value: str | None) -> bool:
    allowed = task.task_ids[name].allowed
    # A task id without values has to be missing.
    return value in allowed if allowed else value is None


def wanted_of(listings: Sequence[HubverseListing], round_: Round) -> list[Wanted]:
    """Find the model task of each listing.

    Raises
    ------
    ExportError
        If a listing has not the round's task ids, stands for no task of the round, or asks for output types that are
        not offered for it, or for none.
    """
    submitted = [name for listing in listings for name in listing.output_types or ()]
    return [_wanted(listing, round_, submitted) for listing in listings]


def _wanted(listing: HubverseListing, round_: Round, submitted: Sequence[str]) -> Wanted:
    tasks = _task_texts(listing, round_)
    offering = [task for task in round_.model_tasks if takes(task, round_, tasks)]
    if not offering:
        raise ExportError(listing.place, "valid_vals", _why_not(round_, tasks))
    if listing.output_types is None:
        names = {name for task in offering for name in round_.needed(submitted, task)}
    else:
        names = set(listing.output_types)
    offered = [(task, output) for task in offering for output in task.output_types.values()]
    outputs = [(task, output) for task, output in offered if output.name in names]
    _require_offered(listing, [output.name for _, output in offered], [output.name for _, output in outputs])
    return Wanted(listing, tasks, tuple(outputs))


def _require_offered(listing: HubverseListing, offered: Sequence[str], found: Sequence[str]) -> None:
    strange = [name for name in listing.output_types or () if name not in offered]
    if strange:
        said = f"{listed(strange)} is not offered for this task: ask for {listed(list(offered))}"
        raise ExportError(listing.place, "valid_vals: output_type", said)
    if not found:
        said = f"the hub requires nothing for this task: state in 'output_types' which of {listed(list(offered))}"
        raise ExportError(listing.place, "req_vals: output_type", said)
    twice = [name for name in dict.fromkeys(found) if found.count(name) > 1]
    if twice:
        said = f"two model tasks ask for {listed(twice)} of the same task: the hub must part them"
        raise ExportError(listing.place, "valid_vals", said)


def _task_texts(listing: HubverseListing, round_: Round) -> TaskTexts:
    stated, names = listing.task_ids, round_.task_ids
    missing = [name for name in names if name not in stated]
    strange = [name for name in stated if name not in names]
    if missing or strange:
        lacks = f"no value is stated for {listed(missing)}" if missing else ""
        extra = f"the hub has no task id {listed(strange)}" if strange else ""
        said = "; ".join(filter(None, (lacks, extra)))
        raise ExportError(listing.place, "colnames", f"{said}: state {listed(list(names))} in 'task_ids'")
    return tuple(None if (value := stated[name]) is None else text_of(value) for name in names)


def _why_not(round_: Round, tasks: TaskTexts) -> str:
    for i in round_.telling:
        name = round_.task_ids[i]
        if not any(_allows(task, name, tasks[i]) for task in round_.model_tasks):
            allowed = dict.fromkeys(value for task in round_.model_tasks for value in task.task_ids[name].allowed)
            must = f"one of {listed(list(allowed))}" if allowed else "null"
            return f"{name} is '{tasks[i]}' and must be {must}: state it as tasks.json has it"
    return "each value is one of the hub's, but no model task has all of them: state a combination that one has"
