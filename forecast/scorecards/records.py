"""What a scorecard holds. A score that is minus infinity, as JSON has no such number, is None."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from forecast.resolutions import Resolution
from forecast.result import Record
from forecast.tournaments.listings import Part

Scores = dict[str, float | None]
"""Score by name. None is minus infinity: what happened was given no chance."""

MEANINGS: Mapping[str, str] = {
    "brier": "(p - y)^2 of yes: 0 is perfect, 1 is worst",
    "brier_two_sided": "sum over options of (p - y)^2: 0 is perfect, 2 is worst",
    "log": "natural logarithm of the chance given to what happened: 0 is perfect, less is worse",
    "spherical": "chance given to what happened over the length of all chances: 1 is perfect, 0 is worst",
    "metaculus_baseline": "100 log_K(K p): 0 for equal chances, 100 is perfect; time without a prediction scores 0",
    "ranked": "sum over splits of (P - y)^2, splits being those of options in order, or of time at the reported days "
    "that were to come when its life began: 0 is perfect",
    "ordered_brier": "mean over the same splits of the two-sided Brier score: 0 is perfect, 2 is worst",
    "crps": "continuous ranked probability score, in the unit of the number: 0 is perfect",
    "weighted_interval": "mean score of the stored quantiles as intervals, in the unit of the number: 0 is perfect",
    "quantile_L": "pinball loss of the stored quantile at level L, in the unit of the number: 0 is perfect",
    "interval_L": "width of the central interval of probability L and 2/(1 - L) per unit missed, in the unit",
}
"""Score → what it is."""

_AVERAGED = "Averaged over its life, each prediction by how long it stood. " + "; ".join(
    f"`{name}`: {meaning}" for name, meaning in MEANINGS.items()
)

_IN_THE_UNIT = ("crps", "weighted_interval", "quantile_", "interval_")


def in_a_unit(score: str) -> bool:
    """Tell whether a score is in the unit of its number: crowns and persons cannot be averaged."""
    return score.startswith(_IN_THE_UNIT)


def finite(score: float) -> float | None:
    """Return a score as records hold it."""
    return None if score == -math.inf else float(score)


def number(score: float | None) -> float:
    """Return a score of a record as a number to compute with."""
    return -math.inf if score is None else score


class PredictionScore(Record):
    """What one forecast said at a place, and how good that was."""

    forecast: Annotated[str, Field(description="Id of the forecast.")]
    author: str
    recorded_at: datetime
    chance: Annotated[float | None, Field(description="Given to what happened; null of a number or a date.")]
    scores: Scores
    unscored: Annotated[str | None, Field(description="Why there is no score, if so.")]


class Skill(Record):
    """A forecaster beside the base rate that decays as time runs out: 1 - brier / base_rate_brier."""

    base_probability: Annotated[float, Field(description="At the opening: that of the first forecast unless stated.")]
    brier: Annotated[float, Field(description="One-sided, averaged over the time during which a prediction stood.")]
    base_rate_brier: Annotated[float, Field(description="Of the decaying base rate over the same time.")]
    skill: Annotated[
        float | None, Field(description="1 is perfect, 0 what passing time alone earns; null if that was perfect.")
    ]


class Peers(Record):
    """Metaculus's peer score: 0 is as good as the others, more is better; time in which one stood alone counts 0."""

    ours: Annotated[float | None, Field(description="Of ours, among all sources that speak of the same.")]
    theirs: Annotated[float | None, Field(description="Of the source, among ours and all others.")]
    unscored: Annotated[str | None, Field(description="Why there is none, if so.")]


class Against(Record):
    """Ours beside what a source said, scored by the same rules over the time in which both stood."""

    part: Annotated[Part | None, Field(description="Of our answer, if it speaks of no more; null of the whole.")]
    quotes: Annotated[int, Field(description="How many of its quotes stood while ours did, each until its next.")]
    after_the_fact: Annotated[
        int,
        Field(description="How many of these were recorded after the life of the place, with a moment in it."),
    ]
    covered: Annotated[float, Field(description="Share of the time until the planned close in which both stood.")]
    ours: Annotated[Scores, Field(description="Scores that both have, averaged over that time alone, without gaps.")]
    theirs: Scores
    difference: Annotated[
        dict[str, float], Field(description="Ours less theirs, of each score that is finite on both sides.")
    ]
    peers: Annotated[Peers | None, Field(description="Null of a number.")]
    unscored: Annotated[str | None, Field(description="Why there are no scores, if so.")]


class Scorecard(Record):
    """How good the forecasts of one place were."""

    place: str
    type: Annotated[str, Field(description="Kind of the question, or `node`, or `outcome`.")]
    resolution: Resolution
    settled_on: date
    depth: Annotated[int | None, Field(description="Of a node: 1 for the root, 2 for the node after it, and so on.")]
    unit: Annotated[str | None, Field(description="Of a number: what its scores are in.")]
    opens: Annotated[datetime | None, Field(description="When its life begins: with the first forecast unless stated.")]
    closes: Annotated[
        datetime,
        Field(description="When its life ends: with the day on which it closes or happened, whichever is first, UTC."),
    ]
    planned_close: Annotated[datetime, Field(description="End of the day on which it was to close.")]
    covered: Annotated[float, Field(description="Share of the time until the planned close with a prediction.")]
    predictions: Annotated[int, Field(description="How many were scored.")]
    late: Annotated[int, Field(description="Forecasts that were recorded after its life, and do not count.")]
    scores: Annotated[Scores, Field(description=f"{_AVERAGED}.")]
    by_analyst: Annotated[
        dict[str, Scores],
        Field(description="Author → scores of their own predictions, each standing until their own next."),
    ]
    skill: Annotated[Skill | None, Field(description="Of a binary question.")]
    against: Annotated[
        dict[str, Against], Field(description="Source with its own id of the question → ours beside what it said.")
    ]
    unscored: Annotated[str | None, Field(description="Why there are no scores, if so.")]
    history: Annotated[
        tuple[PredictionScore, ...] | None, Field(description="Each prediction, in order; null unless asked for.")
    ]


class ScoreAverage(Record):
    """Mean of a score over places, and how many they are."""

    mean: float | None
    count: int


class GroupAverage(Record):
    """Averages of the places that share something; scores in a unit are left out, as units do not add up."""

    key: str
    places: Annotated[int, Field(description="How many there are.")]
    scores: dict[str, ScoreAverage]
    skill: Annotated[
        float | None,
        Field(description="1 - mean Brier / mean Brier of the decaying base rates, over its binary questions."),
    ]


class Step(Record):
    """A node on the way, as one forecast saw it."""

    node: str
    taken: str
    depth: int
    chance: Annotated[float, Field(description="Of the branch that was taken, given that the node is reached.")]
    log: Annotated[float | None, Field(description="Its logarithm.")]
    total: Annotated[float | None, Field(description="Sum of the logarithms from the root to here.")]


class Way(Record):
    """The nodes from the root on that have resolved without a gap, as the first forecast that counts saw them.

    The last total is the logarithm of the chance that it gave to this way.
    """

    forecast: str
    recorded_at: datetime
    steps: tuple[Step, ...]


class CurvePoint(Record):
    """Predictions of about the same probability."""

    mean_probability: Annotated[float, Field(description="Mean of what was said.")]
    observed_share: Annotated[float, Field(description="Share that came about.")]
    count: int
    low: Annotated[float, Field(description="Low end of the 95 % interval of the share (Wilson).")]
    high: float


Each = Literal["every", "first"]
"""Whether every prediction of a question counts for its calibration, or the first alone."""


class Calibration(Record):
    """Whether things happened as often as was said, over all predictions of yes or no that have resolved.

    Those are of yes-or-no questions, of each option of a question, and of the half of a conditional pair whose
    condition came about; nodes, the outcome, numbers and dates are none.

    brier = reliability - resolution + uncertainty + within_bin_variance - within_bin_covariance.
    """

    each: Each
    questions: int
    predictions: Annotated[int, Field(description="Of yes; a question of several options has one for each.")]
    brier: float
    reliability: Annotated[float, Field(description="How far shares are from what was said; 0 is perfect.")]
    resolution: Annotated[float, Field(description="How far shares are from the base rate; more is better.")]
    uncertainty: Annotated[float, Field(description="Score of always saying the base rate.")]
    within_bin_variance: Annotated[float, Field(description="Spread of what was said inside bins.")]
    within_bin_covariance: Annotated[float, Field(description="Twice its covariance with what came about.")]
    base_rate: Annotated[float, Field(description="Share that came about.")]
    skill: Annotated[float | None, Field(description="1 - brier / uncertainty; null if all turned out alike.")]
    curve: tuple[CurvePoint, ...]
