"""``python -m tests.e2e.crash``: the crash test on what it is told; prints counts, and ends with 1 if it fails."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.databases import KINDS, PostgresqlDatabases, SqliteDatabases, postgresql_server
from tests.e2e.crash.trial import Trial, crash

SERVERS = (1, 2)


@contextmanager
def new_database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of a new database."""
    if kind == "sqlite":
        yield SqliteDatabases(folder).address()
        return
    with postgresql_server() as server:
        databases = PostgresqlDatabases(server)
        yield databases.address()
        databases.close()


def tried(kind: str, servers: int, kills: int, seed: int) -> bool:
    """Carry out one crash test and print how it went; return whether it passed."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="branchcast-crash-") as name, new_database(kind, Path(name)) as database:
        folder = Path(name) / "scenarios"
        folder.mkdir()
        report = crash(Trial(database, servers, kills, seed), folder)
    said = [f"{kind}, servers: {servers}, seed: {seed}, seconds: {time.monotonic() - began:.0f}", *report.lines()]
    sys.stdout.write("\n  ".join(said) + "\n")
    sys.stdout.flush()
    return report.passed


def main() -> int:
    """Carry out what is asked for; all combinations if nothing is."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.crash", description=__doc__)
    parser.add_argument("--database", choices=KINDS, help="kind of database; both if left out")
    parser.add_argument("--servers", type=int, choices=SERVERS, help="server processes; one and then two if left out")
    parser.add_argument("--kills", type=int, default=30, help="how often a server is killed, in all  [default: 30]")
    parser.add_argument("--seed", type=int, default=1, help="seed of every chance  [default: 1]")
    asked = parser.parse_args()
    kinds = KINDS if asked.database is None else (asked.database,)
    numbers = SERVERS if asked.servers is None else (asked.servers,)
    passed = [tried(kind, servers, asked.kills, asked.seed) for kind in kinds for servers in numbers]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
