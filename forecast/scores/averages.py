"""Means of scores by whatever tells them apart: analyst, depth of a node, topic, platform."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Average:
    """Mean of the scores that share a key, and how many they are."""

    mean: float
    count: int


def average_by(keys: Iterable[Key], scores: Iterable[float]) -> dict[Key, Average]:
    """Average scores by key.

    Parameters
    ----------
    keys : iterable
        One per score, such as the analyst's name, or a tuple of two things at once.
    scores : iterable of float
        Minus infinity, a log score, makes the mean of its key so too.

    Returns
    -------
    dict
        Key → average, in the order in which keys first come.

    Raises
    ------
    ValueError
        If there are not as many keys as scores, or a score is NaN or plus infinity.

    Examples
    --------
    >>> average_by(["Kim", "Lee", "Kim"], [0.25, 0.5, 0.75])
    {'Kim': Average(mean=0.5, count=2), 'Lee': Average(mean=0.5, count=1)}
    """
    gathered: dict[Key, list[float]] = {}
    for key, score in zip(keys, scores, strict=True):
        if math.isnan(score) or score == math.inf:
            raise ValueError(f"score {score} of '{key}' cannot be averaged: leave an unresolved question out")
        gathered.setdefault(key, []).append(score)
    return {key: Average(math.fsum(own) / len(own), len(own)) for key, own in gathered.items()}
