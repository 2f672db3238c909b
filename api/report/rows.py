"""Tables of probabilities: each row a name, a bar with its interval, the mean, its word and its frequency."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.report.charts.axes import percent_of_width
from api.report.folding import Folded, below_the_largest
from api.report.prose import Prose, prose
from api.report.source import Source
from api.wording.figures import OUTSIDE_NOTE, OUTSIDE_TABLE, chance, conditional, frequency, interval, word
from api.wording.folding import left_out
from forecast.result import ConditionalProbability, Probability

Named = Mapping[str, Probability]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is printed, and in full for whoever reads the page by program."""

    exactly: str
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from 0 to the mean, a line over it from end to end of the interval, and both in words."""

    id: str
    mean: str
    ends: tuple[str, str] | None
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One probability; ``interval`` is empty where it was counted over sampled worlds."""

    name: str
    note: Prose | None
    bar: Bar | None
    mean: Figure
    word: str
    frequency: str
    interval: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a caption; ``left_out`` says what those are that are folded away."""

    id: str
    caption: str
    heading: str
    rows: Folded[Row]
    left_out: str = ""

    @property
    def outside_note(self) -> str:
        """Return what the mark beside a word means, where a row carries it."""
        return OUTSIDE_NOTE if any(OUTSIDE_TABLE in row.word for row in (*self.rows.shown, *self.rows.more)) else ""

    @property
    def counted(self) -> bool:
        """Whether a row has no interval because its probability was counted."""
        return any(not row.interval for row in (*self.rows.shown, *self.rows.more))


def between_ends(low: str, high: str) -> str:
    """Return an interval that may fold at its dash only; empty if there is none."""
    return f"{low}–{high}\u00a0%" if low else ""


def probability_row(source: Source, bar_id: str, name: str, p: Probability, note: str | None = None) -> Row:
    """Return the row of a probability."""
    said = chance(p, source.draws)
    low, high = interval(p)
    between = between_ends(low, high)
    words = f"The bar reaches {said}."
    if between:
        words += f" The line over it, the 90 % credible interval, reaches from {low} % to {high} %."
    ends = p.quantiles and (percent_of_width(p.quantiles["0.05"]), percent_of_width(p.quantiles["0.95"]))
    return Row(
        name=name,
        note=prose(note),
        bar=Bar(bar_id, percent_of_width(p.mean), ends or None, f"{name}: {said}", words),
        mean=Figure(repr(p.mean), said),
        word=word(p),
        frequency=frequency(p, source.draws),
        interval=between,
    )


def conditional_row(bar_id: str, name: str, p: ConditionalProbability) -> Row:
    """Return the row of P(event | condition), which has neither interval nor word; it may have no value."""
    said = conditional(p)
    if p.mean is None:
        return Row(name, None, None, Figure("", said), "", "", "")
    bar = Bar(bar_id, percent_of_width(p.mean), None, f"{name}: {said}", f"The bar reaches {said}.")
    return Row(name, None, bar, Figure(repr(p.mean), said), "", "", "")


def named_table(
    source: Source,
    table_id: str,
    caption: str,
    heading: str,
    named: Named,
    *,
    names: Mapping[str, str],
    notes: Mapping[str, str | None] | None = None,
    exclusive: bool = False,
) -> Table:
    """Return a table of named probabilities, its smallest folded away where there are too many to read."""
    rows = {
        name: probability_row(source, f"{table_id}-{i}", names[name], p, (notes or {}).get(name))
        for i, (name, p) in enumerate(named.items(), start=1)
    }
    folded = below_the_largest({name: p.mean for name, p in named.items()})
    rest = [named[name] for name in folded.more]
    said = left_out(rest, exclusive=exclusive) if rest else ""
    return Table(table_id, caption, heading, folded.each(rows.__getitem__), said)
