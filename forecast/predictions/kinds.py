"""Predictions: what a forecast answers to a question, one kind per type of question.

A probability is the mean over draws, and a number its whole distribution over worlds. The spread of a probability
over draws is what the analyst does not know; it is no part of a prediction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from forecast.arrays import FloatArray
from forecast.predictions.empirical import Empirical


@dataclass(frozen=True, slots=True)
class BinaryPrediction:
    """Whether something happens.

    probability : that it does
    mc_error : of the simulation, in the same unit
    """

    question: str
    text: str
    probability: float
    mc_error: float


@dataclass(frozen=True, slots=True)
class ChoicePrediction:
    """Which of the options.

    options : label → probability, in the order of the document; they sum to 1 if they exclude each other
    mc_error : the largest of an option
    """

    question: str
    text: str
    options: Mapping[str, float]
    mc_error: float


@dataclass(frozen=True, slots=True)
class NumberPrediction:
    """How much, in the unit of the quantity."""

    question: str
    text: str
    unit: str
    distribution: Empirical


@dataclass(frozen=True, slots=True)
class DatePrediction:
    """When: the distribution of the number of days after ``start``; a world in which it is not by ``horizon`` has none.

    start : day 0
    horizon : the last day that the model speaks of
    reported : days by which the forecast reports a probability, with its MC error; the distribution has just that
    """

    question: str
    text: str
    start: date
    horizon: date
    distribution: Empirical
    reported: Mapping[date, float] = field(default_factory=dict)

    def day(self, number: float) -> date:
        """Return the calendar day of a number of days after ``start``."""
        return self.start + timedelta(days=number)


@dataclass(frozen=True, slots=True)
class PairPrediction:
    """Whether something happens if a condition holds, and if it does not.

    given : probability of the condition
    if_true, if_false : None where the condition, or its opposite, never holds
    """

    question: str
    text: str
    given: float
    if_true: float | None
    if_false: float | None


Prediction = BinaryPrediction | ChoicePrediction | NumberPrediction | DatePrediction | PairPrediction

Predictions = Mapping[str, Prediction]
"""Predictions by the name of their question."""


@dataclass(frozen=True, slots=True)
class JointWorlds:
    """Worlds kept joint: the n-th entry of every array is of the same history.

    weight : not negative, shape (worlds,)
    values : question → number, or days after the start, NaN where it has no value, shape (worlds,)
    """

    weight: FloatArray
    values: Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class Predicted:
    """Everything that one forecast answers.

    scenario, title : what was forecast
    as_of : the day it speaks from
    digest : that of the forecast
    by_question : the predictions
    worlds : what the numbers and dates among them were counted over
    rationales : question → why it is answered so, as the document says, such as "summit: ten of …"
    supposed : what the forecast supposes beside what is known, as "it assumes 'summit'"; empty if nothing
    """

    scenario: str
    title: str
    as_of: date
    digest: str
    by_question: Predictions
    worlds: JointWorlds
    rationales: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    supposed: str = ""
