"""Panels of experts: pooled as whole trees, so that what one person believes hangs together."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import Document, beta, changed, document, fixed, forecast_of, gamma_hazard, node, trees

WEIGHTS = {"ann": 0.5, "ben": 0.3, "eva": 0.2}


def _panel(**experts: dict[str, Any]) -> dict[str, Any]:
    return {"family": "panel", "pool": "mixture", "experts": experts}


@settings(max_examples=25)
@given(trees(), st.data())
def test_a_mixture_is_the_weighted_average_of_its_experts_forecasts(described: Document, data: st.DataObject) -> None:
    """Exactly, for every outcome: means, and mean squares with them."""
    alone = {name: changed(described) for name in WEIGHTS}
    pooled = changed(described, experts=WEIGHTS)
    for name, entry in described["nodes"].items():
        concentration = st.floats(0.5, 9.0).map(lambda value: round(value, 2))
        priors = {
            expert: {"family": "dirichlet", "alpha": {branch: data.draw(concentration) for branch in entry["branches"]}}
            for expert in WEIGHTS
        }
        pooled["nodes"][name]["prior"] = _panel(**priors)
        for expert in WEIGHTS:
            alone[expert]["nodes"][name]["prior"] = priors[expert]
    together = forecast_of(pooled, draws=512)
    single = {expert: forecast_of(parts, draws=512) for expert, parts in alone.items()}
    for outcome, found in together.outcomes.items():
        each = [(WEIGHTS[expert], single[expert].outcomes[outcome]) for expert in WEIGHTS]
        mean = sum(weight * (one.exact or 0.0) for weight, one in each)
        square = sum(weight * ((one.exact or 0.0) ** 2 + (one.exact_sd or 0.0) ** 2) for weight, one in each)
        assert found.exact == pytest.approx(mean, abs=1e-12)
        assert found.exact_sd is not None
        assert found.exact_sd**2 + mean**2 == pytest.approx(square, abs=1e-12)


TWO_LINKS = document(
    {
        "first": node({"on": "second", "off": None}, _panel(hawk=fixed(on=0.9, off=0.1), dove=fixed(on=0.1, off=0.9))),
        "second": node(["end", "stop"], _panel(hawk=fixed(end=0.9, stop=0.1), dove=fixed(end=0.1, stop=0.9))),
    },
    experts={"hawk": 0.5, "dove": 0.5},
)


def test_experts_are_not_torn_apart() -> None:
    """Both steps come from the same person: .41, where pooling node by node would say .25."""
    found = forecast_of(TWO_LINKS, draws=1 << 13).outcomes["end"]
    assert found.exact == pytest.approx((0.81 + 0.01) / 2, abs=1e-12)
    assert found.mean == pytest.approx(0.41, rel=0, abs=5 * found.mc_error + 1e-12)
    assert found.exact_sd == pytest.approx(0.4, abs=1e-12)


def test_evidence_shifts_belief_towards_who_foresaw_it() -> None:
    """Once the first step is taken, the hawk is nine times as credible."""
    found = forecast_of(TWO_LINKS, draws=1 << 13, assume=("on",)).outcomes["end"]
    assert found.exact == pytest.approx(0.9 * 0.9 + 0.1 * 0.1, abs=1e-12)
    assert found.mean == pytest.approx(0.82, rel=0, abs=5 * found.mc_error + 1e-12)


def test_a_log_pool_is_one_opinion() -> None:
    """The geometric mean of the odds 9 and 1/9 is 1, at both steps apart."""
    described = changed(TWO_LINKS)
    for entry in described["nodes"].values():
        entry["prior"]["pool"] = "log_pool"
    assert forecast_of(described).outcomes["end"].exact == pytest.approx(0.25, abs=1e-12)


def test_experts_may_differ_on_dates_and_attributes_too() -> None:
    """The expert behind a rate is the one behind the attribute: P(meet and flag) is their weighted joint."""
    rates = {
        "hawk": {"family": "gamma", "shape": 2.0, "rate_years": 1.0},
        "dove": {"family": "gamma", "shape": 2.0, "rate_years": 20.0},
    }
    prior = {**gamma_hazard("meet", 1, 1), "rate": {"family": "panel", "experts": rates}}
    described = document(
        {"when": node(["meet", "never"], prior)},
        experts={"hawk": 0.5, "dove": 0.5},
        attributes={"flag": {"default": _panel(hawk=beta("yes", 8, 2), dove=beta("yes", 1, 9))}},
        groups={"both": {"all": ["meet", {"attribute": "flag"}]}},
    )
    h = 365 / 365.25
    meet = {"hawk": 1 - (1 / (1 + h)) ** 2, "dove": 1 - (20 / (20 + h)) ** 2}
    forecast = forecast_of(described, draws=1 << 14)
    expected = 0.5 * meet["hawk"] * 0.8 + 0.5 * meet["dove"] * 0.1
    found = forecast.groups["both"]
    assert found.exact == pytest.approx(expected, abs=1e-12)
    assert found.mean == pytest.approx(expected, rel=0, abs=5 * found.mc_error + 1e-7)
    assert found.sd == pytest.approx(found.exact_sd, rel=2e-2)


def test_an_expert_without_weight_vetoes_nothing() -> None:
    """A zero would outvote the others in a product; with weight 0 it is not asked."""
    prior = {**_panel(ann=beta("yes", 6.0, 4.0), ben=fixed(yes=0.0, no=1.0)), "pool": "log_pool"}
    pooled = document({"opening": node(["yes", "no"], prior)}, experts={"ann": 1.0, "ben": 0.0})
    assert forecast_of(pooled, draws=512).outcomes["yes"].exact == pytest.approx(0.6, abs=1e-12)
