"""Fixed grids of integer counts: how intervals are kept in memory that does not grow with the draws.

Probabilities fall into bins of equal ratio of the odds, 32 to the doubling, between odds of 2^-40
and 2^40, with 0 and 1 apart. The bin is read off the bits of the odds in single precision. Within a
bin, a quantile is interpolated linearly.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from forecast.arrays import FloatArray

CountArray = NDArray[np.int64]
BinArray = NDArray[np.int32]

_DROPPED_BITS = 18
_OCTAVES = 40
_FIRST = (127 - _OCTAVES) << (23 - _DROPPED_BITS)
BINS = ((2 * _OCTAVES) << (23 - _DROPPED_BITS)) + 2
"""Bins of a probability histogram; the first holds odds below 2^-40, the last odds above 2^40."""

_NEVER_ZERO = 2.0**-60
"""Stands for 1 − p where p is 1 (or above by rounding): the odds then lie beyond the last bin."""

WEIGHT_ONE = 1 << 30
"""Fixed-point weights: a draw's weight relative to the largest possible, in units of 2^-30."""


def odds_bins(probability: FloatArray) -> BinArray:
    """Return the bin of each probability, shape of ``probability``."""
    odds = 1.0 - probability
    np.maximum(odds, _NEVER_ZERO, out=odds)
    np.divide(probability, odds, out=odds)
    bits = odds.astype(np.float32).view(np.int32)
    bits >>= _DROPPED_BITS
    bits -= _FIRST - 1
    np.maximum(bits, 0, out=bits)
    np.minimum(bits, BINS - 1, out=bits)
    return bits


def counts(bins: BinArray, n_bins: int, blocks: int, weights: FloatArray | None) -> CountArray:
    """Return counts per block, shape (blocks, n_bins); ``weights`` hold whole numbers, so their sums are exact."""
    size = bins.size // blocks
    if blocks > 1:
        bins = (bins.reshape(blocks, size) + (np.arange(blocks) * n_bins)[:, None]).reshape(-1)
    found = np.bincount(bins, weights=weights, minlength=blocks * n_bins)
    return found.astype(np.int64, copy=False).reshape(blocks, n_bins)


@lru_cache(maxsize=1)
def bin_edges() -> FloatArray:
    """Probabilities at the edges of the bins, shape (BINS + 1,)."""
    bits = (np.arange(BINS - 1) + _FIRST) << _DROPPED_BITS
    odds = bits.astype(np.int32).view(np.float32).astype(np.float64)
    return np.concatenate(([0.0], odds / (1.0 + odds), [1.0]))


def quantiles(counted: CountArray, edges: FloatArray, levels: FloatArray) -> FloatArray:
    """Return quantiles of histograms by linear interpolation inside a bin.

    Parameters
    ----------
    counted : shape (histograms, bins)
    edges : shape (bins + 1,)
    levels : shape (levels,)

    Returns
    -------
    shape (histograms, levels); the outermost bins stand for the ends of ``edges`` themselves.
    """
    rows, bins = counted.shape
    cumulated = np.cumsum(counted, axis=1)
    totals = np.maximum(cumulated[:, -1:], 1)
    wanted = levels * totals
    # One search serves all rows: row r's distribution function is lifted to run from r to r + 1.
    lifts = np.arange(rows)[:, None]
    at = np.searchsorted((cumulated / totals + lifts).reshape(-1), (levels + lifts).reshape(-1), side="left")
    at = np.minimum(at.reshape(rows, -1) - np.arange(rows)[:, None] * bins, bins - 1)
    here = np.take_along_axis(counted, at, axis=1)
    before = np.take_along_axis(cumulated, at, axis=1) - here
    return _inside(edges, at, here, wanted - before)


def sorted_quantiles(bins: BinArray, n_bins: int, edges: FloatArray, levels: FloatArray) -> FloatArray:
    """Return what `quantiles` would for rows of draws, without counting them into bins that are mostly empty.

    It takes less time as long as a row has fewer draws than there are bins.

    Parameters
    ----------
    bins : the bin of each draw, shape (rows, draws); draws count alike
    n_bins : number of bins
    edges : shape (bins + 1,)
    levels : above 0, shape (levels,)

    Returns
    -------
    shape (rows, levels)
    """
    rows, draws = bins.shape
    # Bins have 32 bits because numpy sorts these with vector instructions wherever there is AVX2; 16 only with AVX-512.
    ordered = np.sort(bins, axis=1)
    wanted = levels * draws
    at = ordered[:, np.ceil(wanted).astype(np.intp) - 1].astype(np.intp)
    lifts = np.arange(rows)[:, None]
    lifted, sought = (ordered + lifts * n_bins).reshape(-1), (at + lifts * n_bins).reshape(-1)
    before, until = (np.searchsorted(lifted, sought, side).reshape(rows, -1) for side in ("left", "right"))
    return _inside(edges, at, until - before, wanted - (before - lifts * draws))


def _inside(edges: FloatArray, at: NDArray[np.intp], here: CountArray, missing: FloatArray) -> FloatArray:
    """Return the places in bins ``at`` below which lie ``missing`` of the ``here`` draws that each holds."""
    inside = np.clip(missing / np.maximum(here, 1), 0.0, 1.0)
    starts, widths = edges[:-1].copy(), np.diff(edges)
    starts[-1], widths[0], widths[-1] = edges[-1], 0.0, 0.0
    return np.asarray(starts[at] + inside * widths[at])
