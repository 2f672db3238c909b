"""Pools of four experts on one event, and of three on three branches."""

import pytest

from forecast.numerics.pooling import (
    baron_transform,
    geometric_mean,
    linear_pool,
    log_odds_pool,
    log_pool_categories,
    median_pool,
    neyman_roughgarden_factor,
)

# Quantity: (known value, how far off a correct computation may be). Exact fractions and closed forms.
KNOWN: dict[str, tuple[float, float]] = {
    "linear_pool": (0.325, 1e-12),
    "median": (0.3, 1e-12),
    "geo_mean_odds": (0.28989794855663564, 1e-12),
    "geo_mean_prob_unnormalised": (0.2632148025904985, 1e-12),
    "neyman_factor_n4": (1.4846409201084436, 1e-12),
    "neyman_extremised": (0.20914948807091208, 1e-12),
    "extremised_logodds_a=2.5": (0.09624169001201471, 1e-12),
    "extremised_logodds_a=1.73205": (0.17483964546755976, 1e-10),
    "baron_transform_of_linear_pool_a=2.5": (0.13856993011840527, 1e-12),
    "weighted_linear": (0.225, 1e-12),
    "weighted_log": (0.1907435698305462, 1e-12),
    "extremise_away_from_baserate_0.15_d=1.5": (0.3830744313723936, 1e-12),
    "neyman_factor_n2": (1.2915026221291812, 1e-12),
    "neyman_factor_n3": (1.415339366124404, 1e-12),
    "neyman_factor_n5": (1.5290130726070144, 1e-12),
    "neyman_factor_n10": (1.624952543051048, 1e-12),
    "neyman_factor_n100": (1.7207776610363221, 1e-12),
    "multi_linear:no_deal": (0.6, 1e-12),
    "multi_log:no_deal": (0.619100981740658, 1e-12),
    "multi_log_power_a=1.5:no_deal": (0.739611013616559, 1e-12),
    "multi_linear:bad_deal": (0.26666666666666666, 1e-12),
    "multi_log:bad_deal": (0.24569038742241636, 1e-12),
    "multi_log_power_a=1.5:bad_deal": (0.18490275340413975, 1e-12),
    "multi_linear:other": (0.13333333333333333, 1e-12),
    "multi_log:other": (0.13520863083692572, 1e-12),
    "multi_log_power_a=1.5:other": (0.07548623297930128, 1e-12),
}

EXPERTS = [0.1, 0.2, 0.4, 0.6]
WEIGHTS = [0.5, 0.25, 0.125, 0.125]
BRANCHES = ["no_deal", "bad_deal", "other"]
PANEL = [[0.6, 0.3, 0.1], [0.4, 0.4, 0.2], [0.8, 0.1, 0.1]]

COMPUTED: dict[str, float] = {
    "linear_pool": float(linear_pool(EXPERTS)),
    "median": float(median_pool(EXPERTS)),
    "geo_mean_odds": float(log_odds_pool(EXPERTS)),
    "geo_mean_prob_unnormalised": float(geometric_mean(EXPERTS)),
    **{f"neyman_factor_n{n}": neyman_roughgarden_factor(n) for n in (2, 3, 4, 5, 10, 100)},
    "neyman_extremised": float(log_odds_pool(EXPERTS, exponent=neyman_roughgarden_factor(4))),
    "extremised_logodds_a=2.5": float(log_odds_pool(EXPERTS, exponent=2.5)),
    "extremised_logodds_a=1.73205": float(log_odds_pool(EXPERTS, exponent=1.73205)),
    "baron_transform_of_linear_pool_a=2.5": float(baron_transform(linear_pool(EXPERTS), 2.5)),
    "weighted_linear": float(linear_pool(EXPERTS, WEIGHTS)),
    "weighted_log": float(log_odds_pool(EXPERTS, WEIGHTS)),
    "extremise_away_from_baserate_0.15_d=1.5": float(log_odds_pool(EXPERTS, exponent=1.5, base_rate=0.15)),
    **{f"multi_linear:{branch}": float(p) for branch, p in zip(BRANCHES, linear_pool(PANEL), strict=True)},
    **{f"multi_log:{branch}": float(p) for branch, p in zip(BRANCHES, log_pool_categories(PANEL), strict=True)},
    **{
        f"multi_log_power_a=1.5:{branch}": float(p)
        for branch, p in zip(BRANCHES, log_pool_categories(PANEL, exponent=1.5), strict=True)
    },
}


def test_every_known_answer_is_computed() -> None:
    """No row is left out, none is added."""
    assert set(COMPUTED) == set(KNOWN)


@pytest.mark.parametrize("quantity", KNOWN)
def test_known_answer(quantity: str) -> None:
    """The project's own functions give the known value."""
    value, tolerance = KNOWN[quantity]
    assert COMPUTED[quantity] == pytest.approx(value, rel=0, abs=tolerance)
