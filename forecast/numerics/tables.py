"""Inverse distribution functions as tables: cell number → value.

Cell i of 2^bits stands for the probabilities [i, i + 1)/2^bits; its entry is the distribution's mean
inside the cell (the value at the middle, corrected so that the table's mean is exact). A read costs
a nanosecond where a Beta or Gamma variate costs 20 to 50.

A table is built from a few hundred exact quantiles, spaced evenly in the normal score z = Φ⁻¹(u), and
cubic interpolation of logit(x) or log(x) against z: both are close to straight lines there, tails
included. Where a parameter is so small that the last cells hold most of the mass, the end cells are
resolved once more (``fine``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import betaincinv, expit, gammainccinv, gammaincinv, ndtr, ndtri

from forecast.arrays import FloatArray, IntArray
from forecast.numerics.rates import BetaByDateLaw, GammaRateLaw, RateLaw

END_BITS = 6
END_CELLS = 1 << END_BITS
"""How many cells at each end may be resolved again, into as many parts together as the table has cells."""

MOMENT_TOLERANCE = 5e-5
"""Relative error of a second moment above which the end cells are resolved."""

_KNOTS = 321
_Z_END = 6.0


@dataclass(frozen=True, slots=True)
class Table:
    """Values by cell, shape (2^bits,); ``low`` and ``high`` resolve the first and last cells if not None."""

    values: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None

    def read(self, cells: IntArray, offset: FloatArray | None) -> FloatArray:
        """Return the values at ``cells``, shape (draws,).

        ``offset``, shape (draws,) or broadcastable, places the draw inside its cell and is needed
        only by tables that resolve their end cells.
        """
        out = self.values.take(cells, mode="clip")
        if self.low is None or self.high is None:
            return out
        assert offset is not None
        parts = self.low.size // END_CELLS
        last = self.values.size - END_CELLS
        for fine, at in ((self.low, np.flatnonzero(cells < END_CELLS)), (self.high, np.flatnonzero(cells >= last))):
            end_cell = cells[at] - (last if fine is self.high else 0)
            out[at] = fine[end_cell * parts + (np.broadcast_to(offset, cells.shape)[at] * parts).astype(np.intp)]
        return out


def _middle_scores(bits: int, first: int, count: int) -> FloatArray:
    """Φ⁻¹ of the middles of ``count`` cells of 2^bits, from the first one on; accurate in both tails."""
    u = (np.arange(first, first + count) + 0.5) / 2.0**bits
    above = (2.0**bits - np.arange(first, first + count) - 0.5) / 2.0**bits
    return np.where(u < 0.5, ndtri(u), -ndtri(above))


@lru_cache(maxsize=16)
def _interpolation(bits: int, first: int, count: int) -> tuple[IntArray, FloatArray]:
    """Knot numbers and the four weights of cubic Lagrange interpolation at each cell's middle."""
    z = (_middle_scores(bits, first, count) + _Z_END) * (_KNOTS - 1) / (2.0 * _Z_END)
    left = np.clip(z.astype(np.intp) - 1, 0, _KNOTS - 4)
    t = z - left
    weights = np.stack(
        [
            -(t - 1) * (t - 2) * (t - 3) / 6,
            t * (t - 2) * (t - 3) / 2,
            -t * (t - 1) * (t - 3) / 2,
            t * (t - 1) * (t - 2) / 6,
        ]
    )
    return left, weights


def _interpolated(knots: FloatArray, bits: int, first: int, count: int) -> FloatArray:
    left, weights = _interpolation(bits, first, count)
    out = weights[0] * knots[left]
    for k in (1, 2, 3):
        out += weights[k] * knots[left + k]
    return np.asarray(out)


_Z = np.linspace(-_Z_END, _Z_END, _KNOTS)
_U, _ABOVE = ndtr(_Z), ndtr(-_Z)
_TINY = 1e-300


def _beta_logits(a: float, b: float) -> FloatArray:
    """Logit of the Beta quantile at the knots; each side computed where it keeps its digits."""
    lower = _Z < 0.0
    x, above = np.empty(_KNOTS), np.empty(_KNOTS)
    x[lower] = betaincinv(a, b, _U[lower])
    above[~lower] = betaincinv(b, a, _ABOVE[~lower])
    above[lower] = 1.0 - x[lower]
    x[~lower] = 1.0 - above[~lower]
    lost = lower & (above < 1e-6)
    above[lost] = betaincinv(b, a, 1.0 - _U[lost])
    lost = ~lower & (x < 1e-6)
    x[lost] = betaincinv(a, b, 1.0 - _ABOVE[lost])
    return np.asarray(np.log(np.maximum(x, _TINY)) - np.log(np.maximum(above, _TINY)))


def _with_mean(values: FloatArray, mean: float) -> FloatArray:
    """Move values in (0, 1) so that their average is ``mean``, more in the middle than at the ends."""
    room = values * (1.0 - values)
    total = float(room.mean())
    if total == 0.0:
        return values
    return values + (mean - float(values.mean())) / total * room


def _relative_error(values: FloatArray, exact: float) -> float:
    return abs(float(np.mean(values**2)) / exact - 1.0)


def _resolved(quantiles: Callable[[int, int, int], FloatArray], bits: int) -> Table:
    """Return the table of ``quantiles`` (bits, first cell, cells → value in the middle of each), end cells resolved."""
    fine_bits, size = 2 * bits - END_BITS, 1 << bits
    values = quantiles(bits, 0, size)
    low, high = quantiles(fine_bits, 0, size), quantiles(fine_bits, (1 << fine_bits) - size, size)
    values[:END_CELLS] = low.reshape(END_CELLS, -1).mean(axis=1)
    values[-END_CELLS:] = high.reshape(END_CELLS, -1).mean(axis=1)
    return Table(values, low, high)


@lru_cache(maxsize=2048)
def beta_table(a: float, b: float, bits: int) -> Table:
    """Return the table of Beta(a, b): moments kept to 1e-4 relative for parameters from 1e-4 up."""
    knots = _beta_logits(a, b)
    values = expit(_interpolated(knots, bits, 0, 1 << bits))
    total = a + b
    plain = _with_mean(values, a / total)
    errors = (
        _relative_error(plain, a * (a + 1.0) / (total * (total + 1.0))),
        _relative_error(1.0 - plain, b * (b + 1.0) / (total * (total + 1.0))),
    )
    if max(errors) <= MOMENT_TOLERANCE:
        return Table(plain)
    return _resolved(lambda *cells: expit(_interpolated(knots, *cells)), bits)


@lru_cache(maxsize=256)
def gamma_table(shape: float, years: float, bits: int) -> Table:
    """Return the table of a rate λ ~ Gamma(shape, rate ``years``), per year.

    Its upper end is always resolved: what lies in the last cells decides the mean, and a mean forced
    right by scaling the rest would bias every probability by a date.
    """
    logs = np.log(np.maximum(np.where(_Z < 0.0, gammaincinv(shape, _U), gammainccinv(shape, _ABOVE)), _TINY))
    return _resolved(lambda *cells: np.exp(_interpolated(logs, *cells)) / years, bits)


@lru_cache(maxsize=256)
def _by_date_table(a: float, b: float, clock: float, bits: int) -> Table:
    """Return the table of −ln(1 − p)/clock with p ~ Beta(a, b), per year; −ln(1 − p) = ln(1 + e^logit(p))."""
    knots = _beta_logits(a, b)
    return _resolved(lambda *cells: np.logaddexp(0.0, _interpolated(knots, *cells)) / clock, bits)


def rate_table(law: RateLaw, bits: int) -> Table:
    """Return the table of an event rate per year."""
    if isinstance(law, GammaRateLaw):
        return gamma_table(law.shape, law.years, bits)
    if isinstance(law, BetaByDateLaw):
        return _by_date_table(law.a, law.b, law.clock, bits)
    return Table(np.full(1 << bits, law.per_year))


@lru_cache(maxsize=8)
def normal_table(bits: int) -> Table:
    """Return the standard normal by cell: the mean there, (φ(z_i) − φ(z_{i+1}))·2^bits, scaled to unit variance."""
    edges = ndtri(np.arange(1, 1 << bits) / 2.0**bits)
    density = np.concatenate(([0.0], np.exp(-0.5 * edges**2) / np.sqrt(2.0 * np.pi), [0.0]))
    means = -np.diff(density) * 2.0**bits
    return Table(means / np.sqrt(np.mean(means**2)))
