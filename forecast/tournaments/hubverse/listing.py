"""What is listed for a hub: which task a question of ours answers, and how what we say reads in the hub's words."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints

from forecast.fields import Day, Label, Statement
from forecast.tournaments.hubverse.schema import Scalar
from forecast.tournaments.listings import OptionListing, RangePart

OutputTypeName = Literal["mean", "median", "quantile", "cdf", "pmf", "sample"]

Abbreviation = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,100}$")]
"""As file names demand it: a hyphen would part it in two."""


class HubverseListing(OptionListing):
    """One task of a round: a value for every task id, and the question that answers it.

    Several listings may be answered from the same worlds: horizons of one target, for one. Their samples then have
    the same ids wherever the hub asks for joint draws, and one id is one world. Ids of levels, thresholds and
    categories are not stated, because a hub takes all of those in ``tasks.json`` or none.

    task_ids : task id → value, as ``tasks.json`` has it; ``null`` where it has none
    output_types : what to submit; if left out, all that the hub requires
    options : the hub's category → our option, where they differ; for a probability, → ``yes`` and ``no``
    ranges : the hub's category → the numbers it stands for, where a number is asked for as a pmf
    thresholds : the hub's threshold → our number or day, where it is neither a number nor a day itself
    day_zero : the day that the hub counts days from, where it asks for a date as a number
    """

    platform: Literal["hubverse"] = "hubverse"
    task_ids: Annotated[dict[Label, Scalar | None], Field(min_length=1, max_length=50)]
    output_types: Annotated[tuple[OutputTypeName, ...], Field(strict=False, min_length=1)] | None = None
    ranges: Annotated[dict[Label, RangePart], Field(max_length=100)] = {}
    thresholds: Annotated[dict[Label, Day | float], Field(max_length=1000)] = {}
    day_zero: Day | None = None

    @property
    def place(self) -> str:
        """The listing's name in messages: our question, and the task."""
        tasks = ", ".join(f"{name} {value}" for name, value in self.task_ids.items())
        return f"{super().place} for {tasks}"


class HubverseSettings(Statement):
    """What holds for the whole file.

    team, model : abbreviations; together the id of the model
    round_id : the round's, as file names begin with it
    tasks : the hub's ``hub-config/tasks.json``
    admin : its ``hub-config/admin.json``; left out, its file formats are not checked
    file_format : of the file
    samples : how many per task, where samples are submitted; left out, as many as the hub takes of all of them
    metadata : what the hub wants to know of the model; left out, it has the file already
    """

    team: Abbreviation
    model: Abbreviation
    round_id: Annotated[str, Field(min_length=1, max_length=100)]
    tasks: dict[str, JsonValue]
    admin: dict[str, JsonValue] | None = None
    file_format: Literal["csv", "parquet"] = "csv"
    samples: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    metadata: dict[str, JsonValue] | None = None

    @property
    def model_id(self) -> str:
        """The model's name in the hub."""
        return f"{self.team}-{self.model}"
