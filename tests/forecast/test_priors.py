"""What every prior family promises, checked for each of them: the means and spreads it states, exact and sampled."""

import math
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import optimize, stats

from forecast.result import Forecast
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings
from forecast.statements.document_parts import Prior

Moments = dict[str, tuple[float, float]]


def _dirichlet(**alpha: float) -> Moments:
    law = stats.dirichlet(list(alpha.values()))
    return dict(zip(alpha, zip(law.mean(), np.sqrt(law.var()), strict=True), strict=True))


def _two_branches(yes: str, no: str, a: float, b: float) -> Moments:
    mean, variance = stats.beta(a, b).stats("mv")
    return {yes: (float(mean), math.sqrt(variance)), no: (1.0 - float(mean), math.sqrt(variance))}


def _beta_through(low: float, high: float, levels: tuple[float, float]) -> tuple[float, float]:
    """Find the Beta with the two quantiles, by scipy alone."""

    def miss(logs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray(stats.beta(*np.exp(logs)).cdf([low, high]) - np.array(levels))

    a, b = np.exp(optimize.root(miss, [0.5, 0.5], tol=1e-13).x)
    return float(a), float(b)


def _mixture(*parts: tuple[float, Moments]) -> Moments:
    """Mean and sd of a mixture by the laws of total expectation and variance."""
    found: Moments = {}
    for branch in parts[0][1]:
        mean = math.fsum(w * moments[branch][0] for w, moments in parts)
        square = math.fsum(w * (moments[branch][1] ** 2 + moments[branch][0] ** 2) for w, moments in parts)
        found[branch] = (mean, math.sqrt(square - mean**2))
    return found


def _stick_breaking() -> Moments:
    """First takes Beta(2, 3), second Beta(4, 1) of what is left, third the rest; moments of products."""
    first, second = stats.beta(2, 3), stats.beta(4, 1)
    rest, rest_square = 1 - first.mean(), 1 - 2 * first.mean() + first.moment(2)
    other, other_square = 1 - second.mean(), 1 - 2 * second.mean() + second.moment(2)
    return {
        "c": (first.mean(), first.std()),
        "a": (rest * second.mean(), math.sqrt(rest_square * second.moment(2) - (rest * second.mean()) ** 2)),
        "b": (rest * other, math.sqrt(rest_square * other_square - (rest * other) ** 2)),
    }


def _geometric_pool(exponent: float = 1.0) -> Moments:
    """Pool of the two experts' means (weights 1/4 and 3/4), as a Dirichlet worth the average of 20 and 4."""
    logs = 0.25 * np.log([0.8, 0.2]) + 0.75 * np.log([0.5, 0.5])
    odds = math.exp(exponent * (logs[0] - logs[1]))
    mean, size = odds / (1 + odds), 0.25 * 20 + 0.75 * 4
    return _two_branches("a", "b", mean * size, (1 - mean) * size)


EXPERTS = {
    "ann": {"family": "beta", "branch": "a", "mean": 0.8, "equivalent_sample_size": 20},
    "bo": {"family": "dirichlet", "alpha": {"a": 2, "b": 2}},
}
STATES = {
    "good": {"family": "beta", "branch": "a", "a": 9, "b": 1},
    "bad": {"family": "fixed", "p": {"a": 0.1, "b": 0.9}},
}
BETWEEN = {"low": 0.1, "best": 0.25, "high": 0.5, "confidence": 0.8}
SLOW = {"family": "fixed", "per_year": 0.5}

# One row per way of stating a family: the statement, and the mean and sd it means, worked out without the engine;
# None where no short formula exists. A family without a row fails `test_every_family_has_a_row`.
ROWS: dict[str, tuple[dict[str, Any], Moments | None]] = {
    "fixed": (
        {"family": "fixed", "p": {"a": 0.2, "b": 0.3, "c": 0.5}},
        {"a": (0.2, 0.0), "b": (0.3, 0.0), "c": (0.5, 0.0)},
    ),
    "dirichlet, alpha": ({"family": "dirichlet", "alpha": {"a": 2, "b": 0.5, "c": 5}}, _dirichlet(a=2, b=0.5, c=5)),
    "dirichlet, mean": (
        {"family": "dirichlet", "mean": {"a": 0.2, "b": 0.3, "c": 0.5}, "equivalent_sample_size": 10},
        _dirichlet(a=2, b=3, c=5),
    ),
    "conditional": (
        {"family": "conditional", "order": ["c", "a", "b"], "a": {"c": 2, "a": 4}, "b": {"c": 3, "a": 1}},
        _stick_breaking(),
    ),
    "beta, a + b": ({"family": "beta", "branch": "b", "a": 0.5, "b": 1.5}, _two_branches("b", "a", 0.5, 1.5)),
    "beta, mean": (
        {"family": "beta", "branch": "a", "mean": 0.3, "equivalent_sample_size": 10},
        _two_branches("a", "b", 3, 7),
    ),
    "quantiles": (
        {"family": "quantiles", "branches": {"a": {0.25: 0.2, 0.75: 0.4}}},
        _two_branches("a", "b", *_beta_through(0.2, 0.4, (0.25, 0.75))),
    ),
    "quantiles of all": (
        {
            "family": "quantiles",
            "branches": {"a": {0.1: 0.1, 0.9: 0.4}, "b": {0.1: 0.2, 0.9: 0.5}, "c": {0.1: 0.2, 0.9: 0.6}},
        },
        None,
    ),
    "interval": ({"family": "interval", "branches": {"a": BETWEEN}}, None),
    "verbal": (
        {"family": "verbal", "branches": {"a": "likely"}},
        _two_branches("a", "b", *_beta_through(0.55, 0.80, (0.05, 0.95))),
    ),
    "by_state": (
        {"family": "by_state", "driver": "climate", "states": STATES},
        _mixture((0.3, _two_branches("a", "b", 9, 1)), (0.7, {"a": (0.1, 0.0), "b": (0.9, 0.0)})),
    ),
    "panel, mixture": (
        {"family": "panel", "experts": EXPERTS},
        _mixture((0.25, _two_branches("a", "b", 16, 4)), (0.75, _two_branches("a", "b", 2, 2))),
    ),
    "panel, log pool": ({"family": "panel", "pool": "log_pool", "experts": EXPERTS}, _geometric_pool()),
    "panel, extremised": (
        {"family": "panel", "pool": "extremised", "exponent": 1.7, "experts": EXPERTS},
        _geometric_pool(1.7),
    ),
    "hazard, fixed": (
        {"family": "hazard", "event": "a", "rate": SLOW, "never": 0.2},
        {"a": (0.8 * -math.expm1(-0.5), 0.0), "b": (1 - 0.8 * -math.expm1(-0.5), 0.0)},
    ),
    "hazard, beta by the horizon": (
        {"family": "hazard", "event": "a", "rate": {"family": "by_date", "by": "2027-01-01", "a": 2, "b": 3}},
        _two_branches("a", "b", 2, 3),
    ),
}

MEMBERS = pytest.mark.parametrize("name", ROWS)


def _families(union: object) -> set[str]:
    """Return the family names of a union of statements."""
    if get_origin(union) is Annotated:
        return _families(get_args(union)[0])
    if members := get_args(union):
        return set().union(*map(_families, members))
    assert isinstance(union, type)
    return set(get_args(union.__annotations__["family"]))


def _forecast(
    prior: dict[str, Any], order: Callable[[list[str]], list[str]] = sorted, draws: int = 1 << 14
) -> Forecast:
    """Forecast one node with the prior; the horizon is one year of 365.2425 days away, within a quarter of a day."""
    branches = ["a", "b", "c"] if '"c"' in str(prior).replace("'", '"') else ["a", "b"]
    document = {
        "scenario": "one",
        "title": "One node",
        "as_of": "2026-01-01",
        "horizon": "2027-01-01",
        "nodes": {"n": {"branches": order(branches), "prior": prior}},
        "drivers": {"climate": {"states": {"good": 0.3, "bad": 0.7}}},
        "experts": {"ann": 0.25, "bo": 0.75},
    }
    return run(parse_scenario(document), RunSettings(draws=draws, seed=5))


def test_every_family_has_a_row() -> None:
    """A new family is not done before it is held to the contract."""
    assert {statement["family"] for statement, _ in ROWS.values()} == _families(Prior)


@MEMBERS
def test_exact_moments_are_those_stated(name: str) -> None:
    statement, stated = ROWS[name]
    outcomes = _forecast(statement, draws=64).outcomes
    assert math.fsum(outcome.exact or 0.0 for outcome in outcomes.values()) == pytest.approx(1.0, abs=1e-12)
    # A year of the clock has 365.2425 days, the horizon is 365 days away.
    slack = 3e-4 if name == "hazard, fixed" else 1e-9
    for branch, (mean, sd) in (stated or {}).items():
        assert outcomes[branch].exact == pytest.approx(mean, abs=slack)
        assert outcomes[branch].exact_sd == pytest.approx(sd, abs=1e-7)


@MEMBERS
def test_draws_have_the_exact_moments(name: str) -> None:
    forecast = _forecast(ROWS[name][0])
    for outcome in forecast.outcomes.values():
        assert outcome.exact is not None
        assert outcome.exact_sd is not None
        assert outcome.mean == pytest.approx(outcome.exact, abs=8 * outcome.mc_error + 1e-9)
        # Kurtosis is below 6 for each of these laws, so the sd's own error is below 1 % of 2^14 draws' sd.
        assert outcome.sd == pytest.approx(outcome.exact_sd, rel=0.05, abs=1e-7)


@MEMBERS
def test_order_of_branches_changes_nothing(name: str) -> None:
    """Neither a digit nor the digest of the result, beyond the order itself."""
    statement = ROWS[name][0]
    as_listed = _forecast(statement, draws=64).outcomes
    backwards = _forecast(statement, lambda names: sorted(names, reverse=True), draws=64).outcomes
    assert {branch: as_listed[branch] for branch in sorted(as_listed)} == {b: backwards[b] for b in sorted(backwards)}


@MEMBERS
def test_statements_survive_json(name: str) -> None:
    prior = TypeAdapter[Any](Prior)
    said = prior.validate_python(ROWS[name][0])
    assert prior.validate_json(prior.dump_json(said, by_alias=True)) == said


@MEMBERS
def test_unknown_keys_are_refused_by_name(name: str) -> None:
    with pytest.raises(ValidationError, match="confidense"):
        TypeAdapter[Any](Prior).validate_python({**ROWS[name][0], "confidense": 0.9})
