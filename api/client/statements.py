"""What the experts of a panel stated for a node, and pooling that into the node's prior."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from api.client.addresses import v1
from api.client.answers import TaggedRevision
from api.client.run_settings import Moment
from api.client.server import Server
from api.http.pages import MOST
from api.routes.statements import StatementList, StatementPage

Pool: TypeAlias = Literal["mixture", "log_pool", "extremised"]


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements about one node."""

    server: Server
    scenario: str
    node: str

    def list(self, *, history: bool = False, as_of: Moment | None = None) -> Iterator[StatementPage]:
        """Yield the newest statement of each expert; with ``history``, all that was stated, newest first."""
        return self.server.pages(
            StatementList,
            lambda page: (page.statements, page.next),
            self._path("statements"),
            history=history,
            as_of=as_of,
            limit=MOST,
        )

    def get(self, expert: str, *, as_of: Moment | None = None) -> StatementPage:
        """Return the newest statement of an expert."""
        return self.server.get(StatementPage, self._path("statements", expert), as_of=as_of)

    def add(self, expert: str, prior: Mapping[str, Any], *, reason: str, author: str | None = None) -> StatementPage:
        """Record what an expert states; the scenario stays as it is until the panel is pooled."""
        body = {"prior": prior, "reason": reason, "author": author}
        return self.server.write(StatementPage, "PUT", self._path("statements", expert), body)

    def pool(
        self,
        *,
        reason: str,
        if_match: str,
        pool: Pool = "mixture",
        exponent: float | Literal["neyman_roughgarden"] | None = None,
        experts: Sequence[str] | None = None,
        weights: Mapping[str, float] | None = None,
        author: str | None = None,
    ) -> TaggedRevision:
        """Store a new version whose prior for the node is the panel of the newest statements.

        ``if_match`` is the tag of the prior, or that of the whole scenario if ``weights`` are stated.

        Raises
        ------
        ChangedSinceError
            If somebody else has changed it meanwhile.
        """
        body = {
            "pool": pool,
            "exponent": exponent,
            "experts": experts,
            "weights": weights,
            "reason": reason,
            "author": author,
        }
        return self.server.write(TaggedRevision, "POST", self._path("panel"), body, If_Match=if_match)

    def _path(self, *parts: str) -> str:
        return v1("scenarios", self.scenario, "nodes", self.node, *parts)
