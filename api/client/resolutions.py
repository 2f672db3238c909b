"""What happened in a scenario, and saying so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.client.addresses import v1
from api.client.run_settings import Day, Moment
from api.client.server import Server
from api.http.pages import MOST
from api.messages.resolutions import ResolutionPage, ScoredResolutionPage
from api.routes.resolutions import ResolutionList


@dataclass(frozen=True, slots=True)
class Resolutions:
    """The resolutions of one scenario."""

    server: Server
    scenario: str

    def list(self, *, history: bool = False, as_of: Moment | None = None) -> Iterator[ResolutionPage]:
        """Yield the newest resolution of each place; with ``history``, all that was recorded, newest first."""
        return self.server.pages(
            ResolutionList,
            lambda page: (page.resolutions, page.next),
            self._path(),
            history=history,
            as_of=as_of,
            limit=MOST,
        )

    def get(self, place: str, *, as_of: Moment | None = None) -> ResolutionPage:
        """Return the newest resolution of a place."""
        return self.server.get(ResolutionPage, self._path(place), as_of=as_of)

    def add(
        self,
        place: str,
        value: Mapping[str, Any],
        *,
        happened_on: Day,
        reason: str,
        source: str | None = None,
        author: str | None = None,
    ) -> ScoredResolutionPage:
        """Say what happened at a place, such as ``{"type": "binary", "happened": True}``; return what that scores.

        What was recorded for the place before stays on record, and no longer counts.
        """
        body = {
            "place": place,
            "value": value,
            "happened_on": happened_on,
            "source": source,
            "reason": reason,
            "author": author,
        }
        return self.server.write(ScoredResolutionPage, "POST", self._path(), body)

    def _path(self, *parts: str) -> str:
        return v1("scenarios", self.scenario, "resolutions", *parts)
