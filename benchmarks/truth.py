"""The right answers for the 8-node tree, and how far an estimate is from them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.contenders import INTERVAL, Estimate, Floats
from benchmarks.figures import rms
from benchmarks.trees import PriorTree, exact_means

QUANTILES = Path(__file__).with_name("bench-tree-8-nodes-quantiles.json")


@dataclass(frozen=True, slots=True)
class Truth:
    """True means (outcomes,) and true ends of the 90 % interval (2, outcomes)."""

    means: Floats
    ends: Floats

    def error_of_means(self, estimates: Sequence[Estimate]) -> float:
        """Root-mean-square error over all outcomes of all estimates, on the scale of probability."""
        return rms(float(error) for one in estimates for error in one.means - self.means)

    def error_of_ends(self, estimates: Sequence[Estimate]) -> float | None:
        """Do the same for both ends of every interval; None if the contender gives none."""
        errors: list[float] = []
        for one in estimates:
            if one.ends is None:
                return None
            errors += (one.ends - self.ends).ravel().tolist()
        return rms(errors)


def truth_of(tree: PriorTree, quantiles: Path = QUANTILES) -> Truth:
    """Put together the exact means and the stored quantiles, in the tree's order of outcomes."""
    stored = json.loads(quantiles.read_text(encoding="utf-8"))["quantiles"]
    names = tree.outcome_names()
    ends = np.array([[stored[name][str(level)] for name in names] for level in INTERVAL])
    return Truth(np.array(exact_means(tree)), ends)
