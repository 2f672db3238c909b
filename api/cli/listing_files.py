"""Files of listings: which questions of which platform ours answer, and the settings of an export."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.cli.exits import Exit, Refusal
from api.cli.files import UnreadableError, located, read_text
from forecast.documents.reader import Reading, read_yaml
from forecast.errors import Fault, ScenarioError
from forecast.fields import Statement
from forecast.tournaments.listings import Listing
from forecast.tournaments.registry import FORMATS, ListingError, read_listing, read_settings

KEYS = ("platform", "settings", "listings")


@dataclass(frozen=True, slots=True)
class ListingFile:
    """What a file of listings says: for which platform, under which settings."""

    platform: str
    settings: Statement
    listings: tuple[Listing, ...]


def read_listings(source: str) -> ListingFile:
    """Read a file of listings.

    Raises
    ------
    Refusal
        If it cannot be read, or with all its faults, each at its line.
    """
    try:
        reading = read_yaml(read_text(source))
        return _file_of(reading)
    except UnreadableError as error:
        raise Refusal(located(source, error.fault), Exit.FAULT) from error
    except ScenarioError as error:
        raise Refusal(_told(source, error.faults), Exit.FAULT) from error
    except ListingError as error:
        faults = [Fault(each.pointer, each.message, *reading.locate(each.pointer)) for each in error.faults]
        raise Refusal(_told(source, faults), Exit.FAULT) from error


def _told(source: str, faults: "tuple[Fault, ...] | list[Fault]") -> str:
    return "the listings cannot be used\n" + "\n".join(located(source, fault) for fault in faults)


def _file_of(reading: Reading) -> ListingFile:
    data = reading.data
    if reading.faults:
        raise ListingError(reading.faults)
    if not isinstance(data, dict):
        raise ListingError([Fault((), f"a file of listings is a map with the keys {', '.join(KEYS)}")])
    faults = [Fault((key,), f"unknown key '{key}': the keys are {', '.join(KEYS)}") for key in data if key not in KEYS]
    platform = data.get("platform")
    if platform not in FORMATS:
        stated = "no platform is stated" if platform is None else f"there is no platform '{platform}'"
        raise ListingError([*faults, Fault(("platform",), f"{stated}: choose {', '.join(FORMATS)}")])
    settings, of_settings = _settings(str(platform), data.get("settings", {}))
    found, of_listings = _listings(str(platform), data.get("listings", []))
    if faults := [*faults, *of_settings, *of_listings]:
        raise ListingError(faults)
    assert settings is not None
    return ListingFile(str(platform), settings, tuple(found))


def _settings(platform: str, said: object) -> tuple[Statement | None, list[Fault]]:
    if not isinstance(said, dict):
        return None, [Fault(("settings",), "settings are a map, 'key: value'")]
    try:
        return read_settings(FORMATS[platform], said), []
    except ListingError as error:
        return None, [Fault(("settings", *each.pointer), each.message) for each in error.faults]


def _listings(platform: str, said: object) -> tuple[list[Listing], list[Fault]]:
    if not isinstance(said, list):
        return [], [Fault(("listings",), "listings are a list, each a map that begins with '- question: ...'")]
    found: list[Listing] = []
    faults: list[Fault] = []
    for i, each in enumerate(said):
        try:
            found.append(read_listing({"platform": platform, **_mapping(each)}))
        except ListingError as error:
            faults += [Fault(("listings", i, *fault.pointer), fault.message) for fault in error.faults]
    return found, faults


def _mapping(said: object) -> Mapping[str, Any]:
    if not isinstance(said, dict):
        raise ListingError([Fault((), "a listing is a map, 'key: value'")])
    if "platform" in said:
        raise ListingError([Fault(("platform",), "the platform is stated once, for the whole file: leave it out here")])
    return said
