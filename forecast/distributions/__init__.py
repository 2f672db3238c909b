"""Numeric families for quantities and lags: one tagged union, one interface (`Family`).

Add a family by writing its class and adding it to the union in `plain.py`.
"""

from __future__ import annotations

from typing import get_args

from forecast.distributions.base import Family
from forecast.distributions.bounded import Beta, Fixed, Pert, Triangular, Uniform
from forecast.distributions.fitted import Quantiles
from forecast.distributions.mixture import Distribution, Mixture, MixturePart
from forecast.distributions.unbounded import Exponential, Gamma, Lognormal, Normal, Weibull
from forecast.distributions.whole_numbers import NegativeBinomial, Poisson

FAMILIES: dict[str, type[Family]] = {
    family.model_fields["family"].default: family for family in get_args(get_args(Distribution)[0])
}

__all__ = [
    "FAMILIES",
    "Beta",
    "Distribution",
    "Exponential",
    "Family",
    "Fixed",
    "Gamma",
    "Lognormal",
    "Mixture",
    "MixturePart",
    "NegativeBinomial",
    "Normal",
    "Pert",
    "Poisson",
    "Quantiles",
    "Triangular",
    "Uniform",
    "Weibull",
]
