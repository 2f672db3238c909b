"""What may be scored at all: probabilities, outcomes and numbers as the scores of this package take them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forecast.arrays import BoolArray, FloatArray, IntArray

SUM_TOLERANCE = 1e-6
"""How far probabilities over options may add up to something else than 1; what a forecast itself warns beyond."""

WEIGHT_TOLERANCE = 1e-9
"""How far the weights of draws may add up to something else than 1."""


def stated_probabilities(probabilities: ArrayLike) -> FloatArray:
    """Return probabilities of events as an array of the same shape.

    Raises
    ------
    ValueError
        If one is not in [0, 1].
    """
    values = np.asarray(probabilities, dtype=np.float64)
    outside = ~((values >= 0) & (values <= 1))
    if outside.any():
        raise ValueError(f"probability {values[outside].flat[0]} is not in [0, 1]: write 30 % as 0.3")
    return values


def stated_options(probabilities: ArrayLike) -> FloatArray:
    """Return probabilities over options, which lie along the last axis, as an array of the same shape.

    Raises
    ------
    ValueError
        If there are fewer than two options, a probability is not in [0, 1], or they do not sum to 1.
    """
    values = stated_probabilities(probabilities)
    if values.ndim == 0 or values.shape[-1] < 2:
        raise ValueError(
            f"probabilities of shape {values.shape} are not over two options or more: "
            "use two_options for a question of yes or no"
        )
    totals = values.sum(axis=-1)
    off = np.abs(totals - 1) > SUM_TOLERANCE
    if off.any():
        raise ValueError(
            f"probabilities over the options sum to {totals[off].flat[0]:.9g}, not 1 within {SUM_TOLERANCE}: "
            "correct them, or add the option that is missing"
        )
    return values


def resolved_options(outcome: ArrayLike, options: int) -> IntArray:
    """Return the indices, from 0, of the options that came about, as an array of the same shape.

    Raises
    ------
    ValueError
        If one is no whole number or no option has it.
    """
    index = np.asarray(outcome)
    if index.dtype.kind not in "iu":
        raise ValueError(f"outcome {outcome!r} is not the index of an option: count options from 0")
    outside = (index < 0) | (index >= options)
    if outside.any():
        raise ValueError(f"outcome {index[outside].flat[0]} is none of {options} options: count them from 0")
    return index.astype(np.intp)


def resolved_events(happened: ArrayLike) -> BoolArray:
    """Return whether events happened as an array of the same shape.

    Raises
    ------
    ValueError
        If an outcome is neither 0 nor 1.
    """
    values = np.asarray(happened)
    strange = (values != 0) & (values != 1)
    if strange.any():
        raise ValueError(f"outcome {values[strange].flat[0]} is neither 0 nor 1: leave an unresolved question unscored")
    return values.astype(np.bool_)


def finite_numbers(values: ArrayLike, name: str) -> FloatArray:
    """Return numbers as an array of the same shape; ``name`` is what an error calls them.

    Raises
    ------
    ValueError
        If one is not finite.
    """
    numbers = np.asarray(values, dtype=np.float64)
    endless = ~np.isfinite(numbers)
    if endless.any():
        raise ValueError(f"{name} {numbers[endless].flat[0]} is not a finite number: leave it out, or correct it")
    return numbers


def share_inside(value: ArrayLike, name: str) -> FloatArray:
    """Return shares that must lie strictly between 0 and 1, such as levels; ``name`` is what an error calls them.

    Raises
    ------
    ValueError
        If one does not.
    """
    shares = np.asarray(value, dtype=np.float64)
    outside = ~((shares > 0) & (shares < 1))
    if outside.any():
        raise ValueError(f"{name} {shares[outside].flat[0]} must lie strictly between 0 and 1: write 90 % as 0.9")
    return shares
