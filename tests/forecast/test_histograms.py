"""Quantiles of draws, by counting them into bins and by sorting them: two ways to the same numbers."""

import numpy as np
import pytest

from forecast.numerics.histograms import BINS, bin_edges, counts, odds_bins, quantiles, sorted_quantiles

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
ROWS = 16


@pytest.mark.parametrize("draws", [1, 2, 7, 256, 2_048])
@pytest.mark.parametrize("alpha", [0.01, 0.7, 50.0], ids=lambda alpha: f"beta({alpha})")
def test_sorting_gives_the_quantiles_of_the_histogram_to_the_last_bit(draws: int, alpha: float) -> None:
    """Also where many draws are 0 or 1, which have bins of their own, and where one bin holds several levels."""
    random = np.random.Generator(np.random.PCG64([draws, 7]))
    bins = odds_bins(random.beta(alpha, alpha, ROWS * draws))
    counted = quantiles(counts(bins, BINS, ROWS, None), bin_edges(), LEVELS)
    assert np.array_equal(sorted_quantiles(bins.reshape(ROWS, draws), BINS, bin_edges(), LEVELS), counted)


def test_a_row_of_one_value_has_it_at_every_level() -> None:
    zeros, ones = np.zeros((1, 8), dtype=np.int32), np.full((1, 8), BINS - 1, dtype=np.int32)
    assert sorted_quantiles(zeros, BINS, bin_edges(), LEVELS).tolist() == [[0.0] * 5]
    assert sorted_quantiles(ones, BINS, bin_edges(), LEVELS).tolist() == [[1.0] * 5]
