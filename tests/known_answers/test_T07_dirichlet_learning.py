"""Learning branch frequencies from earlier rounds: conjugate updates, and rounds that are not independent."""

import pytest

from forecast.numerics.learning import counts_probability, learned_alpha, sequence_probability
from forecast.numerics.sticks import dirichlet_sticks

ALPHA = {"no_deal": 7.0, "acceptable_deal": 1.4, "bad_deal": 3.6}
COUNTS = {"no_deal": 2, "acceptable_deal": 0, "bad_deal": 1}

# Quantity: known value; every one is a ratio of whole numbers. All to 1e-12.
KNOWN: dict[str, float] = {
    "prior_mean:no_deal": 0.5833333333333334,
    "posterior_mean:no_deal": 0.6,
    "posterior_var:no_deal": 0.015,
    "prior_mean:acceptable_deal": 0.11666666666666667,
    "posterior_mean:acceptable_deal": 0.09333333333333334,
    "posterior_var:acceptable_deal": 0.005288888888888889,
    "prior_mean:bad_deal": 0.3,
    "posterior_mean:bad_deal": 0.30666666666666664,
    "posterior_var:bad_deal": 0.013288888888888888,
    "dirichlet_multinomial_pmf(2,0,1)": 0.27692307692307694,
    "P(next three rounds all no_deal | prior)": 0.23076923076923078,
    "naive (prior mean)^3 (wrong: treats rounds as independent)": 0.19849537037037038,
}


def _moments(alpha: dict[str, float]) -> dict[str, tuple[float, float]]:
    law = dirichlet_sticks(alpha)
    means, second = law.mean(), law.second_moments()
    return {name: (float(means[i]), float(second[i, i] - means[i] ** 2)) for i, name in enumerate(law.order)}


def _computed() -> dict[str, float]:
    prior, posterior = _moments(ALPHA), _moments(learned_alpha(ALPHA, COUNTS))
    found = {f"prior_mean:{name}": mean for name, (mean, _) in prior.items()}
    found |= {f"posterior_mean:{name}": mean for name, (mean, _) in posterior.items()}
    found |= {f"posterior_var:{name}": variance for name, (_, variance) in posterior.items()}
    found["dirichlet_multinomial_pmf(2,0,1)"] = counts_probability(ALPHA, COUNTS)
    found["P(next three rounds all no_deal | prior)"] = sequence_probability(ALPHA, {"no_deal": 3})
    found["naive (prior mean)^3 (wrong: treats rounds as independent)"] = prior["no_deal"][0] ** 3
    return found


COMPUTED = _computed()


def test_every_known_answer_is_computed() -> None:
    assert set(COMPUTED) == set(KNOWN)


@pytest.mark.parametrize("quantity", KNOWN)
def test_known_answer(quantity: str) -> None:
    assert COMPUTED[quantity] == pytest.approx(KNOWN[quantity], rel=0, abs=1e-12)
