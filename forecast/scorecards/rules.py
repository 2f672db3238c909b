"""The scores of predictions, by name; what each of them is, `records.MEANINGS` says."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from forecast.arrays import FloatArray
from forecast.scorecards.spreads import spread_of
from forecast.scorecards.stated import Chance, Dated, Number, Options, Stated, UnscoredError
from forecast.scores.metaculus import baseline_score
from forecast.scores.numbers import interval_score, quantile_score, weighted_interval_score
from forecast.scores.probabilities import (
    binary_brier,
    brier,
    chance_given,
    log_score,
    ordered_brier,
    ranked_probability,
    spherical,
    two_options,
)

BASELINE = "metaculus_baseline"
"""The one score of which time without a prediction is worth 0 and not left out."""

_ON_METACULUS = ("binary", "conditional", "multiple_choice")


def shape_of(stated: Stated) -> Hashable:
    """Return what predictions have in common that can be scored together: their type, and what they speak of."""
    if isinstance(stated, Options):
        return Options, tuple(stated.probabilities)
    return type(stated), tuple(stated.summary.quantiles) if isinstance(stated, Number) else ()


def scores_of(
    stated: Sequence[Stated], kind: str, *, in_order: bool = False, days: Collection[str] | None = None
) -> dict[str, FloatArray]:
    """Return the scores of predictions.

    Parameters
    ----------
    stated : sequence of Stated
        What was said and what came about, at least one, all of one shape.
    kind : str
        Of the place, such as ``binary``; only what a platform asks has a baseline score. Of numbers and dates it would
        need the probability of one of 200 buckets, which is finer than what a forecast keeps.
    in_order : bool
        Whether the options of a multiple-choice question are in order, so that being off by one costs less than by two.
    days : collection of str, optional
        Of dates, the reported days that part time into spans, as ISO text; all that the first reports if left out.

    Returns
    -------
    dict
        Score → array, shape (predictions,). Minus infinity where no chance was given to what came about.

    Raises
    ------
    ValueError
        If probabilities do not sum to 1, or a distribution does not.
    """
    numbers = [each for each in stated if isinstance(each, Number)]
    if numbers:
        return _of_numbers(numbers)
    dates = [each for each in stated if isinstance(each, Dated)]
    if dates:
        return _in_order(*_spans(dates, dates[0].by if days is None else days))
    events = [each for each in stated if isinstance(each, Chance)]
    chances, came_about = _chances(stated)
    found = {"brier": binary_brier(chances[:, 1], came_about)} if events else {}
    found |= {
        "brier_two_sided": brier(chances, came_about),
        "log": log_score(chances, came_about),
        "spherical": spherical(chances, came_about),
    }
    if kind in _ON_METACULUS:
        found[BASELINE] = baseline_score(chances, came_about)
    if in_order and kind == "multiple_choice":
        found |= _in_order(chances, came_about)
    return found


def scored(
    stated: Sequence[Stated], kind: str, *, in_order: bool = False, days: Collection[str] | None = None
) -> list[dict[str, float] | str]:
    """Return the scores of each of several predictions, or why it has none; arguments as for `scores_of`.

    Those of one shape are scored together, which takes a fraction of the time.
    """
    alike: dict[Hashable, list[int]] = {}
    for i, each in enumerate(stated):
        alike.setdefault(shape_of(each), []).append(i)
    rule = partial(scores_of, kind=kind, in_order=in_order, days=days)
    found: dict[int, dict[str, float] | str] = {}
    for group in alike.values():
        found |= zip(group, _one_by_one([stated[i] for i in group], rule), strict=True)
    return [found[i] for i in range(len(stated))]


def _one_by_one(
    stated: Sequence[Stated], rule: Callable[[Sequence[Stated]], dict[str, FloatArray]]
) -> list[dict[str, float] | str]:
    try:
        return [*rows_of(rule(stated))]
    except ValueError as error:
        return [str(error)] if len(stated) == 1 else [one for each in stated for one in _one_by_one([each], rule)]


def rows_of(columns: Mapping[str, FloatArray]) -> list[dict[str, float]]:
    """Return scores, score → array of shape (predictions,), as one mapping for each prediction."""
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def chance_of(stated: Stated) -> float | None:
    """Return the probability that was given to what came about; None of a number, or a day among many."""
    return None if isinstance(stated, Number | Dated) else float(chance_given(*_chances([stated]))[0])


def _chances(stated: Sequence[Stated]) -> tuple[FloatArray, list[int]]:
    """Return chances over options, shape (predictions, options), and the index of what came about in each."""
    events = [each for each in stated if isinstance(each, Chance)]
    if events:
        return two_options([each.probability for each in events]), [int(each.happened) for each in events]
    choices = [each for each in stated if isinstance(each, Options)]
    came_about = [list(each.probabilities).index(each.came_about) for each in choices]
    return np.array([list(each.probabilities.values()) for each in choices]), came_about


def _spans(dates: Sequence[Dated], days: Collection[str]) -> tuple[FloatArray, list[int]]:
    """Return the chances of the spans up to each day and of later than all, and in which of them the day fell."""
    if not days:
        raise UnscoredError(
            "the forecasts of this date report no day in common that was still to come when its life began: ask them "
            "all for one, by 'dates'"
        )
    read = sorted(days)
    by = np.array([[0.0, *(each.by[day] for day in read), 1.0] for each in dates])
    came_about = [len(read) if each.day is None else sum(day < each.day.isoformat() for day in read) for each in dates]
    # What falls by less than the rounding of its sums is level.
    return np.maximum(np.diff(by, axis=1), 0.0), came_about


def _in_order(chances: ArrayLike, came_about: ArrayLike) -> dict[str, FloatArray]:
    return {"ranked": ranked_probability(chances, came_about), "ordered_brier": ordered_brier(chances, came_about)}


def _of_numbers(numbers: Sequence[Number]) -> dict[str, FloatArray]:
    names = sorted(numbers[0].summary.quantiles, key=float)
    levels = [float(name) for name in names]
    quantiles = np.array([[each.summary.quantiles[name] for name in names] for each in numbers])
    values = np.array([each.value for each in numbers])
    found = {
        "crps": np.array([spread_of(each.summary).crps(each.value) for each in numbers]),
        "weighted_interval": weighted_interval_score(quantiles, levels, values),
    }
    return found | scores_of_quantiles(quantiles, levels, values)


def scores_of_quantiles(quantiles: FloatArray, levels: Sequence[float], values: FloatArray) -> dict[str, FloatArray]:
    """Return the scores of quantiles of numbers: of each level, and of each two that are as far from the ends.

    Parameters
    ----------
    quantiles : ndarray, shape (predictions, levels)
    levels : sequence of float
        Ascending.
    values : ndarray, shape (predictions,)
        What the numbers turned out to be.
    """
    found = {f"quantile_{level:g}": quantile_score(quantiles[:, i], level, values) for i, level in enumerate(levels)}
    for i, level in enumerate(levels):
        matching = next((j for j, other in enumerate(levels) if math.isclose(level + other, 1.0)), None)
        if level < 0.5 and matching is not None:
            low, high = quantiles[:, i], quantiles[:, matching]
            found[f"interval_{1 - 2 * level:g}"] = interval_score(low, high, 2 * level, values)
    return found
