"""Files as commands meet them: read with every failure put in words, written whole or not at all."""

import os
import sys
from collections.abc import Iterator
from glob import glob, has_magic
from importlib.resources import files
from pathlib import Path

from api.cli.exits import Exit, Refusal
from api.suggestions import did_you_mean
from api.whole_files import is_special, whole_file
from forecast.documents import MAX_DOCUMENT_BYTES
from forecast.errors import Fault

STANDARD = "-"
"""Stands for standard input or output."""

SUFFIXES = (".yaml", ".yml")


class UnreadableError(Exception):
    """A file that cannot be read as text; ``fault`` says why and what to do."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        self.fault = Fault((), message, line, column)
        super().__init__(message)


def packaged() -> list[str]:
    """Return the ids of the scenarios that come with branchcast."""
    names = (Path(file.name) for file in files("priors").iterdir())
    return sorted(name.stem for name in names if name.suffix == ".yaml")


def called(source: str) -> str:
    """Return what messages call a source: no character of it can steer a terminal."""
    name = "<stdin>" if source == STANDARD else source or "''"
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)


def located(source: str, fault: Fault) -> str:
    """Return a fault as one line that editors and terminals can jump from: ``file:line:column: message``."""
    place = "" if fault.line is None else f":{fault.line}:{fault.column}"
    return f"{called(source)}{place}: {fault.message}"


def read_text(source: str, limit: int = MAX_DOCUMENT_BYTES) -> str:
    """Read a path, ``-`` for standard input, or the id of a packaged scenario, as UTF-8 text.

    At most one byte more than ``limit`` is read; whoever takes the text apart refuses it by its size.

    Raises
    ------
    UnreadableError
        If there is no such thing, or it is not a text that may be read.
    """
    try:
        data = _read(source, limit)
    except FileNotFoundError as error:
        raise UnreadableError(f"there is no such file{_way_out(source)}") from error
    except IsADirectoryError as error:
        raise UnreadableError("this is a folder: name a file in it") from error
    except PermissionError as error:
        raise UnreadableError("this file may not be read: change its permissions") from error
    except OSError as error:
        raise UnreadableError(f"this cannot be read: {error.strerror or error}") from error
    return _decoded(data)


def _read(source: str, limit: int) -> bytes:
    if source == STANDARD:
        if sys.stdin is None:
            raise UnreadableError("standard input is closed: name a file, or pipe something in")
        return sys.stdin.buffer.read(limit + 1)
    if source in packaged() and not os.path.lexists(source):
        return files("priors").joinpath(f"{source}.yaml").read_bytes()
    with open(source, "rb") as file:
        return file.read(limit + 1)


def _way_out(source: str) -> str:
    if os.path.basename(source) != source or source.endswith((*SUFFIXES, ".json")):
        return ": check the path"
    return did_you_mean(source, packaged(), "write its path, or one that comes with branchcast:")


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        guess = " but looks like UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        message = (
            f"byte {error.start + 1:,} (0x{data[error.start]:02x}) is not UTF-8{guess}: save the file as UTF-8 text"
        )
        raise UnreadableError(message, line, column) from error


def expand(sources: tuple[str, ...]) -> list[str]:
    """Return each source once, in order; a folder, or a wildcard that the shell left alone, becomes its scenario files.

    A folder or wildcard without any stays as it is, for the reader to complain about.
    """
    return list(dict.fromkeys(name for source in sources for name in _expanded(source)))


def _expanded(source: str) -> list[str]:
    if os.path.isdir(source):
        return list(_scenario_files(source)) or [source]
    if has_magic(source) and not os.path.lexists(source):
        return sorted(name for name in glob(source, recursive=True) if os.path.isfile(name)) or [source]
    return [source]


def _scenario_files(folder: str) -> Iterator[str]:
    """Yield the scenario files of a folder and of those inside it, except hidden ones."""
    for here, inside, names in os.walk(folder):
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(SUFFIXES) and not name.startswith("."):
                yield os.path.join(here, name)


def require_writable(path: str) -> None:
    """Refuse a path that cannot be written, before hours of work are lost on it.

    Raises
    ------
    Refusal
        With what is wrong with the path.
    """
    if path == STANDARD or is_special(path):
        return
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    if os.path.isdir(target):
        raise Refusal(f"{called(path)} is a folder: name a file in it", Exit.FAULT)
    if not os.path.isdir(folder):
        raise Refusal(f"{called(path)}: there is no folder {called(folder)}: create it first", Exit.FAULT)
    if not os.access(folder, os.W_OK):
        raise Refusal(f"{called(path)} may not be written: change the permissions, or name another file", Exit.FAULT)


def require_other(path: str, source: str) -> None:
    """Refuse to write over the very file that is read, by whatever name.

    Raises
    ------
    Refusal
        If both are the same file.
    """
    if os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source):
        raise Refusal(f"{called(path)} is the file that is read: name another to write to", Exit.USAGE)


def write_text(path: str, text: str) -> None:
    """Write UTF-8 text to a path, whole or not at all, or to standard output for ``-``.

    Raises
    ------
    Refusal
        If the text cannot be written; what the file held before is still there.
    """
    if path == STANDARD:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    write_bytes(path, text.encode())


def write_bytes(path: str, data: bytes) -> None:
    """Write a file, whole or not at all; raises as ``write_text``."""
    try:
        with whole_file(path) as file:
            file.write(data)
    except OSError as error:
        raise Refusal(f"{called(path)} cannot be written: {error.strerror or error}", Exit.FAULT) from error
