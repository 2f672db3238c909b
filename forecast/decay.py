"""How a forecast falls, or rises, by itself: what it will say on later days if nothing is heard until then.

Silence is evidence: a meeting that was likely by the end of the year and has not come by October is less likely then.
A run of a later day without news lands on the curve, so that what it is away from it has other causes than time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from forecast.comparison import Figure, figures
from forecast.result import Forecast, Record
from forecast.run import run, settings_of
from forecast.scenario import Scenario, parse_scenario
from forecast.settings import RunSettings

FEWEST_DRAWS = 1 << 10
"""Draws of a day's run whose exact values alone are read: as many as must carry weight in any case."""


class DecayPoint(Record):
    """What a number is on a later day without news. ``mc_error`` is 0 where it is exact."""

    as_of: date
    mean: float
    mc_error: float


class DecayCurve(Record):
    """The course of every number of a forecast without news.

    ``forecast`` is its digest; the first point of each place is the forecast's own.
    """

    forecast: str
    places: dict[str, tuple[DecayPoint, ...]]


def decay_curve(
    forecast: Forecast, days: Sequence[date], stop_if_asked: Callable[[], None] = lambda: None
) -> DecayCurve:
    """Return what a forecast will say on later days if nothing is heard until then.

    Every number is exact where the forecast's is; the others are sampled with the forecast's seed and draws, so that a
    run of that day gives the same to the last bit.

    Parameters
    ----------
    forecast : the forecast
    days : later than the day that it speaks from, and before its horizon; in any order
    stop_if_asked : called before each day; what it raises ends the work

    Raises
    ------
    ValueError
        If a day is not later, or not before the horizon.
    ForecastFileError
        If the forecast was altered.
    ScenarioError, RunError
        If its document is no scenario, or its request no run, of this version of the engine.

    Examples
    --------
    >>> from forecast.scenario import parse_scenario
    >>> hazard = {"family": "hazard", "event": "met", "rate": {"family": "fixed", "per_year": 0.5}}
    >>> talks = {"scenario": "talks", "title": "Will they meet?", "as_of": "2026-01-01", "horizon": "2026-12-31",
    ...          "nodes": {"summit": {"branches": ["met", "never_met"], "prior": hazard}}}
    >>> forecast = run(parse_scenario(talks))
    >>> curve = decay_curve(forecast, [date(2026, 7, 1), date(2026, 11, 1)])
    >>> [f"{point.as_of} {point.mean:.3f}" for point in curve.places["outcomes.met"]]
    ['2026-01-01 0.392', '2026-07-01 0.222', '2026-11-01 0.079']
    """
    known = replace(settings_of(forecast), seed=forecast.sampling.seed, evidence=forecast.evidence)
    scenario = parse_scenario(forecast.document)
    own = figures(forecast)
    course: dict[str, list[DecayPoint]] = {place: [_point(forecast.as_of, figure)] for place, figure in own.items()}
    for day in sorted(set(days)):
        _require_later(day, forecast)
        stop_if_asked()
        later = _numbers(scenario, replace(known, as_of=day), exactly=_all_exact(own))
        for place in course.keys() & later.keys():
            course[place].append(_point(day, later[place]))
    return DecayCurve(forecast=forecast.digest, places={place: tuple(points) for place, points in course.items()})


def _require_later(day: date, forecast: Forecast) -> None:
    if not forecast.as_of < day < forecast.horizon:
        raise ValueError(
            f"{day} is no later day of the forecast: state one after {forecast.as_of} and before {forecast.horizon}"
        )


def _numbers(scenario: Scenario, settings: RunSettings, *, exactly: bool) -> dict[str, Figure]:
    """Return the numbers of a run, of few draws if all of them turn out to be exact, as is tried if ``exactly``."""
    if exactly:
        quick = figures(run(scenario, replace(settings, draws=FEWEST_DRAWS)))
        if _all_exact(quick):
            return quick
    return figures(run(scenario, settings))


def _all_exact(found: Mapping[str, Figure]) -> bool:
    return all(each.exact is not None for each in found.values())


def _point(day: date, figure: Figure) -> DecayPoint:
    exact = figure.exact is not None
    return DecayPoint(as_of=day, mean=figure.best, mc_error=0.0 if exact else figure.mc_error)
