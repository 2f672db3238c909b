"""How good the forecasts were, once it is known what happened: place by place, on average, and as calibration."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response
from pydantic import Field

from api.errors import ParameterError
from api.http.conditional import conditional
from api.http.moments import AsOf
from api.http.openapi_parts import conditional_answers
from api.http.routers import routes_under
from api.http.writes import JSON
from api.messages.versions import Page
from api.routes.scenarios import ScenarioId
from api.service import ServiceOf
from api.work import scorecards
from api.work.scorecards import Question, Scores
from forecast.scorecards.cards import Manner
from forecast.scorecards.records import Calibration, GroupAverage, Scorecard, Way

router = routes_under("/v1", "scores")

_Of = Annotated[
    str | None,
    Query(
        description="One place only, such as `questions.meet-before-2027`, with every prediction; all if left out.",
        min_length=1,
        max_length=200,
    ),
]
_By = Annotated[
    Literal["analyst", "depth", "type", "topic", "platform"] | None,
    Query(
        description="Averages by the author of the forecasts, the depth of nodes, the type or topics of questions, "
        "or the platforms that ask for them."
    ),
]
_StatedOpening = Annotated[
    str | None,
    Query(
        alias="opens",
        description="Day with which lives begin, at midnight in UTC; with the first forecast of each if left out.",
        max_length=40,
        examples=["2026-01-01"],
    ),
]
_BaseRate = Annotated[
    float | None,
    Query(ge=0.0, lt=1.0, description="Of binary questions at their opening; the first forecast's if left out."),
]
_Ordered = Annotated[
    bool, Query(description="Whether options are in order, so that being off by one costs less than being off by two.")
]
_Each = Annotated[
    Literal["every", "first"],
    Query(description="Whether every prediction of a question counts for its calibration, or the first alone."),
]


async def _opens(stated: _StatedOpening = None) -> datetime | None:
    if stated is None:
        return None
    try:
        day = date.fromisoformat(stated)
    except ValueError:
        day = None
    if day is None or day.isoformat() != stated:
        raise ParameterError("opens", f"opens is '{stated}': write a day such as 2026-01-01")
    return datetime.combine(day, time(), tzinfo=UTC)


_Opens = Annotated[datetime | None, Depends(_opens)]


class LeftOutPage(Page):
    """A forecast that does not count, as it answers something else than the scenario's questions."""

    forecast: Annotated[str, Field(description="Id of the forecast.")]
    reason: str


class ScorePage(Page):
    """How good the forecasts of a scenario were."""

    scenario: str
    places: Annotated[list[Scorecard], Field(description="Everything that has resolved, by place.")]
    averages: Annotated[list[GroupAverage] | None, Field(description="Null unless asked for, by `by`.")]
    way: Annotated[Way | None, Field(description="The nodes that have resolved so far; null while the root has not.")]
    calibration: Annotated[Calibration | None, Field(description="Null while no question has resolved.")]
    left_out: Annotated[list[LeftOutPage], Field(description="Forecasts that do not count, and why.")]
    unresolved: Annotated[list[str], Field(description="Places that nobody has resolved.")]


class CalibrationPage(Page):
    """Calibration over all scenarios."""

    scenarios: Annotated[int, Field(description="How many have a question that has resolved and was forecast.")]
    calibration: Annotated[Calibration | None, Field(description="Null while there is none.")]


@router.get(
    "/scenarios/{scenario_id}/scores",
    summary="How good the forecasts were",
    responses=conditional_answers(ScorePage, 401, 403, 404, 422, 503),
)
async def get_scores(
    scenario_id: ScenarioId,
    request: Request,
    service: ServiceOf,
    moment: AsOf,
    opens: _Opens,
    of: _Of = None,
    by: _By = None,
    base_rate: _BaseRate = None,
    ordered: _Ordered = False,
    each: _Each = "every",
) -> Response:
    """Score every forecast of everything that has resolved, and average over the time that each stood.

    The life of a place goes from its first forecast to the end, in UTC, of the day on which its question closes or
    on which it was settled, whichever comes first; what is recorded later does not count. Forecasts that assume
    something, or speak from another day than their own, answer something else and are left out. What was annulled,
    a node that was never reached, and the half of a pair whose condition did not come about are void and not 0.
    A score of minus infinity is null.
    """
    manner = Manner(opens, base_rate, ordered, of is not None)
    asked = Question(moment, of, by, manner, each)
    found = await service.computations.run(request, lambda stop: scorecards.scores(service, scenario_id, asked, stop))
    return conditional(request, _page(scenario_id, found).model_dump_json().encode(), JSON)


@router.get(
    "/scores",
    summary="Calibration over all scenarios",
    responses=conditional_answers(CalibrationPage, 401, 403, 422, 503),
)
async def get_calibration(request: Request, service: ServiceOf, moment: AsOf, each: _Each = "every") -> Response:
    """Tell how often things happened that were said to be about as likely, over all scenarios.

    Yes-or-no questions, options and halves of pairs that have resolved count, each with the predictions that count for
    its scores.
    """
    found = await service.computations.run(request, lambda stop: scorecards.overall(service, each, moment, stop))
    page = CalibrationPage(scenarios=found.scenarios, calibration=found.calibration)
    return conditional(request, page.model_dump_json().encode(), JSON)


def _page(scenario_id: str, found: Scores) -> ScorePage:
    return ScorePage(
        scenario=scenario_id,
        places=list(found.cards),
        averages=None if found.averages is None else list(found.averages),
        way=found.way,
        calibration=found.calibration,
        left_out=[LeftOutPage(forecast=each.forecast, reason=each.reason) for each in found.left_out],
        unresolved=list(found.unresolved),
    )
