"""CRPS and mean absolute difference against closed forms, and against their definition by simulation."""

import math

import numpy as np
import pytest
from scipy import special, stats

from forecast.distributions import (
    Beta,
    Distribution,
    Exponential,
    Fixed,
    Gamma,
    Lognormal,
    Mixture,
    MixturePart,
    NegativeBinomial,
    Normal,
    Poisson,
    Uniform,
)
from forecast.scores.distributions import crps, mean_absolute_difference


def test_fixed_value_scores_its_distance() -> None:
    """The CRPS of a certain prediction is how far off it was."""
    assert crps(Fixed(value=3), 5) == 2
    assert crps(Fixed(value=3), 3) == 0
    assert mean_absolute_difference(Fixed(value=3)) == 0


def test_normal_crps_has_its_closed_form() -> None:
    """Gneiting & Raftery 2007, equation 21 and its surroundings."""
    for y in (-20.0, 0.0, 2.0, 4.5):
        z = (y - 2) / 3
        known = 3 * (z * (2 * special.ndtr(z) - 1) + 2 * stats.norm.pdf(z) - 1 / math.sqrt(math.pi))
        assert crps(Normal(mean=2, sd=3), y) == pytest.approx(known, rel=1e-12)


MEAN_DIFFERENCES: list[tuple[Distribution, float]] = [
    (Uniform(low=0, high=6), 2.0),
    (Normal(mean=2, sd=3), 6 / math.sqrt(math.pi)),
    (Exponential(rate=2), 0.5),
    (Gamma(shape=2, rate=1), 1.5),
    (Gamma(shape=0.05, rate=1), 2 * math.gamma(0.55) / math.gamma(0.05) / math.sqrt(math.pi)),
    (Lognormal(mu=0, sigma=1), 2 * math.exp(0.5) * math.erf(0.5)),
    (Lognormal(mu=0, sigma=3), 2 * math.exp(4.5) * math.erf(1.5)),
    (Beta(a=1, b=1), 1 / 3),
]


@pytest.mark.parametrize(("distribution", "known"), MEAN_DIFFERENCES)
def test_mean_absolute_difference_has_its_closed_form(distribution: Distribution, known: float) -> None:
    """Gini's mean difference, heavy tails and poles of the density included."""
    assert mean_absolute_difference(distribution) == pytest.approx(known, rel=1e-11)


@pytest.mark.parametrize("distribution", [Poisson(mean=3.2), NegativeBinomial(mean=21, size=1.3)])
@pytest.mark.parametrize("y", [-4.0, 0.0, 2.5, 7.0, 300.0])
def test_counts_score_by_their_sum(distribution: Distribution, y: float) -> None:
    """E|X - y| - E|X - X'|/2, summed over the counts themselves."""
    counts = np.arange(3000)
    masses = distribution.cdf(counts) - distribution.cdf_below(counts)
    distances = np.abs(counts[:, None] - counts)
    known = masses @ np.abs(counts - y) - masses @ distances @ masses / 2
    assert crps(distribution, y) == pytest.approx(known, rel=1e-9)


def test_mixture_of_everything_agrees_with_simulation() -> None:
    """Atom, count and two overlapping curves: the definition by expectations, within five Monte Carlo errors."""
    parts: list[Distribution] = [Fixed(value=2), Poisson(mean=3), Gamma(shape=2, rate=1), Beta(a=0.5, b=0.5)]
    distribution = Mixture(parts=tuple(MixturePart(weight=0.25, of=part) for part in parts))
    n = 100_000
    rng = np.random.Generator(np.random.PCG64(5))
    x, other = distribution.ppf(rng.random(n)), distribution.ppf(rng.random(n))
    draws = np.abs(x - 1.7) - np.abs(x - other) / 2
    assert abs(draws.mean() - crps(distribution, 1.7)) <= 5 * draws.std() / math.sqrt(n)


def test_prediction_that_is_true_scores_best_on_average() -> None:
    """CRPS is proper: expected under one normal, another normal never scores better."""
    levels = (np.arange(200) + 0.5) / 200
    outcomes = Normal(mean=0, sd=1).ppf(levels)

    def average(prediction: Distribution) -> float:
        return math.fsum(crps(prediction, float(y)) for y in outcomes) / len(outcomes)

    truth = average(Normal(mean=0, sd=1))
    assert truth < min(
        average(Normal(mean=0.3, sd=1)), average(Normal(mean=0, sd=0.7)), average(Normal(mean=0, sd=1.4))
    )


def test_unresolved_outcomes_and_endless_counts_are_refused() -> None:
    """Neither can be scored, and the message says what to do."""
    with pytest.raises(ValueError, match="leave an unresolved question unscored"):
        crps(Fixed(value=3), float("nan"))
    with pytest.raises(ValueError, match="predict in larger units"):
        crps(NegativeBinomial(mean=1e7, size=1), 3)
