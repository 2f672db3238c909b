"""Change one value of a YAML text and nothing else: comments, order, quoting and layout stay as they are.

Only the characters of what differs are replaced, found by the places that the reader notes; the
result is read again, and refused if it does not say exactly what was asked for.
"""

import re
from collections.abc import Iterator

from forecast.documents.reader import Reading, read_yaml
from forecast.documents.writer import block_lines, entry_lines, flow_text
from forecast.errors import Fault, Pointer, ScenarioError

_COMMENT = re.compile("[ \\t]*(#[^\r\n]*)?(?=[\r\n]|$)")

Splice = tuple[int, int, str]
"""The characters from the first index up to the second become the text."""


def edit_yaml(text: str, pointer: Pointer, value: object) -> str:
    """Return the text with the value at ``pointer`` changed.

    Parameters
    ----------
    text : str
        A document that can be read.
    pointer : tuple of str or int
        Keys and indices of the value, such as ``("nodes", "summit", "prior")``; it, or at least the map
        that it is to be a new key of, must be in the document.
    value : plain data
        The new value. Where old and new are maps or lists of the same shape, only entries that differ
        are touched, so comments inside survive too.

    Raises
    ------
    ScenarioError
        If the text cannot be read, has nothing at ``pointer``, or lays the value out in a way that
        cannot be changed in place.
    """
    reading = read_yaml(text)
    if reading.faults:
        raise ScenarioError(list(reading.faults))
    try:
        wanted = _with_value(reading.data, pointer, value)
    except LookupError as error:
        raise ScenarioError([_fault(reading, pointer, str(error.args[0]))]) from error
    splices = sorted(_differences(text, reading, reading.data, wanted, ()), reverse=True)
    for start, stop, replacement in splices:
        text = text[:start] + replacement + text[stop:]
    if not _says(text, wanted):
        raise ScenarioError([_fault(reading, pointer, "the layout here cannot be changed in place: write '{a: 1}'")])
    return text


def _says(text: str, wanted: object) -> bool:
    try:
        return _same(read_yaml(text).data, wanted)
    except ScenarioError:
        return False


def _with_value(data: object, pointer: Pointer, value: object) -> object:
    """Return the data with one value changed or one key added; what is not on the way there is shared, not copied."""
    if not pointer:
        return value
    step, rest = pointer[0], pointer[1:]
    if isinstance(data, dict) and (step in data or not rest):
        return {**data, step: _with_value(data.get(step), rest, value)}
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return [*data[:step], _with_value(data[step], rest, value), *data[step + 1 :]]
    raise LookupError(f"there is no '{step}' to change: name a value of the document")


def _differences(text: str, reading: Reading, old: object, new: object, pointer: Pointer) -> Iterator[Splice]:
    """Yield the smallest changes of characters that turn ``old`` into ``new``."""
    if _same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and old and old.keys() <= new.keys():
        for key, value in old.items():
            yield from _differences(text, reading, value, new[key], (*pointer, key))
        added = {key: value for key, value in new.items() if key not in old}
        if added:
            yield _addition(text, reading, added, list(old), pointer)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differences(text, reading, before, after, (*pointer, i))
    else:
        yield _replacement(text, reading, old, new, pointer)


def _same(old: object, new: object) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_same(value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def _replacement(text: str, reading: Reading, old: object, new: object, pointer: Pointer) -> Splice:
    start, stop = reading.places[pointer].start, _end(text, reading, pointer)
    as_block = isinstance(old, dict | list) and not _in_flow(text, reading, pointer)
    if as_block:
        # A comment beside the last line of a block speaks of that line, which goes.
        stop = _end_of_comment(text, stop)
    if as_block and isinstance(new, dict | list) and new:
        lines = block_lines(new, _column(text, start))
        return start, stop, _newline(text).join(lines).lstrip(" ")
    space = " " if text[start - 1 : start] in (":", "-") else ""
    return start, stop, space + flow_text(new)


def _addition(
    text: str, reading: Reading, added: dict[str | int, object], keys: list[str | int], pointer: Pointer
) -> Splice:
    """Put new keys after the last entry of a map that has some."""
    place = reading.places[pointer]
    end = max(_end(text, reading, (*pointer, key)) for key in keys)
    if _in_flow(text, reading, pointer):
        return end, end, "".join(f", {flow_text(key)}: {flow_text(value)}" for key, value in added.items())
    indent = _column(text, place.start)
    lines = [line for key, value in added.items() for line in entry_lines(key, value, indent)]
    newline = _newline(text)
    end = _end_of_comment(text, end)
    return end, end, newline + newline.join(lines)


def _end(text: str, reading: Reading, pointer: Pointer) -> int:
    """Return the index after a value's last character, without line breaks that a block text ends with."""
    place = reading.places[pointer]
    return place.start + len(text[place.start : place.stop].rstrip())


def _end_of_comment(text: str, index: int) -> int:
    """Return the index after the spaces and the comment that may follow a value on its line."""
    found = _COMMENT.match(text, index)
    return index if found is None else found.end()


def _in_flow(text: str, reading: Reading, pointer: Pointer) -> bool:
    """Tell whether a value is, or stands in, a map or list in brackets."""
    steps = [reading.places[pointer[:i]].start for i in range(len(pointer) + 1)]
    return any(text[start : start + 1] in ("{", "[") for start in steps)


def _column(text: str, index: int) -> int:
    return index - (text.rfind("\n", 0, index) + 1)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _fault(reading: Reading, pointer: Pointer, message: str) -> Fault:
    line, column = reading.locate(pointer)
    return Fault(pointer, message, line, column)
