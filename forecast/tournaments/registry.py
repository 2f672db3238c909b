"""All formats by name. A new one is a module with a ``FORMAT``, and its line here."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from forecast.errors import MAX_FAULTS, BranchcastError, Fault
from forecast.fields import Statement
from forecast.statements.wording import faults_of
from forecast.tournaments import cultivate, forecastbench, hubverse, manifold, metaculus, table
from forecast.tournaments.formats import Format
from forecast.tournaments.listings import Listing

FORMATS: Mapping[str, Format[Any, Any]] = {
    each.name: each
    for each in (
        metaculus.FORMAT,
        manifold.FORMAT,
        hubverse.FORMAT,
        forecastbench.FORMAT,
        cultivate.FORMAT,
        table.FORMAT,
    )
}


class ListingError(BranchcastError):
    """A listing, or the settings of an export, that say nothing their format takes; ``faults`` lists what was found."""

    def __init__(self, faults: Sequence[Fault], more: int = 0) -> None:
        self.faults, self.more = tuple(faults), more
        super().__init__("; ".join(f"{fault.path or '/'}: {fault.message}" for fault in faults))


def read_listing(said: Mapping[str, Any]) -> Listing:
    """Return what a listing states, in the class of its platform's format.

    Raises
    ------
    ListingError
        If there is no such platform, or its listings do not state that.
    """
    platform = said.get("platform")
    if not isinstance(platform, str) or platform not in FORMATS:
        stated = "no platform is stated" if platform is None else f"there is no platform '{platform}'"
        raise ListingError([Fault(("platform",), f"{stated}: choose {', '.join(FORMATS)}")])
    found = _read(FORMATS[platform].listing, said, "the listing")
    assert isinstance(found, Listing)
    return found


def read_settings(form: Format[Any, Any], said: Mapping[str, Any]) -> Statement:
    """Return the settings of an export in a format.

    Raises
    ------
    ListingError
        If the format's settings do not state that.
    """
    return _read(form.settings, said, "'settings'")


def _read(model: type[Statement], said: Mapping[str, Any], what: str) -> Statement:
    try:
        # As JSON text, in which a list may stand for a tuple, and text for a moment; YAML has days as such.
        return model.model_validate_json(json.dumps(said, default=str))
    except ValidationError as error:
        faults = faults_of(error, said)
        about_all = [Fault((), each.message.replace("the document", what, 1)) for each in faults if not each.pointer]
        of_parts = [each for each in faults if each.pointer]
        raise ListingError([*about_all, *of_parts], max(0, error.error_count() - MAX_FAULTS)) from error
