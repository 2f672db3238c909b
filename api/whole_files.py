"""Files that are written whole or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO


def is_special(path: str) -> bool:
    """Tell whether a path is a device or a pipe, which must be written to and not replaced."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """Yield a file to write bytes to; it takes the place of what is at the path when the context ends without an error.

    Until then, and after an error, the path holds what it held before. Only a device or a pipe is written to at once.

    Raises
    ------
    OSError
        If it cannot be written; it has the path that was asked for, and what is in the way.
    """
    if is_special(path):
        with open(path, "wb") as file:
            yield file
        return
    target = os.path.realpath(path)
    handle, draft = _draft(path, target)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, _mode(target))
        os.replace(draft, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft)
        raise


def _draft(path: str, target: str) -> tuple[int, str]:
    """Open a file beside the one to be written, and return it with its name."""
    folder = os.path.dirname(target)
    if os.path.isdir(target):
        raise IsADirectoryError(errno.EISDIR, "this is a folder: name a file in it", path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {folder}: create it first", path)
    try:
        return tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error


def _mode(target: str) -> int:
    """Return the permissions of the file to replace, or those a new file gets."""
    if os.path.exists(target):
        return os.stat(target).st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
