"""The document's own dates: when it speaks from, what it speaks about, and its checkpoints between."""

from collections.abc import Iterator

from forecast.errors import Fault
from forecast.statements.document_parts import Document

MAX_YEARS = 200


def calendar_faults(document: Document) -> Iterator[Fault]:
    """Yield the faults of as_of, horizon and checkpoints."""
    start, end = document.as_of, document.horizon
    if end <= start:
        yield Fault(("horizon",), f"the horizon {end} must come after as_of {start}: correct one of them")
    elif end.year - start.year > MAX_YEARS:
        yield Fault(("horizon",), f"the horizon {end} is more than {MAX_YEARS} years after {start}: bring it nearer")
    for i, day in enumerate(document.checkpoints):
        if not start < day <= end:
            yield Fault(
                ("checkpoints", i),
                f"checkpoint {day} must lie after as_of {start} and not after the horizon {end}",
            )
        if i and day <= document.checkpoints[i - 1]:
            yield Fault(
                ("checkpoints", i),
                f"checkpoints must rise, but {day} follows {document.checkpoints[i - 1]}: sort them",
            )
