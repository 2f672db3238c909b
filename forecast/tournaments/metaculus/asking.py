"""What Metaculus asks: the platform's own question, beside the question of the scenario that answers it."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from forecast.fields import Label
from forecast.tournaments.listings import OptionListing
from forecast.tournaments.scales import Scaling

QuestionType = Literal["binary", "multiple_choice", "numeric", "date", "discrete"]

Number = Annotated[int, Field(gt=0)]


FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
"""Unix seconds at which the years 1 to 9999 begin and end; milliseconds of our time lie beyond."""


_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _instant(value: object) -> object:
    """Accept an instant or its ISO text; without a zone it would be another instant for every reader."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"'{value}' is not an instant: write it as 2026-12-31T12:00:00Z") from error
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} names no zone: write {value.isoformat()}Z if it is UTC")
    if isinstance(value, datetime) and not _EARLIEST <= value < _LATEST:
        raise ValueError(f"{value.isoformat()} is no moment that a forecast could end at: is the year right?")
    return value


Instant = Annotated[datetime, BeforeValidator(_instant)]


class MetaculusListing(OptionListing):
    """A question of Metaculus. A group is one listing for each of its questions, a conditional pair one for each half.

    id : the platform's number of the question, which is not that of its post
    post : the number of its post, which comments are for
    type : the platform's
    labels : of a multiple-choice question, its current options, in its order and letter by letter
    scaling : of a number or date, its range
    status : as the platform last told it; nothing is exported for a question that is neither open nor upcoming
    end_time : when the forecast withdraws itself; never if left out
    comment : whether a private comment with the rationales behind the answer goes with the forecast
    """

    platform: Literal["metaculus"] = "metaculus"
    id: Number
    post: Number | None = None
    type: QuestionType
    labels: Annotated[tuple[Label, ...], Field(min_length=2, max_length=100, strict=False)] | None = None
    scaling: Scaling | None = None
    status: Label = "open"
    end_time: Instant | None = None
    comment: bool = False

    @model_validator(mode="after")
    def _of_its_type(self) -> Self:
        for field, types in (("labels", ("multiple_choice",)), ("scaling", ("numeric", "date", "discrete"))):
            if (getattr(self, field) is not None) != (self.type in types):
                way = f"leave '{field}' out" if self.type not in types else f"state '{field}'"
                raise ValueError(f"'{field}' belongs to a question of type {' or '.join(types)}: {way}")
        if self.comment and self.post is None:
            raise ValueError("a comment is made on a post: state 'post', which is not the 'id' of the question")
        return self

    @model_validator(mode="after")
    def _labels_once(self) -> Self:
        labels = self.labels or ()
        if len(set(labels)) < len(labels):
            raise ValueError("an option is listed twice in 'labels': state each once")
        strange = [label for label in self.options if label not in labels]
        if strange:
            raise ValueError(f"'options' speaks of '{strange[0]}', which 'labels' lacks: write it as the platform does")
        return self

    @model_validator(mode="after")
    def _instants(self) -> Self:
        if self.type != "date" or self.scaling is None:
            return self
        for name, value in (("range_min", self.scaling.range_min), ("range_max", self.scaling.range_max)):
            if not FIRST_SECOND <= value <= LAST_SECOND:
                raise ValueError(
                    f"{name} {value} is no second of the years 1 to 9999: state seconds since 1970, in UTC"
                )
        return self

    @model_validator(mode="after")
    def _discrete_steps(self) -> Self:
        if self.type != "discrete" or self.scaling is None:
            return self
        if self.scaling.zero_point is not None:
            raise ValueError("a discrete question has equal steps: leave 'zero_point' out")
        if self.scaling.inbound_outcome_count is None:
            raise ValueError("a discrete question has its own number of values: state 'inbound_outcome_count'")
        return self
