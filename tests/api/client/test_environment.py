"""Which server is asked and with which key, and that the key shows up nowhere else."""

import logging
import os
import pickle
import re
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from api.client import AnswerError, Client, ClientSettingsError, NoAnswerError
from api.client.environment import find_key, server_address
from tests.api.client.hostile import Reset, Say, hostile, problem

KEY = "bc_abcdefgh_planted-secret-that-must-not-show"
LIST = Say(200, b'{"scenarios":[],"next":null}')


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A file that only its owner may read."""
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def test_the_server_is_the_stated_one_or_that_of_the_environment_or_this_machines() -> None:
    there = {"BRANCHCAST_SERVER": "https://forecasts.example/"}
    assert server_address("http://[::1]:9000", there) == "http://[::1]:9000"
    assert server_address(None, there) == "https://forecasts.example"
    assert server_address(None, {}) == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "address", ["", "localhost:8000", "ftp://host", "http://", "http://host:port", "http://host?a=1", "http://host#a"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    way_out = "which is no address: write it as http://127.0.0.1:8000"
    with pytest.raises(ClientSettingsError, match=f"^the server is '{re.escape(address)}', {way_out}"):
        server_address(address, {})
    with pytest.raises(ClientSettingsError, match=f"^BRANCHCAST_SERVER is '{re.escape(address)}', {way_out}"):
        server_address(None, {"BRANCHCAST_SERVER": address})


@pytest.mark.parametrize("address", ["https://ana:hush@host", "ftp://ana:hush@host"])
def test_passwords_do_not_belong_in_addresses(address: str) -> None:
    with pytest.raises(ClientSettingsError) as refused:
        server_address(address, {})
    assert "hush" not in str(refused.value)


def test_the_key_comes_from_the_caller_or_else_from_the_environment(key_file: Path) -> None:
    other = {"BRANCHCAST_KEY": "bc_other"}
    assert find_key(KEY, None, other) == KEY
    assert find_key(None, key_file, other) == KEY
    assert find_key(None, None, other) == "bc_other"
    assert find_key(None, None, {"BRANCHCAST_KEY_FILE": str(key_file)}) == KEY
    assert find_key(None, None, {}) is None


def test_two_keys_are_one_too_many(key_file: Path) -> None:
    for key, file, environ in (
        (KEY, key_file, {}),
        (None, None, {"BRANCHCAST_KEY": KEY, "BRANCHCAST_KEY_FILE": str(key_file)}),
    ):
        with pytest.raises(ClientSettingsError, match="both stated") as refused:
            find_key(key, file, environ)
        assert KEY not in str(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o777])
def test_a_key_file_that_others_may_open_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(ClientSettingsError, match="open to others than its owner: chmod 600 it"):
        find_key(None, key_file, {})


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClientSettingsError, match="gone cannot be read \\(no such file or directory\\)"):
        find_key(None, tmp_path / "gone", {})
    with pytest.raises(ClientSettingsError, match="cannot be read"):
        find_key(None, tmp_path, {})


@pytest.mark.parametrize(
    "held", ["", "two words", "bc_a\nbc_b", "bc_\N{SNOWMAN}", "bc_\x00", "x" * 2_000, "bc_a\r\nHost: evil"]
)
def test_what_is_no_key_is_refused_without_repeating_it(key_file: Path, held: str) -> None:
    key_file.write_bytes(held.encode())
    for key, file in ((None, key_file), (held, None)):
        with pytest.raises(ClientSettingsError, match="holds no key") as refused:
            find_key(key, file, {})
        assert held == "" or held not in str(refused.value)


def test_a_pipe_may_hold_the_key(tmp_path: Path) -> None:
    """As ``<(command)`` gives one, whose permissions are the shell's."""
    pipe, give = os.pipe()
    os.write(give, KEY.encode())
    os.close(give)
    try:
        assert find_key(None, f"/dev/fd/{pipe}", {}) == KEY
    finally:
        os.close(pipe)


def test_the_key_is_sent_and_shows_nowhere(
    client_of: Callable[..., Client], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in representations, not in logs of any level, not in errors with all their causes."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("BRANCHCAST_KEY", KEY)
    said: list[str] = []
    with hostile(LIST, problem(403, "forbidden"), Reset()) as server:
        client = client_of(server.url)
        list(client.scenarios.list())
        for expected in (AnswerError, NoAnswerError):
            with pytest.raises(expected) as failed:
                list(client.scenarios.list())
            said += [repr(failed.value), *traceback.format_exception(failed.value)]
        said += [repr(client), repr(client.scenarios), repr(vars(client)), caplog.text]
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in "".join(said)
    assert "planted" not in "".join(said)


def test_without_a_key_none_is_sent(client_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BRANCHCAST_KEY", "BRANCHCAST_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    with hostile(LIST) as server:
        list(client_of(server.url).scenarios.list())
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize("answer", [problem(404, "unknown-record"), problem(412, "stale", ETag='"v2-0"')])
def test_errors_can_be_handed_between_processes(client_of: Callable[..., Client], answer: Say) -> None:
    """Whoever asks from workers gets the error with all that it says."""
    with hostile(answer) as server, pytest.raises(AnswerError) as told:
        client_of(server.url).scenarios.get("talks")
    again = pickle.loads(pickle.dumps(told.value))
    assert type(again) is type(told.value)
    assert vars(again) == vars(told.value)
