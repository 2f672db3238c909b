"""What the hub would refuse: the checks of hubValidations that concern the rows of a file, by their names there.

Every function takes the rows as they are read back from the file, and raises ExportError at the first one that fails.
Not here are the checks of a pull request, of its time, and of what a hub has added of its own.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from forecast.errors import listed
from forecast.tournaments.exports import ExportError
from forecast.tournaments.hubverse.hub import ModelTask, OutputType, Round, SampleRules
from forecast.tournaments.hubverse.matching import TaskTexts, takes
from forecast.tournaments.hubverse.table import Row
from forecast.tournaments.hubverse.texts import fits, is_integer, number_of, text_of

SUM_TOLERANCE = 1.5e-8
"""How far a pmf may be from 1: the tolerance of ``all.equal`` of R."""

Assigned = Sequence[tuple[Row, ModelTask]]
"""Rows, each with the model task that it belongs to."""


def require_columns(columns: Sequence[str], rows: Sequence[Row], round_: Round) -> None:
    """``colnames`` and ``col_types``: each column once, and nothing in it that is not of its type."""
    if list(columns) != list(round_.columns):
        said = f"the columns are {listed(list(columns))}, and must be {listed(list(round_.columns))}"
        raise ExportError("hubverse", "colnames", said)
    for row in rows:
        for name, cell in zip(columns, row.cells, strict=True):
            if cell is not None and not fits(cell, round_.types[name]):
                said = f"'{cell}' in the column {name} is no {round_.types[name]}: state a value that is"
                raise ExportError(row.place, "col_types", said)


def require_round(rows: Sequence[Row], round_: Round) -> None:
    """``valid_round_id_col``, ``unique_round_id`` and ``match_round_id``: each row is of the file's round."""
    if round_.id_column is None:
        return
    column = round_.task_ids.index(round_.id_column)
    for row in rows:
        if row.tasks[column] != round_.id:
            said = f"{round_.id_column} is '{row.tasks[column]}' in a file of round '{round_.id}': state that"
            raise ExportError(row.place, "match_round_id", said)


def assigned(rows: Sequence[Row], round_: Round) -> Assigned:
    """``valid_vals``: return each row with the model task that has its task, output type and id."""
    found: dict[tuple[TaskTexts, str], tuple[ModelTask, frozenset[str | None]] | None] = {}
    result = []
    for row in rows:
        key = (row.tasks, row.output_type)
        if key not in found:
            found[key] = _model_task(row, round_)
        match = found[key]
        if match is None:
            said = f"no model task has this task with output type '{row.output_type}': see tasks.json"
            raise ExportError(row.place, "valid_vals", said)
        task, ids = match
        rules = task.output_types[row.output_type].samples
        if rules is not None:
            _require_sample_id(row, rules)
        elif row.output_type_id not in ids:
            said = f"'{row.output_type_id}' is no output_type_id of '{row.output_type}': it must be as in tasks.json"
            raise ExportError(row.place, "valid_vals: output_type_id", said)
        result.append((row, task))
    return result


def _model_task(row: Row, round_: Round) -> tuple[ModelTask, frozenset[str | None]] | None:
    for task in round_.model_tasks:
        if row.output_type in task.output_types and takes(task, round_, row.tasks):
            return task, frozenset(_ids(task.output_types[row.output_type]))
    return None


def _ids(output: OutputType) -> tuple[str | None, ...]:
    return tuple(text_of(each) for each in output.ids) or (None,)


def _require_sample_id(row: Row, rules: SampleRules) -> None:
    sample_id, said = row.output_type_id or "", None
    number = number_of(sample_id)
    if not sample_id or (not rules.text_ids and (number is None or not is_integer(number))):
        said = f"the sample's id '{sample_id}' is no {'text' if rules.text_ids else 'whole number'}"
    elif rules.longest_id is not None and len(sample_id) > rules.longest_id:
        said = f"the sample's id '{sample_id}' has more than {rules.longest_id} characters"
    if said is not None:
        raise ExportError(row.place, "valid_vals: output_type_id", f"{said}: see tasks.json")


def require_derived(rows: Sequence[Row], round_: Round) -> None:
    """``derived_task_id_vals``: a derived task id has a value that it has anywhere in the round."""
    for name in sorted(round_.derived):
        column = round_.task_ids.index(name)
        allowed = dict.fromkeys(value for task in round_.model_tasks for value in task.task_ids[name].allowed)
        for row in rows:
            if row.tasks[column] not in allowed:
                said = f"{name} is '{row.tasks[column]}' and must be one of {listed(list(allowed))}: state one of those"
                raise ExportError(row.place, "derived_task_id_vals", said)


def require_unique(rows: Sequence[Row]) -> None:
    """``rows_unique``: no task has two values under one output type and id."""
    seen: dict[tuple[str | None, ...], Row] = {}
    for row in rows:
        key = row.cells[:-1]
        if key in seen:
            said = f"'{row.output_type}' has two rows, the other from '{seen[key].place}': list each task once"
            raise ExportError(row.place, "rows_unique", said)
        seen[key] = row


def require_complete(found: Assigned, round_: Round) -> None:
    """``req_vals``: what is required with what is submitted is there, and what is required in any case.

    A task needs every output type that is required or submitted, with all its ids; and where one of its task ids has
    required values, so are the same tasks with those.
    """
    submitted = list(dict.fromkeys(row.output_type for row, _ in found))
    for task in round_.model_tasks:
        rows = [row for row, own in found if own.number == task.number]
        names = round_.needed(submitted, task)
        present = {(_telling(row, round_), row.output_type, _id_of(row)) for row in rows}
        tasks = {_telling(row, round_): row for row in rows}
        for key, row in tasks.items():
            _require_outputs(row, key, [task.output_types[name] for name in names], present)
            _require_siblings(row, key, task, round_, tasks)
        if not rows and names and _in_any_case(task):
            said = f"model task {task.number} has only required task ids and is not there: list its tasks"
            raise ExportError("hubverse", "req_vals", said)


def _telling(row: Row, round_: Round) -> TaskTexts:
    return tuple(row.tasks[i] for i in round_.telling)


def _id_of(row: Row) -> str | None:
    return None if row.output_type == "sample" else row.output_type_id


def _require_outputs(
    row: Row, key: TaskTexts, outputs: Sequence[OutputType], present: set[tuple[TaskTexts, str, str | None]]
) -> None:
    for output in outputs:
        missing = [name for name in _ids(output) if (key, output.name, name) not in present]
        if missing:
            ids = "" if missing == [None] else f" at {listed([str(name) for name in missing])}"
            said = f"'{output.name}'{ids} is missing, which the hub requires of this task: add it to 'output_types'"
            raise ExportError(row.place, "req_vals", said)


def _require_siblings(row: Row, key: TaskTexts, task: ModelTask, round_: Round, tasks: Mapping[TaskTexts, Row]) -> None:
    # Task by task and value by value is enough: what that leads to is looked at in its turn.
    for place, column in enumerate(round_.telling):
        name = round_.task_ids[column]
        for value in task.task_ids[name].required:
            if (*key[:place], value, *key[place + 1 :]) not in tasks:
                said = f"the same task with {name} '{value}' is required beside this one: list it, or leave both out"
                raise ExportError(row.place, "req_vals", said)


def _in_any_case(task: ModelTask) -> bool:
    # A derived task id has no required values, so that nothing of its model task is required in any case.
    return all(values.required for values in task.task_ids.values())


def require_values(found: Assigned) -> None:
    """``value_col_valid``: values are numbers of the hub's type, within its bounds."""
    for row, task in found:
        output, number = task.output_types[row.output_type], number_of(row.value)
        said = None
        if number is None:
            said = "is no finite number"
        elif output.integer and not is_integer(number):
            said = "is no whole number, or more than 2,147,483,647 in size"
        elif output.minimum is not None and number < output.minimum:
            said = f"is below the hub's minimum, {output.minimum:.17g}"
        elif output.maximum is not None and number > output.maximum:
            said = f"is above the hub's maximum, {output.maximum:.17g}"
        if said is not None:
            rule = f"value_col_valid: {row.output_type}"
            raise ExportError(row.place, rule, f"the value {row.value} {said}: predict in the hub's units")


def require_ascending(found: Assigned) -> None:
    """``value_col_non_desc``: quantiles and cumulative probabilities never fall, but may repeat."""
    for rows, task in _by_task(found, ("quantile", "cdf")):
        ids = [text_of(each) for each in task.output_types[rows[0].output_type].ids]
        numbers = [number_of(each) for each in ids]
        if None not in numbers:
            ids.sort(key=float)
        ordered = sorted(rows, key=lambda row: ids.index(row.output_type_id or ""))
        for low, high in pairwise(ordered):
            if float(high.value) < float(low.value):
                said = (
                    f"'{high.output_type}' falls from {low.value} at {low.output_type_id} to {high.value} "
                    f"at {high.output_type_id}: thresholds must stand for ascending values"
                )
                raise ExportError(high.place, "value_col_non_desc", said)


def require_sums(found: Assigned) -> None:
    """``value_col_sum1``: the probabilities of a pmf, as they are written, sum to 1 within 1.5e-8."""
    for rows, _ in _by_task(found, ("pmf",)):
        total = math.fsum(float(row.value) for row in rows)
        if not abs(total - 1.0) < SUM_TOLERANCE:
            said = f"the categories sum to {total:.12g} and must to 1: see the question's options"
            raise ExportError(rows[0].place, "value_col_sum1", said)


def _by_task(found: Assigned, names: Sequence[str]) -> Iterator[tuple[list[Row], ModelTask]]:
    """Yield the rows of each task and output type."""
    groups: dict[tuple[TaskTexts, str], tuple[list[Row], ModelTask]] = {}
    for row, task in found:
        if row.output_type in names:
            groups.setdefault((row.tasks, row.output_type), ([], task))[0].append(row)
    yield from groups.values()
