"""What is sent to a platform, without the token: it can be kept as JSON and sent by another process later."""

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from api.platforms.errors import PlatformRequestError
from api.platforms.sought import Sought

Kind = Literal["forecast", "withdraw", "comment", "order"]

_PATH = re.compile(r"/([\x21-\x2e\x30-\x7e][\x21-\x7e]*)?")


@dataclass(frozen=True, slots=True)
class PlatformRequest:
    """One request to a platform.

    platform : its name in the registry
    kind : what it does there
    method, path : of the request; the address of the platform is not part of it
    body : JSON text, byte for byte as it is sent in UTF-8
    sought : what a read-back looks for, in the order of the body's items; empty if the request leaves nothing behind
    repeatable : whether sending it twice does what sending it once does, as with a simulated order
    """

    platform: str
    kind: Kind
    method: Literal["POST"]
    path: str
    body: str
    sought: tuple[Sought, ...]
    repeatable: bool = False

    def __post_init__(self) -> None:
        # A path that leads to another host would take the token there.
        if not _PATH.fullmatch(self.path):
            raise PlatformRequestError(
                f"{self.path[:100]!a} is no path of a platform: it begins with one slash, in visible ASCII"
            )

    def to_json(self) -> str:
        """Return it as JSON text."""
        return _REQUESTS.dump_json(self).decode()


_REQUESTS = TypeAdapter(PlatformRequest)


def read_request(text: str | bytes) -> PlatformRequest:
    """Return a request that was kept as JSON.

    Raises
    ------
    PlatformRequestError
        If the text is none.
    """
    try:
        return _REQUESTS.validate_json(text)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, each["loc"])) or "all of it" for each in error.errors()[:3])
        raise PlatformRequestError(f"this is no request that was kept ({places}): make it anew") from None
