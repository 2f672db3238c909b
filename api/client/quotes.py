"""What communities and markets say of a scenario's questions, and ours beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.client.addresses import v1
from api.client.downloads import To, download
from api.client.run_settings import Moment
from api.client.server import Ask, Server
from api.http.pages import MOST
from api.messages.quotes import OutsidePage, QuotePage
from api.routes.quotes import QuoteList, QuotesTaken
from api.routes.statements import StatementPage
from api.work.quotes import TABLE


@dataclass(frozen=True, slots=True)
class Quotes:
    """The quotes of one scenario."""

    server: Server
    scenario: str

    def list(
        self, *, question: str | None = None, source: str | None = None, as_of: Moment | None = None
    ) -> Iterator[QuotePage]:
        """Yield what was quoted, the last recorded first."""
        return self.server.pages(
            QuoteList,
            lambda page: (page.quotes, page.next),
            self._path(),
            question=question,
            source=source,
            as_of=as_of,
            limit=MOST,
        )

    def get(self, quote: str) -> QuotePage:
        """Return a quote."""
        return self.server.get(QuotePage, self._path(quote))

    def payload(self, quote: str, to: To) -> None:
        """Write what the source answered, byte by byte."""
        download(self.server, Ask("GET", self._path(quote, "raw")), to)

    def add(
        self,
        question: str,
        source: str,
        place: str,
        *,
        options: Mapping[str, str] | None = None,
        part: Mapping[str, Any] | None = None,
        reason: str | None = None,
        author: str | None = None,
    ) -> QuotesTaken:
        """Have the server read what a source says of a question now.

        ``options`` maps theirs to ours; ``part`` is what of our answer it is of, such as ``{"by": "2027-01-01"}``.
        """
        said = {"question": question, "source": source, "place": place}
        return self._added({**said, "options": options or {}, "part": part}, reason, author)

    def add_table(
        self,
        question: str,
        text: str,
        *,
        options: Mapping[str, str] | None = None,
        part: Mapping[str, Any] | None = None,
        reason: str | None = None,
        author: str | None = None,
    ) -> QuotesTaken:
        """Record the quotes of a question that a CSV states; ``options`` and ``part`` are as for ``add``."""
        said = {"question": question, "source": TABLE, "text": text}
        return self._added({**said, "options": options or {}, "part": part}, reason, author)

    def outside(self, *, as_of: Moment | None = None) -> OutsidePage:
        """Return our newest answers beside what each source says last."""
        return self.server.get(OutsidePage, v1("scenarios", self.scenario, "outside"), as_of=as_of)

    def state(
        self,
        quote: str,
        node: str,
        expert: str,
        *,
        branch: str | None = None,
        equivalent_sample_size: float | None = None,
        author: str | None = None,
    ) -> StatementPage:
        """Record a quote as what an expert states for a node; the scenario stays as it is until the panel is pooled."""
        body = {"quote": quote, "branch": branch, "equivalent_sample_size": equivalent_sample_size, "author": author}
        path = v1("scenarios", self.scenario, "nodes", node, "statements", expert, "quote")
        return self.server.write(StatementPage, "POST", path, body)

    def _added(self, body: Mapping[str, object], reason: str | None, author: str | None) -> QuotesTaken:
        return self.server.write(QuotesTaken, "POST", self._path(), {**body, "reason": reason, "author": author})

    def _path(self, *parts: str) -> str:
        return v1("scenarios", self.scenario, "quotes", *parts)
