"""Rows of a model-output file, as they are written: every cell is text, or nothing."""

from dataclasses import dataclass

from forecast.tournaments.hubverse.hub import OutputType
from forecast.tournaments.hubverse.matching import TaskTexts


@dataclass(frozen=True, slots=True)
class Row:
    """One value of one task.

    place : the listing that it comes from, as in messages
    tasks : values of the task ids, in the order of the round's columns
    output_type_id : None for a mean or median
    """

    place: str
    tasks: TaskTexts
    output_type: str
    output_type_id: str | None
    value: str

    @property
    def cells(self) -> tuple[str | None, ...]:
        """The row in the order of the file's columns."""
        return (*self.tasks, self.output_type, self.output_type_id, self.value)


def value_text(value: float, output: OutputType) -> str:
    """Return a value with the fewest digits that read back as the same number; whole numbers without a point."""
    # A negative zero is zero, and reads oddly.
    return str(int(value)) if output.integer else repr(float(value) + 0.0)
