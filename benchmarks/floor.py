"""The floor: what the random numbers alone cost, without any use made of them.

The plain sampler needs one gamma variate per branch and draw (a Dirichlet is gammas over their sum). SFC64 is the
fastest of numpy's generators; a buffer that stays in the cache keeps memory out of the figure.
"""

import numpy as np

from benchmarks.trees import PriorTree

FLOOR = "floor"
BUFFER = 16_384


def draw_gammas(tree: PriorTree, draws: int, seed: int) -> None:
    """Draw one standard gamma per branch of the tree and draw, with the branch's alpha, and forget them."""
    random = np.random.Generator(np.random.SFC64(seed))
    buffer = np.empty(min(BUFFER, draws))
    alphas = [alpha for node in tree.nodes for alpha in tree.alphas(node)]
    for start in range(0, draws, BUFFER):
        block = buffer[: min(BUFFER, draws - start)]
        for alpha in alphas:
            random.standard_gamma(alpha, out=block)
