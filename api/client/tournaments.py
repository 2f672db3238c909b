"""Tournaments: what is listed where, forecasts in a platform's form, and what was sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.client.addresses import v1
from api.client.run_settings import Moment
from api.client.server import Server
from api.http.pages import MOST
from api.routes.exports import ExportPage
from api.routes.listings import ListingList, ListingPage
from api.routes.submissions import SubmissionGlance, SubmissionList, SubmissionPage, SubmissionsAsked


@dataclass(frozen=True, slots=True)
class Listings:
    """Which questions of which platform the questions of one scenario answer."""

    server: Server
    scenario: str

    def list(self, *, as_of: Moment | None = None) -> Sequence[ListingPage]:
        """Return the listings that count, now or at a moment."""
        return self.server.get(ListingList, self._path(), as_of=as_of).listings

    def get(self, name: str, *, as_of: Moment | None = None) -> ListingPage:
        """Return a listing that counts."""
        return self.server.get(ListingPage, self._path(name), as_of=as_of)

    def set(self, name: str, listing: Mapping[str, Any], *, reason: str, author: str | None = None) -> ListingPage:
        """Record a listing under a name; what it stood for before stays on record."""
        body = {"listing": listing, "reason": reason, "author": author}
        return self.server.write(ListingPage, "PUT", self._path(name), body)

    def end(self, name: str, *, reason: str, author: str | None = None) -> ListingPage:
        """Let a listing no longer count."""
        return self.server.write(ListingPage, "POST", self._path(name, "end"), {"reason": reason, "author": author})

    def withdraw(
        self,
        platform: str,
        *,
        reason: str,
        dry_run: bool = True,
        listings: Sequence[str] | None = None,
        author: str | None = None,
    ) -> SubmissionsAsked:
        """Show what would withdraw what stands at a platform, or, without ``dry_run``, have it withdrawn.

        Of all its listings, or of some.
        """
        body = {"platform": platform, "listings": listings, "dry_run": dry_run, "reason": reason, "author": author}
        return self.server.write(SubmissionsAsked, "POST", v1("scenarios", self.scenario, "withdrawals"), body)

    def _path(self, *parts: str) -> str:
        return v1("scenarios", self.scenario, "listings", *parts)


@dataclass(frozen=True, slots=True)
class Submissions:
    """What was asked to be sent to platforms."""

    server: Server

    def export(
        self,
        forecast: str,
        format: str,
        *,
        listings: Sequence[str] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> ExportPage:
        """Return a recorded forecast in a format; nothing is sent."""
        body = {"format": format, "listings": listings, "settings": settings or {}}
        return self.server.compute(ExportPage, v1("forecasts", forecast, "exports"), body)

    def ask(
        self,
        forecast: str,
        platform: str,
        *,
        reason: str,
        dry_run: bool = True,
        listings: Sequence[str] | None = None,
        settings: Mapping[str, Any] | None = None,
        author: str | None = None,
    ) -> SubmissionsAsked:
        """Show what would be sent of a recorded forecast, or, without ``dry_run``, have it sent."""
        body = {
            "platform": platform,
            "listings": listings,
            "settings": settings or {},
            "dry_run": dry_run,
            "reason": reason,
            "author": author,
        }
        return self.server.write(SubmissionsAsked, "POST", v1("forecasts", forecast, "submissions"), body)

    def list(self, *, scenario: str | None = None) -> Iterator[SubmissionGlance]:
        """Yield what was asked to be sent, newest first, whatever became of it."""
        return self.server.pages(
            SubmissionList, lambda page: (page.submissions, page.next), v1("submissions"), scenario=scenario, limit=MOST
        )

    def get(self, submission: str) -> SubmissionPage:
        """Return a submission with what is sent, and the receipt of every step."""
        return self.server.get(SubmissionPage, v1("submissions", submission))
