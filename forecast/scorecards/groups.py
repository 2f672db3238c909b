"""Averages of scorecards by what they share: analyst, depth of a node, type, topic, platform."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from forecast.scorecards.records import GroupAverage, ScoreAverage, Scorecard, Scores, finite, in_a_unit, number
from forecast.scores.averages import average_by
from forecast.scores.skill import skill_score

By = Literal["analyst", "depth", "type", "topic", "platform"]

UNSHARED: Mapping[str, str] = {"topic": "no topic", "platform": "not listed"}
"""Key of the places that have no topic, or that no platform asks for."""


def averages(
    cards: Iterable[Scorecard], by: By, known: Mapping[str, Collection[str]] | None = None
) -> tuple[GroupAverage, ...]:
    """Return the averages of scorecards by what they share; each place counts once.

    Parameters
    ----------
    cards : iterable of Scorecard
        Those without scores, void ones among them, are left out.
    by : str
        ``analyst``: the author of the forecasts, by their own predictions alone. ``depth``: of nodes, 1 for the root;
        other places are left out. ``type``: kind of the question, or ``node``, or ``outcome``. ``topic``, ``platform``:
        each that the place has, so that it may count in several; the others under what `UNSHARED` says.
    known : mapping, optional
        Place → its topics, or the platforms that ask for it.

    Returns
    -------
    tuple of GroupAverage
        Sorted by key.
    """
    gathered: dict[str, list[tuple[Scorecard, Scores]]] = {}
    for card in cards:
        for key, scores in _shares(card, by, known or {}):
            gathered.setdefault(key, []).append((card, scores))
    return tuple(_average(key, gathered[key], by) for key in sorted(gathered, key=_in_order))


def _shares(card: Scorecard, by: By, known: Mapping[str, Collection[str]]) -> Iterator[tuple[str, Scores]]:
    if card.unscored is not None:
        return
    if by == "analyst":
        yield from card.by_analyst.items()
    elif by in UNSHARED:
        yield from ((key, card.scores) for key in sorted(set(known.get(card.place, ()))) or [UNSHARED[by]])
    elif by == "type":
        yield card.type, card.scores
    elif card.depth is not None:
        yield str(card.depth), card.scores


def _in_order(key: str) -> tuple[int, str]:
    return (int(key), key) if key.isdecimal() else (0, key)


def _average(key: str, shared: Sequence[tuple[Scorecard, Scores]], by: By) -> GroupAverage:
    pairs = [(name, number(score)) for _, scores in shared for name, score in scores.items() if not in_a_unit(name)]
    found = average_by((name for name, _ in pairs), (score for _, score in pairs))
    return GroupAverage(
        key=key,
        places=len(shared),
        scores={name: ScoreAverage(mean=finite(each.mean), count=each.count) for name, each in found.items()},
        skill=None if by == "analyst" else _skill([card for card, _ in shared]),
    )


def _skill(cards: Sequence[Scorecard]) -> float | None:
    """Return the skill of mean scores: a single lucky base rate would make a mean of skills wild."""
    known = [card.skill for card in cards if card.skill is not None]
    baseline = math.fsum(each.base_rate_brier for each in known)
    return skill_score(math.fsum(each.brier for each in known), baseline) if baseline > 0.0 else None
