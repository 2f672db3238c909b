"""Server processes as an operator starts them, on a free port of this machine."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from api.settings import PREFIX
from tests.waiting import PATIENCE, eventually

ROOT = Path(__file__).resolve().parents[2]


class ServerProcess:
    """A running ``branchcast serve``; ``url`` is where it said that it answers."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self._process, self._log = process, log
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if (found := re.search(r"answers at (http://\S+)", line)) is not None:
                self.url = found[1]
                return
        raise AssertionError(f"the server did not start: {''.join(said)}{self.log}")

    @property
    def log(self) -> str:
        """What it has written on standard error."""
        return self._log.read_text(encoding="utf-8")

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def ended(self) -> int:
        """Wait for the end of the process and return its exit code."""
        return self._process.wait(PATIENCE)

    def client(self) -> httpx.Client:
        """Return a client of the server."""
        return httpx.Client(base_url=self.url, timeout=PATIENCE)


@contextmanager
def serving(database: str, folder: Path, *, keyless: bool = True, **settings: object) -> Iterator[ServerProcess]:
    """Run a server on a database while the context lasts; settings are named as their fields."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {PREFIX + name.upper(): str(value) for name, value in settings.items()}
    log = folder / f"{time.monotonic_ns()}.log"
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--database", database]
    command += ["--keyless"] if keyless else []
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8"
        )
    with process:
        try:
            yield ServerProcess(process, log)
        finally:
            process.kill()


def run_when(client: httpx.Client, address: str, condition: Callable[[Any], bool]) -> Any:  # noqa: ANN401 -- JSON
    """Return a run's page as soon as it fulfils a condition."""

    def look() -> Any | None:  # noqa: ANN401 -- JSON
        page = client.get(address).json()
        return page if condition(page) else None

    return eventually(look)
