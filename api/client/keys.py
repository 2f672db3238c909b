"""The keys of a server; only a key with scope admin handles keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from api.client.addresses import v1
from api.client.server import Server
from api.http.pages import MOST
from api.routes.keys import KeyList, KeyPage, MadeKeyPage

Scope: TypeAlias = Literal["read", "write", "admin"]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a server."""

    server: Server

    def list(self) -> Iterator[KeyPage]:
        """Yield every key, oldest first, without its secret."""
        return self.server.pages(KeyList, lambda page: (page.keys, page.next), v1("keys"), limit=MOST)

    def get(self, prefix: str) -> KeyPage:
        """Return a key without its secret."""
        return self.server.get(KeyPage, v1("keys", prefix))

    def create(self, name: str, *, scope: Scope, expires_at: datetime | None = None) -> MadeKeyPage:
        """Make a key; ``key`` of the answer is the whole of it, which nobody can see again.

        If an answer was lost on the way, the server made the key but does not repeat its secret: ``key`` is None.
        """
        body = {"name": name, "scope": scope, "expires_at": expires_at}
        return self.server.write(MadeKeyPage, "POST", v1("keys"), body)

    def revoke(self, prefix: str) -> KeyPage:
        """Let a key never work again, and return it."""
        return self.server.write(KeyPage, "POST", v1("keys", prefix, "revocation"))
