"""How resolutions are shown: what happened, and what that scores."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from api.http.writes import Reply, reply
from api.messages.versions import PREFIX, Page
from api.store.resolutions import Resolved
from forecast.resolutions import Resolution, in_words, read_resolution
from forecast.scorecards.records import Scorecard


class ResolutionPage(Page):
    """What happened at one place."""

    id: str
    scenario: str
    place: Annotated[str, Field(description="`questions.NAME`, `nodes.NAME` or `outcomes`.")]
    value: Annotated[Resolution, Field(description="What happened.")]
    words: Annotated[str, Field(description="The same as people say it.")]
    happened_on: Annotated[date, Field(description="The day on which it was settled.")]
    source: Annotated[str | None, Field(description="Where that can be looked up.")]
    author: Annotated[str, Field(description="Who recorded it.")]
    reason: str
    recorded_at: datetime
    href: Annotated[str, Field(description="Where the newest resolution of the place is.")]


class ScoredResolutionPage(ResolutionPage):
    """What happened at one place, and how good the forecasts of it were."""

    score: Annotated[Scorecard | None, Field(description="Scores of every forecast, and over the life of the place.")]
    not_scored: Annotated[str | None, Field(description="Why nothing was scored, if so.")]
    notes: Annotated[
        list[str],
        Field(
            description="Where the nodes and the outcome that have resolved decide a question otherwise by the tree "
            "than it resolved by its clause; no fault, but worth a look."
        ),
    ]


def resolution_page(resolved: Resolved) -> ResolutionPage:
    """Return a resolution."""
    value = read_resolution(resolved.value)
    return ResolutionPage(
        id=resolved.id,
        scenario=resolved.scenario_id,
        place=resolved.place,
        value=value,
        words=in_words(value),
        happened_on=date.fromisoformat(resolved.happened_on),
        source=resolved.source,
        author=resolved.author,
        reason=resolved.reason,
        recorded_at=resolved.recorded_at,
        href=f"{PREFIX}/{resolved.scenario_id}/resolutions/{resolved.place}",
    )


def resolution_reply(
    status: int, resolved: Resolved, card: Scorecard | None, not_scored: str | None, notes: Sequence[str]
) -> Reply:
    """Return the answer to a resolution that was sent."""
    shown = dict(resolution_page(resolved))
    page = ScoredResolutionPage(**shown, score=card, not_scored=not_scored, notes=list(notes))
    return reply(status, page, Location=page.href)
