"""Three nodes that one hidden cause moves together: a chain is commoner than the product of its links."""

import math

import pytest

from tests.strategies import beta, by_state, document, fixed, forecast_of, node

# Quantity: known value, a ratio of whole numbers. All to 1e-12.
KNOWN: dict[str, float] = {
    "joint with shared driver": 0.121,
    "naive product of averaged node probabilities": 0.0525,
    "understatement factor": 2.3047619047619046,
    "P(driver=high | node1=yes)": 0.8,
    "correct P(node2=yes | node1=yes)": 0.5,
    "P(driver=high | node1=yes,node2=yes,node3=yes)": 0.9917355371900827,
}
HIGH, LOW = (4 / 5, 3 / 5, 1 / 2), (1 / 5, 1 / 10, 1 / 10)


def _yes_no(number: int) -> dict[str, object]:
    states = {
        state: fixed(**{f"yes{number}": p[number - 1], f"no{number}": 1 - p[number - 1]})
        for state, p in (("high", HIGH), ("low", LOW))
    }
    return by_state("unconstrained", **states)


CHAIN = document(
    {
        "node1": node({"yes1": "node2", "no1": None}, _yes_no(1)),
        "node2": node({"yes2": "node3", "no2": None}, _yes_no(2)),
        "node3": node(["yes3", "no3"], _yes_no(3)),
    },
    drivers={"unconstrained": {"states": {"high": 0.5, "low": 0.5}}},
    # An attribute that reads off the driver, so that its posterior can be asked for like any other.
    attributes={
        "high": {
            "default": by_state("unconstrained", high=fixed(yes=1, no=0), low=fixed(yes=0, no=1)),
        }
    },
    groups={"yes1": ["yes1"], "yes2": ["yes2"]},
)
PRIOR = forecast_of(CHAIN, draws=1 << 14)
GIVEN_FIRST = forecast_of(CHAIN, draws=1 << 14, assume=("yes1",))
GIVEN_ALL = forecast_of(CHAIN, draws=1 << 14, assume=("yes1", "yes2", "yes3"))
NAIVE = math.prod((high + low) / 2 for high, low in zip(HIGH, LOW, strict=True))
FOUND = {
    "joint with shared driver": PRIOR.outcomes["yes3"],
    "P(driver=high | node1=yes)": GIVEN_FIRST.attributes["high"],
    "correct P(node2=yes | node1=yes)": GIVEN_FIRST.groups["yes2"],
    "P(driver=high | node1=yes,node2=yes,node3=yes)": GIVEN_ALL.attributes["high"],
}


@pytest.mark.parametrize("quantity", FOUND)
def test_exact_value(quantity: str) -> None:
    assert FOUND[quantity].exact == pytest.approx(KNOWN[quantity], rel=0, abs=1e-12)


@pytest.mark.parametrize("quantity", FOUND)
def test_mean_over_draws(quantity: str) -> None:
    """Within 5 MC errors; a net holds each state as often as it weighs, so that they are small."""
    found = FOUND[quantity]
    assert found.mean == pytest.approx(KNOWN[quantity], rel=0, abs=5 * found.mc_error + 1e-12)


def test_ignoring_the_driver_understates_the_chain() -> None:
    """The product of the averaged links, computed by hand and by nodes that do not share a cause."""
    assert pytest.approx(KNOWN["naive product of averaged node probabilities"], rel=0, abs=1e-12) == NAIVE
    separate = document(
        {
            "node1": node({"yes1": "node2", "no1": None}, fixed(yes1=0.5, no1=0.5)),
            "node2": node({"yes2": "node3", "no2": None}, fixed(yes2=0.35, no2=0.65)),
            "node3": node(["yes3", "no3"], fixed(yes3=0.3, no3=0.7)),
        }
    )
    ignorant = forecast_of(separate).outcomes["yes3"].exact
    assert ignorant == pytest.approx(KNOWN["naive product of averaged node probabilities"], rel=0, abs=1e-12)
    joint = PRIOR.outcomes["yes3"].exact
    assert joint is not None
    assert joint / NAIVE == pytest.approx(KNOWN["understatement factor"], rel=0, abs=1e-12)


def test_uncertain_states_keep_the_chain() -> None:
    """Betas of the same means leave the exact mean where it is: given the state, nodes are independent."""
    uncertain = document(
        {
            f"node{i + 1}": node(
                {f"yes{i + 1}": f"node{i + 2}" if i < 2 else None, f"no{i + 1}": None},
                by_state(
                    "unconstrained",
                    high=beta(f"yes{i + 1}", 10 * HIGH[i], 10 - 10 * HIGH[i]),
                    low=beta(f"yes{i + 1}", 10 * LOW[i], 10 - 10 * LOW[i]),
                ),
            )
            for i in range(3)
        },
        drivers={"unconstrained": {"states": {"high": 0.5, "low": 0.5}}},
    )
    found = forecast_of(uncertain, draws=1 << 14).outcomes["yes3"]
    assert found.exact == pytest.approx(0.121, rel=0, abs=1e-12)
    assert found.mean == pytest.approx(0.121, rel=0, abs=5 * found.mc_error + 1e-12)
    assert found.sd == pytest.approx(found.exact_sd, rel=2e-2)
