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

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Literal, NamedTuple

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


def _keys(seed: int, batch: Batch, coordinate: Coordinate) -> list[bytes]:
    """64 bytes per block of the batch that belong to this coordinate in this block and to nothing else."""
    said, keys = f"{coordinate.source}/{coordinate.index}".encode(), []
    for of_block in _of_blocks(seed, batch.first, batch.count):
        hashed = of_block.copy()
        hashed.update(said)
        keys.append(hashed.digest())
    return keys


@lru_cache(maxsize=64)
def _of_blocks(seed: int, first: int, count: int) -> "tuple[blake2b, ...]":
    """Return the hash of each block that its coordinates' keys go on from; to be copied, never changed."""
    return tuple(
        blake2b(f"{seed}/{block}/".encode(), digest_size=64, person=b"branchcast")
        for block in range(first, first + count)
    )


def offsets(seed: int, batch: Batch, coordinate: Coordinate) -> NDArray[np.float64]:
    """Random positions inside a cell, one per block, shape (blocks, 1): makes u = (cell + offset)/2^bits unbiased."""
    return np.array([[int.from_bytes(key[-7:], "big") / 2.0**56] for key in _keys(seed, batch, coordinate)])


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
        inside = [c for c in coordinates if c.dimension < MAX_DIMENSIONS]
        numbers = _direction_numbers(_dimensions_to_load(max((c.dimension for c in inside), default=0) + 1))
        self._directions = numbers[[c.dimension for c in inside]]
        self._inside = {coordinate: row for row, coordinate in enumerate(inside)}
        self._plain = RandomCells(seed)
        self._latest = threading.local()

    def cells(self, batch: Batch, coordinate: Coordinate, bits: int) -> IntArray:
        """Return the cells of one coordinate, in [0, 2^bits), shape (draws,), blocks one after another."""
        row = self._inside.get(coordinate)
        if row is None:  # beyond the net's last dimension only independent numbers are left
            return self._plain.cells(batch, coordinate, bits)
        nets, drop = self._nets(batch), NET_BITS - bits
        high, low = nets.high[row] >> drop, nets.low[row] >> drop
        cells: IntArray = high[:, :, None] ^ low[:, None, :]
        return cells.reshape(-1)

    def _nets(self, batch: Batch) -> "_Nets":
        """Return the nets of a batch; a thread computes one batch after another and keeps those of the latest."""
        if getattr(self._latest, "batch", None) != batch:
            self._latest.nets, self._latest.batch = self._scrambled_nets(batch), batch
        nets = self._latest.nets
        assert isinstance(nets, _Nets)
        return nets

    def _scrambled_nets(self, batch: Batch) -> "_Nets":
        coordinates = list(self._inside)
        parts = [
            _scrambled_net(self._seed, batch, coordinates[i : i + _TOGETHER], self._directions[i : i + _TOGETHER])
            for i in range(0, len(coordinates), _TOGETHER)
        ]
        return parts[0] if len(parts) == 1 else _Nets(*(np.concatenate(each) for each in zip(*parts, strict=True)))


_NET_BYTES = 2 * (NET_BITS + 1)
"""Bytes of a key that scramble a net: a row of the matrix per bit, and the shift."""

_TOGETHER = 64
"""Coordinates that are scrambled together: enough to keep numpy busy, few enough for the processor's cache."""


class _Nets(NamedTuple):
    """The nets of a batch's coordinates: point i·len(low) + j of a block lies in cell ``high[…, i] ^ low[…, j]``.

    high, low : shape (coordinates, blocks, 2^k), of NET_BITS bits
    """

    high: IntArray
    low: IntArray


def _scrambled_net(seed: int, batch: Batch, coordinates: Sequence[Coordinate], directions: NDArray[np.uint16]) -> _Nets:
    keys = b"".join(key[:_NET_BYTES] for coordinate in coordinates for key in _keys(seed, batch, coordinate))
    words = np.frombuffer(keys, dtype=">u2").reshape(len(coordinates), batch.count, NET_BITS + 1)
    steps, shift = _scrambled(directions, words), words[:, :, NET_BITS:].astype(np.intp)
    log2_size, log2_block = batch.size.bit_length() - 1, batch.block_size.bit_length() - 1
    high = _combined(steps[:, :, log2_size // 2 : log2_size]) ^ shift
    if batch.parts > 1:
        high ^= _combined(steps[:, :, log2_size:log2_block])[:, :, batch.part : batch.part + 1]
    return _Nets(high, _combined(steps[:, :, : log2_size // 2]))


def _combined(steps: IntArray) -> IntArray:
    """Return the exclusive or of every subset of (…, bits) steps, shape (…, 2^bits), in binary order."""
    found = np.zeros((*steps.shape[:-1], 1 << steps.shape[-1]), dtype=np.intp)
    for bit in range(steps.shape[-1]):
        filled = 1 << bit
        np.bitwise_xor(found[..., :filled], steps[..., bit : bit + 1], out=found[..., filled : 2 * filled])
    return found


_DIAGONAL = (1 << np.arange(NET_BITS - 1, -1, -1)).astype(np.uint16)
_BELOW_DIAGONAL = _DIAGONAL - np.uint16(1)


def _scrambled(directions: NDArray[np.uint16], words: NDArray[np.uint16]) -> IntArray:
    """Multiply direction numbers by a random unit lower-triangular bit matrix per coordinate and block.

    Parameters
    ----------
    directions : shape (coordinates, NET_BITS)
    words : shape (coordinates, blocks, NET_BITS or more)

    Returns
    -------
    shape (coordinates, blocks, NET_BITS)
    """
    columns = (words[:, :, :NET_BITS] & _BELOW_DIAGONAL) | _DIAGONAL
    has_bit = (directions[:, None, :, None] & _DIAGONAL) != 0
    chosen = np.where(has_bit, columns[:, :, None, :], np.uint16(0))
    return np.asarray(np.bitwise_xor.reduce(chosen, axis=-1), dtype=np.intp)


class RandomCells:
    """Cells of independent pseudo-random numbers: PCG64, one generator per block and coordinate."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def cells(self, batch: Batch, coordinate: Coordinate, bits: int) -> IntArray:
        """Return the cells of one coordinate, in [0, 2^bits), shape (draws,), blocks one after another."""
        out = np.empty((batch.count, batch.size), dtype=np.intp)
        for i, key in enumerate(_keys(self._seed, batch, coordinate)):
            generator = np.random.Generator(np.random.PCG64(int.from_bytes(key[:16], "big")))
            upto = (batch.part + 1) * batch.size
            out[i] = generator.integers(0, 1 << bits, upto, dtype=np.uint32)[-batch.size :]
        return out.reshape(-1)


CellSampler = SobolCells | RandomCells
