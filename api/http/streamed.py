"""Answers that are sent while they are computed, at the pace of whoever reads them."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from api.work.computations import StoppedError
from api.work.streams import Stream

STALLED_SECONDS = 60.0
"""Time in which a client must take what was sent: one that stops midway must not hold its place for ever."""

PIECE_BYTES = 1 << 18
"""Bytes handed to the connection at a time; it keeps a copy of what the client has not taken yet."""


class _StalledError(Exception):
    """Raised where a client takes nothing any more."""


class StreamedResponse(StreamingResponse):
    """Sends a stream and closes it: after its end, when the client leaves or stalls, and when the server stops.

    What ends before its end is sent without an end, so that the client can tell that it is not whole.
    """

    def __init__(self, stream: Stream, media_type: str, headers: Mapping[str, str]) -> None:
        self._stream, self._pieces = stream, _pieces(stream)
        super().__init__(self._pieces, headers=headers, media_type=media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, _in_time(send))
        except (_StalledError, StoppedError):
            return
        finally:
            self._stream.close()
            await self._pieces.aclose()


async def _pieces(stream: Stream) -> AsyncGenerator[memoryview, None]:
    while (chunk := await stream.take()) is not None:
        for start in range(0, len(chunk), PIECE_BYTES):
            yield memoryview(chunk)[start : start + PIECE_BYTES]
        del chunk  # so that the next one is not computed beside it


def _in_time(send: Send) -> Send:
    async def send_in_time(message: Message) -> None:
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await send(message)
        except TimeoutError as error:
            raise _StalledError from error

    return send_in_time
