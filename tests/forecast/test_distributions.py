"""What every numeric family promises, checked for each of them, and what mixtures promise besides."""

import math
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from scipy import stats

from forecast.distributions import (
    FAMILIES,
    Beta,
    Distribution,
    Exponential,
    Family,
    Fixed,
    Gamma,
    Lognormal,
    Mixture,
    MixturePart,
    NegativeBinomial,
    Normal,
    Pert,
    Poisson,
    Quantiles,
    Triangular,
    Uniform,
    Weibull,
)

ANY = TypeAdapter[Family](Distribution)


def mixture(*parts: tuple[float, Distribution]) -> Mixture:
    return Mixture(parts=tuple(MixturePart(weight=weight, of=of) for weight, of in parts))


TROOPS = mixture((0.88, Fixed(value=28500)), (0.11, Uniform(low=12000, high=26500)), (0.01, Uniform(low=0, high=1000)))

# One row per way of stating a family; a family without a row fails `test_every_family_has_an_example`.
EXAMPLES: dict[str, Distribution] = {
    "fixed": Fixed(value=28500),
    "uniform": Uniform(low=-3, high=11),
    "triangular": Triangular(low=12000, mode=22000, high=26500),
    "triangular, mode at low": Triangular(low=0, mode=0, high=2),
    "triangular, mode at high": Triangular(low=0, mode=2, high=2),
    "pert": Pert(low=1, mode=3, high=10),
    "normal": Normal(mean=-4, sd=2.5),
    "lognormal, median + p90": Lognormal(median=14, p90=26),
    "lognormal, mu + sigma": Lognormal(mu=-1, sigma=0.5),
    "lognormal, mean + sd": Lognormal(mean=3, sd=2),
    "beta": Beta(a=1, b=6),
    "beta, two-horned": Beta(a=0.5, b=0.5),
    "beta, scaled": Beta(a=2, b=3, low=-1, high=4),
    "gamma, shape + rate": Gamma(shape=2, rate=2.5),
    "gamma, shape + mean": Gamma(shape=0.3, mean=7),
    "exponential, rate": Exponential(rate=1.5),
    "exponential, mean": Exponential(mean=40),
    "weibull": Weibull(shape=1.7, scale=3),
    "poisson": Poisson(mean=3.7, variance=9),
    "poisson, large": Poisson(mean=250_000),
    "negative_binomial, mean + size": NegativeBinomial(mean=21, size=1.3),
    "negative_binomial, mean + variance": NegativeBinomial(mean=4, variance=5),
    "negative_binomial, rare": NegativeBinomial(mean=0.1, size=0.5),
    "quantiles, lognormal": Quantiles(values={0.05: 10, 0.5: 20, 0.95: 60}, fit="lognormal"),
    "quantiles, normal": Quantiles(values={0.25: -1, 0.75: 2}, fit="normal"),
    "quantiles, beta": Quantiles(values={0.1: 12, 0.5: 20, 0.9: 35}, fit="beta", low=10, high=50),
    "quantiles, gamma": Quantiles(values={0.05: 10, 0.5: 20, 0.95: 60}, fit="gamma"),
    "mixture, atom first": TROOPS,
    "mixture, overlapping": mixture((0.3, Normal(mean=-2, sd=1)), (0.5, Gamma(shape=2, rate=1)), (0.2, Fixed(value=1))),
    "mixture, zero-heavy count": mixture((0.4, Fixed(value=0)), (0.6, NegativeBinomial(mean=6, size=2))),
    "mixture, two counts": mixture((0.5, Poisson(mean=2)), (0.5, NegativeBinomial(mean=6, size=2))),
    "mixture, count and continuous": mixture((0.5, Poisson(mean=3)), (0.5, Uniform(low=0, high=8))),
    "mixture, nested": mixture((0.5, TROOPS), (0.5, Triangular(low=26500, mode=28000, high=30500))),
}

# The same distributions as scipy.stats knows them.
PEERS: dict[str, Any] = {
    "uniform": stats.uniform(-3, 14),
    "triangular": stats.triang(10000 / 14500, 12000, 14500),
    "triangular, mode at low": stats.triang(0, 0, 2),
    "triangular, mode at high": stats.triang(1, 0, 2),
    "pert": stats.beta(1 + 8 / 9, 1 + 28 / 9, 1, 9),
    "normal": stats.norm(-4, 2.5),
    "lognormal, median + p90": stats.lognorm(math.log(26 / 14) / 1.2815515655446004, scale=14),
    "lognormal, mu + sigma": stats.lognorm(0.5, scale=math.exp(-1)),
    "lognormal, mean + sd": stats.lognorm(math.sqrt(math.log(13 / 9)), scale=3 / math.sqrt(13 / 9)),
    "beta": stats.beta(1, 6),
    "beta, two-horned": stats.beta(0.5, 0.5),
    "beta, scaled": stats.beta(2, 3, -1, 5),
    "gamma, shape + rate": stats.gamma(2, scale=0.4),
    "gamma, shape + mean": stats.gamma(0.3, scale=7 / 0.3),
    "exponential, rate": stats.expon(scale=1 / 1.5),
    "exponential, mean": stats.expon(scale=40),
    "weibull": stats.weibull_min(1.7, scale=3),
    "poisson": stats.poisson(3.7),
    "poisson, large": stats.poisson(250_000),
    "negative_binomial, mean + size": stats.nbinom(1.3, 1.3 / 22.3),
    "negative_binomial, mean + variance": stats.nbinom(16, 0.8),
    "negative_binomial, rare": stats.nbinom(0.5, 0.5 / 0.6),
}

LEVELS = np.concatenate([[1e-12, 1e-6], np.linspace(0.001, 0.999, 999), [1 - 1e-6, 1 - 1e-12]])

each_example = pytest.mark.parametrize("name", EXAMPLES)


def test_every_family_has_an_example() -> None:
    """A new family must add a row above, and then keeps every promise below."""
    assert {example.family for example in EXAMPLES.values()} == set(FAMILIES)


@each_example
def test_quantile_is_the_smallest_value_that_reaches_the_level(name: str) -> None:
    """F(q(u)) >= u, and nothing noticeably below q(u) reaches u."""
    distribution = EXAMPLES[name]
    quantiles = distribution.ppf(LEVELS)
    assert (distribution.cdf(quantiles) >= LEVELS - 1e-12).all()
    step = 1e-9 * (1 + np.abs(quantiles))
    assert (distribution.cdf(quantiles - step) <= LEVELS + 1e-15).all()


@each_example
def test_quantile_and_distribution_function_are_a_galois_pair(name: str) -> None:
    """q(u) <= x exactly when u <= F(x), up to rounding."""
    distribution = EXAMPLES[name]
    low, high = distribution.ppf([1e-6, 1 - 1e-6])
    points = np.linspace(low - 1, high + 1, 257)
    reached = distribution.cdf(points)
    points, reached = points[reached > 0], reached[reached > 0]  # level 0 is the lower end by convention
    assert (distribution.ppf(reached) <= points + 1e-6 * (1 + np.abs(points))).all()
    lower = distribution.ppf(np.maximum(reached - 1e-9, 0))
    assert (lower <= points).all()


@each_example
def test_quantiles_never_fall(name: str) -> None:
    """A higher level has no lower quantile."""
    quantiles = EXAMPLES[name].ppf(LEVELS)
    assert (np.diff(quantiles) >= -1e-12 * np.abs(quantiles[1:])).all()


@each_example
def test_levels_0_and_1_are_the_ends_of_the_support(name: str) -> None:
    """The quantile function ends where the probability ends."""
    distribution = EXAMPLES[name]
    low, high = distribution.support()
    assert distribution.ppf([0.0, 1.0]).tolist() == [low, high]
    assert distribution.cdf(np.nextafter(low, -np.inf)) == 0
    assert distribution.cdf(high) == pytest.approx(1, abs=1e-15)
    assert distribution.cdf([-np.inf, np.inf]).tolist() == [0, pytest.approx(1, abs=1e-15)]


@each_example
def test_shapes_are_kept(name: str) -> None:
    """Any shape in, the same shape out, numbers included."""
    distribution = EXAMPLES[name]
    levels = np.array([[0.1, 0.2, 0.3], [0.5, 0.7, 0.9]])
    assert distribution.ppf(levels).shape == (2, 3)
    assert distribution.cdf(levels).shape == (2, 3)
    assert distribution.ppf(0.25).shape == ()
    assert distribution.ppf(np.array([])).shape == (0,)
    assert distribution.ppf(levels)[1, 0] == distribution.ppf(0.5)


@each_example
def test_moments_are_those_of_the_quantile_function(name: str) -> None:
    """Mean and variance agree with those of many equally likely quantiles, but for the ends of the tails."""
    distribution = EXAMPLES[name]
    n = 2**16
    sample = distribution.ppf((np.arange(n) + 0.5) / n)
    sd = math.sqrt(distribution.variance())
    assert sample.mean() == pytest.approx(distribution.mean(), abs=1e-3 * sd)
    assert sample.std() == pytest.approx(sd, rel=5e-3)


@each_example
def test_atoms_are_the_jumps(name: str) -> None:
    """Each atom is a jump of its size; a family that lists no atoms and counts nothing has no jump."""
    distribution = EXAMPLES[name]
    for value, probability in distribution.atoms().items():
        jump = distribution.cdf(value) - distribution.cdf_below(value)
        assert jump == pytest.approx(probability, abs=1e-9) or distribution.counting
    if not distribution.atoms() and not distribution.counting:
        quantiles = distribution.ppf(LEVELS)
        assert distribution.cdf(quantiles) == pytest.approx(LEVELS, abs=1e-11)


@each_example
def test_whole_numbers_are_said_to_be_whole(name: str) -> None:
    """`integer` is true exactly when every quantile is a whole number."""
    distribution = EXAMPLES[name]
    quantiles = distribution.ppf(LEVELS)
    assert distribution.integer == bool((quantiles == np.floor(quantiles)).all())


@each_example
def test_document_form_round_trips(name: str) -> None:
    """Written as data or JSON and read back, a distribution is equal, hashes equal, and uses the document's names."""
    distribution = EXAMPLES[name]
    distribution.ppf(0.5)
    for again in (ANY.validate_python(distribution.model_dump()), ANY.validate_json(distribution.model_dump_json())):
        assert again == distribution
        assert hash(again) == hash(distribution)
    assert not any(key.startswith(("stated_", "_")) for key in distribution.model_dump())


@each_example
def test_distributions_are_frozen(name: str) -> None:
    """No field can be changed afterwards."""
    with pytest.raises(ValidationError, match="frozen"):
        setattr(EXAMPLES[name], "family", "other")  # noqa: B010


@pytest.mark.parametrize("name", PEERS)
def test_agrees_with_scipy(name: str) -> None:
    """Distribution function, quantiles and moments equal those of scipy.stats."""
    ours, theirs = EXAMPLES[name], PEERS[name]
    inner = LEVELS[2:-2]
    points = theirs.ppf(inner)
    assert ours.cdf(points) == pytest.approx(theirs.cdf(points), abs=1e-12)
    assert ours.ppf(inner) == pytest.approx(points, rel=1e-9, abs=1e-12)
    assert ours.mean() == pytest.approx(float(theirs.mean()), rel=1e-12)
    assert ours.variance() == pytest.approx(float(theirs.var()), rel=1e-10)


def test_fitted_quantiles_are_met() -> None:
    """Two quantiles are met exactly; three as nearly as the family allows, and the miss is told."""
    two = Quantiles(values={0.1: 3, 0.9: 30}, fit="gamma")
    assert two.ppf([0.1, 0.9]) == pytest.approx([3, 30], rel=1e-9)
    assert two.largest_miss < 1e-12
    three = Quantiles(values={0.05: 10, 0.5: 20, 0.95: 60}, fit="lognormal")
    misses = np.abs(three.cdf([10, 20, 60]) - [0.05, 0.5, 0.95])
    assert three.largest_miss == misses.max()
    assert 0.01 < three.largest_miss < 0.05


def test_bounds_of_a_beta_are_optional_and_default_to_a_share() -> None:
    """Without bounds a fitted beta lives on [0, 1]."""
    assert Quantiles(values={0.25: 0.2, 0.75: 0.4}, fit="beta").support() == (0, 1)


def test_counts_far_out_are_found() -> None:
    """Long tails and large means are searched without tables of that length."""
    rare = NegativeBinomial(mean=1e6, size=0.01)
    quantiles = rare.ppf([0.5, 0.99, 1 - 1e-9])
    assert (rare.cdf(quantiles) >= [0.5, 0.99, 1 - 1e-9]).all()
    assert (rare.cdf_below(quantiles) < [0.5, 0.99, 1 - 1e-9]).all()
    assert Poisson(mean=1e12).ppf(0.5) == pytest.approx(1e12, rel=1e-9)


def test_schema_requires_the_family() -> None:
    """Editors can tell the families apart, because each schema requires its tag."""
    schema = ANY.json_schema()
    for name, family in FAMILIES.items():
        definition = schema["$defs"][family.__name__]
        assert "family" in definition["required"]
        assert definition["properties"]["family"]["const"] == name


def test_fields_that_hide_methods_are_written_by_their_own_names_inside_other_models() -> None:
    """A stated mean is `mean` in every document, however deep it is nested."""

    class Quantity(BaseModel):
        value: Distribution

    stated = Quantity(value=NegativeBinomial(mean=3, variance=4)).model_dump()["value"]
    assert stated == {"family": "negative_binomial", "mean": 3, "size": None, "variance": 4}
