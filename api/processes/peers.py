"""The processes of one server tell each other their metrics, at a socket each in a folder that is theirs alone."""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from api.processes.errors import ProcessesError

HEARING_SECONDS = 3.0
"""What the others have to tell theirs, once a process has taken its own: less than Prometheus waits for a scrape."""

_END = b"# EOF\n"
_PART = 1 << 16
_LONGEST = 100
"""Bytes of a socket's path that every system takes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which process of a server this is, from 1 on, of how many, and the folder where they meet."""

    number: int
    of: int
    folder: Path

    @property
    def others(self) -> tuple[int, ...]:
        """Numbers of the other processes."""
        return tuple(number for number in range(1, self.of + 1) if number != self.number)

    def socket(self, number: int) -> str:
        """Return where a process is asked."""
        return str(self.folder / str(number))


@contextmanager
def meeting_folder() -> Iterator[Path]:
    """Yield a folder that only this user can open, and remove it in the end.

    Raises
    ------
    ProcessesError
        If there is no place for it, or its path is longer than that of a socket may be.
    """
    try:
        folder = TemporaryDirectory(prefix="branchcast-")
    except OSError as error:
        raise ProcessesError(
            f"the processes need a folder for their sockets ({error}): let TMPDIR name one that can be written"
        ) from error
    with folder as name:
        if len(os.fsencode(name)) + 3 > _LONGEST:
            raise ProcessesError(
                f"the folder for temporary files, {gettempdir()}, has too long a path for sockets: "
                "let TMPDIR name another, such as /tmp"
            )
        yield Path(name)


async def tell(place: Place, text: Callable[[], bytes]) -> asyncio.Server:
    """Tell whoever connects to this process's socket what ``text``, called in a thread, returns."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await asyncio.to_thread(text) + _END)
            await writer.drain()
        except ConnectionError:
            # It had waited for too long; its scrape says that this process was not heard.
            pass
        finally:
            writer.close()

    return await asyncio.start_unix_server(answer, place.socket(place.number))


class Peers:
    """The other processes of a server, as one of them sees them. Safe to share by threads."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def ask(self) -> "Mapping[int, socket.socket | None]":
        """Ask each of the others; what it returns is for ``hear``."""
        return {number: self._asked(number) for number in self._place.others}

    def _asked(self, number: int) -> socket.socket | None:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(HEARING_SECONDS)
        try:
            connection.connect(self._place.socket(number))
        except OSError:
            # It is being replaced, or stops.
            connection.close()
            return None
        return connection

    def hear(self, asked: "Mapping[int, socket.socket | None]") -> Mapping[int, bytes | None]:
        """Return what each of the others tells, None for one that does not tell it whole and in time."""
        deadline = time.monotonic() + HEARING_SECONDS
        return {number: None if each is None else _heard(each, deadline) for number, each in asked.items()}


def _heard(connection: socket.socket, deadline: float) -> bytes | None:
    text = b""
    with connection:
        try:
            while not text.endswith(_END):
                connection.settimeout(max(deadline - time.monotonic(), 0.001))
                if not (part := connection.recv(_PART)):
                    return None
                text += part
        except OSError:
            return None
    return text.removesuffix(_END)
