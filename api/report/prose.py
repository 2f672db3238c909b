"""Free text of a document: whole if it is short, else a beginning and the rest, which a reader may unfold."""

from dataclasses import dataclass

from api.wording.text import in_lines

LONGEST = 700
"""Characters that a reader takes in at a glance."""

LEAD = 420
"""Characters of a longer text that are shown at once."""


@dataclass(frozen=True, slots=True)
class Prose:
    """A text of the document; ``rest`` is empty where ``lead`` is all of it."""

    lead: str
    rest: str = ""


def prose(text: str | None) -> Prose | None:
    """Return a text to show, cut between words where it can be; None if the document says nothing."""
    said = in_lines(text or "")
    if len(said) <= LONGEST:
        return Prose(said) if said else None
    cut = max(said.rfind(" ", LEAD // 2, LEAD), said.rfind("\n", LEAD // 2, LEAD))
    cut = cut if cut > 0 else LEAD
    return Prose(said[:cut].rstrip(), said[cut:].lstrip())
