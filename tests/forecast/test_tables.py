"""Tables of inverse distribution functions keep the moments and the probabilities of their laws."""

import numpy as np
import pytest
from scipy.stats import beta as beta_law
from scipy.stats import gamma as gamma_law

from forecast.arrays import FloatArray, IntArray
from forecast.numerics.nets import NET_BITS
from forecast.numerics.rates import BetaByDateLaw, FixedRateLaw, GammaRateLaw
from forecast.numerics.tables import END_CELLS, Table, beta_table, gamma_table, normal_table, rate_table


def _readings(table: Table) -> tuple[FloatArray, FloatArray]:
    """Return every value that a draw can read, and how often it reads it."""
    cells: IntArray = np.arange(table.values.size)
    if table.low is None:
        return table.read(cells, None), np.full(cells.size, 1.0 / cells.size)
    parts = table.low.size // END_CELLS
    ends = np.concatenate((cells[:END_CELLS], cells[-END_CELLS:]))
    middle = cells[END_CELLS:-END_CELLS]
    resolved = table.read(np.repeat(ends, parts), np.tile((np.arange(parts) + 0.5) / parts, ends.size))
    values = np.concatenate((table.read(middle, np.full(middle.size, 0.5)), resolved))
    weights = np.concatenate((np.full(middle.size, 1.0), np.full(resolved.size, 1.0 / parts))) / cells.size
    return values, weights


def _moments(table: Table) -> tuple[float, float]:
    """Mean and mean square."""
    values, weights = _readings(table)
    return float(np.einsum("v,v->", values, weights)), float(np.einsum("v,v->", values**2, weights))


BETAS = [
    *((0.5, 0.5), (1.0, 1.0), (2.0, 5.0), (0.05, 3.0), (3.0, 0.05), (1000.0, 0.5), (0.5, 1000.0), (0.2, 0.8)),
    *((1e-3, 1e-3), (1e-3, 2.0), (2.0, 1e-3), (1e-2, 0.5), (1e-4, 1e-4), (300.0, 700.0), (1e6, 3e6), (1e9, 1e9)),
]


@pytest.mark.parametrize(("a", "b"), BETAS)
def test_moments_of_a_beta(a: float, b: float) -> None:
    """Mean and mean square of both branches to 1e-4 relative, for parameters from 1e-4 up."""
    table = beta_table(a, b, NET_BITS)
    values, weights = _readings(table)
    for share, own, other in ((values, a, b), (1.0 - values, b, a)):
        total = own + other
        assert np.einsum("v,v->", share, weights) == pytest.approx(own / total, rel=1e-4)
        square = own * (own + 1.0) / (total * (total + 1.0))
        assert np.einsum("v,v->", share**2, weights) == pytest.approx(square, rel=1e-4)
    assert values.min() >= 0.0
    assert values.max() <= 1.0


@pytest.mark.parametrize(("a", "b"), [(2.0, 5.0), (0.5, 0.5), (0.05, 3.0), (300.0, 700.0)])
def test_quantiles_of_a_beta(a: float, b: float) -> None:
    """A cell's value is the quantile in its middle."""
    table = beta_table(a, b, NET_BITS)
    cells = np.array([200, 3_000, 20_000, 32_768, 50_000, 63_000, 65_300])
    expected = beta_law(a, b).ppf((cells + 0.5) / 2.0**NET_BITS)
    assert table.read(cells, np.full(cells.size, 0.5)) == pytest.approx(expected, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize(("a", "b"), [(2.0, 5.0), (0.5, 0.5), (0.3, 4.0)])
def test_coarser_tables_keep_means(a: float, b: float, bits: int) -> None:
    """Scenarios with many nodes get tables of fewer cells."""
    mean, square = _moments(beta_table(a, b, bits))
    assert mean == pytest.approx(a / (a + b), rel=1e-4)
    assert square == pytest.approx(a * (a + 1) / ((a + b) * (a + b + 1)), rel=2e-3)


@pytest.mark.parametrize("shape", [0.2, 0.5, 1.0, 1.2, 3.0, 12.0, 50.0])
def test_moments_of_a_rate(shape: float) -> None:
    """Mean and mean square of a gamma-distributed rate to 1e-4 relative."""
    mean, square = _moments(gamma_table(shape, 5.0, NET_BITS))
    assert mean == pytest.approx(shape / 5.0, rel=1e-4)
    assert square == pytest.approx(shape * (shape + 1.0) / 25.0, rel=1e-4)


@pytest.mark.parametrize(
    "law",
    [GammaRateLaw(a, 5.0) for a in (0.05, 0.2, 1.2, 5.0, 50.0)]
    + [BetaByDateLaw(a, b, 2.0) for a, b in ((2.0, 3.0), (0.5, 0.5), (0.05, 3.0), (20.0, 5.0))],
)
@pytest.mark.parametrize("years", [0.1, 1.0, 3.8, 30.0])
def test_a_tabulated_rate_keeps_the_probability_by_every_date(law: GammaRateLaw | BetaByDateLaw, years: float) -> None:
    """The mean of 1 − exp(−λt) is the closed form to 2e-8, far below any MC error: bias has no error bar."""
    values, weights = _readings(rate_table(law, NET_BITS))
    assert np.einsum("v,v->", -np.expm1(-values * years), weights) == pytest.approx(
        1.0 - float(law.laplace(years)), rel=0, abs=2e-8 if isinstance(law, GammaRateLaw) else 2e-7
    )


def test_quantiles_of_a_rate() -> None:
    cells = np.array([200, 3_000, 32_768, 63_000, 65_300])
    expected = gamma_law(1.2, scale=1 / 5.0).ppf((cells + 0.5) / 2.0**NET_BITS)
    found = gamma_table(1.2, 5.0, NET_BITS).read(cells, np.full(cells.size, 0.5))
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_known_rate_is_known_in_every_cell() -> None:
    assert set(rate_table(FixedRateLaw(0.7), 10).values.tolist()) == {0.7}


@pytest.mark.parametrize("bits", [10, NET_BITS])
def test_moments_of_a_driver(bits: int) -> None:
    """Mean 0, variance 1, symmetric, and a fourth moment near 3: what tilts are corrected for."""
    values = normal_table(bits).values
    assert values.mean() == pytest.approx(0.0, abs=1e-12)
    assert np.mean(values**2) == pytest.approx(1.0, abs=1e-12)
    assert values == pytest.approx(-values[::-1], abs=1e-12)
    assert np.mean(values**4) == pytest.approx(3.0, rel=1e-2 if bits == 10 else 5e-4)
