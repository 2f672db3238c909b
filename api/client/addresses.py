"""Paths and headers of requests, put together from what a caller hands in; what cannot be sent is named."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from api.client.errors import ArgumentError

MOST_SHOWN = 100
"""Characters of a value that an error repeats."""

_SENDABLE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
"""What a header may hold: visible ASCII, and blanks between."""

_IDS = {
    "scenarios": "the id of the scenario",
    "nodes": "the name of the node",
    "evidence": "the name of the entry",
    "statements": "the name of the expert",
    "forecasts": "the id of the forecast",
    "runs": "the id of the run",
    "keys": "the prefix of the key",
}
"""Noun of the address → what messages call the part after it."""


def v1(*parts: str) -> str:
    """Return the path of a thing under ``/v1``, whatever characters its names have.

    Raises
    ------
    ArgumentError
        If a part is none that an address can have.

    Examples
    --------
    >>> v1("scenarios", "a/../b")
    '/v1/scenarios/a%2F..%2Fb'
    """
    return "/".join(["/v1", *(_part(part, before) for part, before in zip(parts, ("", *parts), strict=False))])


def _part(part: object, before: object) -> str:
    if isinstance(part, str) and part not in ("", ".", ".."):
        try:
            return quote(part, safe="")
        except UnicodeEncodeError:
            pass
    what = _IDS.get(str(before), "a part of the address")
    raise ArgumentError(
        f"{what} is {_shown(part)}, which no address can have: state the one that the server's list has, as text"
    )


def require_sendable(headers: Mapping[str, object]) -> None:
    """Refuse headers that would not arrive as they are.

    Raises
    ------
    ArgumentError
        With the value, and the argument that it comes from.
    """
    for name, value in headers.items():
        if not isinstance(value, str) or not _SENDABLE.fullmatch(value):
            raise ArgumentError(
                f"{name.lower().replace('-', '_')} is {_shown(value)}, which cannot be sent as the header {name}: "
                "state one line of visible ASCII, such as the tag that an answer has"
            )


def _shown(value: object) -> str:
    said = ascii(value)
    return said if len(said) <= MOST_SHOWN else f"{said[:MOST_SHOWN]}..."
