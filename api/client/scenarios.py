"""Scenarios, their versions, and the priors of their nodes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.client.addresses import v1
from api.client.answers import TaggedPrior, TaggedRevision, TaggedVersion
from api.client.run_settings import Moment
from api.client.server import Server
from api.http.pages import MOST
from api.messages.versions import VersionGlance
from api.routes.diff import DiffPage
from api.routes.scenarios import ScenarioList, VersionList

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scenarios:
    """The stored scenarios."""

    server: Server

    def list(self) -> Iterator[VersionGlance]:
        """Yield the newest version of each scenario, by id."""
        return self.server.pages(ScenarioList, lambda page: (page.scenarios, page.next), v1("scenarios"), limit=MOST)

    def get(self, scenario: str, *, version: int | None = None, as_of: Moment | None = None) -> TaggedVersion:
        """Return a version with its document: the newest, a stated one, or that of a moment."""
        return self.server.get(TaggedVersion, v1("scenarios", scenario), version=version, as_of=as_of)

    def yaml(self, scenario: str, *, version: int | None = None, as_of: Moment | None = None) -> str:
        """Return the YAML of a version as it was written, comments and all."""
        return self.server.text(f"{v1('scenarios', scenario)}.yaml", version=version, as_of=as_of)

    def create(self, scenario: str | Document, *, reason: str, author: str | None = None) -> TaggedVersion:
        """Store a new scenario, given as YAML text or as a document."""
        body = {**_whole(scenario), "reason": reason, "author": author}
        return self.server.write(TaggedVersion, "POST", v1("scenarios"), body)

    def put(
        self, scenario: str, content: str | Document, *, reason: str, if_match: str, author: str | None = None
    ) -> TaggedRevision:
        """Store the next version of a scenario, given as YAML text or as a document.

        ``if_match`` is the tag of the version that it is based on.

        Raises
        ------
        ChangedSinceError
            If that is not the newest.
        """
        body = {**_whole(content), "reason": reason, "author": author}
        return self.server.write(TaggedRevision, "PUT", v1("scenarios", scenario), body, If_Match=if_match)

    def versions(self, scenario: str, *, as_of: Moment | None = None) -> Iterator[VersionGlance]:
        """Yield who stored which version when and why, newest first."""
        path = v1("scenarios", scenario, "versions")
        return self.server.pages(VersionList, lambda page: (page.versions, page.next), path, as_of=as_of, limit=MOST)

    def diff(
        self, scenario: str, *, before: int | None = None, after: int | None = None, numbers: bool = True
    ) -> DiffPage:
        """Return what changed from one version to another, in words, and what that moves.

        The newest and the one before it if left out; without ``numbers`` nothing is computed.
        """
        path = v1("scenarios", scenario, "diff")
        return self.server.get(DiffPage, path, numbers=numbers, to=after, **{"from": before})


def _whole(scenario: str | Document) -> dict[str, object]:
    return {"yaml": scenario} if isinstance(scenario, str) else {"document": scenario}


@dataclass(frozen=True, slots=True)
class Prior:
    """The prior of one node of a stored scenario."""

    server: Server
    scenario: str
    node: str

    def get(self, *, version: int | None = None, as_of: Moment | None = None) -> TaggedPrior:
        """Return what the scenario states for the node, since when and why."""
        return self.server.get(TaggedPrior, self._path, version=version, as_of=as_of)

    def set(self, prior: Document, *, reason: str, if_match: str, author: str | None = None) -> TaggedRevision:
        """Store a new version in which the node has another prior; return it with what it changes and moves.

        ``if_match`` is the tag of the prior that it takes the place of.

        Raises
        ------
        ChangedSinceError
            If somebody else has set the prior meanwhile.
        """
        body = {"prior": prior, "reason": reason, "author": author}
        return self.server.write(TaggedRevision, "PUT", self._path, body, If_Match=if_match)

    @property
    def _path(self) -> str:
        return v1("scenarios", self.scenario, "nodes", self.node, "prior")
