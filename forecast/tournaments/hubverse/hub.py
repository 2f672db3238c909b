"""A hub: what one round of it asks for, read from ``tasks.json`` and ``admin.json`` into frozen values.

Values of task ids and ids of outputs are kept as the text in which they are written and compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from forecast.errors import listed
from forecast.statements.wording import faults_of
from forecast.tournaments.exports import ExportError
from forecast.tournaments.hubverse import schema
from forecast.tournaments.hubverse.texts import ColumnType, fits, text_of, type_of_values, widest

STANDARD_COLUMNS = ("output_type", "output_type_id", "value")

POINTS = ("mean", "median")
"""Output types that have one row per task, and no id."""

MOST_FAULTS = 10
"""Faults of a hub's file that are told one by one."""

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class TaskIdValues:
    """The values of a task id that must be submitted, and those that may be, as text."""

    required: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def allowed(self) -> tuple[str, ...]:
        """All of them."""
        return self.required + self.optional


@dataclass(frozen=True, slots=True)
class SampleRules:
    """How samples are submitted.

    text_ids : whether ids are text rather than numbers
    longest_id : in characters; None for numbers
    least, most : samples per task
    compound : task ids across which draws are independent; one draw has the same id across all others
    """

    text_ids: bool
    longest_id: int | None
    least: int
    most: int
    compound: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutputType:
    """One way to state a prediction.

    ids : quantile levels, thresholds or categories as ``tasks.json`` has them; none for mean, median and sample
    integer : whether values are whole numbers
    minimum, maximum : of the values, which may reach them; None without a bound
    samples : None unless this is the sample output type
    """

    name: str
    ids: tuple[schema.Scalar, ...]
    integer: bool
    minimum: float | None
    maximum: float | None
    is_required: bool
    samples: SampleRules | None = None


@dataclass(frozen=True, slots=True)
class ModelTask:
    """Tasks that are asked for in the same way: all combinations of the values of the task ids.

    number : its place in the round, from 1
    targets : their kinds, such as ``continuous`` or ``date``
    """

    number: int
    task_ids: Mapping[str, TaskIdValues]
    output_types: Mapping[str, OutputType]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One round of submissions.

    id : as file names begin with it
    id_column : the task id that states it in every row, if one does
    task_ids : names of the columns before the standard ones
    derived : task ids whose values follow from others, so that the hub ignores them in most checks
    file_formats : that it takes; None where only ``admin.json`` says so, and it is not given
    types : column → type, over all rounds of the hub
    """

    id: str
    id_column: str | None
    task_ids: tuple[str, ...]
    derived: frozenset[str]
    model_tasks: tuple[ModelTask, ...]
    file_formats: tuple[str, ...] | None
    types: Mapping[str, ColumnType]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of a file."""
        return self.task_ids + STANDARD_COLUMNS

    @property
    def telling(self) -> tuple[int, ...]:
        """Places of the task ids that tell one task from another: those that are not derived."""
        return tuple(i for i, name in enumerate(self.task_ids) if name not in self.derived)

    def needed(self, submitted: Sequence[str], task: ModelTask) -> tuple[str, ...]:
        """Return the output types that every task of a model task must have.

        What one model task requires, or what is submitted anywhere, is required wherever it is offered:
        ``get_submission_required_output_types`` of hubValidations goes by the name of the type alone.
        """
        wanted = {name for each in self.model_tasks for name, of in each.output_types.items() if of.is_required}
        return tuple(name for name in task.output_types if name in wanted.union(submitted))


def read_round(tasks: Mapping[str, JsonValue], admin: Mapping[str, JsonValue] | None, round_id: str) -> Round:
    """Read the round of an id.

    Parameters
    ----------
    tasks : the hub's ``tasks.json``
    admin : its ``admin.json``, None if it is not at hand
    round_id : as file names begin with it

    Raises
    ------
    ExportError
        If a file is not as schema v6 has it, there is no such round, or two.
    """
    stated = _validated(schema.Tasks, tasks, "tasks.json")
    formats = None if admin is None else _validated(schema.Admin, admin, "admin.json").file_format
    found = [each for each in stated.rounds if round_id in _round_ids(each)]
    if len(found) != 1:
        known = list(dict.fromkeys(name for each in stated.rounds for name in _round_ids(each)))
        said = "belongs to two rounds of tasks.json" if found else f"is none of its rounds, which are {listed(known)}"
        raise ExportError("hubverse, settings", "round_id_valid", f"round_id '{round_id}' {said}: state another")
    return _round(found[0], round_id, stated, formats)


def _validated(model: type[M], data: Mapping[str, JsonValue], file: str) -> M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = faults_of(error, data)
        told = [f"{fault.path or '/'}: {fault.message}" for fault in faults[:MOST_FAULTS]]
        if len(faults) > MOST_FAULTS:
            told.append(f"and {len(faults) - MOST_FAULTS} more")
        said = "; ".join(told)
        raise ExportError(f"hubverse, {file}", "valid_config: schema v6.0.0", said) from error


def _round_ids(stated: schema.Round) -> list[str]:
    if not stated.round_id_from_variable:
        return [stated.round_id]
    values = (_values(task.task_ids[stated.round_id]).allowed for task in stated.model_tasks)
    return list(dict.fromkeys(value for allowed in values for value in allowed))


def _values(stated: schema.TaskIdValues) -> TaskIdValues:
    return TaskIdValues(_texts(stated.required), _texts(stated.optional))


def _texts(values: Sequence[schema.Scalar] | None) -> tuple[str, ...]:
    return tuple(text_of(value) for value in values or ())


def _round(stated: schema.Round, round_id: str, tasks: schema.Tasks, formats: tuple[str, ...] | None) -> Round:
    derived = tasks.derived_task_ids if stated.derived_task_ids is None else stated.derived_task_ids
    id_column = stated.round_id if stated.round_id_from_variable else None
    names = tuple(stated.model_tasks[0].task_ids)
    _require_optional(stated, derived or ())
    return Round(
        id=round_id,
        id_column=id_column,
        task_ids=names,
        derived=frozenset(derived or ()).intersection(names),
        model_tasks=tuple(
            _model_task(number, task, names, id_column, round_id) for number, task in enumerate(stated.model_tasks, 1)
        ),
        file_formats=stated.file_format or formats,
        types=_column_types(tasks, names),
    )


def _require_optional(stated: schema.Round, derived: Sequence[str]) -> None:
    for number, task in enumerate(stated.model_tasks, 1):
        for name in derived:
            if name in task.task_ids and task.task_ids[name].required:
                said = f"the derived task id '{name}' of model task {number} has required values: the hub must not"
                raise ExportError("hubverse, tasks.json", "valid_config: derived task ids", said)


def _model_task(
    number: int, stated: schema.ModelTask, names: Sequence[str], id_column: str | None, round_id: str
) -> ModelTask:
    values = {name: _values(stated.task_ids[name]) for name in names}
    if id_column is not None:
        # As `fix_round_id` of hubValidations: every row must have the round's id, and none may have another.
        values[id_column] = TaskIdValues((round_id,), ())
    outputs = {name: output for name, output in stated.output_type if output is not None}
    return ModelTask(
        number=number,
        task_ids=values,
        output_types={name: _output_type(name, output, tuple(names)) for name, output in outputs.items()},
        targets=tuple(target.target_type for target in stated.target_metadata),
    )


_Output = schema.PointOutput | schema.QuantileOutput | schema.CdfOutput | schema.PmfOutput | schema.SampleOutput


def _output_type(name: str, stated: _Output, names: tuple[str, ...]) -> OutputType:
    return OutputType(
        name=name,
        ids=tuple(_ids_of(stated)),
        integer=stated.value.type == "integer",
        minimum=stated.value.minimum,
        maximum=stated.value.maximum,
        is_required=stated.is_required,
        samples=_sample_rules(stated.output_type_id_params, names) if isinstance(stated, schema.SampleOutput) else None,
    )


def _sample_rules(stated: schema.SampleParameters, names: tuple[str, ...]) -> SampleRules:
    compound = names if stated.compound_taskid_set is None else stated.compound_taskid_set
    return SampleRules(
        text_ids=stated.type == "character",
        longest_id=stated.max_length if stated.type == "character" else None,
        least=stated.min_samples_per_task,
        most=stated.max_samples_per_task,
        compound=compound,
    )


def _column_types(tasks: schema.Tasks, names: Sequence[str]) -> dict[str, ColumnType]:
    """Return the type of every column, as ``create_hub_schema`` of hubData finds it: over all rounds of the hub."""
    model_tasks = [task for each in tasks.rounds for task in each.model_tasks]
    types: dict[str, ColumnType] = {}
    for name in names:
        stated = [task.task_ids[name] for task in model_tasks if name in task.task_ids]
        found = type_of_values(
            value for each in stated for values in (each.required, each.optional) for value in values or ()
        )
        if found is None:
            said = f"the task id '{name}' has no value in any round: the hub's tools cannot read such a column"
            raise ExportError("hubverse, tasks.json", "col_types", said)
        types[name] = found
    outputs = [output for task in model_tasks for _, output in task.output_type if output is not None]
    integers = all(output.value.type == "integer" for output in outputs)
    ids = _id_type(tasks, outputs)
    return {**types, "output_type": "character", "output_type_id": ids, "value": "integer" if integers else "double"}


def _id_type(tasks: schema.Tasks, outputs: Sequence[_Output]) -> ColumnType:
    values = [value for output in outputs for value in _ids_of(output)]
    samples = [o.output_type_id_params.type for o in outputs if isinstance(o, schema.SampleOutput)]
    if tasks.output_type_id_datatype == "auto":
        found = type_of_values(values)
        # Unlike a column of task ids, one of ids stays text where all of it is days.
        texts: ColumnType | None = "character" if found == "Date" else found
        return widest((*((texts,) if texts else ()), *samples)) or "character"
    column: ColumnType = tasks.output_type_id_datatype
    unfit = [text for text in map(text_of, values) if not fits(text, column)]
    if unfit or ("character" in samples and column != "character"):
        said = f"output_type_id_datatype is {column}, which cannot hold {listed(unfit) if unfit else 'ids of samples'}"
        raise ExportError("hubverse, tasks.json", "col_types", f"{said}: the hub must state another")
    return column


def _ids_of(output: _Output) -> Iterator[schema.Scalar]:
    if not isinstance(output, schema.SampleOutput):
        yield from output.output_type_id.required or ()
