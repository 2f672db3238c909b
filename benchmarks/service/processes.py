"""Servers in processes of their own, as an operator starts them, on free ports of this machine."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.settings import PREFIX

ROOT = Path(__file__).resolve().parents[2]

_ANSWERS = re.compile(r"answers at (http://\S+)")
_KEY = re.compile(r"shown this once: (\S+)")


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: its process, where it answers, and its first key if it asks for keys."""

    pid: int
    url: str
    key: str | None


@contextmanager
def branchcast(database: str, folder: Path, *, keyless: bool = True, **settings: object) -> Iterator[Served]:
    """Run ``branchcast serve`` while the context lasts; ``settings`` are named as their fields."""
    command = ["-m", "api.cli", "serve", "--port", "0", "--database", database, *(["--keyless"] if keyless else [])]
    with _running(command, folder / "branchcast.log", settings) as served:
        yield served


@contextmanager
def bare(folder: Path) -> Iterator[Served]:
    """Run the floor of ``benchmarks.service.bare`` while the context lasts."""
    with _running(["-m", "benchmarks.service.bare"], folder / "bare.log", {}) as served:
        yield served


@contextmanager
def _running(arguments: Sequence[str], log: Path, settings: dict[str, object]) -> Iterator[Served]:
    environment = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {PREFIX + name.upper(): str(value) for name, value in settings.items()}
    command = [sys.executable, *arguments]
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8"
        )
    with process:
        try:
            yield _announced(process, log)
        finally:
            process.terminate()


def _announced(process: "subprocess.Popen[str]", log: Path) -> Served:
    """Read what a server says until it says where it answers.

    Raises
    ------
    RuntimeError
        If it ends first.
    """
    assert process.stdout is not None
    said, key = "", None
    for line in process.stdout:
        said += line
        if (found := _KEY.search(line)) is not None:
            key = found[1]
        if (found := _ANSWERS.search(line)) is not None:
            return Served(process.pid, found[1], key)
    raise RuntimeError(f"the server did not start: {said}{log.read_text(encoding='utf-8')}")
