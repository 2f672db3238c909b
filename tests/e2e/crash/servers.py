"""Server processes that are killed without warning and started again, each on a port of its own."""

import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from api.settings import PREFIX

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 120.0
"""Seconds in which a server must answer after it was started."""

WHILE_STARTING = 0.2
"""Share of the kills that come before the server answers."""

LONGEST_LIFE = 1.5
"""How long a server may live before it is killed, in times that it took to start: all is slower on a slow machine."""


class Server:
    """``branchcast serve`` on one database, again and again on the same port."""

    def __init__(self, database: str, scenarios: Path, log: Path, environment: Mapping[str, str]) -> None:
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._database, self._scenarios, self._log = database, scenarios, log
        kept = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
        self._environment = {**kept, **environment}
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(base_url=self.url, timeout=1.0)

    def start(self) -> None:
        """Start the process; it answers some time later."""
        serve = ("serve", "--keyless", "--port", str(self._port))
        where = ("--database", self._database, "--scenarios", str(self._scenarios))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", *serve, *where],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def wait_until_it_answers(self) -> None:
        """Return as soon as the server answers.

        Raises
        ------
        AssertionError
            If it ends by itself, or does not answer in time.
        """
        pause, deadline = threading.Event(), time.monotonic() + PATIENCE
        while not self._answers():
            self._require_alive()
            assert time.monotonic() < deadline, f"the server did not answer within {PATIENCE:g} s: {self._said()}"
            pause.wait(0.05)

    def _answers(self) -> bool:
        try:
            return self._http.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def _require_alive(self) -> None:
        assert self._process is not None
        code = self._process.poll()
        assert code is None, f"a server ended by itself with {code}: {self._said()}"

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-2_000:]

    def kill(self) -> None:
        """Kill the process with SIGKILL, which it cannot see coming."""
        self._require_alive()
        self.end()

    def end(self) -> None:
        """Kill the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Kill the process for good."""
        self.end()
        self._http.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def keep_killing(server: Server, kills: int, chance: random.Random) -> None:
    """Kill a server so many times at random moments and start it again; at the end it answers.

    Raises
    ------
    AssertionError
        If it ends by itself, or does not come back.
    """
    life, begun = threading.Event(), time.monotonic()
    server.wait_until_it_answers()
    start = time.monotonic() - begun
    for _ in range(kills):
        longest = start
        if chance.random() >= WHILE_STARTING:
            server.wait_until_it_answers()
            longest *= LONGEST_LIFE
        life.wait(chance.uniform(0.0, longest))
        server.kill()
        server.start()
    server.wait_until_it_answers()
