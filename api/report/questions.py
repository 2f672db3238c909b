"""Questions that a tournament may ask, our answers, and the clauses that decide them."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.report.dates import DatedBranch, dated_branch
from api.report.folding import Folded
from api.report.prose import Prose, prose
from api.report.quantities import Quantity, quantity
from api.report.rows import Table, conditional_row, named_table, probability_row
from api.report.source import Source
from api.wording.text import one_line
from forecast.result import (
    Answer,
    BinaryAnswer,
    ConditionalAnswer,
    DateAnswer,
    MultipleChoiceAnswer,
    NumericAnswer,
)


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question; its answer is a table of probabilities, a dated branch or a quantity."""

    id: str
    name: str
    kind: str
    text: str
    closes: str
    table: Table | None
    date: DatedBranch | None
    number: Quantity | None
    resolution: Prose | None
    source: Prose | None
    note: Prose | None


def questions(source: Source) -> Iterator[QuestionView]:
    """Yield every question in the order of the document."""
    for i, (name, answer) in enumerate(source.forecast.questions.items(), start=1):
        yield _question(source, f"question-{i}", name, answer)


def _question(source: Source, question_id: str, name: str, answer: Answer) -> QuestionView:
    says = source.names.says
    answer_id = f"{question_id}-answer"
    return QuestionView(
        id=question_id,
        name=name,
        kind=answer.type.replace("_", " "),
        text=one_line(answer.text),
        closes=says("questions", name, "closes") or "",
        table=_table(source, answer_id, answer),
        date=_date(source, answer_id, answer),
        number=_number(source, answer_id, answer),
        resolution=prose(says("questions", name, "resolution")),
        source=prose(says("questions", name, "source")),
        note=prose(says("questions", name, "note")),
    )


def _table(source: Source, answer_id: str, answer: Answer) -> Table | None:
    caption, heading = "Our answer", "Answer"
    if isinstance(answer, MultipleChoiceAnswer):
        labels = {label: one_line(label) for label in answer.options}
        return named_table(source, answer_id, caption, heading, answer.options, names=labels)
    if isinstance(answer, BinaryAnswer):
        return Table(
            answer_id, caption, heading, Folded((probability_row(source, f"{answer_id}-1", "Yes", answer),), ())
        )
    if isinstance(answer, ConditionalAnswer):
        rows = (
            conditional_row(f"{answer_id}-1", "Yes, if the condition holds", answer.if_true),
            conditional_row(f"{answer_id}-2", "Yes, if it does not", answer.if_false),
            probability_row(source, f"{answer_id}-3", "The condition holds", answer.given),
        )
        return Table(answer_id, caption, heading, Folded(rows))
    return None


def _date(source: Source, answer_id: str, answer: Answer) -> DatedBranch | None:
    if not isinstance(answer, DateAnswer):
        return None
    return dated_branch(source, answer_id, source.names.branch(answer.branch), "", answer)


def _number(source: Source, answer_id: str, answer: Answer) -> Quantity | None:
    if not isinstance(answer, NumericAnswer):
        return None
    return quantity(source, answer_id, source.names.titled("quantities", answer.quantity), None, answer)
