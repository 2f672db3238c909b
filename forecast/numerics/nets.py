"""Where the draws come from: for every source of uncertainty and every block, one cell number per draw.

A cell number is an integer in [0, 2^bits): which of 2^bits slices of equal probability the source falls
into. Tables (``tables``) turn it into a value. Two samplers give cells: randomised Sobol' nets and
plain pseudo-random numbers. Both take their randomness from BLAKE2b keyed by (seed, block, source,
coordinate), so a block can be made anywhere, in any order, alone, and editing one source leaves the
cells of every other as they were.

A Sobol' block of 2^k draws is a digital net: the base direction numbers (Joe & Kuo 2008, from
scipy), a random lower-triangular bit matrix on each coordinate and a random digital shift
(Matoušek 1998). Each of the 2^k coarsest cells is then hit exactly once per block, and blocks are
independent replicates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forecast.arrays import IntArray

NET_BITS = 16
"""Bits per coordinate and log2 of the largest block."""

MAX_DIMENSIONS = 21_201
"""Dimensions that scipy has direction numbers for."""

SOURCE_BITS = 30
"""Bits scipy makes direction numbers with: below 18 it leaves out the dimensions whose polynomials have more terms."""

SamplerName = Literal["sobol", "random"]


@dataclass(frozen=True, slots=True)
class Coordinate:
    """One uniform number per draw: the ``index``-th of ``source``, on dimension ``dimension`` of the net."""

    source: str
    index: int
    dimension: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Draws computed together: ``count`` consecutive blocks of ``size`` draws from number ``first`` on.

    Where a whole block is too much at once, ``parts`` is into how many equal runs of consecutive draws
    block ``first`` is divided, ``part`` which of them this is, and ``size`` the draws of one of them.
    """

    first: int
    count: int
    size: int
    part: int = 0
    parts: int = 1

    @property
    def draws(self) -> int:
        """Number of draws in the batch."""
        return self.count * self.size

    @property
    def block_size(self) -> int:
        """Draws of a whole block."""
        return self.size * self.parts

    @property
    def first_draw(self) -> int:
        """Number of the batch's first draw in the run, from 0."""
        return self.first * self.block_size + self.part * self.size


def _key(seed: int, block: int, coordinate: Coordinate) -> bytes:
    """64 bytes that belong to this coordinate in this block and to nothing else."""
    text = f"{seed}/{block}/{coordinate.source}/{coordinate.index}"
    return blake2b(text.encode(), digest_size=64, person=b"branchcast").digest()


def offsets(seed: int, batch: Batch, coordinate: Coordinate) -> NDArray[np.float64]:
    """Random positions inside a cell, one per block, shape (blocks, 1): makes u = (cell + offset)/2^bits unbiased."""
    keys = (_key(seed, batch.first + i, coordinate)[-7:] for i in range(batch.count))
    return np.array([[int.from_bytes(key, "big") / 2.0**56] for key in keys])


def _dimensions_to_load(dimension: int) -> int:
    """Round up, so that a handful of scenario sizes share one set of direction numbers."""
    wanted = 64
    while wanted < dimension:
        wanted *= 4
    return min(wanted, MAX_DIMENSIONS)


@lru_cache(maxsize=4)
def _direction_numbers(dimensions: int) -> NDArray[np.uint16]:
    """Sobol' direction numbers, shape (dimensions, NET_BITS), as 16-bit fractions.

    Point number 2^b of the Gray-code sequence is V_b xor V_{b-1}, which recovers them from scipy's
    public interface.
    """
    # Imported here: it takes as long as all else together, and most commands draw nothing.
    from scipy.stats import qmc

    engine = qmc.Sobol(dimensions, scramble=False, bits=SOURCE_BITS)
    numbers = np.zeros((dimensions, NET_BITS), dtype=np.uint16)
    previous = np.zeros(dimensions, dtype=np.uint16)
    position = 0
    for bit in range(NET_BITS):
        engine.fast_forward((1 << bit) - position)
        point = np.rint(engine.random(1)[0] * 2.0**NET_BITS).astype(np.uint16)
        position = (1 << bit) + 1
        previous = point ^ previous
        numbers[:, bit] = previous
    return numbers


class SobolCells:
    """Cells of randomised Sobol' nets."""

    def __init__(self, seed: int, coordinates: Sequence[Coordinate]) -> None:
        self._seed = seed
        inside = [c.dimension for c in coordinates if c.dimension < MAX_DIMENSIONS]
        numbers = _direction_numbers(_dimensions_to_load(max(inside, default=0) + 1))
        self._directions = {c: numbers[c.dimension] for c in coordinates if c.dimension < MAX_DIMENSIONS}
        self._plain = RandomCells(seed)

    def cells(self, batch: Batch, coordinate: Coordinate, bits: int) -> IntArray:
        """Return the cells of one coordinate, in [0, 2^bits), shape (draws,), blocks one after another."""
        directions = self._directions.get(coordinate)
        if directions is None:  # beyond the net's last dimension only independent numbers are left
            return self._plain.cells(batch, coordinate, bits)
        keys = b"".join(_key(self._seed, batch.first + i, coordinate)[:34] for i in range(batch.count))
        words = np.frombuffer(keys, dtype=">u2").reshape(batch.count, NET_BITS + 1)
        drop = NET_BITS - bits
        steps, shift = _scrambled(directions, words) >> drop, words[:, NET_BITS:].astype(np.intp) >> drop
        log2_size, log2_block = batch.size.bit_length() - 1, batch.block_size.bit_length() - 1
        low = _combined(steps[:, : log2_size // 2])
        of_part = _combined(steps[:, log2_size:log2_block])[:, batch.part : batch.part + 1]
        high = _combined(steps[:, log2_size // 2 : log2_size]) ^ shift ^ of_part
        return (high[:, :, None] ^ low[:, None, :]).reshape(-1)


def _combined(steps: IntArray) -> IntArray:
    """Return the exclusive or of every subset of (blocks, bits) steps, shape (blocks, 2^bits), in binary order."""
    found = np.zeros((len(steps), 1 << steps.shape[1]), dtype=np.intp)
    for bit in range(steps.shape[1]):
        filled = 1 << bit
        np.bitwise_xor(found[:, :filled], steps[:, bit : bit + 1], out=found[:, filled : 2 * filled])
    return found


_DIAGONAL = (1 << np.arange(NET_BITS - 1, -1, -1)).astype(np.intp)
_BELOW_DIAGONAL = _DIAGONAL - 1


def _scrambled(directions: NDArray[np.uint16], words: NDArray[np.uint16]) -> IntArray:
    """Multiply direction numbers by a random unit lower-triangular bit matrix per block, shape (blocks, NET_BITS)."""
    columns = (words[:, :NET_BITS].astype(np.intp) & _BELOW_DIAGONAL) | _DIAGONAL
    has_bit = (directions[:, None].astype(np.intp) & _DIAGONAL) != 0
    chosen = np.where(has_bit[None, :, :], columns[:, None, :], 0)
    return np.asarray(np.bitwise_xor.reduce(chosen, axis=2))


class RandomCells:
    """Cells of independent pseudo-random numbers: PCG64, one generator per block and coordinate."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def cells(self, batch: Batch, coordinate: Coordinate, bits: int) -> IntArray:
        """Return the cells of one coordinate, in [0, 2^bits), shape (draws,), blocks one after another."""
        out = np.empty((batch.count, batch.size), dtype=np.intp)
        for i in range(batch.count):
            key = int.from_bytes(_key(self._seed, batch.first + i, coordinate)[:16], "big")
            generator = np.random.Generator(np.random.PCG64(key))
            upto = (batch.part + 1) * batch.size
            out[i] = generator.integers(0, 1 << bits, upto, dtype=np.uint32)[-batch.size :]
        return out.reshape(-1)


CellSampler = SobolCells | RandomCells
