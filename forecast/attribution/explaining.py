"""Why a forecast moved: forecasts in which only some of the causes have come, and each cause's part of every change.

All of them share their draws, so that what the simulation gets wrong it gets wrong in all, and cancels.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.arrays import FloatArray
from forecast.attribution.causes import Cause, Outside, Side, causes_of, heads_of, mixed
from forecast.attribution.records import Attribution, Explained, NamedCause, Share
from forecast.attribution.shapley import Causes, Orders, all_orders, drawn_orders, order_errors, parts_of
from forecast.comparison import Figure, Move, compare, figures
from forecast.errors import EvidenceError, RunError, ScenarioError
from forecast.paired import residuals_by_place
from forecast.result import Forecast
from forecast.run import measured_run

USUAL_DRAWS = 1 << 16
MOST_RUNS = 256
"""Forecasts that are computed at most before orders are drawn instead of gone through."""

_ROUNDING = 1e-12

FEWEST_PAIRS = 4
"""Pairs of opposite orders that are drawn at least: from fewer, hardly anything is known of the error."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """Causes that come together: usually one."""

    named: NamedCause
    causes: frozenset[Cause]


@dataclass(frozen=True, slots=True)
class _Valued:
    """The numbers of one forecast by place, and what the simulation leaves open of the sampled ones, block by block."""

    figures: dict[str, Figure]
    residuals: dict[str, FloatArray]


def explain(
    before: Forecast,
    after: Forecast,
    *,
    outside: Outside = (),
    draws: int = USUAL_DRAWS,
    most_runs: int = MOST_RUNS,
    stop_if_asked: Callable[[], None] = lambda: None,
) -> Attribution:
    """Split every change between two forecasts among its causes, so that the parts add up to it.

    Structure comes first; the others get their Shapley value, time before what happened in it. Where the changes of the
    document cannot stand apart, as when a prior needs a branch that another change brings, they are one cause.

    Parameters
    ----------
    before, after : two forecasts of a scenario
    outside : node and expert of each panel member whose numbers come from outside
    draws : of each forecast that is computed for this
    most_runs : how many of them there may be; for more causes, orders are drawn and leave an error
    stop_if_asked : called before each of them; what it raises ends the work

    Raises
    ------
    ForecastFileError
        If a forecast was altered.
    ScenarioError, RunError
        If a forecast's document is no scenario, or its request no run, of this version of the engine.
    """
    sides = Side.of(before), Side.of(after)
    causes = causes_of(*sides, outside)
    note: str | None = None
    for units in (_apart(causes), _by_time(causes), _together(causes)):
        mix = _Mixture(sides, outside, units, min(draws, after.request.draws), after.sampling.seed, stop_if_asked)
        try:
            return _attribution(before, after, mix, most_runs, note)
        except (ScenarioError, RunError, EvidenceError) as error:
            if len(units) <= 1:
                raise
            note = note or str(error)
    raise AssertionError("the last units are one, which is both forecasts themselves")


def runs_needed(before: Forecast, after: Forecast, *, outside: Outside = (), most_runs: int = MOST_RUNS) -> int:
    """Return how many forecasts ``explain`` computes at most, without computing any."""
    sides = Side.of(before), Side.of(after)
    mix = _Mixture(sides, outside, _apart(causes_of(*sides, outside)), 0, 0, lambda: None)
    return len(_orders(mix.heads, most_runs).coalitions | {frozenset()}) + len(mix.first)


def _apart(causes: Sequence[Cause]) -> tuple[_Unit, ...]:
    return tuple(_Unit(NamedCause(kind=cause.kind, name=cause.name), frozenset((cause,))) for cause in causes)


def _by_time(causes: Sequence[Cause]) -> tuple[_Unit, ...]:
    """Return time by itself, and everything else in one."""
    time = tuple(each for each in _apart(causes) if each.named.kind == "time")
    rest = frozenset(cause for cause in causes if cause.kind != "time")
    return (*time, _Unit(NamedCause(kind="document", name=""), rest)) if rest else time


def _together(causes: Sequence[Cause]) -> tuple[_Unit, ...]:
    return (_Unit(NamedCause(kind="document", name=""), frozenset(causes)),)


class _Mixture:
    """Forecasts in which some units have come, each computed once."""

    def __init__(
        self,
        sides: tuple[Side, Side],
        outside: Outside,
        units: tuple[_Unit, ...],
        draws: int,
        seed: int,
        stop_if_asked: Callable[[], None],
    ) -> None:
        self.first = tuple(each for each in units if each.named.kind == "structure")
        self.units = tuple(each for each in units if each.named.kind != "structure")
        self._sides, self._outside = sides, outside
        self._draws, self._seed, self._stop = draws, seed, stop_if_asked
        self._known: dict[frozenset[Cause], _Valued] = {}

    @property
    def heads(self) -> tuple[int | None, ...]:
        """For each unit the one that must come before it."""
        causes = [cause for unit in self.units for cause in unit.causes]
        followers = {
            cause for cause, head in zip(causes, heads_of(causes, *self._sides), strict=True) if head is not None
        }
        time = next((i for i, unit in enumerate(self.units) if unit.causes == {Cause("time")}), None)
        return tuple(time if unit.causes & followers else None for unit in self.units)

    @property
    def runs(self) -> int:
        """How many forecasts were computed."""
        return len(self._known)

    def start(self) -> _Valued:
        """Return the earlier forecast."""
        return self._of(frozenset())

    def after(self, come: Causes) -> _Valued:
        """Return the forecast in which the structure and these units have come."""
        units = (*self.first, *(self.units[i] for i in come))
        return self._of(frozenset(cause for unit in units for cause in unit.causes))

    def _of(self, come: frozenset[Cause]) -> _Valued:
        if come not in self._known:
            self._stop()
            side = mixed(*self._sides, come, self._outside)
            settings = replace(side.settings, draws=self._draws, seed=self._seed)
            found = measured_run(side.scenario, settings, None)
            self._known[come] = _Valued(figures(found.forecast), residuals_by_place(found))
        return self._known[come]


def _attribution(before: Forecast, after: Forecast, mix: _Mixture, most_runs: int, note: str | None) -> Attribution:
    orders = _orders(mix.heads, most_runs)
    everything = frozenset(range(len(mix.units)))
    coalitions = sorted({*orders.coalitions, frozenset(), everything}, key=lambda each: (len(each), sorted(each)))
    valued = {come: mix.after(come) for come in coalitions}
    table = _Table(compare(before, after).moves, mix.start(), valued)
    named = tuple(unit.named for unit in (*mix.first, *mix.units))
    parts, errors, drawn = table.split(orders, len(mix.units), bool(mix.first))
    return Attribution(
        before=before.digest,
        after=after.digest,
        before_as_of=before.as_of,
        after_as_of=after.as_of,
        causes=named,
        orders=orders.drawn,
        runs=mix.runs,
        note=note,
        places=tuple(
            _explained(move, table.exact[i], named, parts[:, i], errors[:, i], drawn[:, i])
            for i, move in enumerate(table.moves)
        ),
    )


def _orders(heads: Sequence[int | None], most_runs: int) -> Orders:
    if 2 ** len(heads) <= most_runs:
        return all_orders(heads)
    # The number of causes keys the draw, so that asking again gives the same answer.
    return drawn_orders(heads, max(FEWEST_PAIRS, most_runs // (2 * len(heads))), seed=len(heads))


class _Table:
    """The numbers that every forecast has, as arrays: one column for each."""

    def __init__(self, moves: Sequence[Move], start: _Valued, valued: Mapping[Causes, _Valued]) -> None:
        every = (start, *valued.values())
        self.moves = [move for move in moves if all(move.place in each.figures for each in every)]
        self.exact = [
            move.method == "exact" and all(each.figures[move.place].exact is not None for each in every)
            for move in self.moves
        ]
        self._blocks = max((len(kept) for each in every for kept in each.residuals.values()), default=0)
        self._start, self._valued = start, valued

    def split(self, orders: Orders, units: int, structure_first: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the part of each cause, its MC error, and what drawing orders leaves open, each (causes, numbers)."""
        values = {come: self._values(each) for come, each in self._valued.items()}
        open_ = {come: self._open(each) for come, each in self._valued.items()}
        parts = parts_of(orders, units, values.__getitem__)
        left = parts_of(orders, units, open_.__getitem__)
        drawn = order_errors(orders, units, values.__getitem__)
        if structure_first:
            none = frozenset[int]()
            parts = np.concatenate([[values[none] - self._values(self._start)], parts])
            left = np.concatenate([[open_[none] - self._open(self._start)], left])
            drawn = np.concatenate([np.zeros((1, len(self.moves))), drawn])
        return parts, np.sqrt((left**2).sum(axis=1)), drawn

    def _values(self, each: _Valued) -> FloatArray:
        found = (each.figures[move.place] for move in self.moves)
        return np.array(
            [figure.best if exact else figure.mean for figure, exact in zip(found, self.exact, strict=True)]
        )

    def _open(self, each: _Valued) -> FloatArray:
        """Return what each block adds to the error of each number, as in a difference; shape (blocks, numbers)."""
        found = np.zeros((self._blocks, len(self.moves)))
        for i, move in enumerate(self.moves):
            kept = each.residuals.get(move.place)
            if kept is not None and not self.exact[i]:
                found[: len(kept), i] = kept / math.sqrt(len(kept) * (len(kept) - 1))
        return found


def _explained(
    move: Move,
    exact: bool,
    causes: Sequence[NamedCause],
    parts: FloatArray,
    errors: FloatArray,
    drawn: FloatArray,
) -> Explained:
    before, after = ((side.best if exact else side.mean) for side in (move.before, move.after))
    rest = after - before - math.fsum(parts)
    # What is left where parts are exact, or all draws the same, is the rounding of sums.
    noise = 0.0 if exact or abs(rest) <= _ROUNDING * max(abs(before), abs(after)) else rest
    return Explained(
        place=move.place,
        unit=move.before.unit,
        before=before,
        after=after,
        change=after - before,
        exact=exact,
        noise=noise,
        mc_error=0.0 if exact else move.mc_error,
        parts=tuple(
            Share(kind=cause.kind, name=cause.name, change=change, mc_error=error, order_error=order)
            for cause, change, error, order in zip(causes, parts.tolist(), errors.tolist(), drawn.tolist(), strict=True)
        ),
    )
