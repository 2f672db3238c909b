"""JSON that others wrote, read with the place in every error."""

import json
import math
from dataclasses import dataclass
from typing import NoReturn

from api.platforms.errors import PayloadError


@dataclass(frozen=True, slots=True)
class Said:
    """A value in JSON that somebody else wrote, and where it stands.

    value : as ``json`` reads it
    path : such as ``Metaculus: question.scaling.range_min``
    """

    value: object
    path: str

    def at(self, name: str) -> "Said":
        """Return the member of an object.

        Raises
        ------
        PayloadError
            If this is no object, or has no such member, or only null.
        """
        found = self.get(name)
        if found is None:
            self._refuse(f"has no '{name}'")
        return found

    def get(self, name: str) -> "Said | None":
        """Return the member of an object; None where it is missing or null."""
        if not isinstance(self.value, dict):
            self._refuse("is no object")
        found = self.value.get(name)
        return None if found is None else Said(found, f"{self.path}.{name}")

    def items(self) -> "list[Said]":
        """Return the entries of a list; an entry may be null."""
        if not isinstance(self.value, list):
            self._refuse("is no list")
        return [Said(entry, f"{self.path}[{place}]") for place, entry in enumerate(self.value)]

    def members(self) -> "list[tuple[str, Said]]":
        """Return the members of an object with their names; a member may be null."""
        if not isinstance(self.value, dict):
            self._refuse("is no object")
        return [(name, Said(value, f"{self.path}.{name}")) for name, value in self.value.items()]

    def text(self) -> str:
        """Return a text."""
        if not isinstance(self.value, str):
            self._refuse("is no text")
        return self.value

    def number(self) -> float:
        """Return a finite number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self._refuse("is no number")
        return self._finite(self.value)

    def decimal(self) -> float:
        """Return a finite number, also where it is written as text, as some platforms do."""
        if not isinstance(self.value, str):
            return self.number()
        try:
            return self._finite(float(self.value))
        except ValueError:
            self._refuse("is no number")

    def whole(self) -> int:
        """Return a whole number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self._refuse("is no whole number")
        return self.value

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            self._refuse("is neither true nor false")
        return self.value

    def identifier(self) -> str:
        """Return an id, which some platforms write as a number and others as text."""
        return str(self.whole()) if isinstance(self.value, int) else self.text()

    def _finite(self, value: float) -> float:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self._refuse("is no finite number")
        return number

    def _refuse(self, why: str) -> NoReturn:
        raise PayloadError(f"{self.path} {why}: the platform answers otherwise than this version of branchcast expects")


def read_json(content: bytes | str, whose: str) -> Said:
    """Return the JSON of an answer.

    Raises
    ------
    PayloadError
        If it is none; NaN and infinity are no JSON.
    """
    try:
        return Said(json.loads(content, parse_constant=_no_constant), whose)
    except (ValueError, RecursionError):
        raise PayloadError(f"{whose} does not answer in JSON: is this its address?") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
