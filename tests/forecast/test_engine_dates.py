"""Events in time: deadlines, silence, lags and observed days, against integrals worked out apart from the engine."""

import math
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad
from scipy.special import gammaincinv
from scipy.stats import gamma as gamma_law

from forecast.draws.model import Model
from forecast.readings.exact import ExactEngine
from forecast.readings.plans import event_plan
from forecast.statements.events import BranchEvent
from tests.strategies import (
    AS_OF,
    HORIZON,
    Document,
    changed,
    dirichlet,
    document,
    fixed,
    forecast_of,
    gamma_hazard,
    modelled,
    node,
    ratio_entry,
)

DAYS = (HORIZON - AS_OF).days
H = DAYS / 365.25


def _day(days: int) -> date:
    return AS_OF + timedelta(days=days)


def _by(model: Model, branch: str, day: date) -> float:
    """Exact probability that a branch is taken by a day."""
    plan = event_plan(model, BranchEvent(branch=branch, by=day))
    assert plan is not None
    value = ExactEngine(model).evaluate(plan)
    assert value.mean is not None
    return value.mean


@st.composite
def hazards(draw: st.DrawFn) -> Document:
    """A root hazard of any rate law, with windows and a part that never happens, above a choice."""
    rate = draw(
        st.sampled_from(
            [
                {"family": "fixed", "per_year": 0.7},
                {"family": "gamma", "shape": 0.8, "rate_years": 1.5},
                {"family": "by_date", "by": _day(250), "p": 0.35},
                {"family": "by_date", "by": _day(250), "a": 2.0, "b": 5.0},
            ]
        )
    )
    start = draw(st.integers(0, 200))
    window = {
        "from": _day(start),
        "to": _day(start + draw(st.integers(1, 150))),
        "multiplier": draw(st.sampled_from([0.0, 0.3, 4.0])),
    }
    prior: dict[str, Any] = {"family": "hazard", "event": "meet", "rate": rate}
    if draw(st.booleans()):
        prior["windows"] = [window]
    if "a" not in rate and draw(st.booleans()):
        prior["never"] = 0.2
    return document(
        {
            "when": node({"meet": "result", "never": None}, prior),
            "result": node(["deal", "none"], dirichlet(deal=2, none=3)),
        }
    )


@given(hazards(), st.lists(st.integers(1, DAYS), min_size=2, max_size=4).map(sorted), st.integers(0, 300))
def test_probability_rises_with_the_deadline(described: Document, days: list[int], silent: int) -> None:
    model = modelled(described, as_of=_day(silent))
    found = [_by(model, "meet", _day(day)) for day in days]
    assert all(0.0 <= p <= 1.0 for p in found)
    assert all(later >= earlier - 1e-15 for earlier, later in pairwise(found))
    assert all(p == 0.0 for p, day in zip(found, days, strict=True) if day <= silent)


@given(hazards(), st.integers(1, DAYS), st.lists(st.integers(0, DAYS - 1), min_size=2, max_size=4).map(sorted))
def test_probability_falls_with_silence(described: Document, deadline: int, silences: list[int]) -> None:
    """The clock is evidence: with no news, the probability by a fixed day never rises."""
    found = [_by(modelled(described, as_of=_day(silent)), "meet", _day(deadline)) for silent in silences]
    assert all(later <= earlier + 1e-15 for earlier, later in pairwise(found))


def _survival(t: float) -> float:
    return float((1.5 / (1.5 + t)) ** 0.8)


def _density(t: float) -> float:
    return 0.8 / (1.5 + t) * _survival(t)


LAG = {"family": "exponential", "rate": 1.5}
MEETING = gamma_hazard("meet", 0.8, 1.5)


def _chain(lag: dict[str, Any], **parts: object) -> Document:
    """A meeting at an uncertain date, then a deal some time later or none."""
    return document(
        {
            "when": node({"meet": "result", "never": None}, MEETING),
            "result": node({"deal": {"lag": lag, **parts}, "none": None}, fixed(deal=0.4, none=0.6)),
        },
        checkpoints=[_day(120), _day(300), HORIZON],
    )


def test_an_eventual_lag_is_a_convolution() -> None:
    """P(deal by t) = .4·∫ f(s)·F(t − s) ds; what the lag carries beyond the horizon is pending."""
    forecast = forecast_of(_chain(LAG, eventually=True), draws=1 << 13)
    for day, found in forecast.dates["deal"].by.items():
        t = (date.fromisoformat(day) - AS_OF).days / 365.25
        expected = 0.4 * quad(lambda s, t=t: _density(s) * -math.expm1(-1.5 * (t - s)), 0, t)[0]
        assert found.exact == pytest.approx(expected, abs=1e-10)
        assert found.mean == pytest.approx(expected, rel=0, abs=5 * found.mc_error + 1e-8)
    deal, pending = forecast.outcomes["deal"], forecast.outcomes["deal_pending"]
    assert deal.exact is not None
    assert pending.exact == pytest.approx(0.4 * (1 - _survival(H)) - deal.exact, abs=1e-10)
    assert math.fsum(outcome.mean for outcome in forecast.outcomes.values()) == pytest.approx(1.0, abs=1e-12)


def test_a_node_shares_itself_among_its_branches_and_what_is_pending() -> None:
    """Given the meeting at s, the deal is there by the horizon with .4·F(h − s), pending with the rest of .4."""
    shares = forecast_of(_chain(LAG, eventually=True), draws=1 << 13).nodes["result"]
    met = 1 - _survival(H)
    deal = 0.4 * quad(lambda s: _density(s) * -math.expm1(-1.5 * (H - s)), 0, H)[0] / met
    assert list(shares) == ["deal", "deal_pending", "none"]
    assert shares == pytest.approx({"deal": deal, "deal_pending": 0.4 - deal, "none": 0.6}, abs=1e-3)
    assert math.fsum(shares.values()) == pytest.approx(1.0, abs=1e-12)


def test_a_lag_by_the_horizon_spreads_dates_and_keeps_the_statement() -> None:
    """P(deal) stays .4 of the meetings; P(deal by t) = .4·∫ f(s)·F(t − s)/F(h − s) ds."""
    forecast = forecast_of(_chain(LAG), draws=1 << 13)
    assert forecast.outcomes["deal"].exact == pytest.approx(0.4 * (1 - _survival(H)), abs=1e-12)
    for day, found in forecast.dates["deal"].by.items():
        t = (date.fromisoformat(day) - AS_OF).days / 365.25

        def density(s: float, t: float = t) -> float:
            return _density(s) * math.expm1(-1.5 * (t - s)) / math.expm1(-1.5 * (H - s)) if s < H else 0.0

        expected = 0.4 * quad(density, 0, t)[0]
        assert found.exact == pytest.approx(expected, abs=1e-9)
        assert found.mean == pytest.approx(expected, rel=0, abs=5 * found.mc_error + 1e-7)


def test_two_lags_in_a_row() -> None:
    """P(second by h) = .4·.7·∫∫ f(s)·g(u)·F(h − s − u) du ds, g the first lag's density."""
    described = _chain(LAG, eventually=True)
    second = {"lag": {"family": "gamma", "shape": 2.0, "rate": 2.5}, "eventually": True}
    described["nodes"]["result"]["branches"]["deal"] = {"to": "kept", "lag": LAG, "eventually": True}
    described["nodes"]["kept"] = node({"kept_for_good": second, "broken": None}, fixed(kept_for_good=0.7, broken=0.3))
    forecast = forecast_of(described, draws=1 << 13)
    kept = gamma_law(2.0, scale=1 / 2.5)
    expected = (
        0.28
        * dblquad(lambda u, s: _density(s) * 1.5 * math.exp(-1.5 * u) * kept.cdf(H - s - u), 0, H, 0, lambda s: H - s)[
            0
        ]
    )
    found = forecast.outcomes["kept_for_good"]
    assert found.exact == pytest.approx(expected, abs=1e-8)
    assert found.mean == pytest.approx(expected, rel=0, abs=5 * found.mc_error + 1e-7)
    assert math.fsum(outcome.mean for outcome in forecast.outcomes.values()) == pytest.approx(1.0, abs=1e-12)


OBSERVED = {"date": _day(60), "what": "they met", "observed": {"branch": "meet", "on": _day(50)}}


def test_an_observed_date_is_certain() -> None:
    forecast = forecast_of(
        changed(_chain(LAG), evidence={"met": OBSERVED}, checkpoints=[_day(49), _day(50), HORIZON]), as_of=_day(60)
    )
    by = forecast.dates["meet"].by
    assert [by[day.isoformat()].exact for day in (_day(49), _day(50), HORIZON)] == [0.0, 1.0, 1.0]
    assert set(forecast.dates["meet"].quantiles.values()) == {_day(50)}
    assert forecast.outcomes["never"].mean == 0.0


@pytest.mark.parametrize("eventually", [False, True])
def test_silence_after_an_observed_event_speaks_of_the_lag(eventually: bool) -> None:
    """They met on day 50 and there is no deal by day 200: one with a lag has become less likely."""
    described = changed(_chain(LAG, eventually=eventually), evidence={"met": OBSERVED})
    forecast = forecast_of(described, as_of=_day(200))

    def lag(days: int) -> float:
        return -math.expm1(-1.5 * days / 365.25)

    reached, so_far = lag(DAYS - 50), lag(150)
    if eventually:
        weights = {"deal": 0.4 * (reached - so_far), "deal_pending": 0.4 * (1 - reached), "none": 0.6}
    else:
        weights = {"deal": 0.4 * (reached - so_far) / reached, "none": 0.6}
    for name, weight in weights.items():
        assert forecast.outcomes[name].exact == pytest.approx(weight / sum(weights.values()), abs=1e-12)
    by = forecast.dates["deal"].by[_day(300).isoformat()]
    part = 0.4 * (lag(250) - so_far) / (1.0 if eventually else reached) / sum(weights.values())
    assert by.exact == pytest.approx(part, abs=1e-12)


def test_an_assumed_branch_is_not_pending() -> None:
    """Assuming that a branch was taken leaves no history in which it is still to come, nor those of branches above."""
    described = _chain(LAG, eventually=True)
    described["nodes"]["result"]["branches"]["deal"] = {"to": "kept", "lag": LAG, "eventually": True}
    described["nodes"]["kept"] = node(["held", "broken"], fixed(held=0.7, broken=0.3))
    described["groups"] = {"deal": ["deal"]}
    assumed = forecast_of(described, assume=("deal",))
    assert assumed.groups["deal"].mean == pytest.approx(1.0, abs=1e-12)
    assert assumed.outcomes["deal_pending"].mean == 0.0
    assert assumed.nodes["result"] == pytest.approx({"deal": 1.0, "deal_pending": 0.0, "none": 0.0}, abs=1e-12)
    assert forecast_of(described, assume=("held",)).outcomes["held"].mean == pytest.approx(1.0, abs=1e-12)


def test_interval_of_a_weighted_forecast() -> None:
    """After silence to s the rate is Gamma(a, b + s), so the interval of P(by the horizon) is known in closed form."""
    described = document({"when": node(["meet", "never"], gamma_hazard("meet", 1.2, 5.0))})
    silent = 200
    found = forecast_of(described, draws=1 << 17, as_of=_day(silent)).outcomes["meet"]
    assert found.quantiles is not None
    assert found.quantile_mc_errors is not None
    for level, value in found.quantiles.items():
        rate = float(gammaincinv(1.2, float(level))) / (5.0 + silent / 365.25)
        expected = -math.expm1(-rate * (DAYS - silent) / 365.25)
        assert value == pytest.approx(expected, rel=1e-3, abs=5 * found.quantile_mc_errors[level])


def test_a_ratio_on_a_window_speaks_of_the_date() -> None:
    """With the odds of a meeting by the end of 2026 at 6.44 %, a ratio of 2.5 takes them to 14.7 %."""
    described = document(
        {"summit_by_t": node(["summit", "no_summit"], gamma_hazard("summit", 1.2, 5.0))},
        as_of=date(2025, 4, 3),
        horizon=date(2029, 1, 20),
        checkpoints=[date(2026, 12, 31)],
    )
    now, deadline = date(2026, 8, 20), "2026-12-31"
    news = {"says": ratio_entry({"summit": 2.5}, now, window={"from": now, "to": date(2026, 12, 31)})}
    before = forecast_of(described, as_of=now).dates["summit"].by[deadline]
    after = forecast_of(changed(described, evidence=news), draws=1 << 13, as_of=now).dates["summit"].by[deadline]
    assert before.exact == pytest.approx(0.06443744724072742, abs=1e-12)
    expected = 2.5 * 0.06443744724072742 / (2.5 * 0.06443744724072742 + 1 - 0.06443744724072742)
    assert after.exact == pytest.approx(expected, abs=1e-12)
    assert round(100 * expected, 1) == 14.7
    assert after.mean == pytest.approx(expected, rel=0, abs=5 * after.mc_error + 1e-8)
    late = forecast_of(changed(described, evidence=news), as_of=date(2027, 1, 1)).outcomes["summit"]
    assert late.exact == pytest.approx(
        forecast_of(described, as_of=date(2027, 1, 1)).outcomes["summit"].exact, abs=1e-12
    )


def test_an_event_made_to_happen_keeps_the_rates_as_they_are() -> None:
    """Its date is distributed within each draw: the mean over rates of a ratio, which no exact value claims to be."""
    described = document({"when": node(["meet", "never"], gamma_hazard("meet", 1.2, 1.0))}, checkpoints=[_day(180)])
    found = forecast_of(described, draws=1 << 14, do=("meet",)).dates["meet"].by[_day(180).isoformat()]
    t = 180 / 365.25
    expected = quad(lambda u: math.expm1(-gammaincinv(1.2, u) * t) / math.expm1(-gammaincinv(1.2, u) * H), 0, 1)[0]
    assert found.exact is None
    assert found.mean == pytest.approx(expected, rel=0, abs=5 * found.mc_error + 1e-5)


def test_part_of_it_may_never_happen() -> None:
    """P(ever | nothing by s) = π·S/(1 − π + π·S) for a part π that may happen at all."""
    described = document(
        {
            "when": node(
                ["meet", "quiet"],
                {"family": "hazard", "event": "meet", "rate": {"family": "fixed", "per_year": 2.0}, "never": 0.3},
            )
        }
    )
    found = forecast_of(described, as_of=_day(100)).outcomes["meet"].exact
    so_far, reached = (math.exp(-2.0 * days / 365.25) for days in (100, DAYS))
    assert found == pytest.approx(0.7 * (so_far - reached) / (0.3 + 0.7 * so_far), abs=1e-12)
