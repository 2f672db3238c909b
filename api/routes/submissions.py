"""Submissions: what is sent to a platform, when somebody asks for it, and what became of it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from api.http.bodies import Body
from api.http.conditional import conditional
from api.http.openapi_parts import Answers, conditional_answers, guarded_answers
from api.http.pages import USUAL, Cursor, Limit, on_page, read_cursor
from api.http.routers import routes_under
from api.http.writes import JSON, Reply, WriteOf, kept_response, reply
from api.messages.forecasts import FORECASTS
from api.messages.versions import PREFIX, Page
from api.routes.exports import DistortionPage, distortion_pages
from api.routes.forecasts import ForecastId
from api.routes.scenarios import ScenarioId
from api.service import Service, ServiceOf
from api.store import submissions
from api.store.submissions import Receipt, Submission
from api.work.deliveries import require_delivered
from api.work.exports import ExportOrder
from api.work.submitting import Asked, Planned, planned, planned_withdrawal, submitted, withdrawn
from forecast.fields import Label, Name, Remark

SUBMISSIONS = "/v1/submissions"

router = routes_under("/v1", "tournaments")

SubmissionId = Annotated[str, Path(description="Id of a submission, as the list states it.", max_length=100)]
_Listings = Annotated[
    list[Name] | None, Field(description="Names of listings; all of the platform's if left out.", max_length=1_000)
]
_Reason = Annotated[Remark, Field(description="Why: one or two sentences for whoever asks in a year.")]
_Author = Annotated[Label | None, Field(description="Who asks; the name of the key if left out.")]


class ReceiptPage(Page):
    """One step towards a submission, and what came of it."""

    number: int
    at: datetime
    step: Annotated[str, Field(description="`send` or `read back`.")]
    outcome: str
    status: Annotated[int | None, Field(description="Of the platform's answer, if there was one.")]
    answer: Annotated[dict[str, Any], Field(description="What the platform said; no token is in it.")]


class SubmissionGlance(Page):
    """A request to a platform, and how far it is."""

    id: str
    scenario: str
    forecast: Annotated[str | None, Field(description="Address of the forecast that it says.")]
    platform: str
    kind: str
    listings: list[str]
    status: Annotated[
        str,
        Field(
            description="`waiting` or `sending`; then `confirmed` once it was found at the platform, `refused`, or "
            "`unclear` where the platform has not told whether it arrived, which a person must look into."
        ),
    ]
    attempts: int
    author: str
    reason: str
    created_at: datetime
    not_before: datetime
    finished_at: datetime | None
    href: str


class SubmissionPage(SubmissionGlance):
    """A submission with what is sent and every step."""

    request: Annotated[dict[str, Any], Field(description="What is sent, byte for byte in `body`; no token is in it.")]
    distortions: list[DistortionPage]
    receipts: list[ReceiptPage]


class SubmissionList(Page):
    """Submissions, newest first."""

    submissions: list[SubmissionGlance]
    next: Annotated[str | None, Field(description="Address of the next page, if there is one.")]


class SubmissionsAsked(Page):
    """What would be sent, or what is stored to be sent."""

    dry_run: Annotated[bool, Field(description="True: nothing is stored, and nothing is sent.")]
    requests: Annotated[list[dict[str, Any]], Field(description="What goes to the platform, in this order.")]
    distortions: list[DistortionPage]
    notes: Annotated[
        list[str],
        Field(description="What whoever asks should know before, such as that a newer forecast is on record."),
    ]
    submissions: Annotated[list[SubmissionGlance], Field(description="What is stored; empty for a dry run.")]


class SubmissionBody(Body):
    """What to send to which platform, and why."""

    platform: Annotated[str, Field(description="metaculus, manifold or cultivate.", max_length=100)]
    listings: _Listings = None
    settings: Annotated[dict[str, Any], Field(description="As for an export.")] = {}
    dry_run: Annotated[bool, Field(description="Only show what would be sent. Say false to send it.")] = True
    reason: _Reason
    author: _Author = None


class WithdrawalBody(Body):
    """What to withdraw from which platform, and why."""

    platform: Annotated[str, Field(description="metaculus.", max_length=100)]
    listings: _Listings = None
    dry_run: Annotated[bool, Field(description="Only show what would be sent. Say false to send it.")] = True
    reason: _Reason
    author: _Author = None


_ASKED: Answers = {
    200: {"description": "What would be sent; nothing is", "model": SubmissionsAsked},
    202: {"description": "Stored, to be sent", "model": SubmissionsAsked},
}


@router.post(
    "/forecasts/{forecast_id}/submissions",
    summary="Send a forecast to a platform",
    status_code=202,
    responses={**_ASKED, **guarded_answers(400, 404, 408, 409, 413, 415, 422, 503)},
)
async def post_submission(
    forecast_id: ForecastId, body: SubmissionBody, request: Request, service: ServiceOf, write: WriteOf
) -> Response:
    """Show what would be sent of a recorded forecast, or, with `dry_run: false`, have it sent.

    What is sent is stored first, and sent afterwards, once: what a platform may have taken without our hearing of it
    is looked for there before anything is sent again. Word for word the same of the same forecast is stored once.
    """
    order = ExportOrder(body.platform, body.listings, body.settings)
    asked = Asked(body.author or write.caller.name, body.reason)
    if body.dry_run:
        plan = await service.computations.run(request, lambda stop: planned(service, forecast_id, order, stop))
        return reply(200, _shown(plan)).response()

    kept = await run_in_threadpool(write.kept)
    if kept is not None:
        return kept_response(kept)
    require_delivered(order.format)
    await run_in_threadpool(service.courier.require, order.format)
    answer = await service.computations.run(
        request,
        lambda stop: submitted(
            write,
            lambda: _sendable(service, planned(service, forecast_id, order, stop)),
            asked,
            lambda plan, stored: reply(202, _shown(plan, stored)),
        ),
    )
    service.courier.wake()
    return answer


def _sendable(service: Service, plan: Planned) -> Planned:
    service.courier.require_sendable(plan.requests)
    return plan


@router.post(
    f"{PREFIX.removeprefix('/v1')}/{{scenario_id}}/withdrawals",
    summary="Withdraw what stands at a platform",
    status_code=202,
    responses={**_ASKED, **guarded_answers(400, 404, 408, 409, 413, 415, 422, 503)},
)
def post_withdrawal(scenario_id: ScenarioId, body: WithdrawalBody, service: ServiceOf, write: WriteOf) -> Response:
    """Show what would withdraw our forecasts from a platform, or, with `dry_run: false`, have it sent.

    Of all listings, or of those that are named.
    """
    if body.dry_run:
        plan = planned_withdrawal(service, scenario_id, body.platform, body.listings)
        return reply(200, _withdrawal([json.loads(plan.request.to_json())])).response()

    def answer(stored: Sequence[Submission]) -> Reply:
        return reply(202, _withdrawal([dict(each.request) for each in stored], stored))

    kept = write.kept()
    if kept is not None:
        return kept_response(kept)
    service.courier.require(body.platform)
    asked = Asked(body.author or write.caller.name, body.reason)
    done = withdrawn(service, write, scenario_id, body.platform, body.listings, asked, answer)
    service.courier.wake()
    return done


@router.get("/submissions", summary="Submissions", responses=conditional_answers(SubmissionList, 401, 403, 422))
def list_submissions(
    request: Request,
    service: ServiceOf,
    scenario: Annotated[str | None, Query(max_length=100, description="Of this scenario only.")] = None,
    limit: Limit = USUAL,
    cursor: Cursor = None,
) -> Response:
    """List what was asked to be sent, newest first, whatever became of it."""
    before = read_cursor(request, cursor, (datetime, str))
    with service.database.reading() as connection:
        found = submissions.page(connection, limit + 1, before, scenario)
    shown, following = on_page(request, found, limit, lambda each: (each.created_at, each.id))
    listed = SubmissionList(submissions=[glance(each) for each in shown], next=following)
    return conditional(request, listed.model_dump_json().encode(), JSON)


@router.get(
    "/submissions/{submission_id}",
    summary="What became of a submission",
    responses=conditional_answers(SubmissionPage, 401, 403, 404, 422),
)
def get_submission(submission_id: SubmissionId, request: Request, service: ServiceOf) -> Response:
    """Return a submission with what is sent, and the receipt of every step."""
    with service.database.reading() as connection:
        found = submissions.get(connection, submission_id)
        steps = submissions.receipts(connection, submission_id)
    return conditional(request, _page(found, steps).model_dump_json().encode(), JSON)


def glance(found: Submission) -> SubmissionGlance:
    """Return a submission at a glance."""
    return SubmissionGlance(**_glance(found))


def _glance(found: Submission) -> dict[str, Any]:
    return {
        "id": found.id,
        "scenario": found.scenario_id,
        "forecast": None if found.forecast_id is None else f"{FORECASTS}/{found.forecast_id}",
        "platform": found.platform,
        "kind": found.kind,
        "listings": list(found.listings),
        "status": found.status,
        "attempts": found.attempt,
        "author": found.author,
        "reason": found.reason,
        "created_at": found.created_at,
        "not_before": found.not_before,
        "finished_at": found.finished_at,
        "href": f"{SUBMISSIONS}/{found.id}",
    }


def _page(found: Submission, steps: Sequence[Receipt]) -> SubmissionPage:
    return SubmissionPage(
        **_glance(found),
        request=dict(found.request),
        distortions=[DistortionPage(**each) for each in found.distortions],
        receipts=[
            ReceiptPage(
                number=each.number,
                at=each.at,
                step=each.step,
                outcome=each.outcome,
                status=each.status,
                answer=dict(each.answer),
            )
            for each in steps
        ],
    )


def _withdrawal(requests: list[dict[str, Any]], stored: Sequence[Submission] | None = None) -> SubmissionsAsked:
    return SubmissionsAsked(
        dry_run=stored is None,
        requests=requests,
        distortions=[],
        notes=[],
        submissions=[glance(each) for each in stored or ()],
    )


def _shown(plan: Planned, stored: Sequence[Submission] | None = None) -> SubmissionsAsked:
    return SubmissionsAsked(
        dry_run=stored is None,
        requests=list(plan.as_json()),
        distortions=distortion_pages(plan.exported.export.distortions),
        notes=list(plan.notes),
        submissions=[glance(each) for each in stored or ()],
    )
