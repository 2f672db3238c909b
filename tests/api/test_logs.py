"""Log lines: one JSON object each, ours and the libraries' alike, and no secret in any."""

import logging
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from structlog.contextvars import bound_contextvars

from api.logs import logger, redacted
from tests.api.told import listening

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "watch-a-server.md").read_text(encoding="utf-8")
SECRET = "bc_abcd2345_" + "Aa0_-" * 8 + "xyz"
FORGED = 'x\n{"level": "info", "event": "forged"}\r\x1b[31m\u2028\udc80'


def _fail(message: str) -> NoReturn:
    raise LookupError(message)


def test_a_line_is_one_object_with_the_common_fields_in_front() -> None:
    with listening() as told:
        logger("store").warning("the database does not answer", reason="locked", tries=3)
    (line,) = told.lines
    assert list(line)[:4] == ["timestamp", "level", "logger", "event"]
    moment = datetime.fromisoformat(line.pop("timestamp"))
    assert moment.utcoffset() == timedelta(0)
    assert line == {
        "level": "warning",
        "logger": "branchcast.store",
        "event": "the database does not answer",
        "reason": "locked",
        "tries": 3,
    }


def test_what_a_library_logs_has_the_same_form() -> None:
    """Its server calls all lines errors, whatever they are; here they are uvicorn's."""
    with listening() as told:
        logging.getLogger("uvicorn.error").warning("Invalid %s received.", "request")
    (line,) = told.lines
    assert (line["logger"], line["level"], line["event"]) == ("uvicorn", "warning", "Invalid request received.")


def test_every_line_of_a_context_carries_it() -> None:
    with listening() as told, bound_contextvars(request_id="r1"):
        logger("runs").info("ours")
        logging.getLogger("elsewhere").error("theirs")
    assert [line["request_id"] for line in told.lines] == ["r1", "r1"]


def test_a_failure_is_one_line_with_its_traceback() -> None:
    with listening() as told:
        for log in (logger("runs"), logging.getLogger("elsewhere")):
            try:
                _fail("gone")
            except LookupError:
                log.exception("run broke off")
    for line in told.lines:
        assert (line["level"], line["event"]) == ("error", "run broke off")
        assert line["exception"].startswith("Traceback")
        assert line["exception"].endswith("LookupError: gone")
    assert len(told.lines) == 2


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_value_cannot_forge_a_line(form: str) -> None:
    with listening(form=form) as told:
        logger("requests").info("request", path=FORGED)
    assert len(told.text.splitlines()) == 1
    assert "\x1b" not in told.text


def test_text_is_for_a_person() -> None:
    with listening(form="text") as told, bound_contextvars(request_id="r1"):
        logger("runs").info("run ended", end="done", seconds=0.5)
    assert re.fullmatch(
        r"\d{4}-\S+Z \[info     \] run ended \[branchcast\.runs\] end='done' request_id='r1' seconds=0\.5\n", told.text
    )


def test_a_traceback_shows_no_local_values() -> None:
    """Local values hold bodies and keys."""
    for form in ("json", "text"):
        with listening(form=form) as told:
            planted = "hunter" + str(2)
            try:
                _fail("gone")
            except LookupError:
                logger("runs").exception("run broke off")
        assert planted not in told.text
        assert "LookupError: gone" in told.text


@pytest.mark.parametrize(
    ("level", "heard"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_the_level_is_the_least_severe_that_is_written(level: str, heard: list[str]) -> None:
    with listening(level) as told:
        for each in ("debug", "info", "warning", "error"):
            getattr(logger("runs"), each)("event")
    assert [line["level"] for line in told.lines] == heard


def test_libraries_are_not_heard_below_a_warning() -> None:
    """At its most talkative, the database library would show the rows that it reads."""
    with listening("debug") as told:
        logging.getLogger("sqlalchemy.engine.Engine").debug("Row ('hunter2',)")
        logging.getLogger("sqlalchemy.engine.Engine").warning("heard")
    assert [line["event"] for line in told.lines] == ["heard"]


def test_nothing_is_written_until_somebody_listens(capfd: pytest.CaptureFixture[str]) -> None:
    """An application that embeds the service, or a command, has no lines in its output that it did not ask for."""
    logger("store").error("the database does not answer")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    ("planted", "shown"),
    [
        (SECRET, "bc_abcd2345_***"),
        (f"Bearer {SECRET}, and more", "Bearer bc_abcd2345_***, and more"),
        (f"/v1/scenarios/{SECRET}", "/v1/scenarios/bc_abcd2345_***"),
        ("postgresql://ann:hunter2@host:5432/team", "postgresql://ann:***@host:5432/team"),
        ("postgresql+psycopg://:hunter2@host", "postgresql+psycopg://:***@host"),
        ("postgresql://ann:hunter2/x@y@host/team", "postgresql://ann:***@host/team"),
        ("postgresql://ann:22/hunter2@host/team", "postgresql://ann:***@host/team"),
        ("http://ann:hunter2/x@y@proxy:3128", "http://ann:***@proxy:3128"),
    ],
)
def test_secrets_are_blotted_out_wherever_they_stand(form: str, planted: str, shown: str) -> None:
    with listening(form=form) as told:
        logger("requests").info("request", path=planted)
        logging.getLogger("elsewhere").error("cannot reach %s", planted)
        try:
            _fail(planted)
        except LookupError:
            logger("requests").exception("request failed")
    assert planted not in told.text
    assert "hunter2" not in told.text
    assert told.text.count(shown) == 3


@pytest.mark.parametrize("before", ["\n", "\r", "\t", "\x1b", "\u2028", "key"])
@pytest.mark.parametrize("form", ["json", "text"])
def test_the_secret_of_a_key_is_blotted_out_whatever_stands_before_it(form: str, before: str) -> None:
    """JSON writes the end of a line as a letter, which must not hide where a key begins."""
    with listening(form=form) as told:
        logger("requests").info("request", said=f"x{before}{SECRET}")
    assert SECRET[13:] not in told.text
    assert "bc_abcd2345_***" in told.text


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_row_that_postgresql_quotes_is_blotted_out(form: str) -> None:
    """The rest of what it says, and of the traceback, stays."""
    said = 'duplicate key\nDETAIL:  Key (name)=(hunter2 \\ "x") already exists.\nCONTEXT: a trigger'
    with listening(form=form) as told:
        try:
            _fail(said)
        except LookupError:
            logger("requests").exception("request failed", path="/v1")
    assert "hunter2" not in told.text
    assert all(kept in told.text for kept in ("duplicate key", "DETAIL: ***", "CONTEXT: a trigger", "/v1"))
    assert form == "text" or len(told.lines) == 1


@pytest.mark.parametrize(
    "harmless",
    [
        "http://127.0.0.1:8000/docs",
        "http://a:1/x@y",
        "https://a:65535/",
        "http://[::1]:8000/x@y",
        "postgresql://ann@host/team",
        "http://a:1 and b@c",
        "bc_abcd2345",
        "a@b",
        "at 12:30 ann@host wrote",
    ],
)
def test_what_is_no_secret_is_left_alone(harmless: str) -> None:
    assert redacted(harmless) == harmless


def test_the_handbook_has_every_event_and_no_other() -> None:
    """Operators search for them and alert on them."""
    rows = re.findall(r"^\| (`.+`) \| `branchcast", PAGE, re.MULTILINE)
    shown = {event for row in rows for event in row.split("`")[1::2]}
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "api").rglob("*.py"))
    assert shown == set(re.findall(r"\b(?:_LOG\.\w+|tell)\(\s*\"([^\"]+)\"", source))
