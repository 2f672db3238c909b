"""Two forecasts side by side: what moved, by how much, and how far the simulation may be off about it."""

import math
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from forecast.result import (
    Answer,
    BinaryAnswer,
    ConditionalAnswer,
    ConditionalProbability,
    Forecast,
    MultipleChoiceAnswer,
    Probability,
    QuantitySummary,
    Record,
)

Method = Literal["exact", "paired blocks", "sum of both errors"]
"""How the MC error of a difference is known."""


class Figure(Record):
    """One number of a forecast: sampled mean with its MC error, exact mean if there is one.

    ``spread`` is what differences are measured against: a quantity's standard deviation, 1 for a probability.
    """

    mean: float
    mc_error: float
    exact: float | None
    spread: float
    unit: str | None

    @property
    def best(self) -> float:
        """The exact mean, or else the sampled one."""
        return self.mean if self.exact is None else self.exact


class Move(Record):
    """One number before and after.

    ``difference`` is that of the exact means where both exist, else of the sampled ones. ``mc_error`` is
    its standard error by simulation, and ``method`` says how that is known: it is 0 where both means are
    exact; it is read off paired blocks where both runs were computed together (``forecast.whatif``);
    otherwise the sum of both errors stands for it, the most that it can be however the runs hang together.
    """

    place: str
    before: Figure
    after: Figure
    difference: float
    mc_error: float
    method: Method

    @property
    def odds_ratio(self) -> float | None:
        """Odds after over odds before; None for quantities and where either is certain."""
        sides = (self.before.best, self.after.best)
        if self.before.unit is not None or not all(0.0 < p < 1.0 for p in sides):
            return None
        before, after = sides
        return after / (1.0 - after) * (1.0 - before) / before


class Comparison(Record):
    """Everything that two forecasts both say, the largest move first, and what only one of them says."""

    before: str
    after: str
    moves: tuple[Move, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


class Place(NamedTuple):
    """Where a figure stands in a forecast."""

    name: str
    figure: Figure


def figures(forecast: Forecast) -> dict[str, Figure]:
    """Return every mean of a forecast by its place, such as ``groups.no_deal`` or ``dates.summit.2026-12-31``."""
    found: list[Place] = []
    for section in ("headline", "groups", "outcomes", "attributes"):
        found += [Place(f"{section}.{name}", _of_chance(p)) for name, p in getattr(forecast, section).items()]
    found += [Place(f"quantities.{name}", _of_quantity(q)) for name, q in forecast.quantities.items()]
    for name, dated in forecast.dates.items():
        found += [Place(f"dates.{name}.{day}", _of_chance(p)) for day, p in dated.by.items()]
    for name, answer in forecast.questions.items():
        found += _of_answer(f"questions.{name}", answer)
    return {place.name: place.figure for place in found}


def compare(before: Forecast, after: Forecast, paired_errors: Mapping[str, float] | None = None) -> Comparison:
    """Return what moved between two forecasts, largest first; quantities count in standard deviations.

    Parameters
    ----------
    before, after : the forecasts
    paired_errors : by place, MC errors of the differences of sampled means, from runs that are still at hand

    Examples
    --------
    >>> from importlib.resources import files
    >>> from forecast.documents import read_scenario
    >>> from forecast.run import run
    >>> from forecast.settings import RunSettings
    >>> scenario = read_scenario(files("priors").joinpath("minimal.yaml").read_text(encoding="utf-8"))
    >>> first, later = run(scenario), run(scenario, RunSettings(assume=("opens",)))
    >>> move = next(move for move in compare(first, later).moves if move.place == "outcomes.opens")
    >>> move.after.best
    1.0
    """
    first, second = figures(before), figures(after)
    paired = paired_errors or {}
    moves = [_move(place, first[place], second[place], paired.get(place)) for place in first if place in second]
    return Comparison(
        before=before.digest,
        after=after.digest,
        moves=tuple(sorted(moves, key=lambda move: (-abs(move.difference) / move.before.spread, move.place))),
        only_before=tuple(place for place in first if place not in second),
        only_after=tuple(place for place in second if place not in first),
    )


def _move(place: str, before: Figure, after: Figure, paired_error: float | None) -> Move:
    difference, error = after.mean - before.mean, math.fsum((before.mc_error, after.mc_error))
    method: Method = "sum of both errors"
    if before.exact is not None and after.exact is not None:
        difference, error, method = after.exact - before.exact, 0.0, "exact"
    elif paired_error is not None:
        error, method = paired_error, "paired blocks"
    return Move(place=place, before=before, after=after, difference=difference, mc_error=error, method=method)


def _of_chance(p: Probability) -> Figure:
    return Figure(mean=p.mean, mc_error=p.mc_error, exact=p.exact, spread=1.0, unit=None)


def _of_quantity(q: QuantitySummary) -> Figure:
    return Figure(mean=q.mean, mc_error=q.mc_error, exact=q.exact, spread=q.sd or 1.0, unit=q.unit)


def _of_answer(place: str, answer: Answer) -> Iterator[Place]:
    """Yield what a question adds; dates and numbers stand among dates and quantities already."""
    if isinstance(answer, BinaryAnswer):
        yield Place(place, _of_chance(answer))
    elif isinstance(answer, MultipleChoiceAnswer):
        for label, p in answer.options.items():
            yield Place(f"{place}.{label}", _of_chance(p))
    elif isinstance(answer, ConditionalAnswer):
        for name, given in (("if_true", answer.if_true), ("if_false", answer.if_false)):
            figure = _of_condition(given)
            if figure is not None:
                yield Place(f"{place}.{name}", figure)


def _of_condition(p: ConditionalProbability) -> Figure | None:
    if p.mean is None:
        return None
    return Figure(mean=p.mean, mc_error=p.mc_error or 0.0, exact=p.exact, spread=1.0, unit=None)
