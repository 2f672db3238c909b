"""Parameters and arguments that no distribution takes, and what the refusal says."""

import pytest
from pydantic import TypeAdapter, ValidationError

from forecast.distributions import Distribution, Family, Normal

ANY = TypeAdapter[Family](Distribution)

BAD: list[tuple[dict[str, object], str]] = [
    ({"family": "lognormal", "median": 3, "mu": 1}, "state exactly one of: median [+] p90, or mu [+] sigma, or mean"),
    ({"family": "lognormal", "median": 3}, "given: median"),
    ({"family": "lognormal", "median": 3, "p90": 2}, "must be less than p90"),
    ({"family": "lognormal", "mu": 0, "sigma": 40}, "narrower"),
    ({"family": "lognormal", "mu": 0, "sigma": 20}, "variance of inf"),
    ({"family": "gamma", "shape": 2}, "state exactly one of: rate, or mean; given: none"),
    ({"family": "gamma", "shape": 2, "rate": 1, "mean": 2}, "given: rate, mean"),
    ({"family": "exponential"}, "state exactly one of"),
    ({"family": "weibull", "shape": 0.001, "scale": 1}, "narrower"),
    ({"family": "negative_binomial", "mean": 3, "variance": 3}, "must exceed mean"),
    ({"family": "negative_binomial", "mean": 3, "variance": 9, "size": 1}, "given: size, variance"),
    ({"family": "poisson", "mean": 0}, "greater than 0"),
    ({"family": "uniform", "low": 2, "high": 2}, "use family fixed"),
    ({"family": "uniform", "low": -1e308, "high": 1e308}, "too far apart"),
    ({"family": "triangular", "low": 0, "mode": 3, "high": 2}, "must lie between"),
    ({"family": "pert", "low": 0, "mode": -1, "high": 2}, "must lie between"),
    ({"family": "normal", "mean": float("nan"), "sd": 1}, "finite"),
    ({"family": "normal", "mean": 0, "sd": float("inf")}, "finite"),
    ({"family": "normal", "mean": 0, "sd": 1e-200}, "use family fixed"),
    ({"family": "normal", "mean": "0", "sd": 1}, "valid number"),
    ({"family": "normal", "mean": True, "sd": 1}, "valid number"),
    ({"family": "normal", "mean": 0, "sd": 1, "skew": 0}, "Extra inputs"),
    ({"family": "cauchy", "scale": 1}, "does not match any of the expected tags"),
    ({"mean": 0, "sd": 1}, "family"),
    ({"family": "quantiles", "fit": "normal", "values": {0.5: 1}}, "at least 2"),
    ({"family": "quantiles", "fit": "normal", "values": {"0.5": 1, "0.50": 2}}, "one level twice"),
    ({"family": "quantiles", "fit": "normal", "values": {0.4: 1, 0.5: 1}}, "must rise"),
    ({"family": "quantiles", "fit": "normal", "values": {0.4: 1, 1.5: 2}}, "less than 1"),
    ({"family": "quantiles", "fit": "normal", "values": {0.4: 1, 0.5: 2}, "low": 0}, "leave out low"),
    ({"family": "quantiles", "fit": "normal", "values": {0.4: -1e300, 0.5: 1e300}}, "up to 1e[+]100"),
    ({"family": "quantiles", "fit": "beta", "values": {0.4: 1, 0.5: 2}}, "strictly between low 0.0 and high 1.0"),
    ({"family": "quantiles", "fit": "gamma", "values": {0.4: -1, 0.5: 2}}, "must be above 0"),
    ({"family": "mixture", "parts": []}, "at least 1"),
    ({"family": "mixture", "parts": [{"weight": 0.5, "of": {"family": "fixed", "value": 1}}]}, "sum to 0.5, not 1"),
    ({"family": "mixture", "parts": [{"weight": 0, "of": {"family": "fixed", "value": 1}}]}, "greater than 0"),
]


@pytest.mark.parametrize(("document", "complaint"), BAD)
def test_bad_parameters_are_refused(document: dict[str, object], complaint: str) -> None:
    """Every fault is found when the distribution is made, and the message says what to do."""
    with pytest.raises(ValidationError, match=complaint):
        ANY.validate_python(document)


@pytest.mark.parametrize("level", [-0.1, 1.1, float("nan")])
def test_levels_outside_0_to_1_are_refused(level: float) -> None:
    """A quantile level is a probability."""
    with pytest.raises(ValueError, match="not in"):
        Normal(mean=0, sd=1).ppf([0.5, level])


def test_probability_of_nan_is_refused() -> None:
    """A missing value has no place in a distribution."""
    with pytest.raises(ValueError, match="NaN"):
        Normal(mean=0, sd=1).cdf(float("nan"))
