"""The page of results: aims computed from figures, tables rendered from figures; the figures here are made up."""

import math
from itertools import pairwise

import pytest

from benchmarks.aims import Aim, aims
from benchmarks.contenders import ENGINE, ENGINE_TWO_THREADS, Contender, Way
from benchmarks.figures import Accuracy, Growth, Machine, Memory, Results, Speed, SpeedTable, TimeToError
from benchmarks.peers import naive_numpy
from benchmarks.plan import EIGHT
from benchmarks.report import duration, number, render


def _results() -> Results:
    rows = (
        Speed(ENGINE, 10**6, 10**6, (0.25, 0.3)),
        Speed(ENGINE_TWO_THREADS, 10**6, 10**6, (0.2, 0.2)),
        Speed("squigglepy, arrays", 10**5, 10**6, (0.1, 0.08)),
    )
    return Results(
        taken="2026-01-02",
        quick=False,
        machine=Machine("A processor", 2, 0.5, (("python", "3.11.7"), ("numpy", "2.4.6"))),
        speed=(SpeedTable(EIGHT, 8, 19, 10**6, Speed("floor", 10**6, 10**6, (0.5, 0.6)), rows),),
        memory=(Memory(ENGINE, EIGHT, 10**5, 40.0),),
        equal_time=(Accuracy("counter", 10**6, 1.0, 1e-4, None),),
        convergence=(Accuracy(ENGINE, 4096, 0.01, 1e-6, 1e-4),),
        equal_error=(
            TimeToError(ENGINE, "means", 1e-5, 4096, 0.01, extrapolated=False),
            TimeToError(ENGINE, "ends", 2.5e-4, 8192, 0.02, extrapolated=False),
            TimeToError("counter", "means", 1e-5, 1e8, 100.0, extrapolated=True),
            TimeToError("other", "means", 1e-5, 1e8, 1.0, extrapolated=True),
        ),
        growth=(Growth(ENGINE, "draws", (10, 100), (1.0, 12.0), (1.5, 12.5)),),
    )


def test_aims_are_computed_from_the_figures() -> None:
    found = {aim.what: aim for aim in aims(_results(), counts_paths=["counter"])}

    def figure(what: str) -> tuple[object, object]:
        return found[what].figure, found[what].met

    assert figure("8 nodes: time over floor") == (0.5, True)
    assert figure("8 nodes: faster than squigglepy") == (pytest.approx(3.2), True)
    assert figure("8 nodes: two threads faster than one") == (1.25, False)
    assert figure("8 nodes: faster than pgmpy") == (None, None)
    assert figure("means to 1e-5 and ends to 2.5e-4") == (20.0, True)
    assert figure("same error of means: faster than best path counter") == (pytest.approx(10_000.0), True)
    assert figure("same error of ends: faster than best peer of any kind") == (None, None)
    assert figure("8 nodes, 100,000 draws: memory") == (40.0, True)
    assert figure("growth in draws: exponent") == (pytest.approx(math.log10(12)), False)


def test_an_aim_on_its_bound_is_met() -> None:
    assert Aim("x", 1.0, 1.0, at_most=True).met
    assert Aim("x", 1.0, 1.0, at_most=False).met


def test_the_page_shows_figures_aims_and_versions() -> None:
    contender = Contender("counter", Way.PATHS, gives_intervals=False, note="means only", prepare=naive_numpy.beliefs)
    page = render(_results(), [contender])
    for line in (
        "Taken 2026-01-02 by `python -m benchmarks`; how to read it: [README](README.md).",
        "A processor, 2 cores, load 0.50 at the start.",
        "python 3.11.7, numpy 2.4.6.",
        "| 8 nodes: time over floor | 0.500 × | ≤ 1 × | met |",
        "| 8 nodes: two threads faster than one | 1.25 × | ≥ 1.7 × | **not met** |",
        "| 8 nodes: faster than pgmpy | – | ≥ 15 × | not measured |",
        "| counter | counts sampled paths | no | 1 | means only |",
        "| squigglepy, arrays | 800 ms | 900 ms | 1.60 × | 42.1 | 100,000 * |",
        "| counter | 1,000,000 | 1.00 s | 1.00e-04 | – |",
        "| counter | means | 1.00e-05 | 100,000,000 | 100 s | extrapolated |",
        "| first call | 1.50 s | 12.5 s |",
    ):
        assert line in page.splitlines()


def test_every_table_of_the_page_has_rows_of_one_width() -> None:
    lines = render(_results(), []).splitlines()
    for above, below in pairwise(lines):
        if above.startswith("|") and below.startswith("|"):
            assert above.count("|") == below.count("|"), (above, below)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0.00"),
        (0.000123, "1.23e-04"),
        (0.5, "0.500"),
        (12.34, "12.3"),
        (123.4, "123"),
        (51234.0, "51,234"),
    ],
)
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.5e-5, "45.0 µs"), (0.0123, "12.3 ms"), (3.0, "3.00 s"), (1200.0, "20.0 min"), (36_000.0, "10.0 h")],
)
def test_durations_have_a_readable_unit(seconds: float, text: str) -> None:
    assert duration(seconds) == text
