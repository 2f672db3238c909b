"""Ask a server everything that its description allows, and much that it does not: ``python -m tests.e2e.fuzz``.

A real server is started on a new database, and schemathesis asks it with a key of each scope, so many
seconds with each. What it finds (a failure of the server, an answer that the description does not allow,
a wrong request that is accepted) is printed with the request that shows it.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from api.store import keys
from api.store.database import Database, database_url
from tests.e2e.processes import serving

SECONDS = 300
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")

REVOKE = "revoke_api_key"
"""Asked by itself and last: it would revoke the very key that everything else is asked with."""

MAX_WORK, MAX_RUN_WORK = 3_000_000, 20_000_000
"""Prices of work that the server accepts: dear requests would take the time in which many others can be asked."""


def key_of(address: str, scope: str) -> str:
    """Make a key of a scope in the database that a server works on."""
    database = Database(database_url(address))
    try:
        with database.writing() as connection:
            return keys.create(connection, database.now(connection), f"fuzz-{scope}", scope, None, "fuzz")[1]
    finally:
        database.close()


def fuzz(url: str, key: str, options: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Ask with a key; the exit code is that of schemathesis: 0 if it found nothing."""
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run"]
    asked = [f"{url}/openapi.json", "-H", f"Authorization: Bearer {key}", "--continue-on-failure", *options]
    return subprocess.run([*program, *asked], check=False, capture_output=True, text=True, encoding="utf-8")


def fuzz_each_scope(folder: Path, scopes: Sequence[str], seconds: int, options: Sequence[str] = ()) -> list[str]:
    """Ask a new server with a key of each scope for so long; return what was printed where something was found."""
    address = str(folder / "fuzz.db")
    found = []
    with serving(address, folder, keyless=False, max_work=MAX_WORK, max_run_work=MAX_RUN_WORK) as server:
        for scope in scopes:
            for asked, time in ((f"--exclude-operation-id={REVOKE}", seconds), (f"--include-operation-id={REVOKE}", 5)):
                ended = fuzz(server.url, key_of(address, scope), [asked, "--max-time", str(time), *options])
                tell(f"scope {scope}, {asked}, {time} s: {_summary(ended.stdout)}")
                if ended.returncode:
                    found.append(ended.stdout + ended.stderr)
        if "Traceback" in server.log:
            found.append(server.log[server.log.index("Traceback") :][:5_000])
    return found


def _summary(printed: str) -> str:
    """Return how many cases there were, and what became of them."""
    return next((line.strip() for line in printed.splitlines() if " generated, " in line), "no case was asked")


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Ask with each scope; return 0 if nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for each scope (default: %(default)s)")
    parser.add_argument("--scopes", nargs="+", default=list(keys.SCOPES), choices=keys.SCOPES)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = fuzz_each_scope(Path(folder), chosen.scopes, chosen.seconds)
    tell("\n".join(found) or "nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
