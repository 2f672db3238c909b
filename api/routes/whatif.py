"""What-ifs: a base and an alternative of one scenario, and what moves from one to the other. Nothing is kept."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from api.http.openapi_parts import guarded_answers, timed_answers
from api.http.routers import routes_under
from api.http.writes import JSON
from api.messages.asked import AskedBody, Priors
from api.messages.run_settings import Assumed, ChoiceOfEvidence, Forced, SpeakingDay
from api.service import ServiceOf
from api.work.whatifs import SideOrder, WhatIfOrder, what_if_text
from forecast.fields import Statement
from forecast.whatif import WhatIf

router = routes_under("/v1", "previews")


class WhatIfBase(Statement):
    """What the alternative is compared with: the scenario as it is, but for what is stated here."""

    priors: Priors = {}
    assume: Assumed = []
    do: Forced = []
    evidence: ChoiceOfEvidence = "accepted"
    as_of: SpeakingDay = None


class WhatIfRequest(AskedBody):
    """What to compare; everything but the scenario has a default."""

    base: Annotated[
        WhatIfBase,
        Field(
            description="What the alternative is compared with; the scenario as it is, on the alternative's day, "
            "if left out."
        ),
    ] = WhatIfBase()

    def order(self) -> WhatIfOrder:
        """Return what to compute: this body's own keys are the alternative's."""
        own, said = self.run_settings(), self.base
        settings = {
            **own,
            "assume": tuple(said.assume),
            "do": tuple(said.do),
            "evidence": said.evidence,
            "as_of": said.as_of or own["as_of"],
        }
        base = SideOrder(said.priors, settings, said.model_fields_set)
        return WhatIfOrder(self.scenario, self.version, base, SideOrder(self.priors, own), self.leave_out)


@router.post(
    "/what-if",
    summary="What moves, if",
    responses={**timed_answers("Both sides and what moves", WhatIf), **guarded_answers(400, 408, 413, 415, 422, 503)},
)
async def post_what_if(body: WhatIfRequest, request: Request, service: ServiceOf) -> Response:
    """Compute a scenario under other priors, assumptions, interventions, evidence or another day, beside a base.

    Both sides share their draws, so that a difference is known far better than either side; each says its
    MC error and how that is known. The price is that of both runs. The same request gives the same bytes.
    `Server-Timing` tells the milliseconds spent.
    """
    order = body.order()
    made = await service.computations.run(request, lambda stop: what_if_text(service, order, stop))
    return Response(made.text, headers={"Server-Timing": made.server_timing}, media_type=JSON)
