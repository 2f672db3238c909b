"""An atom of 0.88 on a grid of 201 points: the predicted CDF is invalid, the exported one valid and near."""

import json

import numpy as np
import pytest
from scipy import optimize

from forecast.arrays import FloatArray
from forecast.predictions.kinds import NumberPrediction
from forecast.tournaments.metaculus.located import located_number
from forecast.tournaments.metaculus.rules import least_step, most_step, step_bounds
from forecast.tournaments.projection import nearest_shares
from forecast.tournaments.scales import Scaling
from tests.forecast.tournaments.metaculus_checks import exported, items, listing, number, platform_faults, scaling

RAW_CDF = {
    0: 0.0,
    7: 0.01,
    80: 0.01,
    100: 0.032758620689655175,
    133: 0.0703103448275862,
    176: 0.11924137931034483,
    177: 0.12,
    189: 0.12,
    190: 1.0,
    200: 1.0,
}
"""Point of the grid, at 150 each from 0: probability of at most that many troops."""

MAX_RAW_STEP, MAX_STEP, MIN_STEP = 0.88, 0.2, 5e-05
TOO_LARGE, TOO_SMALL, CELLS_NEEDED = 1, 95, 5
MEAN, ATOM, CELL = 27_202.5, 28_500.0, 150.0
TOLERANCE = 1e-12

PARTS = ((0.11, 12_000.0, 26_500.0), (0.01, 0.0, 1_000.0))
"""Beside the atom: weight, and the ends that it is spread evenly between."""


def _troops() -> NumberPrediction:
    """Return the mixture, with the mass of an evenly spread part in the middle of what it has of each cell."""
    values, weights = [ATOM], [MAX_RAW_STEP]
    for weight, low, high in PARTS:
        edges = np.unique(np.clip(np.arange(0.0, 30_001.0, CELL), low, high))
        values.extend((edges[:-1] + edges[1:]) / 2.0)
        weights.extend(weight * np.diff(edges) / (high - low))
    return number(np.array(values), np.array(weights))


ASKED = listing("numeric", scaling=scaling(0, 30_000))
RANGE = Scaling.model_validate(scaling(0, 30_000))
RAW = located_number(_troops(), RANGE, "X01").cumulated
EXPORT = exported(_troops(), ASKED)
CDF = np.array(items(EXPORT)[0]["continuous_cdf"])


@pytest.mark.parametrize("point", RAW_CDF)
def test_the_predicted_cdf_is_the_known_one(point: int) -> None:
    assert RAW[point] == pytest.approx(RAW_CDF[point], abs=TOLERANCE)


def test_the_predicted_cdf_breaks_the_rules_as_is_known() -> None:
    steps = np.diff(RAW)
    assert steps.max() == pytest.approx(MAX_RAW_STEP, abs=TOLERANCE)
    assert int(np.argmax(steps)) == 189
    assert (least_step(200), most_step(200)) == (MIN_STEP, MAX_STEP)
    assert np.sum(steps > MAX_STEP + TOLERANCE) == TOO_LARGE
    assert np.sum(steps < MIN_STEP - TOLERANCE) == TOO_SMALL
    assert platform_faults({"continuous_cdf": RAW.tolist()}, ASKED) == ["least step", "greatest step"]


def test_the_exported_cdf_is_valid() -> None:
    assert platform_faults(items(EXPORT)[0], ASKED) == []
    assert (CDF[0], CDF[200]) == (0.0, 1.0)


def test_the_atom_fills_the_cells_around_it() -> None:
    """The fewest cells that can hold it, with its own cell, the 190th, in their middle."""
    filled = np.flatnonzero(np.diff(CDF)[177:] > 2 * MIN_STEP) + 177
    assert filled.tolist() == [189 + i for i in (-2, -1, 0, 1, 2)]
    assert len(filled) == CELLS_NEEDED


def test_the_mean_moves_less_than_two_cells() -> None:
    [found] = EXPORT.distortions
    assert found.figures["mean"] == pytest.approx(MEAN, abs=1e-9)
    assert abs(found.figures["exported_mean"] - MEAN) < 2 * CELL
    # With the masses of both in the middles of cells, the atom's own cell takes no part: half a cell is left.
    assert found.figures["exported_mean"] == pytest.approx(np.diff(RAW) @ (np.arange(200) * CELL + CELL / 2), abs=1.0)


def test_no_mass_but_that_of_the_floors_moves_farther_than_the_atom_is_wide() -> None:
    floors, points = TOO_SMALL * MIN_STEP, np.arange(201)
    assert (RAW[np.maximum(points - CELLS_NEEDED, 0)] - floors <= CDF).all()
    assert (RAW[np.minimum(points + CELLS_NEEDED, 200)] + floors >= CDF).all()


def test_no_valid_cdf_is_nearer() -> None:
    """The nearest point of a convex set: no valid CDF lies from it towards the prediction, says a linear programme."""
    low, high = step_bounds(RANGE)
    gap = CDF - RAW
    gradient = np.append(np.cumsum(gap[::-1])[::-1], 0.0)
    found = optimize.linprog(
        gradient,
        A_eq=np.ones((1, 202)),
        b_eq=[1.0],
        bounds=list(zip(low.tolist(), high.tolist(), strict=True)),
        method="highs",
    )
    assert found.fun is not None
    assert found.fun == pytest.approx(gradient @ np.diff(CDF, prepend=0.0, append=1.0), abs=1e-7)


def _scaled(masses: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """All masses times one factor, as far as their bounds let them: nearest by the log score."""
    factor = optimize.brentq(lambda s: np.clip(s * masses, low, high).sum() - 1.0, 1e-3, 1e3, xtol=1e-15)
    return np.clip(factor * masses, low, high)


def test_other_distances_would_say_something_else() -> None:
    """What is nearest by masses, or by the log score, has most of the atom's mass where 0.12 is predicted."""
    low, high = step_bounds(RANGE)
    masses = np.diff(RAW, prepend=0.0, append=1.0)
    below = {"cumulated": float(CDF[177])}
    for name, found in (("shares", nearest_shares(masses, low, high)), ("scaled", _scaled(masses, low, high))):
        below[name] = float(np.cumsum(found)[177])
    assert RAW[177] == pytest.approx(0.12)
    assert below == pytest.approx({"cumulated": 0.11975, "shares": 0.7248, "scaled": 0.7989}, abs=1e-4)


def test_the_document_is_that_of_one_request() -> None:
    [document] = EXPORT.documents
    assert (document.name, document.media_type) == ("forecasts.json", "application/json")
    assert json.loads(document.content) == [{"question": 101, "continuous_cdf": CDF.tolist()}]
