"""A shell that knows the few commands that pages show, and does what a reader's shell does with them.

    branchcast …          in this process; `branchcast serve` goes on in a thread until the page ends
    curl …                as ``tests.docs.curl`` reads it
    python FILE           in this process
    export NAME=VALUE, chmod MODE FILE
    … > FILE              standard output to a file
    … $NAME … $(cat FILE) a variable, and what a file holds

A server listens on a port that is free, and what a page says of port 8000 is taken to mean that one.
"""

import io
import os
import re
import runpy
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import pytest

from api.cli import main, serve
from api.cli.exits import Exit
from api.cli.root import root
from api.server import Server
from api.store.database import Database
from tests.docs.curl import curl

SHOWN = "127.0.0.1:8000"
"""Where servers answer that pages speak of."""

_OPENING = time_of_day(9, tzinfo=UTC)
"""The time at which the first command of a dated block is typed."""

_LIMIT_SECONDS = 60.0


class Shell:
    """The shell of one page: where it is, which day it is there, and the server that it has started."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._patch = folder, monkeypatch
        self._servers: list[Server] = []
        self._threads: list[threading.Thread] = []
        self._address = SHOWN
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("BRANCHCAST_PORT", "0")
        for name in ("FORCE_COLOR", "BRANCHCAST_SERVER", "BRANCHCAST_KEY", "BRANCHCAST_KEY_FILE"):
            monkeypatch.delenv(name, raising=False)

    def set_day(self, day: date) -> None:
        """Let databases tell the time of this day, from nine in the morning on."""
        start, opened = datetime.combine(day, _OPENING), time.monotonic()

        def now(*_: object) -> datetime:
            return start + timedelta(seconds=time.monotonic() - opened)

        self._patch.setattr(Database, "now", now)

    def type(self, command: str) -> str:
        """Do what a command line says; return what both streams show."""
        typed = re.sub(r"\$\(cat (\S+)\)", lambda found: self._held(found[1]), command.replace(SHOWN, self._address))
        typed = os.path.expandvars(typed)
        words = shlex.split(typed, comments=True)
        if ">" in words:
            at = words.index(">")
            target, words = self._folder / words[at + 1], words[:at]
            with target.open("w", encoding="utf-8") as file:
                return self._do(words, file)
        return self._do(words, None)

    def _held(self, file: str) -> str:
        return (self._folder / file).read_text(encoding="utf-8").strip()

    def _do(self, words: Sequence[str], redirected: io.TextIOBase | None) -> str:
        program, *arguments = words
        assert program in self._programs, f"no reader's shell of ours knows '{program}': {' '.join(words)}"
        with _screen(self._patch, redirected) as screen:
            self._programs[program](arguments)
            return screen().replace(self._address, SHOWN)

    @property
    def _programs(self) -> Mapping[str, Callable[[Sequence[str]], None]]:
        return {
            "branchcast": self._branchcast,
            "curl": lambda arguments: print(curl(arguments, self._folder)),  # noqa: T201 -- the screen
            "python": lambda arguments: _python(self._folder / arguments[0]),
            "export": self._export,
            "chmod": lambda arguments: (self._folder / arguments[1]).chmod(int(arguments[0], 8)),
        }

    def _branchcast(self, arguments: Sequence[str]) -> None:
        if arguments[:1] == ["serve"]:
            self._serve(arguments[1:])
            return
        with self._patch.context() as patched:
            patched.setattr(sys, "argv", ["branchcast", *arguments])
            with pytest.raises(SystemExit) as ended:
                main()
        assert ended.value.code in list(Exit), arguments

    def _serve(self, arguments: Sequence[str]) -> None:
        """Let the command serve in a thread, where it can neither take signals nor the log of this process."""
        servers, screen = self._servers, sys.stdout

        class Noted(serve._AnnouncedServer):
            def __init__(self, *given: object) -> None:
                super().__init__(*given)  # type: ignore[arg-type]
                servers.append(self)

        self._patch.setattr(serve, "_AnnouncedServer", Noted)
        self._patch.setattr(serve, "configure", lambda *_: None)
        self._patch.setattr(serve, "stop_cleanly_when_told", lambda: None)
        thread = threading.Thread(target=_served, args=(arguments,), daemon=True)
        thread.start()
        self._threads.append(thread)
        while thread.is_alive() and "stops it" not in _shown(screen):
            thread.join(0.01)
        found = re.search(r"answers at http://(\S+)", _shown(screen))
        if found is not None:
            self._address = found[1]
            self._patch.setenv("BRANCHCAST_SERVER", f"http://{self._address}")

    def _export(self, arguments: Sequence[str]) -> None:
        name, _, value = arguments[0].partition("=")
        self._patch.setenv(name, value)

    def close(self) -> None:
        """Stop the servers."""
        for server in self._servers:
            server.should_exit = True
        for thread in self._threads:
            thread.join(_LIMIT_SECONDS)


@contextmanager
def _screen(monkeypatch: pytest.MonkeyPatch, redirected: object) -> Iterator[Callable[[], str]]:
    """Collect what is printed; yield what tells the whole of it."""
    screen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", screen if redirected is None else redirected)
        patched.setattr(sys, "stderr", screen)
        yield lambda: _shown(screen)


def _shown(screen: object) -> str:
    assert isinstance(screen, io.TextIOWrapper)
    assert isinstance(screen.buffer, io.BytesIO)
    return screen.buffer.getvalue().decode()


def _python(file: Path) -> None:
    runpy.run_path(str(file), run_name="__main__")


def _served(arguments: Sequence[str]) -> None:
    with suppress(SystemExit):
        root(["serve", *arguments], "branchcast")
