"""What nobody may read in a server's output: planted wherever a client can put it, and looked for."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from api.store import keys
from api.store.database import Database, database_url
from tests.e2e.processes import ROOT, serving
from tests.waiting import PATIENCE

PLANTED = "hunter2-planted"


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_log_holds_neither_keys_nor_bodies(sqlite_address: str, tmp_path: Path, form: str) -> None:
    """At its most talkative, of requests that succeed, are refused, and are no HTTP at all."""
    database = Database(database_url(sqlite_address))
    with database.writing() as connection:
        made, whole = keys.create(connection, database.now(connection), "pipeline", "write", None, "test")
    database.close()
    right = {"Authorization": f"Bearer {whole}"}
    body = {"scenario": "minimal", "reason": PLANTED, "author": PLANTED}
    settings = {"log_level": "debug", "log_format": form}
    with serving(sqlite_address, tmp_path, keyless=False, **settings) as server:
        with server.client() as client:
            answers = [
                client.post("/v1/forecasts", json=body, headers={**right, "Idempotency-Key": PLANTED}),
                client.post("/v1/forecasts", json={**body, PLANTED: 1}, headers=right),
                client.get(f"/v1/scenarios?{PLANTED}={PLANTED}", headers={**right, "Cookie": PLANTED}),
                client.get("/v1/scenarios", headers={"Authorization": f"Bearer {whole[:-1]}~"}),
                client.get(f"/v1/scenarios/{whole}", headers=right),
                client.request("GET", "/v1/scenarios", headers={**right, "X-Request-Id": f"not {PLANTED}"}),
            ]
        server.send(signal.SIGTERM)
        assert server.ended() == 0
    assert [answer.status_code for answer in answers] == [201, 422, 422, 401, 404, 200]
    assert made.prefix in server.log
    assert "pipeline" in server.log
    assert whole.split("_", 2)[2][:-1] not in server.log
    assert PLANTED not in server.log


def test_a_database_password_is_shown_nowhere(tmp_path: Path) -> None:
    """Of a server that does not listen, and of an address that is wrong altogether."""
    for address in (f"postgresql://ann:{PLANTED}@127.0.0.1:1/team", f"mysql://ann:{PLANTED}@127.0.0.1/team"):
        command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--database", address]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode in (1, 2)
        assert "Error" in done.stderr
        assert "Traceback" not in done.stderr
        assert PLANTED not in done.stdout + done.stderr


def test_what_is_no_http_is_one_line_of_the_log(sqlite_address: str, tmp_path: Path) -> None:
    """The server goes on."""
    with serving(sqlite_address, tmp_path) as server:
        url = httpx.URL(server.url)
        assert url.port is not None
        with socket.create_connection((url.host, url.port), timeout=PATIENCE) as connection:
            connection.sendall(f"{PLANTED}\r\n\r\n".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 400")
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        server.send(signal.SIGTERM)
        assert server.ended() == 0
    assert "Invalid HTTP request received." in server.log
    assert PLANTED not in server.log
