"""Where draws come from: nets that fill space evenly, keyed by (seed, block, source) and by nothing else."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, qmc

from forecast.arrays import FloatArray
from forecast.numerics.nets import (
    MAX_DIMENSIONS,
    NET_BITS,
    Batch,
    Coordinate,
    RandomCells,
    SobolCells,
    offsets,
)

ROOT = Path(__file__).resolve().parents[2]
COORDINATES = [Coordinate(f"source {i}", 0, i) for i in range(12)]
BOTH: list[SobolCells | RandomCells] = [SobolCells(3, COORDINATES), RandomCells(3)]


@pytest.mark.parametrize("log2_size", [0, 1, 5, 10, NET_BITS])
@pytest.mark.parametrize("dimension", [0, 1, 7, 11])
def test_each_block_hits_each_cell_once(log2_size: int, dimension: int) -> None:
    """A block of 2^k draws has one draw in each of the 2^k coarsest cells, in every coordinate."""
    cells = SobolCells(3, COORDINATES).cells(Batch(5, 2, 1 << log2_size), COORDINATES[dimension], NET_BITS)
    for block in cells.reshape(2, -1) >> (NET_BITS - log2_size):
        assert np.array_equal(np.sort(block), np.arange(1 << log2_size))


@pytest.mark.parametrize("first", range(2))
def test_pairs_of_coordinates_are_stratified_together(first: int) -> None:
    """The first two coordinates form a (0, m, 2)-net: every elementary rectangle of the right size holds one draw."""
    log2_size = 10
    sampler, batch = SobolCells(3, COORDINATES), Batch(first, 1, 1 << log2_size)
    x, y = (sampler.cells(batch, coordinate, NET_BITS) for coordinate in COORDINATES[:2])
    for bits in range(log2_size + 1):
        rectangles = ((x >> (NET_BITS - bits)) << (log2_size - bits)) | (y >> (NET_BITS - (log2_size - bits)))
        assert np.array_equal(np.sort(rectangles), np.arange(1 << log2_size))


def _points(sampler: SobolCells | RandomCells, block: int, size: int) -> FloatArray:
    columns = [sampler.cells(Batch(block, 1, size), c, NET_BITS) for c in COORDINATES]
    return np.asarray((np.stack(columns, axis=1) + 0.5) / 2.0**NET_BITS, float)


def test_nets_fill_space_better_than_random_numbers() -> None:
    """Discrepancy (centred, scipy's) of every pair of neighbouring coordinates, and of all together."""
    nets, random = (_points(sampler, 0, 1 << 10) for sampler in BOTH)
    for i in range(len(COORDINATES) - 1):
        pair = slice(i, i + 2)
        assert 5 * qmc.discrepancy(nets[:, pair], method="CD") < qmc.discrepancy(random[:, pair], method="CD")
    assert qmc.discrepancy(nets, method="CD") < qmc.discrepancy(random, method="CD")


def test_blocks_are_different_and_unbiased() -> None:
    """The mean of one draw's place over many blocks is 1/2, and all cells are equally likely for it."""
    sampler = SobolCells(3, COORDINATES)
    for coordinate in COORDINATES[:3]:
        cells = sampler.cells(Batch(0, 4_096, 4), coordinate, NET_BITS).reshape(-1, 4)
        for draw in cells.T:
            assert chisquare(np.bincount(draw >> (NET_BITS - 4), minlength=16)).pvalue > 1e-4


def test_blocks_are_independent_replicates() -> None:
    """So the spread of block means is honest: it does not shrink or grow with the number of blocks averaged."""
    sampler = SobolCells(3, COORDINATES)
    x, y = (
        sampler.cells(Batch(0, 1_024, 16), c, NET_BITS).reshape(1_024, 16) / 2.0**NET_BITS for c in COORDINATES[3:5]
    )
    means = (np.sin(5 * x) * np.exp(y)).mean(axis=1)
    neighbours = np.corrcoef(means[:-1], means[1:])[0, 1]
    assert abs(neighbours) < 5 / np.sqrt(1_023)


@pytest.mark.parametrize("sampler", BOTH, ids=["sobol", "random"])
@given(st.integers(0, 50), st.integers(1, 6), st.integers(0, 8))
def test_a_block_does_not_depend_on_its_batch(
    sampler: SobolCells | RandomCells, first: int, count: int, log2_size: int
) -> None:
    size, coordinate = 1 << log2_size, COORDINATES[2]
    together = sampler.cells(Batch(first, count, size), coordinate, NET_BITS).reshape(count, size)
    alone = [sampler.cells(Batch(first + i, 1, size), coordinate, NET_BITS) for i in range(count)]
    assert np.array_equal(together, np.stack(alone))
    shifts = offsets(3, Batch(first, count, size), coordinate)
    assert np.array_equal(
        shifts, np.concatenate([offsets(3, Batch(first + i, 1, size), coordinate) for i in range(count)])
    )


@pytest.mark.parametrize("sampler", BOTH, ids=["sobol", "random"])
@given(st.integers(0, 50), st.integers(0, 8), st.integers(0, 4))
def test_parts_of_a_block_make_up_the_block(
    sampler: SobolCells | RandomCells, block: int, log2_size: int, log2_parts: int
) -> None:
    """In order, whatever their number; each knows which draws of the run it holds."""
    size, parts, coordinate = 1 << log2_size, 1 << log2_parts, COORDINATES[2]
    batches = [Batch(block, 1, size, part, parts) for part in range(parts)]
    whole = Batch(block, 1, size * parts)
    found = np.concatenate([sampler.cells(batch, coordinate, NET_BITS) for batch in batches])
    assert np.array_equal(found, sampler.cells(whole, coordinate, NET_BITS))
    assert [batch.first_draw for batch in batches] == list(
        range(whole.first_draw, whole.first_draw + size * parts, size)
    )


def test_other_sources_do_not_reach_a_coordinate() -> None:
    """Only its own name, number and dimension do; a seed or a block of another number changes it."""
    batch, own = Batch(0, 1, 256), COORDINATES[4]
    cells = SobolCells(3, COORDINATES).cells(batch, own, NET_BITS)
    assert np.array_equal(cells, SobolCells(3, [own, Coordinate("new", 0, 40)]).cells(batch, own, NET_BITS))
    assert not np.array_equal(cells, SobolCells(4, COORDINATES).cells(batch, own, NET_BITS))
    assert not np.array_equal(cells, SobolCells(3, COORDINATES).cells(Batch(1, 1, 256), own, NET_BITS))
    renamed = Coordinate("other", 0, own.dimension)
    assert not np.array_equal(cells, SobolCells(3, [renamed]).cells(batch, renamed, NET_BITS))


def test_coarser_cells_are_the_leading_bits() -> None:
    """Tables with fewer cells read the same places."""
    sampler = SobolCells(3, COORDINATES)
    fine, coarse = (sampler.cells(Batch(0, 2, 1 << 10), COORDINATES[1], bits) for bits in (NET_BITS, 11))
    assert np.array_equal(fine >> (NET_BITS - 11), coarse)


@pytest.mark.parametrize("dimension", [5_714, 5_715, 7_000, 13_425, 13_426, MAX_DIMENSIONS - 1])
def test_late_dimensions_are_nets_too(dimension: int) -> None:
    """Primitive polynomials of degree 17 begin at dimension 5,715 and of degree 18 at 13,425, above the bits in use."""
    coordinate = Coordinate("late", 0, dimension)
    cells = SobolCells(3, [coordinate]).cells(Batch(0, 1, 1 << 12), coordinate, 12)
    assert np.array_equal(np.sort(cells), np.arange(1 << 12))


def test_beyond_the_last_dimension_numbers_are_independent() -> None:
    """A scenario with more coordinates than the net has goes on with pseudo-random ones."""
    far = Coordinate("far", 0, MAX_DIMENSIONS)
    cells = SobolCells(3, [far]).cells(Batch(0, 1, 1 << 12), far, NET_BITS)
    assert np.array_equal(cells, RandomCells(3).cells(Batch(0, 1, 1 << 12), far, NET_BITS))
    assert chisquare(np.bincount(cells >> (NET_BITS - 4), minlength=16)).pvalue > 1e-4


def test_offsets_lie_inside_a_cell() -> None:
    found = offsets(3, Batch(0, 2_000, 1), COORDINATES[0])
    assert found.shape == (2_000, 1)
    assert found.min() >= 0.0
    assert found.max() < 1.0
    assert found.mean() == pytest.approx(0.5, abs=5 / np.sqrt(12 * 2_000))


def test_every_dimension_that_scipy_knows_can_be_used() -> None:
    assert MAX_DIMENSIONS == qmc.Sobol.MAXDIM


def test_what_draws_nothing_does_not_wait_for_scipys_statistics() -> None:
    """They take as long to load as all else together."""
    look = "import sys, api.app, api.cli.serve; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=False, timeout=120).returncode == 0
