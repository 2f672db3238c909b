"""What a hub's ``tasks.json`` and ``admin.json`` may say: as much of hubverse schema v6.0.0 as is understood here.

Keys that the schema does not have are refused, so that nothing a hub asks for is passed over in silence.
"""

import re
from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, field_validator, model_validator

from forecast.errors import listed
from forecast.fields import Probability, Statement

Scalar = str | int | float | bool
"""A value of JSON that is neither a list nor a map."""

FileFormat = Literal["csv", "parquet", "arrow"]
ValueType = Literal["double", "integer"]
IdDatatype = Literal["auto", "character", "double", "integer", "logical", "Date"]
TargetType = Literal["continuous", "discrete", "date", "binary", "nominal", "ordinal", "compositional"]

LARGEST_WHOLE = 2**53
"""Up to here, every whole number is a double."""

_ROUND_ID = re.compile(r"\d{4}-\d{2}-\d{2}|[A-Za-z0-9_]+")
_VERSION = re.compile(r".*/v(\d+\.\d+\.\d+)/(tasks|admin)-schema\.json")


def _sixth(address: str) -> str:
    found = _VERSION.fullmatch(address)
    if found is None or not found[1].startswith("6."):
        stated = f"v{found[1]}" if found else f"'{address}'"
        raise ValueError(f"schema_version is {stated}, and only v6 is understood: ask for the hub's files in v6")
    return address


def _each_once(values: tuple[Scalar, ...] | None) -> tuple[Scalar, ...] | None:
    if any(isinstance(value, int) and abs(value) > LARGEST_WHOLE for value in values or ()):
        raise ValueError("a whole number is above 2^53, where the hub's tools cannot tell it from its neighbours")
    twice = [value for value, times in Counter(values or ()).items() if times > 1]
    if twice:
        raise ValueError(f"{twice[0]} is listed twice: the schema has each value once")
    return values


SchemaVersion = Annotated[str, AfterValidator(_sixth)]
Scalars = Annotated[tuple[Scalar, ...], Field(strict=False), AfterValidator(_each_once)]
Texts = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_each_once)]
Formats = Annotated[tuple[FileFormat, ...], Field(strict=False)]
Anything = dict[str, JsonValue]


class TaskIdValues(Statement):
    """The values that a task id may have; both are stated, ``null`` for none."""

    required: Scalars | None
    optional: Scalars | None


class StatedValue(Statement):
    """What kind of number a value is, and its bounds, which are among the allowed values."""

    type: ValueType
    minimum: float | None = None
    maximum: float | None = None


class StatedProbability(Statement):
    """The only kind of value that the schema has for a cdf and a pmf."""

    type: Literal["double"]
    minimum: Annotated[float, Field(ge=0.0, le=0.0)]
    maximum: Annotated[float, Field(ge=1.0, le=1.0)]


class NoIds(Statement):
    """A mean or median has no id."""

    required: None


class Levels(Statement):
    """Levels of quantiles; all are submitted or none."""

    required: Annotated[tuple[Probability, ...], Field(strict=False, min_length=1), AfterValidator(_each_once)]


class Thresholds(Statement):
    """Values of the target at which a distribution function is asked for, from low to high."""

    required: Annotated[tuple[str | int | float, ...], Field(strict=False, min_length=1), AfterValidator(_each_once)]


class Categories(Statement):
    """What may come about, from low to high where that has a meaning."""

    required: Annotated[Texts, Field(min_length=1)]


class PointOutput(Statement):
    """The mean or the median."""

    output_type_id: NoIds
    value: StatedValue
    is_required: bool


class QuantileOutput(Statement):
    """Quantiles."""

    output_type_id: Levels
    value: StatedValue
    is_required: bool


class CdfOutput(Statement):
    """P(X ≤ x) at the hub's thresholds."""

    output_type_id: Thresholds
    value: StatedProbability
    is_required: bool


class PmfOutput(Statement):
    """The probability of each category."""

    output_type_id: Categories
    value: StatedProbability
    is_required: bool


class SampleParameters(Statement):
    """How many samples, under what ids, and the task ids across which draws are independent; all if left out."""

    type: Literal["character", "integer"]
    max_length: Annotated[int, Field(ge=1)] | None = None
    min_samples_per_task: Annotated[int, Field(ge=1)]
    max_samples_per_task: Annotated[int, Field(ge=1)]
    compound_taskid_set: Texts | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.type == "character" and self.max_length is None:
            raise ValueError("ids of samples are text without a max_length: the schema demands one")
        least, most = self.min_samples_per_task, self.max_samples_per_task
        if least > most:
            raise ValueError(f"at least {least} samples and at most {most} are asked for: no number is both")
        return self


class SampleOutput(Statement):
    """Draws."""

    output_type_id_params: SampleParameters
    value: StatedValue
    is_required: bool


class OutputTypes(Statement):
    """What may be submitted for a model task, in the order in which it is written."""

    mean: PointOutput | None = None
    median: PointOutput | None = None
    quantile: QuantileOutput | None = None
    cdf: CdfOutput | None = None
    pmf: PmfOutput | None = None
    sample: SampleOutput | None = None

    @model_validator(mode="after")
    def _any(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("no output type is defined, so that nothing can be submitted: state at least one")
        return self


class Target(Statement):
    """What a target is called, counted in, and what kind of thing it is."""

    target_id: Annotated[str, Field(max_length=30)]
    target_name: Annotated[str, Field(max_length=100)]
    target_units: Annotated[str, Field(max_length=100)]
    target_keys: Annotated[dict[str, str], Field(min_length=1, max_length=1)] | None
    target_type: TargetType
    is_step_ahead: bool
    time_unit: Literal["day", "week", "month"] | None = None
    description: str | None = None
    additional_metadata: Anything | None = None

    @model_validator(mode="after")
    def _has_steps(self) -> Self:
        if self.is_step_ahead and self.time_unit is None:
            raise ValueError("the target is steps ahead without a time_unit: the schema demands one")
        return self


class ModelTask(Statement):
    """Task ids, of which all combinations of values are tasks, and what may be submitted for each."""

    task_ids: Annotated[dict[str, TaskIdValues], Field(min_length=1)]
    output_type: OutputTypes
    target_metadata: Annotated[tuple[Target, ...], Field(strict=False)]

    @model_validator(mode="after")
    def _known_task_ids(self) -> Self:
        sample = self.output_type.sample
        compound = () if sample is None else sample.output_type_id_params.compound_taskid_set or ()
        strange = [name for name in compound if name not in self.task_ids]
        if strange:
            raise ValueError(f"compound_taskid_set names {listed(strange)}, of which there is no task id")
        for target in self.target_metadata:
            for name, value in (target.target_keys or {}).items():
                self._require_target(name, value)
        return self

    def _require_target(self, name: str, value: str) -> None:
        stated = self.task_ids.get(name)
        if stated is None or value not in (*(stated.required or ()), *(stated.optional or ())):
            raise ValueError(f"target_keys names {name} '{value}', which no task has")


class Due(Statement):
    """When submissions are taken: days, or numbers of days after the day of a task id."""

    relative_to: str | None = None
    start: int | str
    end: int | str


class Round(Statement):
    """A round, or several that differ only in the value of the task id that ``round_id`` names."""

    round_id_from_variable: bool
    round_id: str
    model_tasks: Annotated[tuple[ModelTask, ...], Field(strict=False, min_length=1)]
    submissions_due: Due
    round_name: str | None = None
    last_data_date: str | None = None
    file_format: Formats | None = None
    derived_task_ids: Texts | None = None
    additional_metadata: Anything | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        first = list(self.model_tasks[0].task_ids)
        for task in self.model_tasks:
            if set(task.task_ids) != set(first):
                raise ValueError(
                    f"model tasks of one round have the task ids {listed(first)} and {listed(list(task.task_ids))}: "
                    "only rounds whose tasks all have the same are understood"
                )
        if self.round_id_from_variable and self.round_id not in first:
            raise ValueError(f"round_id is to be read from '{self.round_id}', of which there is no task id")
        if not self.round_id_from_variable and not _ROUND_ID.fullmatch(self.round_id):
            raise ValueError(f"round_id '{self.round_id}' is neither YYYY-MM-DD nor of letters, digits and '_'")
        return self


class Tasks(Statement):
    """The whole of ``tasks.json``."""

    schema_version: SchemaVersion
    rounds: Annotated[tuple[Round, ...], Field(strict=False, min_length=1)]
    output_type_id_datatype: IdDatatype = "auto"
    derived_task_ids: Texts | None = None


class Contact(Statement):
    """Whom to ask."""

    name: str | None = None
    email: str | None = None


class Repository(Statement):
    """Where the hub is."""

    host: Literal["github"]
    owner: str
    name: str


class Admin(Statement):
    """The whole of ``admin.json``; only the file formats matter to what is written here."""

    schema_version: SchemaVersion
    name: str
    maintainer: str
    contact: Contact
    repository: Repository
    file_format: Formats
    timezone: str
    zoltar_project_id: int | None = None
    citation: str | None = None
    cloud: Anything | None = None
    additional_metadata: Anything | None = None

    @field_validator("timezone")
    @classmethod
    def _in_the_list(cls, zone: str) -> str:
        if zone in ("UTC", "Etc/UTC"):
            raise ValueError(f"timezone is {zone}, which schema v6 has not in its list: such as Africa/Abidjan is")
        return zone
