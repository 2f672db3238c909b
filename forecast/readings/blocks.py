"""Sums per block, kept in groups of neighbours once there are many, so that memory does not grow with the draws.

Blocks are independent replicates, and so are groups of them: the spread of either gives the MC error.
"""

import numpy as np

from forecast.arrays import FloatArray

MOST_GROUPS = 512
"""At so many groups, each takes in its neighbour; half as many still tell an MC error to 1 part in 20. Even."""


class BlockGroups:
    """Rows of sums, added in block order. All groups have as many blocks, but the last may have fewer."""

    def __init__(self) -> None:
        self._size = 1
        self._whole: list[FloatArray] = []
        self._begun: list[FloatArray] = []

    def add(self, rows: FloatArray) -> None:
        """Add the rows of the next blocks, shape (blocks, columns)."""
        for row in rows:
            self._begun.append(row)
            if len(self._begun) == self._size:
                self._whole.append(self._begun[0] if self._size == 1 else np.sum(self._begun, axis=0))
                self._begun = []
            if len(self._whole) == MOST_GROUPS:
                self._whole = list(np.array(self._whole).reshape(MOST_GROUPS // 2, 2, -1).sum(axis=1))
                self._size *= 2

    @property
    def rows(self) -> FloatArray:
        """Sums over the blocks of each group, shape (groups, columns)."""
        return np.array([*self._whole, np.sum(self._begun, axis=0)] if self._begun else self._whole)

    @property
    def sizes(self) -> FloatArray:
        """Blocks of each group, shape (groups,)."""
        begun = [len(self._begun)] if self._begun else []
        return np.array([*[self._size] * len(self._whole), *begun], dtype=float)
