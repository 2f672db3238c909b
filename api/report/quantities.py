"""Quantities: a picture of each, its mean, spread and quantiles, and its single values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from api.report.charts.histogram import HistogramChart, histogram_chart
from api.report.prose import Prose, prose
from api.report.rows import Figure
from api.report.source import Source
from api.wording.figures import number
from api.wording.glyphs import UNICODE
from api.wording.numbers import ATOM_DIGITS, counted_share, mean, quantile
from api.wording.text import one_line
from forecast.result import QuantitySummary

SD_DIGITS = 2
"""A standard deviation is estimated worse than a mean, so it is printed with fewer digits."""

LEVELS = {"0.05": "5 % up to", "0.25": "25 % up to", "0.5": "median", "0.75": "75 % up to", "0.95": "95 % up to"}


@dataclass(frozen=True, slots=True)
class Share:
    """The probability of a single value, or of a bin from one value to another."""

    value: str
    probability: Figure


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number that depends on the path."""

    id: str
    name: str
    unit: str
    note: Prose | None
    chart: HistogramChart | None
    mean: Figure
    sd: Figure
    quantiles: Mapping[str, Figure]
    atoms: tuple[Share, ...]
    bins: tuple[Share, ...]

    @property
    def figures(self) -> tuple[tuple[str, Figure], ...]:
        """Return mean, spread and quantiles, each with what it is called."""
        quantiles = ((said, self.quantiles[level]) for level, said in LEVELS.items())
        return (("mean", self.mean), ("standard deviation", self.sd), *quantiles)

    @property
    def in_words(self) -> str:
        """Return what the picture shows."""
        low, middle, high = (self.quantiles[level].text for level in ("0.05", "0.5", "0.95"))
        return f"Mean {self.mean.text}, median {middle}; 9 of 10 histories lie between {low} and {high} ({self.unit})."


def quantities(source: Source) -> Iterator[Quantity]:
    """Yield every quantity in the order of the document."""
    for i, (name, summary) in enumerate(source.forecast.quantities.items(), start=1):
        titled, note = source.names.titled("quantities", name), source.names.says("quantities", name, "resolution")
        yield quantity(source, f"quantity-{i}", titled, note, summary)


def quantity(source: Source, quantity_id: str, name: str, note: str | None, summary: QuantitySummary) -> Quantity:
    """Return one quantity."""
    return Quantity(
        id=quantity_id,
        name=name,
        unit=one_line(summary.unit),
        note=prose(note),
        chart=histogram_chart(summary, source.draws),
        mean=Figure(repr(summary.mean), mean(summary, UNICODE)),
        sd=Figure(repr(summary.sd), number(summary.sd, summary.mc_error, digits=SD_DIGITS)),
        quantiles={level: Figure(repr(value), quantile(summary, level)) for level, value in summary.quantiles.items()},
        atoms=tuple(
            Share(number(atom.value, digits=ATOM_DIGITS), _share(atom.probability, source.draws))
            for atom in sorted(summary.atoms, key=lambda atom: (-atom.probability, atom.value))
            if atom.probability > 0.0
        ),
        bins=tuple(_bins(summary, source.draws)),
    )


def _bins(summary: QuantitySummary, draws: int) -> Iterator[Share]:
    edges = summary.histogram.edges
    whole = all(edge % 1.0 == 0.5 for edge in edges)
    for low, high, p in zip(edges, edges[1:], summary.histogram.probabilities, strict=False):
        first, last = (number(low + 0.5), number(high - 0.5)) if whole else (number(low), number(high))
        yield Share(first if first == last else f"{first} to {last}", _share(p, draws))


def _share(p: float, draws: int) -> Figure:
    return Figure(repr(p), counted_share(p, draws))
