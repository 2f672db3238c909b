"""Block sums and histograms of a fixed list of probabilities, and their merge in block order.

A batch is boiled down to a ``BatchSummary``: per block, the sums of weight and of weight times
value, and the quantiles; over the batch, integer histograms. Merging adds integers and keeps the
block sums in block order, so the result is the same bytes whatever computed the batches.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from forecast.arrays import FloatArray
from forecast.numerics.histograms import (
    BINS,
    WEIGHT_ONE,
    CountArray,
    bin_edges,
    counts,
    odds_bins,
    quantiles,
    sorted_quantiles,
)
from forecast.readings.blocks import BlockGroups
from forecast.readings.residuals import mc_error, mc_errors

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
LEVEL_NAMES = ("0.05", "0.25", "0.5", "0.75", "0.95")

_BINNED_AT_ONCE = 1 << 16
"""Values of one or more targets that are binned together: few calls for small batches, few bytes for large ones."""

_COUNTED_AT_ONCE = 64
"""Histograms searched together for their quantiles; bounds the memory that this takes."""


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


class BatchSummariser:
    """Boils the values of one batch down, one after another, so that none has to wait in memory for the last.

    Parameters
    ----------
    targets, intervals : how many values there will be; the first ``intervals`` of them get a histogram
    weight : shape (draws,), or None for equal weights
    ceiling : the weight that counts 2^30 in a histogram; hardly any is larger
    blocks, size : the batch's blocks and draws per block
    """

    def __init__(
        self, targets: int, intervals: int, weight: FloatArray | None, ceiling: float, blocks: int, size: int
    ) -> None:
        self._blocks, self._size, self._intervals = blocks, size, intervals
        self._weight = None if weight is None else weight.reshape(blocks, size)
        self._fixed_point = None if weight is None else np.rint(weight * (WEIGHT_ONE / ceiling))
        self._sums, self._squares = np.full((blocks, targets), np.nan), np.empty((blocks, intervals))
        self._histograms = np.empty((intervals, BINS), dtype=np.int64)
        self._block_quantiles = np.empty((blocks, intervals, len(LEVELS)))
        self._waiting: dict[int, FloatArray] = {}
        self._counted: dict[int, CountArray] = {}

    def take(self, targets: Sequence[int], value: FloatArray) -> None:
        """Take the value that one or more targets have, shape (draws,) or ()."""
        shape = (self._blocks, self._size)
        in_blocks = value.reshape(shape) if value.ndim else np.full(shape, value)
        weighted = in_blocks if self._weight is None else self._weight * in_blocks
        sums = weighted.sum(axis=1)
        for target in targets:
            self._sums[:, target] = sums
            if target < self._intervals:
                self._squares[:, target] = np.einsum("bn,bn->b", weighted, in_blocks)
                self._waiting[target] = in_blocks
        if len(self._waiting) * in_blocks.size >= _BINNED_AT_ONCE:
            self._bin()

    def _bin(self) -> None:
        """Bin the values that wait, and note each block's own quantiles."""
        targets, blocks = list(self._waiting), self._blocks
        waiting = list(self._waiting.values())
        bins = odds_bins(waiting[0][None] if len(waiting) == 1 else np.stack(waiting))
        self._waiting.clear()
        if self._fixed_point is None and self._size < BINS:
            self._histograms[targets] = counts(bins.reshape(-1), BINS, len(targets), None)
            found = sorted_quantiles(bins.reshape(-1, self._size), BINS, bin_edges(), LEVELS)
            self._block_quantiles[:, targets] = found.reshape(len(targets), blocks, -1).swapaxes(0, 1)
            return
        for target, binned in zip(targets, bins, strict=True):
            self._counted[target] = counts(binned.reshape(-1), BINS, blocks, self._fixed_point)
            if len(self._counted) * blocks >= _COUNTED_AT_ONCE:
                self._store_histograms()

    def _store_histograms(self) -> None:
        """Merge the blocks' histograms and keep the blocks' own quantiles."""
        targets, counted = list(self._counted), np.stack(list(self._counted.values()), axis=1)
        self._histograms[targets] = counted.sum(axis=0)
        found = quantiles(counted.reshape(-1, BINS), bin_edges(), LEVELS)
        self._block_quantiles[:, targets] = found.reshape(self._blocks, len(targets), -1)
        self._counted.clear()

    def summary(self) -> BatchSummary:
        """Return what the batch contributes, once every target was taken."""
        if self._waiting:
            self._bin()
        if self._counted:
            self._store_histograms()
        weight = self._weight
        return BatchSummary(
            weight=np.full(self._blocks, float(self._size)) if weight is None else weight.sum(axis=1),
            weight_squares=np.full(self._blocks, float(self._size)) if weight is None else (weight**2).sum(axis=1),
            sums=self._sums,
            squares=self._squares,
            histograms=self._histograms,
            block_quantiles=self._block_quantiles,
        )


def summarise(
    values: Sequence[FloatArray], intervals: int, weight: FloatArray | None, ceiling: float, blocks: int, size: int
) -> BatchSummary:
    """Boil down the values of a batch that are all at hand; parameters as of ``BatchSummariser``."""
    summariser = BatchSummariser(len(values), intervals, weight, ceiling, blocks, size)
    for target, value in enumerate(values):
        summariser.take((target,), value)
    return summariser.summary()


_PER_BLOCK = ("weight", "weight_squares", "sums", "squares", "block_quantiles")
"""What of a ``BatchSummary`` is told block by block."""


class Merged:
    """The summaries of consecutive batches, added up in block order."""

    def __init__(self) -> None:
        self._groups = BlockGroups()
        self._columns: dict[str, slice] = {}
        self._histograms: CountArray | None = None
        self._found: dict[str, FloatArray] = {}

    def add(self, part: BatchSummary) -> None:
        """Add the next batch."""
        if self._histograms is None:
            self._histograms = part.histograms.copy()
        else:
            self._histograms += part.histograms
        columns = {name: getattr(part, name).reshape(len(part.weight), -1) for name in _PER_BLOCK}
        ends = accumulate(each.shape[1] for each in columns.values())
        spans = (slice(end - each.shape[1], end) for each, end in zip(columns.values(), ends, strict=True))
        self._columns = dict(zip(columns, spans, strict=True))
        self._groups.add(np.concatenate(list(columns.values()), axis=1))
        self._found.clear()

    def _blocks(self, name: str) -> FloatArray:
        """Return sums over the blocks of each group, shape (groups, columns)."""
        if "rows" not in self._found:
            self._found["rows"] = self._groups.rows
        return self._found["rows"][:, self._columns[name]]

    @property
    def total_weight(self) -> float:
        """Σ w over all draws, in fixed-point units."""
        return float(_column_sums(self._blocks("weight"))[0])

    def ratio(self, part: int, whole: int) -> tuple[float, float]:
        """Return one target's mean over another's, with the MC error of the ratio."""
        sums = self._blocks("sums")
        top, bottom = (math.fsum(sums[:, t]) for t in (part, whole))
        if bottom == 0.0:
            return math.nan, math.nan
        return top / bottom, mc_error(self.ratio_residuals(part, whole))

    def ratio_residuals(self, part: int, whole: int) -> FloatArray:
        """Residual of each group of blocks about the ratio of two targets' means, linearised, shape (groups,)."""
        sums = self._blocks("sums")
        top, bottom = (math.fsum(sums[:, t]) for t in (part, whole))
        return np.asarray((sums[:, part] - top / bottom * sums[:, whole]) / sums[:, whole].mean())

    @property
    def effective_sample_size(self) -> float:
        """(Σ w)² / Σ w²; the number of draws if weights are equal."""
        squares = float(_column_sums(self._blocks("weight_squares"))[0])
        return self.total_weight**2 / squares if squares else 0.0

    def means(self) -> FloatArray:
        """Σ w·q / Σ w per target, shape (targets,)."""
        if "means" not in self._found:
            self._found["means"] = _column_sums(self._blocks("sums")) / self.total_weight
        return self._found["means"]

    def deviations(self) -> FloatArray:
        """Weighted standard deviation over draws of each target with an interval, shape (targets with interval,)."""
        second = _column_sums(self._blocks("squares")) / self.total_weight
        return np.sqrt(np.maximum(second - self.means()[: len(second)] ** 2, 0.0))

    def mean_residuals(self) -> FloatArray:
        """Residual of each group of blocks about each mean, linearised, shape (groups, targets)."""
        weight, sums = self._blocks("weight"), self._blocks("sums")
        return np.asarray((sums - weight * self.means()) / weight.mean())

    def mean_errors(self) -> FloatArray:
        """MC error of each mean, shape (targets,)."""
        return mc_errors(self.mean_residuals())

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
        own = self._blocks("block_quantiles") / self._groups.sizes[:, None]
        own = own.reshape(len(own), -1, len(LEVELS))
        centred = own - own.mean(axis=0)
        groups = len(own)
        return np.asarray(np.sqrt(np.einsum("gtl,gtl->tl", centred, centred) / (groups * (groups - 1))))


def _column_sums(rows: FloatArray) -> FloatArray:
    return np.array([math.fsum(column) for column in rows.T.tolist()])


def merged(parts: Iterable[BatchSummary]) -> Merged:
    """Merge batches given in block order."""
    total = Merged()
    for part in parts:
        total.add(part)
    return total
