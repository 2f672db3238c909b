"""Block sums and histograms of a fixed list of probabilities, and their merge in block order.

A batch is boiled down to a ``BatchSummary``: per block, the sums of weight and of weight times
value, and the quantiles; over the batch, integer histograms. Merging adds integers and keeps the
block sums in block order, so the result is the same bytes whatever computed the batches.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.arrays import FloatArray
from forecast.numerics.histograms import BINS, WEIGHT_ONE, CountArray, bin_edges, counts, odds_bins, quantiles

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
_COUNTED_AT_ONCE = 256
"""Histograms searched together for their quantiles; bounds the memory that this takes."""

LEVEL_NAMES = ("0.05", "0.25", "0.5", "0.75", "0.95")


@dataclass(frozen=True)
class BatchSummary:
    """What one batch contributes.

    weight, weight_squares : per block, shape (blocks,)
    sums : Σ w·q, shape (blocks, targets)
    squares : Σ w·q², shape (blocks, targets with interval)
    histograms : shape (targets with interval, BINS)
    block_quantiles : shape (blocks, targets with interval, levels)
    """

    weight: FloatArray
    weight_squares: FloatArray
    sums: FloatArray
    squares: FloatArray
    histograms: CountArray
    block_quantiles: FloatArray


def summarise(
    values: Sequence[FloatArray], intervals: int, weight: FloatArray | None, ceiling: float, blocks: int, size: int
) -> BatchSummary:
    """Boil down the values of a batch.

    Parameters
    ----------
    values : per target, shape (draws,) or (); the first ``intervals`` of them get a histogram
    weight : shape (draws,), or None for equal weights
    ceiling : the weight that counts 2^30 in a histogram; hardly any is larger
    blocks, size : the batch's blocks and draws per block
    """
    values = [value if value.ndim else np.full(blocks * size, float(value)) for value in values]
    used = None if weight is None else weight.reshape(blocks, size)
    sums, squares = np.empty((blocks, len(values))), np.empty((blocks, intervals))
    for t, value in enumerate(values):
        in_blocks = value.reshape(blocks, size)
        weighted = in_blocks if used is None else used * in_blocks
        sums[:, t] = weighted.sum(axis=1)
        if t < intervals:
            squares[:, t] = np.einsum("bn,bn->b", weighted, in_blocks)
    fixed_point = None if weight is None else np.rint(weight * (WEIGHT_ONE / ceiling))
    histograms, block_quantiles = _histograms(values[:intervals], fixed_point, blocks)
    return BatchSummary(
        weight=np.full(blocks, float(size)) if used is None else used.sum(axis=1),
        weight_squares=np.full(blocks, float(size)) if used is None else (used**2).sum(axis=1),
        sums=sums,
        squares=squares,
        histograms=histograms,
        block_quantiles=block_quantiles,
    )


def _histograms(values: Sequence[FloatArray], weight: FloatArray | None, blocks: int) -> tuple[CountArray, FloatArray]:
    """Count each value per block; return the counts over the batch and the blocks' own quantiles."""
    histograms = np.empty((len(values), BINS), dtype=np.int64)
    block_quantiles = np.empty((blocks, len(values), len(LEVELS)))
    at_once = max(1, _COUNTED_AT_ONCE // blocks)
    for first in range(0, len(values), at_once):
        some = values[first : first + at_once]
        counted = np.stack([counts(odds_bins(v), BINS, blocks, weight) for v in some], axis=1)
        histograms[first : first + len(some)] = counted.sum(axis=0)
        found = quantiles(counted.reshape(-1, BINS), bin_edges(), LEVELS)
        block_quantiles[:, first : first + len(some)] = found.reshape(blocks, len(some), -1)
    return histograms, block_quantiles


class Merged:
    """The summaries of consecutive batches, added up in block order."""

    def __init__(self) -> None:
        self._parts: list[BatchSummary] = []
        self._histograms: CountArray | None = None

    def add(self, part: BatchSummary) -> None:
        """Add the next batch."""
        if self._histograms is None:
            self._histograms = part.histograms.copy()
        else:
            self._histograms += part.histograms
        empty = np.empty((0, 0), dtype=np.int64)
        self._parts.append(
            BatchSummary(part.weight, part.weight_squares, part.sums, part.squares, empty, part.block_quantiles)
        )

    def _blocks(self, name: str) -> FloatArray:
        return np.concatenate([getattr(part, name) for part in self._parts])

    @property
    def total_weight(self) -> float:
        """Σ w over all draws, in fixed-point units."""
        return math.fsum(self._blocks("weight"))

    def ratio(self, part: int, whole: int) -> tuple[float, float]:
        """Return one target's mean over another's, with the MC error of the ratio."""
        sums = self._blocks("sums")
        top, bottom = (math.fsum(sums[:, t]) for t in (part, whole))
        if bottom == 0.0:
            return math.nan, math.nan
        blocks = len(sums)
        residuals = (sums[:, part] - top / bottom * sums[:, whole]) / sums[:, whole].mean()
        return top / bottom, math.sqrt(math.fsum(residuals**2) / (blocks * (blocks - 1)))

    @property
    def effective_sample_size(self) -> float:
        """(Σ w)² / Σ w²; the number of draws if weights are equal."""
        squares = math.fsum(self._blocks("weight_squares"))
        return self.total_weight**2 / squares if squares else 0.0

    def means(self) -> FloatArray:
        """Σ w·q / Σ w per target, shape (targets,)."""
        return _column_sums(self._blocks("sums")) / self.total_weight

    def deviations(self) -> FloatArray:
        """Weighted standard deviation over draws of each target with an interval, shape (targets with interval,)."""
        second = _column_sums(self._blocks("squares")) / self.total_weight
        return np.sqrt(np.maximum(second - self.means()[: len(second)] ** 2, 0.0))

    def mean_errors(self) -> FloatArray:
        """MC error of each mean: the spread of the block ratios, linearised, shape (targets,)."""
        weight, sums = self._blocks("weight"), self._blocks("sums")
        residuals = (sums - weight[:, None] * self.means()) / weight.mean()
        blocks = len(weight)
        return np.asarray(np.sqrt(_column_sums(residuals**2) / (blocks * (blocks - 1))))

    def quantiles(self) -> FloatArray:
        """Quantiles of each target with an interval, shape (targets, levels).

        Read off the histogram, and no farther from the mean than a quantile can be (Cantelli's
        inequality): a probability that is known exactly has no interval, whatever the width of its bin.
        """
        assert self._histograms is not None
        found = quantiles(self._histograms, bin_edges(), LEVELS)
        spread = self.deviations()[:, None]
        mean = self.means()[: len(spread), None]
        odds = np.sqrt(LEVELS / (1.0 - LEVELS))
        return np.clip(found, mean - spread / odds, mean + spread * odds)

    def quantile_errors(self) -> FloatArray:
        """MC error of each quantile: the spread of the blocks' own quantiles, shape (targets, levels)."""
        own = self._blocks("block_quantiles")
        centred = own - own.mean(axis=0)
        blocks = len(own)
        return np.asarray(np.sqrt(np.einsum("btl,btl->tl", centred, centred) / (blocks * (blocks - 1))))


def _column_sums(rows: FloatArray) -> FloatArray:
    return np.array([math.fsum(column) for column in rows.T])


def merged(parts: Iterable[BatchSummary]) -> Merged:
    """Merge batches given in block order."""
    total = Merged()
    for part in parts:
        total.add(part)
    return total
