"""Which server to ask and with which key: as stated by the caller, else by the environment."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from api.client.errors import ClientSettingsError

SERVER, KEY, KEY_FILE = "BRANCHCAST_SERVER", "BRANCHCAST_KEY", "BRANCHCAST_KEY_FILE"

USUAL_SERVER = "http://127.0.0.1:8000"
"""Where `branchcast serve` answers unless it is told otherwise."""

MOST_KEY_BYTES = 1_000

_VISIBLE = re.compile(r"[\x21-\x7e]+")


def server_address(stated: str | None, environ: Mapping[str, str]) -> str:
    """Return the address of the server, without a slash at its end.

    Raises
    ------
    ClientSettingsError
        If it is none, or holds a password: a key belongs into the environment or a file.

    Examples
    --------
    >>> server_address(None, {"BRANCHCAST_SERVER": "https://forecasts.example/"})
    'https://forecasts.example'
    """
    address = environ.get(SERVER, USUAL_SERVER) if stated is None else stated
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment:
        where = f"{SERVER} is" if stated is None else "the server is"
        raise ClientSettingsError(
            f"{where} '{_without_password(address)}', which is no address: write it as {USUAL_SERVER}"
        )
    if parts.username is not None or parts.password is not None:
        raise ClientSettingsError(
            f"the address of the server holds a name or password: leave it out, and state a key in {KEY} or {KEY_FILE}"
        )
    return address.rstrip("/")


def _without_password(address: str) -> str:
    return re.sub(r"//[^/]*@", "//…@", address)


def find_key(key: str | None, key_file: str | os.PathLike[str] | None, environ: Mapping[str, str]) -> str | None:
    """Return the key to ask with, None if nothing states one.

    Parameters
    ----------
    key, key_file : the key itself, or the file that holds it, as the caller states it; one at the most
    environ : asked if the caller states neither, in the same way

    Raises
    ------
    ClientSettingsError
        If both are stated, the file cannot be read or may be read by others, or what it holds is no key.
    """
    if key is None and key_file is None:
        key, key_file = environ.get(KEY), environ.get(KEY_FILE)
    if key is not None and key_file is not None:
        raise ClientSettingsError(f"a key and a file of a key are both stated ({KEY}, {KEY_FILE}): state one")
    if key_file is not None:
        return _usable(_read(Path(key_file)), f"key file {key_file}")
    return None if key is None else _usable(key, "the key")


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ClientSettingsError(
                    f"key file {path} is open to others than its owner: chmod 600 it, and have the key revoked "
                    "if others may have read it"
                )
            data = file.read(MOST_KEY_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ClientSettingsError(f"key file {path} cannot be read ({reason}): check its path") from error
    return data.decode("utf-8", "replace").strip()


def _usable(key: str, what: str) -> str:
    """Return the key if it can be sent; what cannot would turn up in the error of whatever sends it."""
    if len(key) > MOST_KEY_BYTES or not _VISIBLE.fullmatch(key):
        raise ClientSettingsError(f"{what} holds no key: it is one line that begins with bc_")
    return key
