"""MC errors from the residuals of blocks: of one mean, and of the difference of two.

A block's residual is how far it puts the mean from that of all blocks. Blocks are independent
replicates, so the spread of their residuals is an honest standard error.
"""

import math

import numpy as np

from forecast.arrays import FloatArray


def mc_error(residuals: FloatArray) -> float:
    """Return the MC error of a mean, √(Σ r_b² / (B·(B − 1))), from its B residuals, shape (blocks,)."""
    return float(mc_errors(residuals[:, None])[0])


def mc_errors(residuals: FloatArray) -> FloatArray:
    """Return the MC error of each of several means, shape (means,), from their residuals, shape (blocks, means)."""
    blocks = len(residuals)
    squares = np.array([math.fsum(column) for column in (residuals**2).T.tolist()])
    return np.asarray(np.sqrt(squares / (blocks * (blocks - 1))))


def mc_error_of_difference(before: FloatArray, after: FloatArray) -> float:
    """Return the MC error of the difference of two means, from the residuals of both runs.

    Blocks are paired by their number, so that whatever two runs share cancels block by block:
    √(Σ_b (r_b − s_b)² / (B·(B − 1))) for B blocks each. If one run has more blocks, each residual is
    first divided by its own √(B·(B − 1)), and the blocks without a partner stand alone. Pairs of
    different numbers are independent in any case. So the estimate is honest also where runs share only
    some of their draws, or none, and it is never more than the sum of both errors.

    Parameters
    ----------
    before, after : shape (blocks,) each, in block order from block 0

    Examples
    --------
    >>> import numpy as np
    >>> residuals = np.array([0.3, -0.1, -0.2])
    >>> mc_error_of_difference(residuals, residuals)
    0.0
    >>> round(mc_error_of_difference(residuals, -residuals) / mc_error(residuals), 12)
    2.0
    """
    shares = np.zeros((2, max(len(before), len(after))))
    for row, residuals in zip(shares, (before, after), strict=True):
        blocks = len(residuals)
        row[:blocks] = residuals / math.sqrt(blocks * (blocks - 1))
    return math.sqrt(math.fsum((shares[1] - shares[0]) ** 2))
