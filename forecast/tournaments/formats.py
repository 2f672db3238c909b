"""What every format is: a name, what its listings and settings state, and one function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from forecast.fields import Statement
from forecast.predictions.kinds import Predicted
from forecast.tournaments.exports import Export
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
    """

    name: str
    title: str
    listing: type[L]
    settings: type[S]
    export: Callable[[Sequence[L], Predicted, S], Export]
