"""True 5 % and 95 % quantiles of outcome probabilities, by a road that no contender takes: no sampling, no tables.

Run ``python -m benchmarks.reference_quantiles`` to write the file that the accuracy measures read.

An outcome's probability is a product of independent Beta variables, one per step of its path (a branch of a
Dirichlet node is Beta(alpha, rest)), so its logarithm Y is a sum with the characteristic function

    phi(t) = prod Gamma(a + it) Gamma(a + b) / (Gamma(a) Gamma(a + b + it)),

and its distribution function follows by Gil-Pelaez (1951):

    F(y) = 1/2 - (1/pi) integral over t > 0 of Im(exp(-ity) phi(t)) / t.
"""

import json
import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import loggamma

from benchmarks.contenders import INTERVAL, Floats
from benchmarks.peers.naive_numpy import beliefs
from benchmarks.trees import PriorTree, Step, load_tree
from benchmarks.truth import QUANTILES

# The midpoint rule repeats the distribution every 2 pi / STEP in Y: at 0.05, tails beyond exp(-120) overlap. At
# LIMIT |phi| has fallen below 1e-15 for every outcome of the 8-node tree.
STEP, LIMIT = 0.05, 500.0
CHECK_DRAWS, CHECK_RUNS = 1_000_000, 20


class PathProbability:
    """Distribution of one outcome's probability."""

    def __init__(self, tree: PriorTree, path: tuple[Step, ...]) -> None:
        self._t = np.arange(STEP / 2, LIMIT, STEP)
        log_phi = np.zeros(len(self._t), complex)
        for step in path:
            alphas = tree.alphas(step.node)
            a, total = alphas[step.branch], math.fsum(alphas)
            log_phi += loggamma(a + 1j * self._t) - loggamma(total + 1j * self._t)
            log_phi += math.lgamma(total) - math.lgamma(a)
        self._phi = np.exp(log_phi)

    def cdf(self, probability: float) -> float:
        """P(outcome's probability ≤ ``probability``), to about 1e-12."""
        turned = np.exp(-1j * self._t * math.log(probability)) * self._phi
        return 0.5 - STEP / math.pi * math.fsum((turned.imag / self._t).tolist())

    def quantile(self, level: float) -> float:
        """Probability at which `cdf` is ``level``."""
        return float(brentq(lambda p: self.cdf(p) - level, 1e-12, 1.0 - 1e-12, xtol=1e-14, rtol=1e-13))

    def truncation(self) -> float:
        """|phi| where the integral is cut off."""
        return float(abs(self._phi[-1]))


def quantiles(tree: PriorTree) -> dict[str, dict[str, float]]:
    """Quantiles at both ends of the interval, by outcome."""
    distributions = [PathProbability(tree, path) for path in tree.paths()]
    return {
        name: {str(level): one.quantile(level) for level in INTERVAL}
        for name, one in zip(tree.outcome_names(), distributions, strict=True)
    }


def sampled_deviations(tree: PriorTree, found: dict[str, dict[str, float]]) -> Floats:
    """Difference from plain sampling in units of its standard error, (2, outcomes): the check of the formula."""
    expected = np.array([[found[name][str(level)] for name in tree.outcome_names()] for level in INTERVAL])
    sampled = np.array([beliefs(tree)(CHECK_DRAWS, seed).ends for seed in range(CHECK_RUNS)], float)
    deviation: Floats = (sampled.mean(axis=0) - expected) / (sampled.std(axis=0, ddof=1) / math.sqrt(CHECK_RUNS))
    return deviation


def main() -> None:
    """Compute, check against sampling, and write the file."""
    tree = load_tree()
    found = quantiles(tree)
    deviations = sampled_deviations(tree, found)
    content = {
        "how": "Gil-Pelaez inversion of the characteristic function of the logarithm, see reference_quantiles.py",
        "error": 1e-12,
        "check": {
            "how": f"numpy.percentile of {CHECK_RUNS} runs of {CHECK_DRAWS} draws, in standard errors of their mean",
            "largest": round(float(abs(deviations).max()), 2),
            "rms": round(float(np.sqrt((deviations**2).mean())), 2),
            "expected_rms": round(math.sqrt((CHECK_RUNS - 1) / (CHECK_RUNS - 3)), 2),
        },
        "quantiles": found,
    }
    QUANTILES.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {QUANTILES.name}: largest deviation from sampling {abs(deviations).max():.1f} standard errors")


if __name__ == "__main__":
    main()
