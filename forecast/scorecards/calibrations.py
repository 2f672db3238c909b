"""Calibration of what was said, over every yes-or-no question, option and half of a pair that has resolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forecast.scorecards.records import Calibration, CurvePoint, Each
from forecast.scores.bins import TENTHS
from forecast.scores.calibration import calibration_curve
from forecast.scores.decompositions import brier_parts


@dataclass(frozen=True, slots=True)
class Said:
    """The predictions of one question, option, or half of a pair whose condition came about, and whether it did too."""

    question: str
    probabilities: Sequence[float]
    happened: bool


def calibration(said: Sequence[Said], each: Each = "every") -> Calibration | None:
    """Return the calibration of predictions in tenths, with its parts (Murphy 1973, Stephenson et al. 2008).

    Every prediction is one case, however long it stood: how long that was may depend on what happened, and would tilt
    the shares. The intervals take cases to be independent, which the many predictions of one question are not; with
    the first prediction of each alone they are nearer to it, and fewer.

    Parameters
    ----------
    said : sequence of Said
        Predictions made while their question was open.
    each : str
        ``every`` prediction of a question counts, or the ``first`` alone.

    Returns
    -------
    Calibration or None
        None if there is no prediction.
    """
    cases = [
        (question, probability, one.happened)
        for one in said
        for question, probability in [(one.question, p) for p in one.probabilities[: 1 if each == "first" else None]]
    ]
    if not cases:
        return None
    questions, probabilities, happened = zip(*cases, strict=True)
    parts = brier_parts(probabilities, happened, TENTHS)
    return Calibration(
        each=each,
        questions=len(set(questions)),
        predictions=parts.questions,
        brier=parts.brier,
        reliability=parts.reliability,
        resolution=parts.resolution,
        uncertainty=parts.uncertainty,
        within_bin_variance=parts.within_bin_variance,
        within_bin_covariance=parts.within_bin_covariance,
        base_rate=parts.base_rate,
        skill=parts.skill() if parts.uncertainty > 0.0 else None,
        curve=tuple(
            CurvePoint(
                mean_probability=point.mean_probability,
                observed_share=point.observed_share,
                count=point.count,
                low=point.low,
                high=point.high,
            )
            for point in calibration_curve(probabilities, happened, TENTHS)
        ),
    )
