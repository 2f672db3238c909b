"""Server-sent events, as the streams of runs use them: a name and one piece of data each."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Event(NamedTuple):
    """One event."""

    name: str
    data: str


def events(lines: Iterable[str]) -> Iterator[Event]:
    """Yield the events of a stream's lines; comments, which keep it alive, and events cut short are left out.

    Examples
    --------
    >>> list(events(["event: done", 'data: {"id": 1}', "", ": still there", "", "event: cut"]))
    [Event(name='done', data='{"id": 1}')]
    """
    name, data = "message", list[str]()
    for line in lines:
        field, _, value = line.partition(":")
        if field == "event":
            name = value.removeprefix(" ")
        elif field == "data":
            data.append(value.removeprefix(" "))
        elif line == "":
            if data:
                yield Event(name, "\n".join(data))
            name, data = "message", []
