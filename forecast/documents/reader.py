"""YAML 1.2 text to plain data, with the place of every value.

The data are built from the parser's events on an explicit stack, so hostile text (endless brackets,
aliases that double) meets a limit before anything of its size exists, and every value keeps its line.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from forecast.documents.scalars import plain_scalar
from forecast.documents.syntax import SYNTAX_ERRORS, line_and_column, syntax_fault
from forecast.errors import Fault, Pointer, ScenarioError
from forecast.fields import first_unprintable

MAX_DOCUMENT_BYTES = 5_000_000
MAX_NESTING = 64
MAX_VALUES = 200_000
"""Maps, lists, keys and scalars in one document: some forty for each of the 5,000 nodes a tree may have."""


UNREAD = object()
"""Stands for a value that could not be read; no part of a document accepts it, so its fault is never missed."""


class Place(NamedTuple):
    """Where a value stands: line and column from 1 (of its key, if that is on an earlier line), and its characters."""

    line: int
    column: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says, where it says it, and what is wrong with single values, which read as ``UNREAD``."""

    data: object
    places: dict[Pointer, Place]
    faults: tuple[Fault, ...]
    unread: frozenset[Pointer]

    def locate(self, pointer: Pointer) -> tuple[int, int]:
        """Return line and column, from 1, of a value, or of the nearest value around it that the text states."""
        while pointer and pointer not in self.places:
            pointer = pointer[:-1]
        place = self.places[pointer]
        return place.line, place.column


def read_yaml(text: str) -> Reading:
    """Read one YAML 1.2 document into dicts, lists, str, int, float, bool, None and dates.

    Raises
    ------
    ScenarioError
        With one fault, if the text is too large, too deep, not YAML, or uses what scenario documents
        refuse because it hides what they say: anchors and aliases, tags, directives, several documents.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_DOCUMENT_BYTES:
        raise _refusal(f"the document has {size:,} bytes: the limit is {MAX_DOCUMENT_BYTES:,}; split the scenario")
    text_from = 1 if text.startswith("\ufeff") else 0
    found = first_unprintable(text, text_from)
    if found is not None:
        code = f"U+{ord(text[found]):04X}"
        raise _refusal(f"the character {code} cannot be printed: remove it", *line_and_column(text, found))
    _refuse_directives(text.removeprefix("\ufeff"))
    builder = _Builder()
    for event in _events(text):
        builder.take(event)
    if not builder.seen_document:
        raise _refusal("the document is empty: it is a map, 'key: value'")
    return Reading(builder.root, builder.places, tuple(builder.faults), frozenset(builder.unread))


def _refusal(message: str, line: int = 1, column: int = 1) -> ScenarioError:
    return ScenarioError([Fault((), message, line, column)])


def _refuse_directives(text: str) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("%") and line.split("#")[0].split() != ["%YAML", "1.2"]:
            raise _refusal(f"'{line[:40]}' is refused: documents are YAML 1.2, so leave the line out", number)
        if line.lstrip()[:1] not in ("", "#", "%"):
            return


def _events(text: str) -> Iterator[Event]:
    """Yield the parser's events, its errors turned into sentences."""
    mark = None
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            mark = event.end_mark
            yield event
    except SYNTAX_ERRORS as error:
        raise ScenarioError([syntax_fault(error, mark)]) from error


@dataclass(slots=True)
class _Open:
    """A map or list being filled; ``pointer`` is None below a key that was refused."""

    value: dict[Any, Any] | list[Any]
    pointer: Pointer | None
    start: Event
    place: tuple[int, int]
    stop: int = 0
    key: tuple[Any, Event] | None = None


@dataclass(slots=True)
class _Builder:
    """Takes events one by one and builds the data; nothing here calls itself."""

    root: Any = None
    places: dict[Pointer, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unread: set[Pointer] = field(default_factory=set)
    seen_document: bool = False
    _open: list[_Open] = field(default_factory=list)
    _values: int = 0

    def take(self, event: Event) -> None:
        """Take the next event."""
        if isinstance(event, DocumentStartEvent):
            if self.seen_document:
                raise self._error(event, "a second document starts here: a file holds one scenario; make it two files")
            self.seen_document = True
        elif isinstance(event, NodeEvent):
            self._refuse_what_hides(event)
            self._count(event)
            if isinstance(event, CollectionStartEvent):
                self._start(event)
            elif isinstance(event, ScalarEvent):
                self._take_scalar(event)
        elif isinstance(event, CollectionEndEvent):
            self._end(event)

    def _take_scalar(self, event: ScalarEvent) -> None:
        if self._at_key():
            self._take_key(event)
            return
        pointer, place = self._address(event)
        start, stop = event.start_mark.index, event.end_mark.index
        key = self._open[-1].key if self._open else None
        if start == stop and key is not None:
            # The parser puts an empty value before what comes next; it belongs after its own key's colon.
            start = stop = min(start, key[1].end_mark.index + 1)
        self._put(pointer, place, self._scalar(event, pointer), start, stop)

    def _at_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].key is None

    def _start(self, event: CollectionStartEvent) -> None:
        if self._at_key():
            raise self._error(event, "a key must be a name or a number, not a list or a map")
        pointer, place = self._address(event)
        self._open.append(_Open({} if isinstance(event, MappingStartEvent) else [], pointer, event, place))
        if len(self._open) > MAX_NESTING:
            raise self._error(event, f"the document is nested deeper than {MAX_NESTING} levels: flatten it")

    def _end(self, event: CollectionEndEvent) -> None:
        ended = self._open.pop()
        flow = event.end_mark.index > event.start_mark.index
        stop = event.end_mark.index if flow else ended.stop
        self._put(ended.pointer, ended.place, ended.value, ended.start.start_mark.index, stop)

    def _take_key(self, event: ScalarEvent) -> None:
        parent = self._open[-1]
        assert isinstance(parent.value, dict)
        key, problem = self._key(event, parent)
        if problem is not None:
            self._report(problem, event, None if parent.pointer is None else (*parent.pointer, event.value))
        parent.key = (key if problem is None else _REFUSED, event)

    def _key(self, event: ScalarEvent, parent: _Open) -> tuple[Any, str | None]:
        """Return what a key means, and what is wrong with it."""
        key: Any
        try:
            key = plain_scalar(event.value, days=False) if event.implicit[0] else event.value
        except ValueError as error:
            return None, str(error)
        if key is None or isinstance(key, bool):
            shown = f"'{event.value}'" if event.value else "(nothing)"
            return None, f"the key {shown} is neither a name nor a number: put it in quotes if it is meant as text"
        if key in parent.value:
            first = self.places.get((*(parent.pointer or ()), key))
            return None, f"key '{key}' is stated twice{f', first in line {first.line}' if first else ''}: keep one"
        return key, None

    def _address(self, event: Event) -> tuple[Pointer | None, tuple[int, int]]:
        """Return the pointer of the value that starts here, and the line and column to report it at."""
        mark = event.start_mark
        if not self._open:
            return (), (mark.line + 1, mark.column + 1)
        parent = self._open[-1]
        step: Any = len(parent.value)
        if parent.key is not None:
            step, key_event = parent.key
            if key_event.start_mark.line != mark.line:
                mark = key_event.start_mark
        refused = parent.pointer is None or step is _REFUSED
        return None if refused else (*(parent.pointer or ()), step), (mark.line + 1, mark.column + 1)

    def _put(self, pointer: Pointer | None, place: tuple[int, int], value: object, start: int, stop: int) -> None:
        if pointer is not None:
            self.places[pointer] = Place(*place, start, stop)
        if not self._open:
            self.root = value
            return
        parent = self._open[-1]
        parent.stop = stop
        if isinstance(parent.value, list):
            parent.value.append(value)
            return
        assert parent.key is not None
        if parent.key[0] is not _REFUSED:
            parent.value[parent.key[0]] = value
        parent.key = None

    def _scalar(self, event: ScalarEvent, pointer: Pointer | None) -> object:
        """Resolve a value by the core schema; a number that cannot stand becomes a fault."""
        try:
            return plain_scalar(event.value) if event.implicit[0] else event.value
        except ValueError as error:
            self._report(str(error), event, pointer)
            if pointer is not None:
                self.unread.add(pointer)
            return UNREAD

    def _report(self, problem: str, event: Event, pointer: Pointer | None) -> None:
        """Note a fault, unless it lies below a key that was refused already."""
        if pointer is not None:
            mark = event.start_mark
            self.faults.append(Fault(pointer, problem, mark.line + 1, mark.column + 1))

    def _refuse_what_hides(self, event: NodeEvent) -> None:
        if isinstance(event, AliasEvent):
            raise self._error(event, f"the alias '*{event.anchor}' is refused: write out what it stands for")
        if event.anchor is not None:
            raise self._error(event, f"the anchor '&{event.anchor}' is refused: write the value out where it is needed")
        tag = getattr(event, "ctag", None)
        if tag is not None:
            shown = str(tag).replace("tag:yaml.org,2002:", "!!")
            raise self._error(event, f"the tag '{shown}' is refused: state the plain value")

    def _count(self, event: Event) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._error(event, f"the document has more than {MAX_VALUES:,} values: split the scenario")

    def _error(self, event: Event, message: str) -> ScenarioError:
        return _refusal(message, event.start_mark.line + 1, event.start_mark.column + 1)


_REFUSED = object()
"""Stands for a key that cannot be used; its value is read and dropped."""
