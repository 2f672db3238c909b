"""What the server tells its operator: one line per event on standard error, as JSON or as text for a person.

Every line has ``timestamp`` (RFC 3339, UTC), ``level``, ``logger`` and ``event``; lines written while a
request is worked on have its ``request_id``, those about a run have ``run``. Whatever is logged, by us or by
a library, passes the same formatter, and what looks like a secret is blotted out there.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.contextvars import merge_contextvars
from structlog.processors import TimeStamper, format_exc_info
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, Processor, WrappedLogger

FORMATS = ("json", "text")
LEVELS = ("debug", "info", "warning", "error")

_OURS = "branchcast"
_LIBRARIES_FROM = logging.WARNING
"""Libraries are heard from this level on, as what they debug may show rows and parameters; uvicorn sets its own."""

_FIRST = ("timestamp", "level", "logger", "event")
_SECRETS = (
    ("bc_", re.compile(r"(bc_[a-z2-7]{8})_[A-Za-z0-9_-]{43}"), r"\1_***"),
    ("://", re.compile(r"((?<!http)(?<!https)://[^\s:/@\"']*):[^\s\"']*@"), r"\1:***@"),
    ("http", re.compile(r"(https?://(?!\[)[^\s:/@\"']*):(?!\d{1,5}/)[^\s\"']*@"), r"\1:***@"),
    ("DETAIL:", re.compile(r"DETAIL: *(?:(?!\\n).)*"), "DETAIL: ***"),
)
"""The secret of a key after its prefix, the password in an address, the row that PostgreSQL quotes when it refuses it.

Each as it begins, its form, and what is shown. JSON writes the end of a line as ``\\n``, so that a letter may stand
before a key. A password may hold ``/`` and ``@``: it ends at the last ``@`` of the word. What follows ``http://name:``
is none if it reads as a port and a path.
"""

_BEFORE: tuple[Processor, ...] = (
    merge_contextvars,
    add_log_level,
    add_logger_name,
    TimeStamper(fmt="iso", utc=True),
    format_exc_info,
)
"""What every line goes through, our own where it is written and a library's where it is formatted."""

logging.getLogger(_OURS).addHandler(logging.NullHandler())


def logger(name: str) -> Any:  # noqa: ANN401 -- structlog's loggers are lazy stand-ins
    """Return the logger of a part of the server: ``runs`` writes as ``branchcast.runs``.

    It writes by way of the standard library, so that an application that embeds the service decides what
    becomes of the lines. Until it does, or ``configure`` is called, nothing appears.
    """
    return structlog.wrap_logger(
        logging.getLogger(f"{_OURS}.{name}"),
        processors=[structlog.stdlib.filter_by_level, *_BEFORE, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def configure(
    level: str, form: str, stream: TextIO | None = None, on_every_line: Mapping[str, object] | None = None
) -> None:
    """Send the lines of this process to a stream, standard error if left out; called once, when a server starts.

    Parameters
    ----------
    level : least severe lines of the server's own to write, one of ``LEVELS``
    form : one of ``FORMATS``
    on_every_line : what tells this process from others that write to the same place
    """
    handler, root = logging.StreamHandler(stream or sys.stderr), logging.getLogger()
    handler.setFormatter(_formatter(form, on_every_line or {}))
    root.handlers[:] = [handler]
    root.setLevel(max(_LIBRARIES_FROM, _number(level)))
    logging.getLogger(_OURS).setLevel(_number(level))


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def _formatter(form: str, on_every_line: Mapping[str, object]) -> logging.Formatter:
    def with_process(_: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {**event, **on_every_line}

    render: Processor = structlog.processors.JSONRenderer()
    if form == "text":
        # Written as Python would, values cannot break the line or colour the terminal.
        render = structlog.dev.ConsoleRenderer(
            colors=False, repr_native_str=True, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        )
    return ProcessorFormatter(
        foreign_pre_chain=_BEFORE,
        processors=[ProcessorFormatter.remove_processors_meta, with_process, _in_order, render, _without_secrets],
    )


def _in_order(_: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put what every line has in front; uvicorn calls all its lines errors, whatever they say."""
    named = {**event, "logger": str(event["logger"]).replace("uvicorn.error", "uvicorn")}
    return {**{key: named[key] for key in _FIRST}, **named}


def _without_secrets(_: WrappedLogger, _method: str, line: Any) -> str:  # noqa: ANN401 -- a renderer's text
    return redacted(line)


def redacted(text: str) -> str:
    """Return a text without the secrets of keys and the passwords of addresses.

    Examples
    --------
    >>> redacted("cannot reach postgresql://analyst:hunter2@db/team")
    'cannot reach postgresql://analyst:***@db/team'
    """
    for beginning, secret, shown in _SECRETS:
        if beginning in text:
            text = secret.sub(shown, text)
    return text
