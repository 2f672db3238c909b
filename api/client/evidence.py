"""The evidence of a scenario: what is on file, and additions to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.client.addresses import v1
from api.client.run_settings import Moment
from api.client.server import Server
from api.http.pages import MOST
from api.messages.evidence import EvidenceChangePage, EvidencePage
from api.routes.evidence import EvidenceList


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence on file for one scenario."""

    server: Server
    scenario: str

    def list(self, *, version: int | None = None, as_of: Moment | None = None) -> Iterator[EvidencePage]:
        """Yield every entry, the one with the latest date first, whether it is in force or not."""
        return self.server.pages(
            EvidenceList,
            lambda page: (page.evidence, page.next),
            self._path(),
            version=version,
            as_of=as_of,
            limit=MOST,
        )

    def get(self, name: str, *, version: int | None = None, as_of: Moment | None = None) -> EvidencePage:
        """Return an entry."""
        return self.server.get(EvidencePage, self._path(name), version=version, as_of=as_of)

    def add(
        self,
        name: str,
        entry: Mapping[str, Any],
        *,
        reason: str,
        author: str | None = None,
        dedupe_key: str | None = None,
    ) -> EvidenceChangePage:
        """Record an entry, given as a document states it under ``evidence``; return it with what it moved."""
        body = {"name": name, "entry": entry, "reason": reason, "author": author, "dedupe_key": dedupe_key}
        return self.server.write(EvidenceChangePage, "POST", self._path(), body)

    def retract(self, name: str, *, reason: str, author: str | None = None) -> EvidenceChangePage:
        """Let an entry no longer count; return it with what that moved."""
        body = {"reason": reason, "author": author}
        return self.server.write(EvidenceChangePage, "POST", self._path(name, "retraction"), body)

    def _path(self, *parts: str) -> str:
        return v1("scenarios", self.scenario, "evidence", *parts)
