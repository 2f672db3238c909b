"""Files as commands meet them: read with every failure put in words, written whole or not at all."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from glob import glob, has_magic
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO

from api.cli.exits import Exit, Refusal
from api.suggestions import did_you_mean
from forecast.documents import MAX_DOCUMENT_BYTES
from forecast.errors import Fault

STDIN = "-"
SUFFIXES = (".yaml", ".yml")
MAX_FORECAST_BYTES = 200_000_000


class UnreadableError(Exception):
    """A file that cannot be read as text; ``fault`` says why and what to do."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        self.fault = Fault((), message, line, column)
        super().__init__(message)


def packaged() -> list[str]:
    """Return the ids of the scenarios that come with branchcast."""
    names = (Path(file.name) for file in files("priors").iterdir())
    return sorted(name.stem for name in names if name.suffix == ".yaml")


def shown(source: str) -> str:
    """Return what to call a source in messages: no character of it can steer a terminal."""
    name = "<stdin>" if source == STDIN else source
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)


def read_document(source: str, limit: int = MAX_DOCUMENT_BYTES) -> str:
    """Read a path, ``-`` for standard input, or the id of a packaged scenario, as UTF-8 text.

    At most one byte more than ``limit`` is read, so that whoever parses the text refuses it by its size.

    Raises
    ------
    UnreadableError
        If there is no such thing, or it is not a text that may be read.
    """
    try:
        data = _read(source, limit)
    except FileNotFoundError as error:
        known = packaged()
        raise UnreadableError(
            "there is no such file" + (did_you_mean(source, known, "scenarios that come with branchcast are")
            if _may_be_id(source) else ": check the path")
        ) from error
    except IsADirectoryError as error:
        raise UnreadableError("this is a folder: name a file in it") from error
    except PermissionError as error:
        raise UnreadableError("you may not read this file: change its permissions") from error
    except OSError as error:
        raise UnreadableError(f"it cannot be read: {error.strerror or error}") from error
    return _decoded(data)


def _read(source: str, limit: int) -> bytes:
    if source == STDIN:
        return sys.stdin.buffer.read(limit + 1)
    if _may_be_id(source) and not os.path.lexists(source) and source in packaged():
        return files("priors").joinpath(f"{source}.yaml").read_bytes()
    with open(source, "rb") as file:
        return file.read(limit + 1)


def _may_be_id(source: str) -> bool:
    return source.replace("-", "").replace("_", "").isalnum()


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        message = f"byte {error.start + 1:,} (0x{data[error.start]:02x}) is not UTF-8: save the file as UTF-8 text"
        raise UnreadableError(message, line, column) from error


def expand(sources: tuple[str, ...]) -> Iterator[str]:
    """Yield each source once: wildcards the shell left alone and folders (with those inside) become their files.

    A folder or wildcard that holds no scenario file is yielded as it is, for its reader to complain about.
    """
    seen: set[str] = set()
    for source in sources:
        for name in _expanded(source):
            if name not in seen:
                seen.add(name)
                yield name


def _expanded(source: str) -> list[str]:
    if os.path.isdir(source):
        found = [
            os.path.join(folder, name)
            for folder, inner, names in _walk(source)
            for name in sorted(names)
            if name.endswith(SUFFIXES) and not name.startswith(".")
        ]
        return found or [source]
    if has_magic(source) and not os.path.lexists(source):
        return sorted(glob(source, recursive=True)) or [source]
    return [source]
