"""One sound document, and how to spoil it: a replacement in its text, with a mark in the line of the expected fault."""

from collections.abc import Callable
from pathlib import Path

import pytest

from forecast.documents import read_scenario
from forecast.errors import Fault, ScenarioError

MARK = "§"
SOUND = (Path(__file__).parent / "harbour.yaml").read_text(encoding="utf-8")

Refusal = tuple[list[Fault], list[int]]
Spoil = Callable[..., Refusal]


def _refusal(text: str) -> list[Fault]:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(text)
    return list(caught.value.faults)


@pytest.fixture(scope="session")
def refused() -> Callable[[str], Refusal]:
    """Return a reader of refused text: its faults, and the lines that hold a mark (which is taken out first)."""

    def read(text: str) -> Refusal:
        lines = [number for number, line in enumerate(text.split("\n"), 1) if MARK in line]
        return _refusal(text.replace(MARK, "")), lines

    return read


@pytest.fixture(scope="session")
def spoilt(refused: Callable[[str], Refusal]) -> Spoil:
    """Return a reader of the sound document with one or more (old, new) replacements."""

    def read(*changes: tuple[str, str]) -> Refusal:
        text = SOUND
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} must occur once in harbour.yaml"
            text = text.replace(old, new)
        return refused(text)

    return read
