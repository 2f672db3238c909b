"""Streams: chunks in order, computed when they are taken, places bounded and given back, one thread at a time."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from api.errors import BusyError, ClientGoneError
from api.work.computations import Computations, StoppedError, Stopper
from api.work.streams import Chunks, Stream, Streams
from tests.api.work.test_computations import PATIENCE, Blocked, Client

pytestmark = pytest.mark.anyio


class Counted:
    """Chunks that are counted as they are computed; ``held`` keeps the one that is next from being done."""

    def __init__(self, count: int = 3) -> None:
        self.count, self.computed = count, 0
        self.held, self.closed = threading.Event(), threading.Event()
        self.held.set()
        self.entered = threading.Semaphore(0)

    def __call__(self, _: Stopper) -> Chunks:
        return self._chunks()

    def _chunks(self) -> Chunks:
        try:
            for number in range(self.count):
                self.entered.release()
                assert self.held.wait(PATIENCE)
                self.computed += 1
                yield b"%d" % number
        finally:
            self.closed.set()


@pytest.fixture
async def computations() -> AsyncIterator[Computations]:
    pool = Computations(threads=2, max_waiting=0)
    yield pool
    pool.close()


@pytest.fixture
def streams(computations: Computations) -> Streams:
    """Return places for two streams."""
    return Streams(computations, 2)


async def _happens(event: threading.Event) -> bool:
    return await asyncio.to_thread(event.wait, PATIENCE)


async def _until(condition: Callable[[], bool]) -> None:
    """Let the loop and the threads go on until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.to_thread(threading.Event().wait, 0.001)


async def _rest(stream: Stream) -> list[bytes]:
    found = []
    while (chunk := await stream.take()) is not None:
        found.append(chunk)
    return found


async def test_chunks_come_in_order_and_end(streams: Streams) -> None:
    work = Counted(3)
    stream = await streams.begin(Client().request, work)
    assert await _rest(stream) == [b"0", b"1", b"2"]
    assert await stream.take() is None
    stream.close()
    await _until(lambda: streams.open == 0)


async def test_nothing_is_computed_before_it_is_taken(streams: Streams, computations: Computations) -> None:
    """One chunk is there from the beginning; between two, no thread is held."""
    work = Counted(3)
    stream = await streams.begin(Client().request, work)
    assert (work.computed, computations.unfinished) == (1, 0)
    assert [await stream.take(), await stream.take()] == [b"0", b"1"]
    assert (work.computed, computations.unfinished) == (2, 0)
    stream.close()
    assert await _happens(work.closed)
    assert work.computed == 2


async def test_places_are_bounded_and_given_back(streams: Streams) -> None:
    opened = [await streams.begin(Client().request, Counted()) for _ in range(2)]
    with pytest.raises(BusyError, match="2 tables are being sent") as refused:
        await streams.begin(Client().request, Counted())
    assert refused.value.retry_after > 0
    opened[0].close()
    await _until(lambda: streams.open == 1)
    (await streams.begin(Client().request, Counted())).close()
    opened[1].close()
    await _until(lambda: streams.open == 0)


@pytest.mark.parametrize("fails_late", [False, True])
async def test_what_stands_in_the_way_is_raised_at_the_beginning(streams: Streams, fails_late: bool) -> None:
    """Whether the chunks cannot be made, or the first of them cannot; and the place is given back."""

    def chunks() -> Chunks:
        raise LookupError("gone")
        yield b""

    def start(_: Stopper) -> Chunks:
        if fails_late:
            return chunks()
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        await streams.begin(Client().request, start)
    assert streams.open == 0


async def test_what_breaks_later_is_raised_when_it_is_taken(streams: Streams) -> None:
    def start(_: Stopper) -> Chunks:
        yield b"first"
        raise LookupError("gone")

    stream = await streams.begin(Client().request, start)
    assert await stream.take() == b"first"
    with pytest.raises(LookupError, match="gone"):
        await stream.take()
    stream.close()
    await _until(lambda: streams.open == 0)


async def test_a_client_that_leaves_before_the_first_chunk_gives_up_its_place(streams: Streams) -> None:
    client, work = Client(), Counted()
    work.held.clear()
    beginning = asyncio.create_task(streams.begin(client.request, work))
    assert await asyncio.to_thread(work.entered.acquire, timeout=PATIENCE)
    client.left.set()
    with pytest.raises(ClientGoneError):
        await beginning
    assert streams.open == 0
    work.held.set()
    assert await _happens(work.closed)


async def test_closing_waits_for_the_thread_that_computes(streams: Streams, computations: Computations) -> None:
    """A generator must not be entered twice; the place is given back after it was left."""
    work = Counted(3)
    stream = await streams.begin(Client().request, work)
    await stream.take()
    work.held.clear()
    taking = asyncio.create_task(stream.take())
    for _ in range(2):
        assert await asyncio.to_thread(work.entered.acquire, timeout=PATIENCE)
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    stream.close()
    assert (streams.open, work.closed.is_set()) == (1, False)
    work.held.set()
    await _until(lambda: streams.open == 0 and computations.unfinished == 0)
    assert work.closed.is_set()
    assert work.computed == 2


async def test_a_stream_goes_on_where_there_is_no_room_for_another_computation(
    streams: Streams, computations: Computations
) -> None:
    """Whoever has begun is not broken off by whoever comes later; they take turns."""
    stream = await streams.begin(Client().request, Counted(3))
    works = [Blocked(), Blocked()]
    tasks = [asyncio.create_task(computations.run(Client().request, work)) for work in works]
    for work in works:
        assert await _happens(work.started)
    with pytest.raises(BusyError):
        computations.require_room()
    await stream.take()
    taking = asyncio.create_task(stream.take())
    for work in works:
        work.released.set()
    assert await taking == b"1"
    await asyncio.gather(*tasks)
    stream.close()


async def test_a_pool_that_closes_ends_its_streams() -> None:
    pool, work = Computations(threads=1, max_waiting=0), Counted()
    streams = Streams(pool, 1)
    stream = await streams.begin(Client().request, work)
    await stream.take()
    await asyncio.to_thread(pool.close)
    with pytest.raises(StoppedError):
        await stream.take()
    stream.close()
    assert work.closed.is_set()
    assert streams.open == 0
