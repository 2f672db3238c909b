"""What a server sends, written as it comes, in bounded memory."""

import os
from typing import BinaryIO, TypeAlias

from api.client.server import Ask, PassingError, Server
from api.whole_files import whole_file

To: TypeAlias = str | os.PathLike[str] | BinaryIO
"""Where to write: the path of a file, or a stream of bytes that is open."""

PIECE_BYTES = 65_536


def download(server: Server, ask: Ask, to: To) -> None:
    """Write what an answer holds.

    A path holds the whole afterwards, or what it held before if anything failed. To a stream nothing is
    written twice, so what fails after its first byte is not repeated.

    Raises
    ------
    ClientError, OSError
        If it cannot be had, or cannot be written.
    """
    if isinstance(to, str | os.PathLike):
        with whole_file(os.fspath(to)) as file:
            anew = file.seekable()
            server.until_settled(lambda: _write(server, ask, file, anew=anew))
    else:
        server.until_settled(lambda: _write(server, ask, to, anew=False))


def _write(server: Server, ask: Ask, file: BinaryIO, *, anew: bool) -> None:
    """Write an answer once; what was written of one that broke off is taken back, if ``anew`` says that it can be."""
    begun = False
    try:
        with server.sent(ask) as answer:
            for piece in answer.iter_bytes(PIECE_BYTES):
                begun = True
                file.write(piece)
    except PassingError as passing:
        if begun and not anew:
            raise passing.error from passing.__cause__
        if begun:
            file.seek(0)
            file.truncate()
        raise
