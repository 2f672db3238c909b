"""A tree of known probabilities: outcomes and simple conditionals, exactly and from draws."""

import pytest

from forecast.result import ConditionalAnswer
from tests.strategies import document, fixed, forecast_of, node

# Quantity: known value; every one is a ratio of small whole numbers. All to 1e-12.
KNOWN: dict[str, float] = {
    "leaf:no_summit": 0.5,
    "leaf:no_deal": 0.3,
    "leaf:freeze": 0.05,
    "leaf:icbm_only": 0.05,
    "leaf:drawdown": 0.03333333333333333,
    "leaf:stay": 0.06666666666666667,
    "sum_of_leaves": 1.0,
    "P(drawdown|summit)": 0.06666666666666667,
    "P(peace|any_deal)": 0.5,
    "P(summit|not drawdown)": 0.4827586206896552,
}
TOLERANCE = 1e-12


def _conditional(event: object, given: object) -> dict[str, object]:
    return {"type": "conditional", "text": "?", "resolution": "!", "event": event, "given": given}


POINT_TREE = document(
    {
        "talks": node({"no_summit": None, "summit": "outcome"}, fixed(summit=1 / 2, no_summit=1 / 2)),
        "outcome": node({"no_deal": None, "bad_deal": "kind"}, fixed(no_deal=3 / 5, bad_deal=2 / 5)),
        "kind": node(
            {"freeze": None, "icbm_only": None, "peace": "troops"}, fixed(freeze=1 / 4, icbm_only=1 / 4, peace=1 / 2)
        ),
        "troops": node(["drawdown", "stay"], fixed(drawdown=1 / 3, stay=2 / 3)),
    },
    questions={
        "drawdown-if-summit": _conditional("drawdown", "summit"),
        "peace-if-deal": _conditional("peace", "bad_deal"),
        "summit-if-no-drawdown": _conditional("summit", {"not": "drawdown"}),
    },
)
QUESTION = {
    "P(drawdown|summit)": "drawdown-if-summit",
    "P(peace|any_deal)": "peace-if-deal",
    "P(summit|not drawdown)": "summit-if-no-drawdown",
}
FORECAST = forecast_of(POINT_TREE)


def _found() -> dict[str, tuple[float, float, float]]:
    """Exact value, mean over draws, and MC error of every row."""
    found: dict[str, tuple[float, float, float]] = {}
    for name, outcome in FORECAST.outcomes.items():
        assert outcome.exact is not None
        found[f"leaf:{name}"] = (outcome.exact, outcome.mean, outcome.mc_error)
    found["sum_of_leaves"] = (
        sum(exact for exact, _, _ in found.values()),
        sum(mean for _, mean, _ in found.values()),
        0.0,
    )
    for name, question in QUESTION.items():
        answer = FORECAST.questions[question]
        assert isinstance(answer, ConditionalAnswer)
        half = answer.if_true
        assert half.exact is not None
        assert half.mean is not None
        assert half.mc_error is not None
        found[name] = (half.exact, half.mean, half.mc_error)
    return found


FOUND = _found()


def test_every_known_answer_is_computed() -> None:
    assert set(FOUND) == set(KNOWN)


@pytest.mark.parametrize("quantity", KNOWN)
def test_exact_value(quantity: str) -> None:
    assert FOUND[quantity][0] == pytest.approx(KNOWN[quantity], rel=0, abs=TOLERANCE)


@pytest.mark.parametrize("quantity", KNOWN)
def test_mean_over_draws(quantity: str) -> None:
    """Nothing is uncertain, so the draws agree and the MC error vanishes."""
    _, mean, error = FOUND[quantity]
    assert mean == pytest.approx(KNOWN[quantity], rel=0, abs=5 * error + TOLERANCE)
    assert error < 1e-12
