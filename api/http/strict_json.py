"""JSON text to plain data, refusing what readers disagree about: repeated keys, NaN, numbers beyond the range, depth.

Python's own reader keeps the last of two equal keys and accepts ``NaN`` and ``1e999``; a request that
says such things is answered with where it says them.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api.errors import NotJsonError, RequestRefusedError
from forecast.documents.reader import MAX_NESTING, MAX_VALUES
from forecast.errors import Fault, Pointer

MAX_DEPTH = MAX_NESTING + 2
"""A scenario document may be ``MAX_NESTING`` deep and lies within the object that is sent."""

MAX_DIGITS = 308
"""Whole numbers up to this length are finite as floating-point numbers too."""

_TOO_DEEP = f"the body is nested deeper than {MAX_DEPTH} levels: flatten it"


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands in the data for a value that cannot be accepted, until its place is known."""

    message: str


class _Reader:
    """The hooks of one reading; ``refused`` says whether a place has to be looked for afterwards."""

    def __init__(self) -> None:
        self.refused = False

    def read(self, text: str) -> object:
        return json.loads(
            text,
            parse_constant=self._constant,
            parse_float=self._float,
            parse_int=self._int,
            object_pairs_hook=self._object,
        )

    def _refuse(self, message: str) -> _Refused:
        self.refused = True
        return _Refused(message)

    def _constant(self, name: str) -> _Refused:
        return self._refuse(f"{name} is not a number in JSON: state a finite number, or null")

    def _float(self, text: str) -> float | _Refused:
        number = float(text)
        return number if math.isfinite(number) else self._refuse(f"{_shown(text)} is too large: state a finite number")

    def _int(self, text: str) -> int | _Refused:
        if len(text) > MAX_DIGITS:
            return self._refuse(f"{_shown(text)} is too large: state a shorter number")
        return int(text)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        read = dict(pairs)
        if len(read) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    read[key] = self._refuse(f"the key '{_shown(key)}' is stated twice: keep one")
                seen.add(key)
        return read


def read_json(body: bytes) -> object:
    """Read UTF-8 JSON text into dicts, lists, str, int, float, bool and None.

    Raises
    ------
    NotJsonError
        If no JSON value can be read, or it is nested too deeply to look into.
    RequestRefusedError
        If it states a key twice, a number that is not finite, or more values than a document may have.

    Examples
    --------
    >>> read_json(b'{"draws": 1e999}')
    Traceback (most recent call last):
    ...
    api.errors.RequestRefusedError: /draws: 1e999 is too large: state a finite number
    """
    reader = _Reader()
    try:
        data = reader.read(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotJsonError(f"byte {error.start + 1} of the body is not UTF-8: encode the text as UTF-8") from error
    except json.JSONDecodeError as error:
        raise NotJsonError(_syntax(body, error)) from error
    except RecursionError as error:
        raise NotJsonError(_TOO_DEEP) from error
    _require_bounds(data)
    if reader.refused:
        raise RequestRefusedError(_refusals(data))
    return data


def _syntax(body: bytes, error: json.JSONDecodeError) -> str:
    if not body.strip():
        return "the body is empty: send a JSON object"
    reason = error.msg[0].lower() + error.msg[1:]
    return f"line {error.lineno}, column {error.colno} of the body is not JSON ({reason}): correct it there"


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _require_bounds(data: object) -> None:
    """Look level by level, so that neither depth nor number of values can exhaust the stack or the time."""
    level, values, depth = [data], 0, 0
    while level := [value for value in level if isinstance(value, dict | list)]:
        depth += 1
        if depth > MAX_DEPTH:
            raise NotJsonError(_TOO_DEEP)
        level = [part for value in level for part in (value.values() if isinstance(value, dict) else value)]
        values += len(level)
        if values > MAX_VALUES:
            raise RequestRefusedError([Fault((), f"the body has more than {MAX_VALUES:,} values: split the scenario")])


def _refusals(data: object) -> Iterator[Fault]:
    waiting: list[tuple[Pointer, object]] = [((), data)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, _Refused):
            yield Fault(pointer, value.message)
        elif isinstance(value, dict | list):
            parts = list(value.items() if isinstance(value, dict) else enumerate(value))
            waiting += [((*pointer, step), part) for step, part in reversed(parts)]
