"""Scoring rules and the Murphy decomposition: exact fractions and closed forms."""

from datetime import UTC, datetime, timedelta

import pytest

from forecast.distributions import Exponential, Normal
from forecast.scores.decompositions import brier_parts
from forecast.scores.distributions import crps
from forecast.scores.lives import Life, LifeScore, Standing, time_average
from forecast.scores.metaculus import baseline_score
from forecast.scores.numbers import ensemble_crps, fair_ensemble_crps, interval_score, quantile_score
from forecast.scores.probabilities import (
    binary_brier,
    brier,
    log_score,
    ordered_brier,
    ranked_probability,
    spherical,
    two_options,
)

# Quantity: known value. All to 1e-12.
KNOWN: dict[str, float] = {
    "brier_binary p=0.7,y=1": 0.09,
    "brier_two_sided(GJO) p=0.7,y=1": 0.18,
    "log_nats p=0.7,y=1": -0.3566749439387324,
    "log2 p=0.7,y=1": -0.5145731728297582,
    "spherical p=0.7,y=1": 0.9191450300180579,
    "brier_multi (0.5,0.3,0.2), outcome 2nd": 0.78,
    "brier_ordered(GJO) (0.5,0.3,0.2), outcome 2nd": 0.29,
    "brier_ordered(GJO) (0.5,0.3,0.2), outcome 3rd": 0.89,
    "RPS (0.5,0.3,0.2), outcome 2nd (sum of one-sided)": 0.29,
    "metaculus_baseline_binary p=0.7,y=1": 48.54268271702418,
    "metaculus_baseline_binary p=0.7,y=0": -73.69655941662062,
    "metaculus_baseline_mc4 p_true=0.55": 56.87517618749675,
    "murphy:brier": 0.186,
    "murphy:reliability": 0.006,
    "murphy:resolution": 0.0376,
    "murphy:uncertainty": 0.2176,
    "murphy:base_rate": 0.32,
    "murphy:brier_skill_score": 0.14522058823529413,
    "crps_ensemble {10,20,20,50}, y=30": 7.5,
    "crps_fair {10,20,20,50}, y=30": 5.0,
    "crps_normal(mu=28.5,sd=2,y=26)": 1.5739683061262988,
    "crps_exponential(rate .5,y=3)": 0.8925206405937193,
    "pinball tau=.9 q=40,y=30": 1.0,
    "pinball tau=.9 q=40,y=55": 13.5,
    "interval_score 90% [5,60], y=69 alpha=.1": 235.0,
    "time_weighted_brier: p=.4 for 100d,.2 for 200d,.05 for 337d; y=0": 0.03899921507064364,
}
TOLERANCE = 1e-12

THREE = [0.5, 0.3, 0.2]
DRAWS = [10, 20, 20, 50]
MURPHY = brier_parts(
    [0.1] * 10 + [0.3] * 10 + [0.7] * 5, [1] + [0] * 9 + [1, 1, 1, 1, 0, 0, 0, 0, 0, 0] + [1, 1, 1, 0, 0]
)


def _three_predictions() -> LifeScore:
    opens = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [opens + timedelta(days=days) for days in (0, 100, 300, 637)]
    history = [Standing(p, since) for p, since in zip((0.4, 0.2, 0.05), moments[:3], strict=True)]
    return time_average(history, Life(opens, moments[3]), lambda p: float(binary_brier(p, False)))


LIFE = _three_predictions()
assert LIFE.mean is not None

COMPUTED: dict[str, float] = {
    "brier_binary p=0.7,y=1": float(binary_brier(0.7, 1)),
    "brier_two_sided(GJO) p=0.7,y=1": float(brier(two_options(0.7), 1)),
    "log_nats p=0.7,y=1": float(log_score(two_options(0.7), 1)),
    "log2 p=0.7,y=1": float(log_score(two_options(0.7), 1, base=2)),
    "spherical p=0.7,y=1": float(spherical(two_options(0.7), 1)),
    "brier_multi (0.5,0.3,0.2), outcome 2nd": float(brier(THREE, 1)),
    "brier_ordered(GJO) (0.5,0.3,0.2), outcome 2nd": float(ordered_brier(THREE, 1)),
    "brier_ordered(GJO) (0.5,0.3,0.2), outcome 3rd": float(ordered_brier(THREE, 2)),
    "RPS (0.5,0.3,0.2), outcome 2nd (sum of one-sided)": float(ranked_probability(THREE, 1)),
    "metaculus_baseline_binary p=0.7,y=1": float(baseline_score(two_options(0.7), 1)),
    "metaculus_baseline_binary p=0.7,y=0": float(baseline_score(two_options(0.7), 0)),
    "metaculus_baseline_mc4 p_true=0.55": float(baseline_score([0.2, 0.55, 0.15, 0.1], 1)),
    "murphy:brier": MURPHY.brier,
    "murphy:reliability": MURPHY.reliability,
    "murphy:resolution": MURPHY.resolution,
    "murphy:uncertainty": MURPHY.uncertainty,
    "murphy:base_rate": MURPHY.base_rate,
    "murphy:brier_skill_score": MURPHY.skill(),
    "crps_ensemble {10,20,20,50}, y=30": float(ensemble_crps(DRAWS, 30)),
    "crps_fair {10,20,20,50}, y=30": float(fair_ensemble_crps(DRAWS, 30)),
    "crps_normal(mu=28.5,sd=2,y=26)": crps(Normal(mean=28.5, sd=2), 26),
    "crps_exponential(rate .5,y=3)": crps(Exponential(rate=0.5), 3),
    "pinball tau=.9 q=40,y=30": float(quantile_score(40, 0.9, y=30)),
    "pinball tau=.9 q=40,y=55": float(quantile_score(40, 0.9, y=55)),
    "interval_score 90% [5,60], y=69 alpha=.1": float(interval_score(5, 60, alpha=0.1, y=69)),
    "time_weighted_brier: p=.4 for 100d,.2 for 200d,.05 for 337d; y=0": LIFE.mean,
}


def test_every_known_answer_is_computed() -> None:
    """No row is left out, none is added."""
    assert set(COMPUTED) == set(KNOWN)


@pytest.mark.parametrize("quantity", KNOWN)
def test_known_answer(quantity: str) -> None:
    """The project's own functions give the known value."""
    assert COMPUTED[quantity] == pytest.approx(KNOWN[quantity], rel=0, abs=TOLERANCE)


def test_murphy_parts_are_all_there_is() -> None:
    """Bins hold a single value each, so that nothing varies inside them."""
    assert MURPHY.within_bin_variance == pytest.approx(0, abs=TOLERANCE)
    assert MURPHY.within_bin_covariance == pytest.approx(0, abs=TOLERANCE)
    assert MURPHY.questions == 25


def test_the_whole_life_was_covered() -> None:
    assert LIFE.covered == pytest.approx(1, abs=TOLERANCE)
