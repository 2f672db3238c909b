"""What the Brier score of many questions is made of: calibration, telling cases apart, and what cannot be helped."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecast.scores.bins import binned
from forecast.scores.skill import skill_score


@dataclass(frozen=True, slots=True)
class BrierParts:
    """Parts of a mean one-sided Brier score.

    brier = reliability - resolution + uncertainty + within_bin_variance - within_bin_covariance.

    brier : mean of (f - y)^2, f being what was said and y 1 if it came about
    reliability : how far the share of yes in a bin lies from what was said there; 0 is perfect
    resolution : how far it lies from the share among all questions; more is better
    uncertainty : variance of the outcomes, the score of always saying the share among all questions
    within_bin_variance : spread of what was said inside bins; 0 if each holds a single value
    within_bin_covariance : twice its covariance with the outcomes; 0 if each holds a single value
    base_rate : share of yes among all questions
    questions : how many they are
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within_bin_variance: float
    within_bin_covariance: float
    base_rate: float
    questions: int

    @property
    def generalised_resolution(self) -> float:
        """Resolution with what bins hide added back, less sensitive to their width (Stephenson et al. 2008)."""
        return self.resolution - self.within_bin_variance + self.within_bin_covariance

    def skill(self) -> float:
        """Skill against always saying the share of yes among these very questions, 1 - brier/uncertainty.

        That share is known only afterwards; `forecast.scores.skill` takes any other baseline.

        Raises
        ------
        ValueError
            If all questions turned out alike, so that this baseline is perfect.
        """
        return skill_score(self.brier, self.uncertainty)


def brier_parts(probabilities: ArrayLike, happened: ArrayLike, edges: ArrayLike | None = None) -> BrierParts:
    """Decompose the mean Brier score of questions of yes or no.

    With N questions, n_k of them in bin k, where f_k is the mean of what was said and o_k the share of yes, and o the
    share of yes among all (Murphy 1973; the last two by Stephenson, Coelho & Jolliffe 2008):

        reliability = sum n_k (f_k - o_k)^2 / N          uncertainty = o (1 - o)
        resolution = sum n_k (o_k - o)^2 / N             within-bin variance = sum (f - f_k)^2 / N
                                                         within-bin covariance = 2 sum (f - f_k)(y - o_k) / N

    Parameters
    ----------
    probabilities : array_like, shape (questions,)
        Of yes.
    happened : array_like, shape (questions,)
        Truth values or 0 and 1.
    edges : array_like, shape (bins + 1,), optional
        Ascending from 0 to 1. A bin for each value that was stated when left out, as Murphy has it. With few questions
        to a value, reliability and resolution are both too large: the share of yes is then mostly chance.

    Raises
    ------
    ValueError
        If there is no question, or an argument is out of range.

    Examples
    --------
    >>> parts = brier_parts([0.2, 0.4], [0, 1], edges=[0, 1])
    >>> [round(part, 12) for part in (parts.reliability, parts.within_bin_variance, parts.within_bin_covariance)]
    [0.04, 0.01, 0.1]
    """
    by_bin = binned(probabilities, happened, edges)
    said, found = by_bin.mean_probabilities, by_bin.observed_shares
    total = by_bin.probabilities.size
    base_rate = float(by_bin.happened.mean())
    spread = by_bin.probabilities - said[by_bin.bin_of]
    surprise = by_bin.happened - found[by_bin.bin_of]
    return BrierParts(
        brier=math.fsum((by_bin.probabilities - by_bin.happened) ** 2) / total,
        reliability=math.fsum(by_bin.counts * (said - found) ** 2) / total,
        resolution=math.fsum(by_bin.counts * (found - base_rate) ** 2) / total,
        uncertainty=base_rate * (1 - base_rate),
        within_bin_variance=math.fsum(spread**2) / total,
        within_bin_covariance=2 * math.fsum(np.multiply(spread, surprise)) / total,
        base_rate=base_rate,
        questions=total,
    )
