"""Predictions with numbers stated by hand, and probabilities that are hard to print, for tests of formats."""

from datetime import date

import numpy as np
from hypothesis import strategies as st

from forecast.predictions.empirical import empirical
from forecast.predictions.kinds import (
    BinaryPrediction,
    ChoicePrediction,
    DatePrediction,
    JointWorlds,
    NumberPrediction,
    PairPrediction,
    Predicted,
    Prediction,
)

AS_OF, HORIZON = date(2026, 1, 1), date(2026, 12, 31)

HARD = (0.0, 1.0, 1e-9, 1.0 - 1e-9, 5e-324, 0.5, 0.5 + 1e-12, 0.5 - 1e-12, 0.29, 0.57, 0.005, 0.995, 1 / 3, 0.1 + 0.2)
PROBABILITIES = st.sampled_from(HARD) | st.floats(0.0, 1.0)


@st.composite
def options(draw: st.DrawFn) -> dict[str, float]:
    """Draw 2 to 100 options, many of them without a chance, that sum to 1 but for the rounding of sums."""
    weights = draw(st.lists(st.sampled_from((0.0, 1e-9, 1.0)) | st.floats(0.0, 1.0), min_size=2, max_size=100))
    total = sum(weights)
    if total < 1e-12:
        return {f"o{n}": float(n == 0) for n in range(len(weights))}
    return {f"o{n}": weight / total for n, weight in enumerate(weights)}


def predicted(*predictions: Prediction, worlds: int = 4) -> Predicted:
    """Return a forecast's predictions, counted over so many worlds of equal weight."""
    return Predicted(
        scenario="test",
        title="Test",
        as_of=AS_OF,
        digest="0" * 64,
        by_question={prediction.question: prediction for prediction in predictions},
        worlds=JointWorlds(np.ones(worlds), {}),
    )


def binary(p: float, question: str = "meet", mc_error: float = 1e-5) -> BinaryPrediction:
    return BinaryPrediction(question, "Will they meet?", p, mc_error)


def choice(of: dict[str, float], question: str = "state") -> ChoicePrediction:
    return ChoicePrediction(question, "Which?", of, 1e-5)


def number(*values: float, question: str = "troops") -> NumberPrediction:
    return NumberPrediction(question, "How many?", "persons", empirical(np.array(values), np.ones(len(values))))


def when(*days: float, question: str = "when") -> DatePrediction:
    """Return a date question whose worlds have it so many days after the start, NaN for never."""
    return DatePrediction(question, "When?", AS_OF, HORIZON, empirical(np.array(days), np.ones(len(days))))


def pair(given: float, if_true: float | None, if_false: float | None, question: str = "pair") -> PairPrediction:
    return PairPrediction(question, "If?", given, if_true, if_false)
