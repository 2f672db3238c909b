"""Commands that ask a server: which one, with which key, and what becomes of its refusals."""

import json
from pathlib import Path

import pytest

from api.settings import Settings
from api.store import keys
from tests.api.cli.support import Cli
from tests.api.client.hostile import Reset, Say, hostile, problem
from tests.api.live import LiveServer, running

LIST = ("scenarios", "list")


def test_the_server_is_named_by_option_or_environment(cli: Cli, live_server: LiveServer) -> None:
    assert "minimal" in cli(*LIST, "--server", live_server.url).stdout
    assert "minimal" in cli(*LIST, BRANCHCAST_SERVER=live_server.url).stdout
    assert cli(*LIST, "--server", live_server.url, BRANCHCAST_SERVER="nonsense").exit_code == 0


@pytest.mark.parametrize("address", ["nonsense", "ftp://host"])
def test_an_address_that_is_none_is_the_command_lines_fault(cli: Cli, address: str) -> None:
    done = cli(*LIST, "--server", address)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"the server is '{address}', which is no address" in done.stderr
    assert f"BRANCHCAST_SERVER is '{address}'" in cli(*LIST, BRANCHCAST_SERVER=address).stderr


def test_the_key_is_read_from_a_file_or_the_environment(cli: Cli, sqlite_address: str, tmp_path: Path) -> None:
    with running(Settings(database=sqlite_address, scenarios=(), port=0, threads=1)) as live:
        database = live.service.database
        with database.writing() as connection:
            _, whole = keys.create(connection, database.now(connection), "ana", "read", None, "test")
        file = tmp_path / "key"
        file.write_text(whole, encoding="utf-8")
        file.chmod(0o600)
        there = {"BRANCHCAST_SERVER": live.url}
        assert cli(*LIST, "--key-file", str(file), **there).exit_code == 0
        assert cli(*LIST, BRANCHCAST_KEY=whole, **there).exit_code == 0
        assert cli(*LIST, BRANCHCAST_KEY_FILE=str(file), **there).exit_code == 0
        refused = cli(*LIST, **there)
        assert (refused.exit_code, refused.stdout) == (3, "")
        assert "send a key" in refused.stderr
        file.chmod(0o644)
        assert "chmod 600" in cli(*LIST, "--key-file", str(file), **there).stderr
        may_not = cli("evidence", "retract", "minimal", "x", "--reason", "r", BRANCHCAST_KEY=whole, **there)
        assert may_not.exit_code == 3
        assert "scope 'write'" in may_not.stderr
        assert whole not in may_not.stderr + refused.stderr


def test_no_command_takes_a_key_on_the_command_line(cli: Cli) -> None:
    """It would stand in the history of the shell and in the list of processes."""
    done = cli(*LIST, "--key", "bc_secret")
    assert done.exit_code == 2
    assert "No such option" in done.stderr


@pytest.mark.parametrize(
    ("deed", "code", "said"),
    [
        (problem(404, "unknown-scenario"), 3, "about unknown-scenario"),
        (problem(412, "stale", ETag='"v2-0"'), 5, "about stale"),
        (problem(500, "internal-error"), 6, "about internal-error"),
        (Say(302, b"", {"Location": "https://elsewhere.example"}), 6, "sends elsewhere"),
        (Say(200, b"<html>", {"Content-Type": "text/html"}), 6, "is it a branchcast server"),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(cli: Cli, deed: Say, code: int, said: str) -> None:
    with hostile(deed) as server:
        done = cli(*LIST, "--server", server.url)
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.startswith("Error: ")
    assert said in done.stderr


def test_a_server_that_is_not_there_is_said(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.client.client.time.sleep", lambda _: None)
    with hostile(Reset()) as gone:
        pass
    done = cli(*LIST, "--server", gone.url)
    assert done.exit_code == 6
    assert f"{gone.url} cannot be reached" in done.stderr


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("forecasts", "show", "01none"), "there is no forecast '01none': `branchcast forecasts list` lists them"),
        (("runs", "show", "01none"), "there is no run '01none': `branchcast runs list` lists them"),
        (("submit", "01none"), "there is no submission '01none': `branchcast submit` lists them"),
        (("history", "minimal", "outcomes.opens"), "has no forecast yet: `branchcast forecasts make` makes one"),
        (
            ("questions", "minimal"),
            "has no forecast yet: `branchcast forecasts make` makes one, and `branchcast forecasts list minimal` lists",
        ),
    ],
)
def test_a_servers_way_out_is_told_as_a_command(asking: Cli, typed: tuple[str, ...], said: str) -> None:
    done = asking(*typed)
    assert done.exit_code == 3
    assert said in " ".join(done.stderr.split())
    assert "/v1/" not in done.stderr


def test_several_faults_are_listed(asking: Cli) -> None:
    prior = "{family: beta, branch: opens, a: -1, b: -2}"
    done = asking("prior", "set", "minimal", "opening", "--prior", prior, "--reason", "r")
    assert done.exit_code == 3
    assert [line.split(":")[0].strip() for line in done.stderr.splitlines()[1:]] == ["/prior/a", "/prior/b"]


def test_lists_are_cut_to_a_screen_unless_all_is_asked_for(asking: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.cli.listing.MOST_ROWS", 2)
    short = asking(*LIST).stdout
    assert "These are the first 2: --all shows more." in short
    assert "trump-kim-2025" not in short
    assert "trump-kim-2025" in asking(*LIST, "--all").stdout
    assert len(asking(*LIST, "--json").stdout.splitlines()) == 4


def test_json_is_one_object_on_each_line(asking: Cli) -> None:
    lines = asking(*LIST, "--json").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines][2:] == ["minimal", "trump-kim-2025"]
