"""Files of listings: which questions of which platform ours answer, and the settings of an export.

A setting that is a map, such as a hub's ``tasks``, may be the name of a file that holds it: platforms publish those.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.cli.exits import Exit, Refusal
from api.cli.files import STANDARD, UnreadableError, called, located, read_text
from api.errors import NotJsonError, RequestRefusedError
from api.http.strict_json import read_json
from forecast.documents.reader import Reading, read_yaml
from forecast.errors import Fault, ScenarioError
from forecast.fields import Statement
from forecast.tournaments.listings import Listing
from forecast.tournaments.registry import FORMATS, ListingError, read_listing, read_settings

KEYS = ("platform", "settings", "listings")

MOST_BYTES = 50_000_000
"""Of a file that holds a setting: a published question set has a few million."""


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
        return _file_of(reading, "" if source == STANDARD else os.path.dirname(source))
    except UnreadableError as error:
        raise Refusal(located(source, error.fault), Exit.FAULT) from error
    except ScenarioError as error:
        raise Refusal(_told(source, error.faults), Exit.FAULT) from error
    except ListingError as error:
        faults = [Fault(each.pointer, each.message, *reading.locate(each.pointer)) for each in error.faults]
        raise Refusal(_told(source, faults), Exit.FAULT) from error


def _told(source: str, faults: "tuple[Fault, ...] | list[Fault]") -> str:
    return "the listings cannot be used\n" + "\n".join(located(source, fault) for fault in faults)


def _file_of(reading: Reading, folder: str) -> ListingFile:
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
    settings, of_settings = _settings(str(platform), data.get("settings", {}), folder)
    found, of_listings = _listings(str(platform), data.get("listings", []))
    if faults := [*faults, *of_settings, *of_listings]:
        raise ListingError(faults)
    assert settings is not None
    return ListingFile(str(platform), settings, tuple(found))


def _settings(platform: str, said: object, folder: str) -> tuple[Statement | None, list[Fault]]:
    if not isinstance(said, dict):
        return None, [Fault(("settings",), "settings are a map, 'key: value'")]
    model = FORMATS[platform].settings
    named = {key: os.path.join(folder, said[key]) for key in _maps(model) if isinstance(said.get(key), str)}
    try:
        held = {key: _held(key, file) for key, file in named.items()}
        return read_settings(FORMATS[platform], said | held), []
    except ListingError as error:
        return None, [_of_setting(each, named) for each in error.faults]


def _maps(model: type[Statement]) -> list[str]:
    """Return the names of the settings that are maps."""
    properties = model.model_json_schema().get("properties", {})
    return [name for name, schema in properties.items() if any(map(_is_map, (schema, *schema.get("anyOf", ()))))]


def _is_map(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object" or "$ref" in schema


def _held(key: str, file: str) -> object:
    """Return what a file of a setting holds.

    Raises
    ------
    ListingError
        If it cannot be read; with pointers into the settings.
    """
    try:
        text = read_text(file, MOST_BYTES)
        return read_json(text.encode()) if file.endswith(".json") else _yaml(text)
    except NotJsonError as error:
        fault = Fault((key,), str(error).replace("the body", "the file"))
    except UnreadableError as error:
        fault = Fault((key,), f"{error.fault.message}; '{key}' is a map, or the name of a file that holds one")
    except (RequestRefusedError, ScenarioError) as error:
        fault = Fault((key, *error.faults[0].pointer), error.faults[0].message)
    raise ListingError([fault])


def _yaml(text: str) -> object:
    reading = read_yaml(text)
    if reading.faults:
        raise ScenarioError(reading.faults)
    return reading.data


def _of_setting(fault: Fault, named: Mapping[str, str]) -> Fault:
    """Return a fault of the settings as one of the whole file; one in a file of its own says which."""
    file = named.get(str(fault.pointer[0])) if fault.pointer else None
    message = fault.message if file is None else f"{called(file)}: {fault.message}"
    return Fault(("settings", *fault.pointer), message)


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
