"""Listings of a scenario: checked when they are recorded, and read back as what their format needs."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.errors import RequestRefusedError, UnknownRecordError
from api.store.listings import Listed
from api.suggestions import did_you_mean
from forecast.errors import Fault
from forecast.scenario import Scenario
from forecast.tournaments.asked import subject_in
from forecast.tournaments.exports import ExportError
from forecast.tournaments.listings import Listing
from forecast.tournaments.registry import FORMATS, ListingError, read_listing


def checked_listing(scenario: Scenario, said: Mapping[str, Any]) -> Listing:
    """Return a listing that fits a scenario.

    Raises
    ------
    RequestRefusedError
        If it states nothing that its platform takes, its question is none of the scenario's, or that question can
        never answer it; with pointers into ``{"listing": …}``.
    """
    try:
        listing = read_listing(said)
    except ListingError as error:
        raise RequestRefusedError(
            [Fault(("listing", *fault.pointer), fault.message) for fault in error.faults], more=error.more
        ) from error
    if listing.question not in scenario.questions:
        hint = did_you_mean(listing.question, scenario.questions, "the questions are")
        fault = Fault(("listing", "question"), f"the scenario has no question '{listing.question}'{hint}")
        raise RequestRefusedError([fault])
    try:
        FORMATS[listing.platform].require_fit(subject_in(scenario, listing.question), listing)
    except ExportError as error:
        raise RequestRefusedError([Fault(("listing", *error.pointer), str(error))]) from error
    return listing


def chosen(known: Mapping[str, Listed], platform: str, names: Iterable[str] | None) -> Mapping[str, Listing]:
    """Return the listings of a platform by name: all of them, or those that are named.

    Raises
    ------
    RequestRefusedError
        If one of the names stands for none, or for one of another platform; pointers are ``("listings", i)``.
    """
    of_platform = {name: each for name, each in known.items() if (each.body or {}).get("platform") == platform}
    wanted = list(of_platform) if names is None else list(names)
    strange = [(i, name) for i, name in enumerate(wanted) if name not in of_platform]
    if strange:
        raise RequestRefusedError(
            Fault(("listings", i), f"there is no listing '{name}' of {platform}{_hint(name, of_platform)}")
            for i, name in strange
        )
    return {name: read_listing(of_platform[name].body or {}) for name in wanted}


def _hint(name: str, known: Iterable[str]) -> str:
    return did_you_mean(name, list(known), "the listings are")


def unknown_listing(name: str, known: Iterable[str]) -> UnknownRecordError:
    """Return the error of a name under which no listing counts."""
    return UnknownRecordError(f"there is no listing '{name[:100]}'{_hint(name, known)}")
