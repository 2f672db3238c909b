"""What the service is told by its environment, read once into one frozen value.

A setting is one field of ``Settings``: its environment variable, its default, how its text is read
and what it is for stand together, and ``docs/reference/settings.md`` lists them all.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

PREFIX = "BRANCHCAST_"
PACKAGED = "packaged"
"""Stands in ``BRANCHCAST_SCENARIOS`` for the scenarios that are shipped with branchcast."""


class SettingsError(Exception):
    """An environment variable that says nothing usable; the message names it, its value and the way out."""


def _whole_number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        msg = f"must be a whole number from {low:,} to {high:,}"
        if not text.isascii() or not text.isdigit() or len(text) > 20:
            raise ValueError(msg)
        if not low <= int(text) <= high:
            raise ValueError(msg)
        return int(text)

    return read


def _text(text: str) -> str:
    if not text:
        msg = "must not be empty"
        raise ValueError(msg)
    return text


def _folders(text: str) -> tuple[str, ...]:
    folders = tuple(part for part in text.split(os.pathsep) if part)
    if not folders:
        msg = f"must name at least one folder, or '{PACKAGED}'"
        raise ValueError(msg)
    missing = [folder for folder in folders if folder != PACKAGED and not Path(folder).is_dir()]
    if missing:
        msg = f"there is no folder '{missing[0]}': create it or leave it out"
        raise ValueError(msg)
    return folders


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(part.strip() for part in text.split(",") if part.strip())
    for origin in origins:
        scheme, separator, host = origin.partition("://")
        if scheme not in ("http", "https") or not separator or not host or "/" in host or "*" in host:
            msg = f"'{origin}' is not an origin: write scheme and host, such as https://page.example"
            raise ValueError(msg)
    return origins


def _level(text: str) -> str:
    levels = ("debug", "info", "warning", "error")
    if text not in levels:
        msg = f"must be one of {', '.join(levels)}"
        raise ValueError(msg)
    return text


def _setting(default: object, read: Callable[[str], object], purpose: str) -> Any:  # noqa: ANN401 -- as dataclasses.field
    return field(default=default, metadata={"read": read, "purpose": purpose})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of one server process; each field is read from ``BRANCHCAST_`` and its name in capitals."""

    host: str = _setting("127.0.0.1", _text, "Address to listen on.")
    port: int = _setting(8000, _whole_number(0, 65_535), "Port to listen on; 0 lets the system choose a free one.")
    scenarios: tuple[str, ...] = _setting(
        (PACKAGED,),
        _folders,
        "Folders of scenario files to serve, separated like the entries of PATH; "
        "the word `packaged` stands for the scenarios shipped with branchcast.",
    )
    max_body_bytes: int = _setting(
        1_000_000, _whole_number(1_000, 5_000_000), "Largest request body in bytes; a larger one is refused with 413."
    )
    max_work: int = _setting(
        25_000_000,
        _whole_number(1_000, 10**12),
        "Highest price of one request, in draws × parts of the scenario; a dearer one is refused with 422.",
    )
    threads: int = _setting(0, _whole_number(0, 64), "Computations at the same time; 0 takes one for each processor.")
    max_waiting: int = _setting(
        64, _whole_number(0, 10_000), "Computations that may wait for a thread; further ones are refused with 503."
    )
    cors_origins: tuple[str, ...] = _setting(
        (), _origins, "Web origins whose pages may read answers, separated by commas; none by default."
    )
    grace_seconds: int = _setting(
        20, _whole_number(0, 3_600), "Seconds that requests in flight may still take when the server is told to stop."
    )
    log_level: str = _setting("info", _level, "Least severe log lines to write: debug, info, warning or error.")

    @property
    def computing_threads(self) -> int:
        """Computations at the same time, with 0 resolved to the number of processors."""
        return self.threads or os.cpu_count() or 1


def variable(name: str) -> str:
    """Return the environment variable that sets a field: ``max_work`` → ``BRANCHCAST_MAX_WORK``."""
    return PREFIX + name.upper()


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from a mapping such as ``os.environ``; what it does not state keeps its default.

    Raises
    ------
    SettingsError
        If a variable cannot be read, or begins with ``BRANCHCAST_`` and is no setting.

    Examples
    --------
    >>> read_settings({"BRANCHCAST_PORT": "9000", "HOME": "/root"}).port
    9000
    """
    known = {variable(each.name): each for each in fields(Settings)}
    values: dict[str, Any] = {}
    for name, text in environ.items():
        if name in known:
            values[known[name].name] = _value(name, text, known[name].metadata["read"])
        elif name.startswith(PREFIX):
            raise SettingsError(f"there is no setting {name}{_suggestion(name, known)}")
    return Settings(**values)


def _value(name: str, text: str, read: Callable[[str], object]) -> object:
    try:
        return read(text)
    except ValueError as error:
        shown = text if len(text) <= 60 else text[:57] + "..."
        raise SettingsError(f"{name} is '{shown}', but {error}") from error


def _suggestion(name: str, known: Mapping[str, object]) -> str:
    # The common beginning would make every two variables look alike.
    own = {each.removeprefix(PREFIX): each for each in known}
    close = get_close_matches(name.removeprefix(PREFIX), own, n=1)
    return f": did you mean {own[close[0]]}?" if close else f": choose among {', '.join(sorted(known))}, or unset it"
