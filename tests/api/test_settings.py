"""Settings come from one mapping, are complete in the reference, and refuse what they cannot read."""

import os
import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from api.settings import PACKAGED, Settings, SettingsError, read_settings, variable

REFERENCE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")


def _shown(default: object) -> str:
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
    """A setting that was taken out leaves the document."""
    assert set(re.findall(r"^\| `(BRANCHCAST_\w+)`", REFERENCE, re.MULTILINE)) == {
        variable(each.name) for each in fields(Settings)
    }


def test_nothing_stated_means_the_defaults() -> None:
    """What other programs find in the environment does not matter."""
    assert read_settings({"HOME": "/root", "PORT": "1"}) == Settings()


def test_every_setting_can_be_stated(tmp_path: Path) -> None:
    """Each variable reaches its field."""
    stated = read_settings(
        {
            "BRANCHCAST_HOST": "::1",
            "BRANCHCAST_PORT": "0",
            "BRANCHCAST_SCENARIOS": os.pathsep.join([str(tmp_path), PACKAGED]),
            "BRANCHCAST_MAX_BODY_BYTES": "2000",
            "BRANCHCAST_MAX_WORK": "50000",
            "BRANCHCAST_THREADS": "3",
            "BRANCHCAST_MAX_WAITING": "0",
            "BRANCHCAST_CORS_ORIGINS": "https://a.example, http://localhost:3000",
            "BRANCHCAST_GRACE_SECONDS": "5",
            "BRANCHCAST_LOG_LEVEL": "debug",
        }
    )
    assert stated == Settings(
        host="::1",
        port=0,
        scenarios=(str(tmp_path), PACKAGED),
        max_body_bytes=2000,
        max_work=50000,
        threads=3,
        max_waiting=0,
        cors_origins=("https://a.example", "http://localhost:3000"),
        grace_seconds=5,
        log_level="debug",
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
        ("SCENARIOS", "", "must name at least one folder"),
        ("SCENARIOS", "/no/such/folder", "there is no folder '/no/such/folder'"),
        ("CORS_ORIGINS", "*", "is not an origin"),
        ("CORS_ORIGINS", "https://a.example/path", "is not an origin"),
        ("LOG_LEVEL", "loud", "must be one of debug, info, warning, error"),
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
    assert Settings().computing_threads == (os.cpu_count() or 1)
    assert Settings(threads=5).computing_threads == 5


def test_settings_do_not_change() -> None:
    """Whoever holds them can rely on them."""
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]
