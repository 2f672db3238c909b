"""The pace of a platform: whoever calls, and however many at once."""

import sys
import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.platforms.pace import Pace
from tests.api.platforms.world import World


def test_calls_keep_their_distance() -> None:
    world = World()
    pace = Pace(1.3, world.clock, world.sleep)
    assert [pace.turn() for _ in range(4)] == [0.0] * 4
    assert world.slept == pytest.approx([1.3, 1.3, 1.3])


def test_who_comes_late_does_not_wait() -> None:
    world = World()
    pace = Pace(1.3, world.clock, world.sleep)
    pace.turn()
    world.sleep(5)
    assert pace.turn() == 0.0
    assert world.slept == [5]


def test_a_pause_holds_everybody_and_the_longest_counts() -> None:
    world = World()
    pace = Pace(1.0, world.clock, world.sleep)
    pace.pause(20)
    pace.pause(5)
    assert pace.turn() == 0.0
    assert world.slept == [20]


def test_who_would_wait_too_long_is_told_how_long() -> None:
    """A thread that waits for an hour can do nothing else, and its lease ends."""
    world = World()
    pace = Pace(1.0, world.clock, world.sleep, longest_held=30)
    pace.pause(3_600)
    assert pace.turn() == 3_600
    assert world.slept == []
    world.sleep(3_571)
    assert pace.turn() == 0.0


def test_a_pause_that_begins_while_somebody_waits_holds_him_too() -> None:
    world = World()

    def sleep(seconds: float) -> None:
        world.sleep(seconds)
        if len(world.slept) == 1:
            pace.pause(100)

    pace = Pace(2.0, world.clock, sleep, longest_held=50)
    pace.turn()
    assert pace.turn() == 100


def test_who_waits_again_and_again_waits_no_longer_in_all() -> None:
    world = World()

    def sleep(seconds: float) -> None:
        assert len(world.slept) < 5
        world.sleep(seconds)
        pace.pause(30)

    pace = Pace(0.0, world.clock, sleep, longest_held=50)
    pace.pause(30)
    assert pace.turn() == 30
    assert world.slept == [30]


@given(st.lists(st.floats(0, 3), min_size=1, max_size=12), st.sampled_from([0.5, 1.0, 2.5]))
def test_whenever_calls_come_they_keep_their_distance(gaps: list[float], interval: float) -> None:
    world, turns = World(), []
    pace = Pace(interval, world.clock, world.sleep)
    for gap in gaps:
        world.sleep(gap)
        assert pace.turn() == 0.0
        turns.append(world.clock())
    assert all(after - before >= interval - 1e-9 for before, after in pairwise(turns))


def test_threads_share_a_pace(switching_often: None) -> None:
    """The pace asks for the time under its lock, and last just before it gives a turn."""
    world, seen, turns = World(), threading.local(), list[float]()

    def clock() -> float:
        seen.now = world.clock()
        return float(seen.now)

    pace = Pace(1.0, clock, world.sleep, longest_held=1e9)

    def call() -> None:
        for _ in range(20):
            assert pace.turn() == 0.0
            turns.append(seen.now)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(turns) == 160
    assert all(after - before >= 1.0 - 1e-9 for before, after in pairwise(sorted(turns)))


def test_between_asking_for_the_time_and_taking_the_turn_nobody_else_can() -> None:
    """Two that ask at the same moment would both find it free."""
    world, held = World(), list[bool]()
    paces: list[Pace] = []

    def clock() -> float:
        held.extend(pace._lock.locked() for pace in paces)
        return world.clock()

    paces.append(Pace(1.0, clock, world.sleep))
    paces[0].turn()
    paces[0].pause(5)
    paces[0].turn()
    assert held == [True] * 4


@pytest.fixture
def switching_often() -> Iterator[None]:
    """Let threads take turns after every few instructions while the test lasts."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
