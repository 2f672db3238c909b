"""What the service is told by its environment, read once into one frozen value.

A setting is one field of ``Settings``: its environment variable, its default, how its text is read
and what it is for stand together, and ``docs/reference/settings.md`` lists them all.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from api.logs import FORMATS, LEVELS, redacted
from api.platforms.variables import VARIABLES
from api.processors import usable_processors
from api.store.database import database_url, discreet_address

PREFIX = "BRANCHCAST_"
CLIENT_VARIABLES = frozenset({f"{PREFIX}SERVER", f"{PREFIX}KEY", f"{PREFIX}KEY_FILE"})
"""What commands read that ask a server; a server takes no notice of them."""

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


def _database(text: str) -> str:
    database_url(_text(text))
    return text


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        msg = "must be yes or no"
        raise ValueError(msg)
    return text == "yes"


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


def _one_of(choices: Sequence[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            msg = f"must be one of {', '.join(choices)}"
            raise ValueError(msg)
        return text

    return read


def _setting(default: object, read: Callable[[str], object], purpose: str) -> Any:  # noqa: ANN401 -- as dataclasses.field
    return field(default=default, metadata={"read": read, "purpose": purpose})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of one server; each field is read from ``BRANCHCAST_`` and its name in capitals."""

    host: str = _setting("127.0.0.1", _text, "Address to listen on.")
    port: int = _setting(8000, _whole_number(0, 65_535), "Port to listen on; 0 lets the system choose a free one.")
    processes: int = _setting(
        1,
        _whole_number(1, 64),
        "Processes that answer at the port together; each has threads, limits and memory of its own.",
    )
    database: str = _setting(
        "branchcast.db",
        _database,
        "Where everything is kept: the path of an SQLite file, or a URL such as `postgresql://user@host/name`.",
    )
    scenarios: tuple[str, ...] = _setting(
        (PACKAGED,),
        _folders,
        "Folders of scenario files, separated like the entries of PATH, whose scenarios are stored at the start if the "
        "database does not hold them; the word `packaged` stands for those shipped with branchcast.",
    )
    keyless: bool = _setting(
        False,
        _yes_or_no,
        "Ask for no key, which works on a loopback address only: yes or no.",
    )
    max_body_bytes: int = _setting(
        1_000_000, _whole_number(1_000, 5_000_000), "Largest request body in bytes; a larger one is refused with 413."
    )
    max_work: int = _setting(
        25_000_000,
        _whole_number(1_000, 10**12),
        "Highest price of work that is answered at once, in draws × parts of the scenario; "
        "a dearer forecast becomes a run, other dearer requests are refused with 422.",
    )
    max_run_work: int = _setting(
        1_000_000_000,
        _whole_number(1_000, 10**15),
        "Highest price of a run, in draws × parts of the scenario; a dearer one is refused with 422.",
    )
    threads: int = _setting(
        0,
        _whole_number(0, 64),
        "Computations at the same time in each process; 0 shares the processors out, at least one to each.",
    )
    max_waiting: int = _setting(
        64,
        _whole_number(0, 10_000),
        "Computations that may wait for a thread of a process; further ones are refused with 503.",
    )
    max_table_values: int = _setting(
        1_000_000_000,
        _whole_number(1_000, 10**15),
        "Most values, rows × columns, of a table of draws or worlds; a larger one is refused with 422.",
    )
    max_streams: int = _setting(
        4,
        _whole_number(1, 1_000),
        "Tables of draws or worlds that each process sends at the same time, however slowly; "
        "further ones are refused with 503.",
    )
    run_threads: int = _setting(
        1, _whole_number(1, 64), "Runs that each process works on at the same time, beside the requests it answers."
    )
    max_queued: int = _setting(
        1_000, _whole_number(0, 100_000), "Runs that may wait in the database; further ones are refused with 503."
    )
    lease_seconds: int = _setting(
        30,
        _whole_number(1, 3_600),
        "Seconds after which another process takes over the runs of one that has died.",
    )
    cors_origins: tuple[str, ...] = _setting(
        (), _origins, "Web origins whose pages may read answers, separated by commas; none by default."
    )
    grace_seconds: int = _setting(
        20, _whole_number(0, 3_600), "Seconds that requests in flight may still take when the server is told to stop."
    )
    log_level: str = _setting(
        "info", _one_of(LEVELS), "Least severe log lines to write: debug, info, warning or error."
    )
    log_format: str = _setting(
        "json", _one_of(FORMATS), "How log lines are written: json for machines, text for a person."
    )

    @property
    def computing_threads(self) -> int:
        """Computations at the same time in a process, with 0 resolved to its share of the processors."""
        return self.threads or max(usable_processors() // self.processes, 1)


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
        elif name.startswith(PREFIX) and name not in CLIENT_VARIABLES | VARIABLES:
            raise SettingsError(f"there is no setting {name}{_suggestion(name, known)}")
    return Settings(**values)


def _value(name: str, text: str, read: Callable[[str], object]) -> object:
    try:
        return read(text)
    except ValueError as error:
        whole = discreet_address(text) if read is _database else redacted(text)
        shown = whole if len(whole) <= 60 else whole[:57] + "..."
        raise SettingsError(f"{name} is '{shown}', but {error}") from error


def _suggestion(name: str, known: Mapping[str, object]) -> str:
    # The common beginning would make every two variables look alike.
    own = {each.removeprefix(PREFIX): each for each in known}
    close = get_close_matches(name.removeprefix(PREFIX), own, n=1)
    return f": did you mean {own[close[0]]}?" if close else f": choose among {', '.join(sorted(known))}, or unset it"
