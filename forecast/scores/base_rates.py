"""The base rate that decays as time runs out, and what a forecaster adds to it.

"Will it happen by the deadline?" has an answer that falls by itself while nothing happens. A forecaster who only lets
time pass should gain nothing, which a baseline that stays put would not see to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from forecast.arrays import FloatArray
from forecast.scores.lives import Life, Standing, Stretch, average_of, in_utc, stretches
from forecast.scores.probabilities import binary_brier
from forecast.scores.skill import skill_score

# So many nodes are exact to rounding for exp(-74 u) on [0, 1], the steepest that a 1 - p0 above 0 leads to.
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(32)


@dataclass(frozen=True, slots=True)
class DecayingBaseRate:
    """Probability that an event still comes by a deadline, under a constant hazard and none so far.

    p(t) = 1 - (1 - p0)^((T - t)/(T - t0)): by the time t, with T the deadline, survival of what is left of [t0, T].

    probability : p0, that it comes between the opening and the deadline; at least 0 and below 1
    opens : t0
    deadline : T
    """

    probability: float
    opens: datetime
    deadline: datetime

    def __post_init__(self) -> None:
        if not 0 <= self.probability < 1:
            raise ValueError(f"base rate {self.probability} must be at least 0 and below 1: no hazard gives certainty")
        opens, deadline = in_utc(self.opens, "opening"), in_utc(self.deadline, "deadline")
        if not opens < deadline:
            raise ValueError(f"the deadline {deadline} must come after the opening {opens}")
        object.__setattr__(self, "opens", opens)
        object.__setattr__(self, "deadline", deadline)

    def at(self, moment: datetime) -> float:
        """Return p(t), given that the event has not come by then.

        Raises
        ------
        ValueError
            If the moment has no zone, or lies before the opening or after the deadline.

        Examples
        --------
        >>> from datetime import UTC
        >>> days = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 11, 21)]
        >>> baseline = DecayingBaseRate(0.36, days[0], days[2])
        >>> [round(baseline.at(day), 12) for day in days]
        [0.36, 0.2, 0.0]
        """
        return float(self._by_share_left(np.array(self._share_left(moment))))

    def mean_brier(self, start: datetime, end: datetime, happened: bool) -> float:
        """Return (p(t) - y)^2 averaged over the time between two moments, by Gauss-Legendre quadrature.

        Raises
        ------
        ValueError
            If a moment has no zone or lies outside the opening and the deadline, or the end is not after the start.
        """
        before, after = self._share_left(start), self._share_left(end)
        if not after < before:
            raise ValueError(f"the end {end} must come after the start {start}")
        left = after + (before - after) * (1 + _NODES) / 2
        return math.fsum(_NODE_WEIGHTS / 2 * binary_brier(self._by_share_left(left), happened))

    def _share_left(self, moment: datetime) -> float:
        at = in_utc(moment, "moment")
        if not self.opens <= at <= self.deadline:
            raise ValueError(f"the baseline speaks from {self.opens} to {self.deadline}, not of {at}")
        return (self.deadline - at) / (self.deadline - self.opens)

    def _by_share_left(self, left: FloatArray) -> FloatArray:
        # Through logarithms, so that a base rate of one in a million keeps its digits.
        return np.asarray(-np.expm1(left * math.log1p(-self.probability)))


@dataclass(frozen=True, slots=True)
class SkillOverLife:
    """A forecaster and the decaying base rate over the same time of one question.

    brier, baseline_brier : one-sided Brier scores averaged over the time during which a prediction stood
    covered : that time as a share of the question's life
    """

    brier: float
    baseline_brier: float
    covered: float

    def skill(self) -> float:
        """Skill 1 - brier/baseline_brier: 1 is perfect, 0 what passing time alone would have earned.

        Of many questions, average the two scores first and take `forecast.scores.skill.skill_score` of the means: a
        single lucky base rate makes the skill of its question wild.

        Raises
        ------
        ValueError
            If the baseline was perfect.
        """
        return skill_score(self.brier, self.baseline_brier)


def skill_over_life(
    history: Sequence[Standing[float]], life: Life, happened: bool, baseline: DecayingBaseRate
) -> SkillOverLife:
    """Score a forecaster's probabilities of "will it happen by the deadline" beside the decaying base rate.

    Parameters
    ----------
    history : sequence of Standing of float
        Probabilities in the order in which they were made.
    life : Life
        Between the baseline's opening and deadline; of an event that came, it closes when it came.
    happened : bool
    baseline : DecayingBaseRate

    Raises
    ------
    ValueError
        If no prediction stood, they are not in order, a probability is not in [0, 1], or the life is not within the
        baseline's.
    """
    stood = stretches(history, life)
    own = average_of([Stretch(s.start, s.end, float(binary_brier(s.value, happened))) for s in stood], life)
    other = average_of([Stretch(s.start, s.end, baseline.mean_brier(s.start, s.end, happened)) for s in stood], life)
    if own.mean is None or other.mean is None:
        raise ValueError(f"no prediction stood between {life.opens} and {life.closes}: leave the question out")
    return SkillOverLife(brier=own.mean, baseline_brier=other.mean, covered=own.covered)
