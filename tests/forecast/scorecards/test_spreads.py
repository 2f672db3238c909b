"""CRPS of what a forecast keeps of a number: by hand, and against the mixture of the same parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.distributions import Fixed, Mixture, MixturePart, Uniform
from forecast.result import Atom, Histogram, QuantitySummary
from forecast.scorecards.spreads import spread_of
from forecast.scores.distributions import crps


def _kept(edges: tuple[float, ...], probabilities: tuple[float, ...], *atoms: tuple[float, float]) -> QuantitySummary:
    return QuantitySummary(
        unit="crowns",
        mean=0.0,
        mc_error=0.0,
        sd=0.0,
        quantiles={},
        exact=None,
        exact_sd=None,
        exact_reason=None,
        atoms=tuple(Atom(value=value, probability=p) for value, p in atoms),
        histogram=Histogram(edges=edges, probabilities=probabilities),
    )


@pytest.mark.parametrize(
    ("summary", "y", "known"),
    [
        (_kept((0.0, 1.0), (1.0,)), 1.0, 1 / 3),
        (_kept((0.0, 1.0), (1.0,)), 0.5, 1 / 12),
        (_kept((0.0, 1.0), (1.0,)), 3.0, 2 + 1 / 3),
        (_kept((0.0, 1.0), (1.0,)), -1.0, 1 + 1 / 3),
        (_kept((), (), (5.0, 1.0)), 5.0, 0.0),
        (_kept((), (), (5.0, 1.0)), 7.0, 2.0),
        (_kept((), (), (0.0, 0.25), (4.0, 0.75)), 0.0, 0.75 * 4 - 0.25 * 0.75 * 4),
        # E|X - 1| = 3/4, and E|X - X'| = 2 * 1/4 * 1 + 1/4 * 2/3 = 2/3
        (_kept((0.0, 2.0), (0.5,), (0.0, 0.5)), 1.0, 0.75 - 1 / 3),
        # a count of 0 or 1, each as likely, kept in bins around the whole numbers
        (_kept((-0.5, 0.5, 1.5), (0.5, 0.5)), 0.0, 0.5 - 0.25),
        (_kept((2.5, 3.5), (1.0,)), 3.0, 0.0),
        # one bin over 1, 2 and 3: E|X - 2| = 2/3, E|X - X'| = 8/9
        (_kept((0.5, 3.5), (1.0,)), 2.0, 2 / 3 - 4 / 9),
    ],
)
def test_crps_by_hand(summary: QuantitySummary, y: float, known: float) -> None:
    assert spread_of(summary).crps(y) == pytest.approx(known, abs=1e-12)


@st.composite
def kept(draw: st.DrawFn) -> tuple[QuantitySummary, Mixture]:
    """What a forecast keeps of a number, and the mixture of its parts."""
    edges = sorted(draw(st.sets(st.floats(-100, 100).map(lambda x: round(x, 2)), min_size=2, max_size=8)))
    values = draw(st.sets(st.floats(-120, 120).map(lambda x: round(x, 2)), max_size=4))
    raw = draw(
        st.lists(st.integers(1, 9), min_size=len(edges) - 1 + len(values), max_size=len(edges) - 1 + len(values))
    )
    weights = [each / sum(raw) for each in raw]
    bins, atoms = weights[: len(edges) - 1], list(zip(sorted(values), weights[len(edges) - 1 :], strict=True))
    # Shifted off the halves, so that no bin is taken for one of whole numbers.
    shifted = [edge + 0.001 for edge in edges]
    parts = [MixturePart(weight=p, of=Fixed(value=value)) for value, p in atoms]
    spans = zip(shifted[:-1], shifted[1:], bins, strict=True)
    parts += [MixturePart(weight=p, of=Uniform(low=low, high=high)) for low, high, p in spans]
    return _kept(tuple(shifted), tuple(bins), *atoms), Mixture(parts=tuple(parts))


@given(kept(), st.floats(-150, 150))
def test_crps_is_that_of_the_mixture(both: tuple[QuantitySummary, Mixture], y: float) -> None:
    summary, mixture = both
    assert spread_of(summary).crps(y) == pytest.approx(crps(mixture, y), rel=1e-9, abs=1e-9)


def test_a_number_that_is_not_kept_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="add up to 0.9, not 1"):
        spread_of(_kept((0.0, 1.0), (0.4,), (3.0, 0.5)))
