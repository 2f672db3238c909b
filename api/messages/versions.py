"""How versions of scenarios are shown: at a glance, whole, and as what a change came to."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from api.http.openapi_parts import DOCUMENT_SCHEMA
from api.http.tags import version_tag
from api.http.writes import Reply, reply
from api.store.scenarios import Version, VersionCard
from api.work.moves import Moved
from forecast.comparison import Comparison
from forecast.revisions import Change

PREFIX = "/v1/scenarios"


class Page(BaseModel):
    """Base of what routes answer with."""

    model_config = ConfigDict(frozen=True)


class VersionGlance(Page):
    """A version of a scenario at a glance."""

    id: str
    version: int
    digest: Annotated[str, Field(description="SHA-256 of what the document says.")]
    title: str
    as_of: date
    horizon: date
    nodes: int
    outcomes: int
    questions: int
    author: Annotated[str, Field(description="Who wrote this version.")]
    reason: Annotated[str, Field(description="Why.")]
    recorded_at: datetime
    href: str


class VersionPage(VersionGlance):
    """A version of a scenario with all that it says."""

    yaml: Annotated[str, Field(description="Address of the YAML as it was written, comments and all.")]
    priors: Annotated[dict[str, int], Field(description="Node → the version that its prior is from.")]
    document: Annotated[dict[str, Any], WithJsonSchema(DOCUMENT_SCHEMA)]


class MovedPage(Page):
    """What a change moves: both sides forecast from the same draws, with the evidence in force."""

    comparison: Annotated[Comparison | None, Field(description="Every figure of both sides, largest move first.")]
    reason: Annotated[str | None, Field(description="Why nothing was computed, if so.")]


class RevisionPage(VersionPage):
    """A new version: what it says, what it changes, and what that moves."""

    changes: list[Change]
    moved: MovedPage
    yaml_rewritten: Annotated[
        bool,
        Field(description="Whether its layout made the YAML be written anew, without comments."),
    ]


def href(card: VersionCard) -> str:
    """Return the address of a version."""
    return f"{PREFIX}/{card.scenario_id}?version={card.version}"


def tag(card: VersionCard) -> str:
    """Return the entity tag of a version."""
    return version_tag(card.version, card.document)


def glance(card: VersionCard) -> VersionGlance:
    """Return a version at a glance."""
    return VersionGlance(**_glance(card))


def _glance(card: VersionCard) -> dict[str, Any]:
    return {
        "id": card.scenario_id,
        "version": card.version,
        "digest": card.digest,
        "author": card.author,
        "reason": card.reason,
        "recorded_at": card.recorded_at,
        "href": href(card),
        **card.card,
    }


def _whole(card: VersionCard, document: dict[str, Any]) -> dict[str, Any]:
    text = f"{PREFIX}/{card.scenario_id}.yaml?version={card.version}"
    return {**_glance(card), "yaml": text, "priors": dict(card.priors), "document": document}


def whole_page(version: Version) -> VersionPage:
    """Return a version with all that it says."""
    return VersionPage(**_whole(version.card, version.document))


def created_reply(version: Version) -> Reply:
    """Return the answer to the creation of a scenario."""
    return reply(201, whole_page(version), ETag=tag(version.card), Location=href(version.card))


def revision_reply(version: Version, changes: Sequence[Change], found: Moved, *, rewritten: bool) -> Reply:
    """Return the answer to a new version."""
    shown = RevisionPage(
        **_whole(version.card, version.document),
        changes=list(changes),
        moved=MovedPage(comparison=found.comparison, reason=found.reason),
        yaml_rewritten=rewritten,
    )
    return reply(200, shown, ETag=tag(version.card), Location=href(version.card))
