"""The pool: results and errors come back, room is bounded, and what nobody waits for stops."""

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator

import pytest
from fastapi import Request

from api.errors import BusyError, ClientGoneError
from api.work.computations import Computations, Stopper

pytestmark = pytest.mark.anyio

PATIENCE = 30.0
"""Seconds after which a test that waits for another thread fails."""


class Client:
    """The far end of a request, which can leave."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self._messages: list[dict[str, object]] = [{"type": "http.request", "body": b""}]
        self.request = Request({"type": "http"}, self._receive)

    async def _receive(self) -> dict[str, object]:
        if self._messages:
            return self._messages.pop()
        await self.left.wait()
        return {"type": "http.disconnect"}


class Blocked:
    """A computation that goes on until it is released or stopped."""

    def __init__(self) -> None:
        self.started, self.released, self.stopped = threading.Event(), threading.Event(), threading.Event()

    def __call__(self, stop_if_asked: Stopper) -> str:
        self.started.set()
        try:
            while not self.released.wait(0.001):
                stop_if_asked()
        except BaseException:
            self.stopped.set()
            raise
        return "done"


async def _happens(event: threading.Event) -> bool:
    return await asyncio.to_thread(event.wait, PATIENCE)


@pytest.fixture
async def computations() -> AsyncIterator[Computations]:
    """Yield a pool of one thread with room for one more to wait."""
    pool = Computations(threads=1, max_waiting=1)
    yield pool
    pool.close()


async def test_a_result_comes_back(computations: Computations) -> None:
    assert await computations.run(Client().request, lambda stop: 6 * 7) == 42
    assert computations.unfinished == 0


async def test_an_error_comes_back(computations: Computations) -> None:
    def fail(_: Stopper) -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        await computations.run(Client().request, fail)


async def test_the_event_loop_stays_free(computations: Computations) -> None:
    """While a computation runs, the loop that started it goes on."""
    work = Blocked()
    running = asyncio.create_task(computations.run(Client().request, work))
    assert await _happens(work.started)
    assert not running.done()
    work.released.set()
    assert await running == "done"


async def test_room_is_bounded_and_given_back(computations: Computations) -> None:
    """One runs, one waits, a third is refused; when they are done there is room again."""
    works = [Blocked(), Blocked()]
    tasks = [asyncio.create_task(computations.run(Client().request, work)) for work in works]
    assert await _happens(works[0].started)
    with pytest.raises(BusyError, match="2 computations are running or waiting") as caught:
        await computations.run(Client().request, lambda stop: None)
    assert caught.value.retry_after > 0
    with pytest.raises(BusyError):
        computations.require_room()
    for work in works:
        work.released.set()
    assert await asyncio.gather(*tasks) == ["done", "done"]
    computations.require_room()
    assert await computations.run(Client().request, lambda stop: "room") == "room"


async def test_a_client_that_leaves_stops_its_computation(computations: Computations) -> None:
    client, work = Client(), Blocked()
    running = asyncio.create_task(computations.run(client.request, work))
    assert await _happens(work.started)
    client.left.set()
    with pytest.raises(ClientGoneError):
        await running
    assert await _happens(work.stopped)


async def test_a_client_that_leaves_gives_up_its_place(computations: Computations) -> None:
    """What still waits for a thread is not started at all."""
    first, waiting, client = Blocked(), Blocked(), Client()
    running = asyncio.create_task(computations.run(Client().request, first))
    queued = asyncio.create_task(computations.run(client.request, waiting))
    assert await _happens(first.started)
    client.left.set()
    with pytest.raises(ClientGoneError):
        await queued
    assert computations.unfinished == 1
    first.released.set()
    assert await running == "done"
    assert not waiting.started.is_set()


async def test_a_cancelled_request_stops_its_computation(computations: Computations) -> None:
    """A server that is told to stop cancels requests after its grace."""
    work = Blocked()
    running = asyncio.create_task(computations.run(Client().request, work))
    assert await _happens(work.started)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await _happens(work.stopped)


async def test_closing_stops_everything_and_takes_nothing_new() -> None:
    pool = Computations(threads=1, max_waiting=1)
    work = Blocked()
    running = asyncio.create_task(pool.run(Client().request, work))
    assert await _happens(work.started)
    await asyncio.to_thread(pool.close)
    with pytest.raises(BusyError, match="shutting down"):
        await running
    assert work.stopped.is_set()
    with pytest.raises(BusyError, match="shutting down"):
        await pool.run(Client().request, lambda stop: None)


async def test_closing_tells_those_that_wait_for_a_thread_too() -> None:
    """They are refused like the one that computes, and never begin."""
    pool = Computations(threads=1, max_waiting=1)
    first, second = Blocked(), Blocked()
    asked = [asyncio.create_task(pool.run(Client().request, work)) for work in (first, second)]
    assert await _happens(first.started)
    await asyncio.to_thread(pool.close)
    for each in asked:
        with pytest.raises(BusyError, match="shutting down"):
            await each
    assert not second.started.is_set()


async def test_what_computes_and_what_waits_are_told_apart() -> None:
    pool = Computations(threads=1, max_waiting=1)
    works = [Blocked(), Blocked()]
    asked = [asyncio.create_task(pool.run(Client().request, work)) for work in works]
    assert await _happens(works[0].started)
    assert (pool.running, pool.unfinished) == (1, 2)
    for work in works:
        work.released.set()
    await asyncio.gather(*asked)
    assert (pool.running, pool.unfinished) == (0, 0)
    pool.close()


async def test_a_computation_has_the_context_of_its_request() -> None:
    """What it logs is told with the id of the request; a thread that serves another has another's."""
    pool, name = Computations(threads=1, max_waiting=2), contextvars.ContextVar("name", default="nobody")

    async def ask(who: str) -> str:
        name.set(who)
        return await pool.run(Client().request, lambda stop: name.get())

    assert await asyncio.gather(*(ask(who) for who in ("ann", "bob", "cem"))) == ["ann", "bob", "cem"]
    assert await pool.run(Client().request, lambda stop: name.get()) == "nobody"
    pool.close()
