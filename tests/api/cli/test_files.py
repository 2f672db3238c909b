"""Files: failures in words, writes whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from api.cli.exits import Refusal
from api.cli.files import UnreadableError, called, expand, packaged, read_text, require_writable, write_text


def test_a_path_goes_before_a_packaged_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of one's own named like a packaged scenario is the one that is read."""
    monkeypatch.chdir(tmp_path)
    assert read_text("minimal").startswith("# The smallest")
    Path("minimal").write_text("mine", encoding="utf-8")
    assert read_text("minimal") == "mine"


def test_packaged_scenarios_are_named_by_their_ids() -> None:
    assert {"minimal", "trump-kim-2025"} <= set(packaged())


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("minmal", "did you mean 'minimal'"),
        ("no/such/file.yaml", "there is no such file: check the path"),
        ("nothing.yaml", "there is no such file: check the path"),
        ("x" * 5000, "this cannot be read"),
    ],
)
def test_what_is_not_there(source: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        read_text(source)


def test_a_folder_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="this is a folder"):
        read_text(str(tmp_path))


def test_permissions_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for whoever may read everything, so the refusal is the system's in name only."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(UnreadableError, match="may not be read: change its permissions"):
        read_text(str(tmp_path / "secret.yaml"))


@pytest.mark.parametrize(
    ("data", "place"),
    [(b"\xff\xfea", (1, 1)), (b"a: b\nc: \xe9\n", (2, 4)), (b"\x00\x01\xfe\n", (1, 3))],
)
def test_bytes_that_are_not_utf8_are_located(tmp_path: Path, data: bytes, place: tuple[int, int]) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(data)
    with pytest.raises(UnreadableError, match="save the file as UTF-8") as caught:
        read_text(str(file))
    assert (caught.value.fault.line, caught.value.fault.column) == place


def test_endless_input_is_cut_off() -> None:
    """No more than one byte beyond the limit is read."""
    assert len(read_text("/dev/zero", limit=1000)) == 1001


def test_names_cannot_steer_a_terminal() -> None:
    assert called("a\x1b[31mb\u202e") == "a\\x1b[31mb\\x202e"
    assert called("-") == "<stdin>"


def test_folders_and_wildcards_become_their_scenario_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hidden files, hidden folders and other files are left out, and nothing is named twice."""
    monkeypatch.chdir(tmp_path)
    for name in ("b.yaml", "a.yml", "notes.md", ".c.yaml", "in/d.yaml", ".git/e.yaml"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("", encoding="utf-8")
    assert expand((".",)) == ["./a.yml", "./b.yaml", "./in/d.yaml"]
    assert expand(("*.yaml", "b.yaml")) == ["b.yaml"]
    assert expand(("**/*.yaml",)) == ["b.yaml", "in/d.yaml"]
    assert expand(("none-*.yaml", "-", "minimal")) == ["none-*.yaml", "-", "minimal"]


def test_writing_replaces_the_file_and_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    write_text(str(file), "first")
    file.chmod(0o640)
    write_text(str(file), "zwölf")
    assert file.read_text(encoding="utf-8") == "zwölf"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_text(str(tmp_path / "out.json"), "")
    assert (tmp_path / "out.json").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old", encoding="utf-8")
    (tmp_path / "link").symlink_to("real")
    write_text(str(tmp_path / "link"), "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text(encoding="utf-8") == "new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_text(os.devnull, "gone")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out.json"
    file.write_text("old", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Refusal, match="No space left on device"):
        write_text(str(file), "new")
    assert file.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_written_is_refused_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_writable("-")
    require_writable(str(tmp_path / "new.json"))
    require_writable(os.devnull)
    with pytest.raises(Refusal, match="is a folder: name a file in it"):
        require_writable(str(tmp_path))
    with pytest.raises(Refusal, match="there is no folder"):
        require_writable(str(tmp_path / "no" / "new.json"))
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    with pytest.raises(Refusal, match="may not be written"):
        require_writable(str(tmp_path / "new.json"))
