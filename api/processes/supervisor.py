"""The parent of several processes: starts them, passes on what it is told, and replaces one that dies."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.logs import logger
from api.processes.assignment import READY, STOP, Assignment
from api.processes.errors import ProcessesError
from api.processes.peers import Place
from api.processes.signals import STOPPING, heed_no_more
from api.settings import Settings

CHILD = (sys.executable, "-P", "-m", "api.processes.child")

EARLY_SECONDS = 10.0
"""A process that has answered for a shorter time may have ended of how it was started."""

MOST_EARLY_ENDS = 5
"""After so many early ends in a row, another start would only end likewise."""

FIRST_PAUSE = 0.1
"""Seconds before a process is replaced; doubled with each early end."""

_LOG = logger("processes")


@dataclass(frozen=True, slots=True)
class _Life:
    """How a process ended, as the end of a sentence, and the seconds for which it had answered."""

    end: str
    answered: float


class Supervisor:
    """Keeps the processes of the settings alive until it is told to stop.

    Parameters
    ----------
    settings : those of every process
    sockets : what they listen on, in turn; closed here as soon as the server stops
    folder : where the processes meet
    announce : called once, when all of them answer
    command : what a process is started with
    """

    def __init__(
        self,
        settings: Settings,
        sockets: Sequence[socket.socket],
        folder: Path,
        announce: Callable[[], object],
        command: Sequence[str] = CHILD,
    ) -> None:
        self._settings, self._sockets, self._folder = settings, sockets, folder
        self._announce, self._command = announce, command
        self._children: dict[int, Process] = {}
        self._unready = set(range(1, settings.processes + 1))
        self._told, self._stopping = 0, asyncio.Event()
        self._failure: str | None = None

    def run(self) -> None:
        """Return when all processes have ended as they were told.

        Raises
        ------
        ProcessesError
            If one of them ended early too often, or failed while it stopped.
        """
        asyncio.run(self._run())
        heed_no_more()
        if self._failure is not None:
            raise ProcessesError(self._failure)

    async def _run(self) -> None:
        for signal_number in STOPPING:
            asyncio.get_running_loop().add_signal_handler(signal_number, self._tell)
        async with asyncio.TaskGroup() as places:
            for number in range(1, self._settings.processes + 1):
                places.create_task(self._fill(number))

    def _tell(self) -> None:
        """Tell all processes to stop, or, if they know, to hurry."""
        self._told += 1
        self._stopping.set()
        for each in self._sockets:
            # As long as anybody has it open, clients could connect and wait in vain.
            each.close()
        for child in self._children.values():
            _pass_on(child, STOP)

    async def _fill(self, number: int) -> None:
        """Keep a process in a place."""
        early = 0
        while not self._told:
            life = await self._lived(number)
            if self._told:
                if life.end not in _DUE:
                    self._fail(number, f"{life.end} while it stopped")
                return
            early = early + 1 if life.answered < EARLY_SECONDS else 1
            _LOG.error("process ended", child=number, end=life.end, answered_seconds=round(life.answered, 3))
            if early == MOST_EARLY_ENDS:
                told = (
                    f"ended {early} times before it had answered for {EARLY_SECONDS:g} s, and the last one {life.end}"
                )
                self._fail(number, told)
                return
            await self._pause(FIRST_PAUSE * 2 ** (early - 1))

    async def _lived(self, number: int) -> _Life:
        """Start a process and wait for its end."""
        try:
            child = await self._started(number)
        except OSError as error:
            return _Life(f"could not be started ({error})", 0.0)
        answered = await self._until_silent(number, child)
        code = await child.wait()
        del self._children[number]
        return _Life(_said(code), answered)

    async def _started(self, number: int) -> Process:
        listener = self._sockets[(number - 1) % len(self._sockets)].fileno()
        place = Place(number, self._settings.processes, self._folder)
        child = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            pass_fds=[listener],
            # Ctrl-C in a terminal is for the parent to pass on: it knows the first from the second.
            process_group=0,
            # The code that runs here, from wherever it was loaded.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._children[number] = child
        _pass_on(child, Assignment(self._settings, place, listener).line() + STOP * self._told)
        return child

    async def _until_silent(self, number: int, child: Process) -> float:
        """Read what a process says until it ends, and return the seconds for which it has answered."""
        assert child.stdout is not None
        loop, since = asyncio.get_running_loop(), None
        async for line in child.stdout:
            if line == READY:
                since = loop.time()
                self._note_ready(number)
        return 0.0 if since is None else loop.time() - since

    def _note_ready(self, number: int) -> None:
        if number in self._unready:
            self._unready.remove(number)
            if not self._unready and not self._told:
                self._announce()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass

    def _fail(self, number: int, what: str) -> None:
        """Keep the first reason for which this server fails, and stop it if it does not already."""
        self._failure = self._failure or f"process {number} {what}: its log lines say why"
        if not self._told:
            self._tell()


def _pass_on(child: Process, orders: bytes) -> None:
    assert child.stdin is not None
    child.stdin.write(orders)


def _said(code: int) -> str:
    return f"ended with exit code {code}" if code >= 0 else f"was killed by signal {-code}"


_DUE = (_said(0), _said(-signal.SIGTERM))
"""Ends of a process that was told to stop; the signal itself ends one that had not begun to heed it."""
