"""Tilts: how drivers bend a node's beliefs in one draw without moving what was stated on average.

A driver adds Σ_k λ_bk z_k to the log-weight of branch b, or Σ_k λ_k z_k to the log of a hazard's rate.
By itself that would shift the means (Jensen's inequality), so each node carries a correction, found
by ``recentring``: an intercept per branch, or, for a hazard, a re-timed clock.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import PchipInterpolator

from forecast.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class Intercepts:
    """Intercepts a_b per state, shape (states, branches)."""

    values: FloatArray


@dataclass(frozen=True)
class Retiming:
    """A hazard's clock under a tilt: exposure x → exposure x̃ with E[exp(−λ·e^tilt·x̃)] = E[exp(−λ x)] at every x.

    Matching one date by an intercept would keep the probability by the horizon only; matching every
    date keeps the whole stated curve, and with it the decay of the forecast under silence.
    ``exposures`` and ``retimed`` hold the curve at knots, shape (knots,), both rising from 0.
    """

    exposures: FloatArray
    retimed: FloatArray

    @cached_property
    def _curve(self) -> PchipInterpolator:
        return PchipInterpolator(self.exposures, self.retimed)

    def apply(self, x: FloatArray) -> FloatArray:
        """Return x̃ at exposures ``x``, by monotone cubic interpolation (same shape)."""
        return np.asarray(self._curve(x))

    def slope(self, x: FloatArray) -> FloatArray:
        """Return dx̃/dx at exposures ``x`` (same shape)."""
        return np.asarray(self._curve(x, 1))


def tilts(loadings: FloatArray, normals: list[FloatArray]) -> list[FloatArray]:
    """Return Σ_k λ_bk z_k per row of ``loadings``, shape of the drivers each, or () where nothing acts."""
    found = []
    for row in loadings:
        total: FloatArray = np.array(0.0)
        for loading, normal in zip(row, normals, strict=True):
            if loading != 0.0:
                total = total + loading * normal
        found.append(total)
    return found
