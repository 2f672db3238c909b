"""Files that are written whole or not at all."""

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
        If it cannot be written.
    """
    if is_special(path):
        with open(path, "wb") as file:
            yield file
        return
    target = os.path.realpath(path)
    handle, draft = tempfile.mkstemp(prefix=".", suffix=".part", dir=os.path.dirname(target))
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


def _mode(target: str) -> int:
    """Return the permissions of the file to replace, or those a new file gets."""
    if os.path.exists(target):
        return os.stat(target).st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
