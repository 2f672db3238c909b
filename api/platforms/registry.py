"""All platforms by name. A new one is a module with a ``Platform``, and its entry here."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.platforms.addresses import platform_address
from api.platforms.cultivate import Cultivate
from api.platforms.errors import PlatformSettingsError
from api.platforms.manifold import Manifold
from api.platforms.metaculus import Metaculus
from api.platforms.pace import Pace
from api.platforms.platform import Platform
from api.platforms.secret import Secret
from api.platforms.variables import (
    CULTIVATE_TOKEN,
    CULTIVATE_URL,
    MANIFOLD_KEY,
    MANIFOLD_URL,
    METACULUS_TOKEN,
    METACULUS_URL,
    SECRETS,
)
from api.platforms.wire import Outside, Wire


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """One platform.

    kind : its class, which has its name and title
    address : where it is, unless the environment variable ``address_variable`` says otherwise
    token_variable : environment variable of the token, also its name in the file of ``BRANCHCAST_SECRETS``
    scheme : of the header ``Authorization``
    least_interval : seconds between two calls
    interval_from : where that number is from; "suggested" if the platform publishes none
    """

    kind: type[Platform]
    address: str
    address_variable: str
    token_variable: str
    scheme: str
    least_interval: float
    interval_from: str

    @property
    def name(self) -> str:
        """As requests name it."""
        return self.kind.name


PLATFORMS: Mapping[str, PlatformEntry] = {
    each.name: each
    for each in (
        PlatformEntry(
            Metaculus,
            "https://www.metaculus.com",
            METACULUS_URL,
            METACULUS_TOKEN,
            "Token",
            1.3,
            "suggested: the maintainers have planned 8 reads per 10 s, and published no limit",
        ),
        PlatformEntry(
            Manifold,
            "https://api.manifold.markets",
            MANIFOLD_URL,
            MANIFOLD_KEY,
            "Key",
            0.12,
            "docs/docs/api.md of manifoldmarkets/manifold: 500 requests per minute and IP address",
        ),
        PlatformEntry(
            Cultivate,
            "https://www.gjopen.com",
            CULTIVATE_URL,
            CULTIVATE_TOKEN,
            "Bearer",
            1.0,
            "suggested: no limit is published, and 429 has been seen",
        ),
    )
}


def connect(name: str, environ: Mapping[str, str], tokens: Mapping[str, Secret], outside: Outside) -> Platform:
    """Return a platform to send to. One is enough for all threads, and keeps the platform's pace only if there is one.

    Parameters
    ----------
    name : as in ``PLATFORMS``
    environ : a mapping such as ``os.environ``, for the address
    tokens : as ``find_tokens`` returns them
    outside : clock, chance and transport; ``Outside()`` is the world

    Raises
    ------
    PlatformSettingsError
        If there is no such platform, or its token is not stated, or its address cannot be used.
    """
    entry = PLATFORMS.get(name)
    if entry is None:
        raise PlatformSettingsError(f"there is no platform {name[:100]!a} to send to: choose {', '.join(PLATFORMS)}")
    if entry.token_variable not in tokens:
        raise PlatformSettingsError(
            f"{entry.kind.title} needs a token: set {entry.token_variable}, or state it in the file of {SECRETS}"
        )
    address = platform_address(entry.address, entry.address_variable, environ)
    pace = Pace(entry.least_interval, outside.clock, outside.sleep)
    return entry.kind(Wire(address, entry.scheme, tokens[entry.token_variable], pace, outside))
