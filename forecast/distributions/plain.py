"""The families that are not made of others. Add a new one here; documents, schema and contract tests follow."""

from forecast.distributions.bounded import Beta, Fixed, Pert, Triangular, Uniform
from forecast.distributions.fitted import Quantiles
from forecast.distributions.unbounded import Exponential, Gamma, Lognormal, Normal, Weibull
from forecast.distributions.whole_numbers import NegativeBinomial, Poisson

Plain = (
    Fixed
    | Uniform
    | Triangular
    | Pert
    | Normal
    | Lognormal
    | Beta
    | Gamma
    | Exponential
    | Weibull
    | Poisson
    | NegativeBinomial
    | Quantiles
)
