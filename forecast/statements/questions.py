"""What a tournament may ask of a scenario: five types of question over events and quantities."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from forecast.fields import Day, Label, Name, Reference, Statement, Text
from forecast.statements.events import Event, EventValue

REST = "rest"
"""An option that collects every history that no other option describes."""


def _each_once(topics: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({topic for topic in topics if topics.count(topic) > 1})
    if twice:
        raise ValueError(f"'{twice[0]}' is stated twice")
    return topics


Topics = Annotated[
    tuple[Label, ...],
    AfterValidator(_each_once),
    # Documents that state none keep the digest that they had before there were topics.
    Field(max_length=10, strict=False, exclude_if=lambda topics: not topics, json_schema_extra={"uniqueItems": True}),
]
"""What a question is about, so that scores can be told by topic."""


class QuestionBase(Statement):
    """What every question states: its text, the clause that decides edge cases, and where to look."""

    text: Text
    resolution: Text
    source: Text | None = None
    unit: Text | None = None
    closes: Day | None = None
    note: Text | None = None
    topics: Topics = ()


class BinaryQuestion(QuestionBase):
    """Asks whether the event happens."""

    type: Literal["binary"]
    event: Event


class MultipleChoiceQuestion(QuestionBase):
    """Asks which of the options; they must exclude each other, and one of them may be ``rest``."""

    type: Literal["multiple_choice"]
    options: Annotated[dict[Label, Event], Field(min_length=2, max_length=100)]


class NumericQuestion(QuestionBase):
    """Asks how much."""

    type: Literal["numeric"]
    quantity: Name


class DateQuestion(QuestionBase):
    """Asks when the branch is taken; beyond the horizon counts as not by the horizon."""

    type: Literal["date"]
    branch: Reference


class ConditionalQuestion(QuestionBase):
    """Asks how likely the event is if the condition holds, and if it does not."""

    type: Literal["conditional"]
    event: Event
    given: Event


Question = Annotated[
    BinaryQuestion | MultipleChoiceQuestion | NumericQuestion | DateQuestion | ConditionalQuestion,
    Field(discriminator="type"),
]


def events_of(question: Question) -> tuple[EventValue, ...]:
    """Return the events that a question speaks of; ``rest`` is none."""
    if isinstance(question, BinaryQuestion):
        return (question.event,)
    if isinstance(question, ConditionalQuestion):
        return (question.event, question.given)
    if isinstance(question, MultipleChoiceQuestion):
        return tuple(event for event in question.options.values() if event != REST)
    return ()
