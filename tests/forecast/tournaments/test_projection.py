"""Projections are the nearest that bounds allow: against quadratic programmes, linear certificates, and known cases."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import optimize

from forecast.arrays import FloatArray
from forecast.tournaments.projection import nearest_cumulated, nearest_shares

Problem = tuple[FloatArray, FloatArray, FloatArray]
"""What is given, and the least and greatest masses."""


def masses(cells: int, seed: int) -> FloatArray:
    """Return masses that sum to 1, many of them none at all and few of them large, as a simulation has them."""
    random = np.random.Generator(np.random.PCG64(seed))
    weights = random.choice([0.0, 0.0, 0.0, 1e-9, 1e-3, 0.1, 1.0, 30.0], size=cells)
    weights[random.integers(cells)] += 1.0
    return np.asarray(weights / weights.sum())


@st.composite
def problems(draw: st.DrawFn, most_cells: int) -> Problem:
    """Draw masses below, in and above a range, with bounds as a tournament sets them."""
    cells = draw(st.integers(2, most_cells))
    given_masses = masses(cells + 2, draw(st.integers(0, 1 << 32)))
    share = draw(st.sampled_from([1e-6, 0.01, 0.5, 1.0]))
    wide = draw(st.sampled_from([1.0, 1.5, 3.0, 100.0]))
    low, high = np.full(cells + 2, 0.9 * share / cells), np.full(cells + 2, min(wide / cells, 1.0))
    for end in (0, -1):
        is_open = draw(st.booleans())
        low[end], high[end] = (0.001, 1.0) if is_open else (0.0, 0.0)
    return given_masses, low, high


def cumulated(of: FloatArray) -> FloatArray:
    return np.cumsum(of)[:-1]


def steps(of: FloatArray) -> FloatArray:
    return np.diff(of, prepend=0.0, append=1.0)


def by_quadratic_programme(matrix: FloatArray, target: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Masses q with least |matrix q − target|², by scipy's sequential quadratic programming."""

    def squares(q: FloatArray) -> float:
        return float(np.sum((matrix @ q - target) ** 2))

    def gradient(q: FloatArray) -> FloatArray:
        return np.asarray(2.0 * matrix.T @ (matrix @ q - target))

    found = optimize.minimize(
        squares,
        low + (high - low) * (1.0 - low.sum()) / (high - low).sum(),
        jac=gradient,
        bounds=optimize.Bounds(low, high),
        constraints=optimize.LinearConstraint(np.ones((1, low.size)), 1.0, 1.0),
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 1000},
    )
    assert np.abs(found.x.sum() - 1.0) < 1e-9
    return np.asarray(found.x)


def least_linear(gradient: FloatArray, low: FloatArray, high: FloatArray) -> float:
    """Least value of a linear function of masses within the bounds, by scipy's linear programming."""
    bounds = list(zip(low.tolist(), high.tolist(), strict=True))
    found = optimize.linprog(gradient, A_eq=np.ones((1, low.size)), b_eq=[1.0], bounds=bounds, method="highs")
    assert found.fun is not None
    return float(found.fun)


def by_filling(gradient: FloatArray, low: FloatArray, high: FloatArray) -> float:
    """As `least_linear`, without a solver: what the floors leave goes to the cheapest masses first."""
    left, masses_found = 1.0 - low.sum(), low.copy()
    for place in np.argsort(gradient):
        more = min(left, high[place] - low[place])
        masses_found[place], left = masses_found[place] + more, left - more
    return float(gradient @ masses_found)


def summing(cells: int) -> FloatArray:
    """Matrix that makes cumulated probabilities of masses."""
    return np.tri(cells + 1, cells + 2)


@given(problems(30))
def test_cumulated_is_the_optimum_of_the_quadratic_programme(problem: Problem) -> None:
    given_masses, low, high = problem
    target, matrix = cumulated(given_masses), summing(low.size - 2)
    found = nearest_cumulated(target, low, high)
    programme = matrix @ by_quadratic_programme(matrix, target, low, high)
    assert np.sum((found - target) ** 2) <= np.sum((programme - target) ** 2) + 1e-9
    np.testing.assert_allclose(found, programme, atol=1e-5)


@given(problems(200))
def test_no_other_cumulated_is_nearer(problem: Problem) -> None:
    """A point of a convex set is nearest exactly if no point of the set lies in the direction of what is given."""
    given_masses, low, high = problem
    target = cumulated(given_masses)
    found = nearest_cumulated(target, low, high)
    # Σ_k g_k C_k is linear in the masses: each counts in all cumulated probabilities from its own on.
    gradient = np.append(np.cumsum((found - target)[::-1])[::-1], 0.0)
    assert by_filling(gradient, low, high) >= gradient @ steps(found) - 1e-11


@pytest.mark.parametrize("cells", [2, 5, 30, 200])
def test_the_certificate_is_that_of_a_linear_programme(cells: int) -> None:
    random = np.random.Generator(np.random.PCG64(cells))
    gradient = random.normal(size=cells + 2)
    low, high = np.full(cells + 2, 0.01 / cells), np.full(cells + 2, 2.0 / cells)
    assert by_filling(gradient, low, high) == pytest.approx(least_linear(gradient, low, high), abs=1e-9)


@given(problems(1000))
def test_cumulated_steps_lie_within_their_bounds(problem: Problem) -> None:
    given_masses, low, high = problem
    found = steps(nearest_cumulated(cumulated(given_masses), low, high))
    assert (found >= low - 1e-14).all()
    assert (found <= high + 1e-14).all()


def test_without_bounds_of_steps_it_is_isotonic_regression() -> None:
    """With steps from 0 up, the nearest ascending line, which scipy knows: pooled neighbours, here within 0 to 1."""
    random = np.random.Generator(np.random.PCG64(7))
    for points in (1, 2, 3, 50, 400):
        target = np.linspace(0.2, 0.8, points) + random.normal(scale=0.3, size=points)
        found = nearest_cumulated(target, np.zeros(points + 1), np.ones(points + 1))
        known = np.clip(optimize.isotonic_regression(target).x, 0.0, 1.0)
        np.testing.assert_allclose(found, known, atol=1e-13)


@given(problems(60))
def test_cumulated_from_the_other_end_is_the_same(problem: Problem) -> None:
    given_masses, low, high = problem
    forwards = nearest_cumulated(cumulated(given_masses), low, high)
    backwards = nearest_cumulated(cumulated(given_masses[::-1]), low[::-1], high[::-1])
    np.testing.assert_allclose(1.0 - backwards[::-1], forwards, atol=1e-12)


@given(problems(60))
def test_what_is_nearest_stays_where_it_is(problem: Problem) -> None:
    given_masses, low, high = problem
    once = nearest_cumulated(cumulated(given_masses), low, high)
    np.testing.assert_allclose(nearest_cumulated(once, low, high), once, atol=1e-13)
    shares = nearest_shares(given_masses, low, high)
    np.testing.assert_allclose(nearest_shares(shares, low, high), shares, atol=1e-13)


def test_an_atom_goes_to_the_cells_beside_it() -> None:
    """All mass at one edge of 20 cells of at most 0.2: the cells around the edge fill up, no other moves."""
    target = np.where(np.arange(21) < 10, 0.0, 1.0)
    low, high = np.zeros(22), np.array([0.0, *[0.2] * 20, 0.0])
    found = steps(nearest_cumulated(target, low, high))
    # The step up is at cell 10, whose middle the ramp has: two full cells on each side, and that cell.
    np.testing.assert_allclose(found[1:-1], [*[0.0] * 7, *[0.2] * 5, *[0.0] * 8], atol=1e-15)


@given(problems(30))
def test_shares_are_the_optimum_of_the_quadratic_programme(problem: Problem) -> None:
    given_masses, low, high = problem
    found = nearest_shares(given_masses, low, high)
    programme = by_quadratic_programme(np.eye(low.size), given_masses, low, high)
    assert np.sum((found - given_masses) ** 2) <= np.sum((programme - given_masses) ** 2) + 1e-9
    np.testing.assert_allclose(found, programme, atol=1e-5)


@given(problems(200))
def test_no_other_shares_are_nearer(problem: Problem) -> None:
    given_masses, low, high = problem
    found = nearest_shares(given_masses, low, high)
    gradient = found - given_masses
    assert abs(found.sum() - 1.0) < 1e-13
    assert ((found >= low) & (found <= high)).all()
    assert by_filling(gradient, low, high) >= gradient @ found - 1e-12


@given(st.lists(st.integers(-50, 150), min_size=1, max_size=40))
@example([100, 0])
@example([50, 50, 50])
def test_shares_without_upper_bounds_are_the_known_projection_onto_the_simplex(hundredths: list[int]) -> None:
    """Duchi et al. 2008, figure 1: sort, find the last that stays above zero, and shift; in fractions."""
    exact = [Fraction(number, 100) for number in hundredths]
    descending = sorted(exact, reverse=True)
    sums = [sum(descending[: i + 1], Fraction(0)) for i in range(len(exact))]
    last = max(i for i, value in enumerate(descending) if value - (sums[i] - 1) / (i + 1) > 0)
    shift = (sums[last] - 1) / (last + 1)
    known = [float(max(value - shift, Fraction(0))) for value in exact]
    found = nearest_shares(np.array(hundredths) / 100.0, np.zeros(len(exact)), np.ones(len(exact)))
    np.testing.assert_allclose(found, known, atol=1e-14)


def test_shares_within_bounds_keep_every_digit() -> None:
    shares = np.array([0.1, 0.2, 0.7])
    assert nearest_shares(shares, np.full(3, 0.001), np.full(3, 0.999)).tolist() == [0.1, 0.2, 0.7]


def test_of_two_shares_both_projections_say_the_same() -> None:
    low, high = np.full(2, 0.001), np.full(2, 0.999)
    for probability in (0.0, 0.0005, 0.3, 1.0):
        [found] = nearest_cumulated(np.array([probability]), low, high)
        assert found == pytest.approx(min(max(probability, 0.001), 0.999), abs=1e-15)
        assert nearest_shares(np.array([probability, 1.0 - probability]), low, high)[0] == pytest.approx(found)


REFUSED = [
    (np.full(2, 0.6), np.ones(2), "the lower ones sum to 1.2"),
    (np.zeros(2), np.full(2, 0.4), "the upper ones to 0.8"),
    (np.array([0.5, 0.0]), np.array([0.4, 1.0]), "no probabilities within the bounds sum to 1"),
    (np.array([0.0, np.nan]), np.ones(2), "not a finite number"),
    (np.zeros(3), np.ones(3), "lower and"),
]


@pytest.mark.parametrize(("low", "high", "said"), REFUSED)
def test_bounds_that_leave_no_room_are_refused(low: FloatArray, high: FloatArray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        nearest_shares(np.array([0.3, 0.7]), low, high)
    with pytest.raises(ValueError, match=said):
        nearest_cumulated(np.array([0.3]), low, high)
