"""Decay curves: closed forms, and a later run without news that lands on the curve."""

from datetime import date

import pytest

from forecast.comparison import figures
from forecast.decay import decay_curve
from forecast.result import Forecast
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings
from tests.known_answers.test_H02_gamma_hazard import BY_DAY, EVENT, NOW, OPENED, SEEN
from tests.strategies import forecast_of

MEET_IN_2026 = "dates.summit.2026-12-31"
BETA = {"family": "beta", "branch": "deal", "a": 2, "b": 3}
REPORT = {"date": "2026-02-01", "what": "A report.", "likelihood_ratio": {"terms.deal": 3.0}}


def _talks(*, driven: bool) -> Forecast:
    """Return a forecast with an entry that counts and one that comes later; with a driver nothing is exact."""
    loading = {"loadings": {"mood": {"log_hazard": 0.5}}} if driven else {}
    return run(
        parse_scenario(
            {
                "scenario": "talks",
                "title": "Will they agree?",
                "as_of": "2026-01-01",
                "horizon": "2026-12-31",
                "checkpoints": ["2026-10-01"],
                **({"drivers": {"mood": {}}} if driven else {}),
                "nodes": {
                    "summit": {
                        "branches": {"met": "terms", "never_met": {}},
                        "prior": {"family": "hazard", "event": "met", "rate": {"family": "fixed", "per_year": 0.5}},
                        **loading,
                    },
                    "terms": {"branches": ["deal", "no_deal"], "prior": BETA},
                },
                "evidence": {"report": REPORT, "later": REPORT | {"date": "2026-08-01"}},
            }
        ),
        RunSettings(draws=4_096, as_of=date(2026, 3, 1)),
    )


def test_the_curve_is_the_closed_form() -> None:
    """Of a date at an uncertain rate, on three days: 30.2 %, 17.5 % and 6.4 % for a meeting by the end of 2026."""
    curve = decay_curve(forecast_of(EVENT, draws=4_096, as_of=OPENED), [NOW, SEEN])
    points = curve.places[MEET_IN_2026]
    assert [point.as_of for point in points] == [OPENED, SEEN, NOW]
    expected = [BY_DAY[as_of, date(2026, 12, 31)] for as_of in (OPENED, SEEN, NOW)]
    assert [point.mean for point in points] == pytest.approx(expected, abs=1e-12)
    assert {point.mc_error for point in points} == {0.0}


@pytest.mark.parametrize("driven", [False, True])
def test_a_later_run_without_news_lands_on_the_curve(driven: bool) -> None:
    """To 1e-9 where it is exact, and to the last bit where it is sampled with the same seed."""
    forecast = _talks(driven=driven)
    day = date(2026, 9, 1)
    curve = decay_curve(forecast, [day])
    assert forecast.evidence == ("report",)
    settings = RunSettings(draws=4_096, as_of=day, evidence=("report",))
    later = figures(run(parse_scenario(forecast.document), settings))
    assert curve.places.keys() == figures(forecast).keys()
    for place, points in curve.places.items():
        found = later[place]
        assert points[-1].mean == pytest.approx(found.best, abs=1e-9 if found.exact is not None else 0.0), place
        assert (points[-1].mc_error == 0.0) == (found.exact is not None)


def test_what_was_heard_later_is_no_part_of_the_curve() -> None:
    """A run of that day hears it, and is away from the curve by just that."""
    forecast, day = _talks(driven=False), date(2026, 9, 1)
    silent = decay_curve(forecast, [day]).places["outcomes.deal"][-1].mean
    told = figures(run(parse_scenario(forecast.document), RunSettings(draws=4_096, as_of=day)))["outcomes.deal"].best
    assert told > silent + 0.01


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 1, 1), date(2026, 12, 31)])
def test_a_day_that_is_not_later_is_refused(day: date) -> None:
    with pytest.raises(ValueError, match="state one after 2026-03-01 and before 2026-12-31"):
        decay_curve(_talks(driven=False), [day])
