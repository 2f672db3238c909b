"""Tokens of platforms: from the environment, or from a file that nobody but its owner may read; from nowhere else."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from api.platforms.errors import PlatformSettingsError
from api.platforms.secret import Secret
from api.platforms.variables import SECRETS, TOKENS

MOST_BYTES = 10_000


def find_tokens(environ: Mapping[str, str]) -> dict[str, Secret]:
    """Return the token of each variable that states one, in the environment or in the file of ``BRANCHCAST_SECRETS``.

    Parameters
    ----------
    environ : a mapping such as ``os.environ``

    Raises
    ------
    PlatformSettingsError
        If a token is none or stated in both places, or the file cannot be read, may be read by others, or has a line
        that states no token. No message repeats a token, nor the line.
    """
    here = {name: _secret(environ[name], name) for name in TOKENS if name in environ}
    if SECRETS not in environ:
        return here
    path = Path(environ[SECRETS])
    filed = _parsed(_read(path), path)
    both = [name for name in TOKENS if name in here and name in filed]
    if both:
        raise PlatformSettingsError(f"{both[0]} is set, and stated in {path} ({SECRETS}) too: state it in one place")
    return here | filed


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise PlatformSettingsError(
                    f"{path} ({SECRETS}) is open to others than its owner: chmod 600 it, and have the tokens replaced "
                    "if others may have read it"
                )
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PlatformSettingsError(f"{path} ({SECRETS}) cannot be read ({reason}): check its path") from error
    if len(data) > MOST_BYTES:
        raise PlatformSettingsError(
            f"{path} ({SECRETS}) has more than {MOST_BYTES:,} bytes: keep one NAME=value per line in it, nothing else"
        )
    return data.decode("utf-8", "replace")


def _parsed(text: str, path: Path) -> dict[str, Secret]:
    """Return the tokens of a file; blank lines and those that begin with # say nothing."""
    found: dict[str, Secret] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"line {number} of {path} ({SECRETS})"
        name, separator, value = line.partition("=")
        if not separator:
            # Neither the line nor its name is repeated: a token may stand there.
            raise PlatformSettingsError(f"{where} is not NAME=value: write it so")
        name = name.strip()
        if name not in TOKENS:
            raise PlatformSettingsError(f"{where} states none of the tokens that are read: {', '.join(TOKENS)}")
        if name in found:
            raise PlatformSettingsError(f"{where} states {name} a second time: leave one out")
        found[name] = _secret(value.strip(), f"{name} in {where}")
    return found


def _secret(text: str, where: str) -> Secret:
    try:
        return Secret(text)
    except ValueError as error:
        raise PlatformSettingsError(f"{where} holds no token: {error}") from None
