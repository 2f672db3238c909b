"""What a format returns: documents that could be sent as they are, and what they could not say, in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

from forecast.errors import BranchcastError, Pointer


class ExportError(BranchcastError):
    """A prediction that cannot be put in the form that a platform asks for.

    place : the listing, as ``Listing.place`` names it
    rule : the platform's rule, in a few words
    message : what is wrong, and the way out
    pointer : to what is at fault in the listing; empty where it is the whole, or not the listing
    """

    def __init__(self, place: str, rule: str, message: str, pointer: Pointer = ()) -> None:
        self.place, self.rule, self.message, self.pointer = place, rule, message, pointer
        super().__init__(f"{place}: {message} [{rule}]")

    def below(self, *steps: str | int) -> "ExportError":
        """Return the same error of what stands in a listing at these steps, and has a pointer of its own so far."""
        return ExportError(self.place, self.rule, self.message, (*steps, *self.pointer))


@dataclass(frozen=True, slots=True)
class Distortion:
    """How far what is exported is from what is predicted, because the platform's form allows nothing nearer.

    place : the listing
    reason : what was done to the prediction, in a sentence
    figures : name → number, such as the probability before and after, the largest change of a cumulative
        probability, the mean before and after
    """

    place: str
    reason: str
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Document:
    """A file, or the body of a request.

    name : a file's name, with the folders the platform asks for
    media_type : such as ``application/json`` or ``text/csv``
    content : bytes, exactly as they would be sent
    """

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Export:
    """Everything one format makes of a list of listings."""

    format: str
    documents: tuple[Document, ...]
    distortions: tuple[Distortion, ...]
