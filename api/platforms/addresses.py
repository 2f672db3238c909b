"""Where platforms are: at an address of their own, unless the environment states another."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from api.platforms.errors import PlatformSettingsError


def platform_address(usual: str, variable: str, environ: Mapping[str, str]) -> str:
    """Return an address without a slash at its end.

    Parameters
    ----------
    usual : the platform's own
    variable : environment variable that may state another
    environ : a mapping such as ``os.environ``

    Raises
    ------
    PlatformSettingsError
        If what is stated is no address, holds a password, or would send the token unencrypted to another machine.

    Examples
    --------
    >>> platform_address("https://www.metaculus.com", "BRANCHCAST_METACULUS_URL", {})
    'https://www.metaculus.com'
    """
    stated = environ.get(variable)
    if stated is None:
        return usual
    try:
        parts = urlsplit(stated)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    # What is refused is not repeated: a password may stand in it.
    if not usable or parts.query or parts.fragment or parts.username is not None or parts.password is not None:
        raise PlatformSettingsError(f"{variable} holds no usable address: write it as {usual}, or unset it")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname or ""):
        raise PlatformSettingsError(f"{variable} begins with http, so that anybody could read the token: use https")
    return stated.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
