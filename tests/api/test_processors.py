"""How many processors a process may use: those it was given, not those of the machine."""

import os

import pytest

from api.cli.run import MOST_THREADS_UNASKED, threads_unasked
from api.processors import usable_processors
from api.settings import Settings


def test_a_process_that_was_given_some_uses_these(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers and commands count alike."""
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 5, 7}, raising=False)
    assert (usable_processors(), Settings().computing_threads, threads_unasked()) == (3, 3, 3)


@pytest.mark.parametrize(("counted", "usable"), [(64, 64), (None, 1)])
def test_a_system_that_cannot_tell_has_those_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, counted: int | None, usable: int
) -> None:
    """At least one, if even that is not known."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: counted)
    assert (usable_processors(), Settings().computing_threads) == (usable, usable)
    assert threads_unasked() == min(usable, MOST_THREADS_UNASKED)
