"""What every format is: a name, what its listings and settings state, and one function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from forecast.fields import Statement
from forecast.predictions.kinds import Predicted, Prediction
from forecast.tournaments.asked import Subject, require_part
from forecast.tournaments.exports import Distortion, Export, ExportError
from forecast.tournaments.listings import Listing

L = TypeVar("L", bound=Listing)
S = TypeVar("S", bound=Statement)


class NoSettings(Statement):
    """Settings of a format that has none."""


@dataclass(frozen=True, slots=True)
class Format(Generic[L, S]):
    """One tournament format.

    name : as it is asked for, such as ``metaculus``
    title : for people
    listing : what a listing states; its ``platform`` is the name
    settings : what is stated once per export, such as the name of a team
    export : puts predictions in the platform's form; raises ExportError where the platform would refuse
    takes_suppositions : whether what would be, if something were so, has a place there
    named_by : fields of a listing that are the platform's own name of what is asked
    names : patterns of the names of documents, where it follows from the listings which there are
    require_fit : raises ExportError for a listing that our question cannot answer, whatever will be forecast
    """

    name: str
    title: str
    listing: type[L]
    settings: type[S]
    export: Callable[[Sequence[L], Predicted, S], Export]
    takes_suppositions: bool = False
    named_by: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    require_fit: Callable[[Subject, L], None] = require_part

    def exported(self, listings: Sequence[L], predicted: Predicted, settings: S) -> Export:
        """Put predictions in the platform's form, and say so where they suppose something.

        Questions are worded in one line: a document may have them in blocks of text.

        Raises
        ------
        ExportError
            If the platform would refuse, or asks what will happen and the forecast supposes something.
        """
        if predicted.supposed and not self.takes_suppositions:
            said = f"the forecast answers what would be ({predicted.supposed}): export one that supposes nothing"
            raise ExportError(self.name, "the platform asks what will happen", said)
        by_question = {name: _in_one_line(each) for name, each in predicted.by_question.items()}
        export = self.export(listings, replace(predicted, by_question=by_question), settings)
        if not predicted.supposed:
            return export
        supposed = Distortion(self.name, f"the forecast answers what would be: {predicted.supposed}", {})
        return replace(export, distortions=(supposed, *export.distortions))


def _in_one_line(prediction: Prediction) -> Prediction:
    return replace(prediction, text=" ".join(prediction.text.split()))
