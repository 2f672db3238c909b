"""Settings come from one mapping, are complete in the reference, and refuse what they cannot read."""

import os
import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from api import settings
from api.processors import usable_processors
from api.settings import CLIENT_VARIABLES, PACKAGED, Settings, SettingsError, read_settings, variable

REFERENCE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, tuple):
        return ",".join(default) or "(empty)"
    return str(default)


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda each: each.name)
def test_every_setting_has_its_row_in_the_reference(setting: "os.PathLike[str]") -> None:
    """Variable, default and purpose in the document are those of the code."""
    name, default = setting.name, setting.default  # type: ignore[attr-defined]
    row = f"| `{variable(name)}` | `{_shown(default)}` | {setting.metadata['purpose']} |"  # type: ignore[attr-defined]
    assert row in REFERENCE


def test_the_reference_has_no_other_row() -> None:
    """A setting that was taken out leaves the document; what commands read that ask a server has a table of its own."""
    of_settings, of_clients = REFERENCE.split("## Variables of commands that ask a server")
    assert _rows(of_settings) == [variable(each.name) for each in fields(Settings)]
    assert sorted(_rows(of_clients)) == sorted(CLIENT_VARIABLES)


def _rows(text: str) -> list[str]:
    return re.findall(r"^\| `(BRANCHCAST_\w+)`", text, re.MULTILINE)


def test_a_server_takes_no_notice_of_what_clients_read() -> None:
    """Whoever runs both on one machine has them in the same environment."""
    assert read_settings(dict.fromkeys(CLIENT_VARIABLES, "anything")) == Settings()


def test_nothing_stated_means_the_defaults() -> None:
    """What other programs find in the environment does not matter."""
    assert read_settings({"HOME": "/root", "PORT": "1"}) == Settings()


def test_every_setting_can_be_stated(tmp_path: Path) -> None:
    """Each variable reaches its field."""
    stated = read_settings(
        {
            "BRANCHCAST_HOST": "::1",
            "BRANCHCAST_PORT": "0",
            "BRANCHCAST_PROCESSES": "2",
            "BRANCHCAST_DATABASE": "postgresql://ann@db/team",
            "BRANCHCAST_SCENARIOS": os.pathsep.join([str(tmp_path), PACKAGED]),
            "BRANCHCAST_KEYLESS": "yes",
            "BRANCHCAST_MAX_BODY_BYTES": "2000",
            "BRANCHCAST_MAX_WORK": "50000",
            "BRANCHCAST_MAX_RUN_WORK": "60000",
            "BRANCHCAST_THREADS": "3",
            "BRANCHCAST_MAX_WAITING": "0",
            "BRANCHCAST_MAX_TABLE_VALUES": "70000",
            "BRANCHCAST_MAX_STREAMS": "8",
            "BRANCHCAST_RUN_THREADS": "2",
            "BRANCHCAST_MAX_QUEUED": "9",
            "BRANCHCAST_LEASE_SECONDS": "10",
            "BRANCHCAST_CORS_ORIGINS": "https://a.example, http://localhost:3000",
            "BRANCHCAST_GRACE_SECONDS": "5",
            "BRANCHCAST_LOG_LEVEL": "debug",
            "BRANCHCAST_LOG_FORMAT": "text",
        }
    )
    assert stated == Settings(
        host="::1",
        port=0,
        processes=2,
        database="postgresql://ann@db/team",
        scenarios=(str(tmp_path), PACKAGED),
        keyless=True,
        max_body_bytes=2000,
        max_work=50000,
        max_run_work=60000,
        threads=3,
        max_waiting=0,
        max_table_values=70000,
        max_streams=8,
        run_threads=2,
        max_queued=9,
        lease_seconds=10,
        cors_origins=("https://a.example", "http://localhost:3000"),
        grace_seconds=5,
        log_level="debug",
        log_format="text",
    )
    assert all(getattr(stated, each.name) != each.default for each in fields(Settings)), "a field was left out here"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("PORT", "eighty", "BRANCHCAST_PORT is 'eighty', but must be a whole number from 0 to 65,535"),
        ("PORT", "65536", "must be a whole number"),
        ("PORT", "-1", "must be a whole number"),
        ("PORT", "٣", "must be a whole number"),
        ("THREADS", "9" * 5_000, "must be a whole number"),
        ("HOST", "", "must not be empty"),
        ("DATABASE", "", "must not be empty"),
        ("DATABASE", ":memory:", "must name a file"),
        ("DATABASE", "mysql://h/x", "BRANCHCAST_DATABASE is 'mysql://h/x', but is a mysql database"),
        ("DATABASE", "mysql://ann:hunter2@h/x", "BRANCHCAST_DATABASE is 'mysql://ann:***@h/x'"),
        ("DATABASE", "postgresql//x://", "must be the path of an SQLite file, or a URL"),
        ("KEYLESS", "true", "BRANCHCAST_KEYLESS is 'true', but must be yes or no"),
        ("LEASE_SECONDS", "0", "must be a whole number from 1 to 3,600"),
        ("SCENARIOS", "", "must name at least one folder"),
        ("SCENARIOS", "/no/such/folder", "there is no folder '/no/such/folder'"),
        ("CORS_ORIGINS", "*", "is not an origin"),
        ("CORS_ORIGINS", "https://a.example/path", "is not an origin"),
        ("LOG_LEVEL", "loud", "must be one of debug, info, warning, error"),
        ("LOG_FORMAT", "xml", "must be one of json, text"),
        ("PROT", "8000", "there is no setting BRANCHCAST_PROT: did you mean BRANCHCAST_PORT?"),
        ("ZZZ", "1", "there is no setting BRANCHCAST_ZZZ: choose among BRANCHCAST_CORS_ORIGINS"),
    ],
)
def test_what_cannot_be_read_is_refused(name: str, text: str, said: str) -> None:
    """The message names the variable, its value and the way out."""
    with pytest.raises(SettingsError, match=re.escape(said)):
        read_settings({f"BRANCHCAST_{name}": text})


def test_zero_threads_are_one_for_each_processor() -> None:
    """A number that is stated is kept."""
    assert Settings().computing_threads == usable_processors()
    assert Settings(threads=5).computing_threads == 5


def test_processes_share_the_processors_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that is stated is for each."""
    monkeypatch.setattr(settings, "usable_processors", lambda: 4)
    assert [Settings(processes=processes).computing_threads for processes in (1, 2, 3, 4, 8)] == [4, 2, 1, 1, 1]
    assert Settings(processes=4, threads=3).computing_threads == 3


def test_settings_do_not_change() -> None:
    """Whoever holds them can rely on them."""
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]
