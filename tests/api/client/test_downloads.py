"""Files that a client writes: whole or not at all, and as they come."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from api.client import NO_PATIENCE, AnswerError, Client, NoAnswerError
from tests.api.client.hostile import Cut, Reset, Say, hostile, problem

Clients = Callable[..., Client]

WHOLE = Say(200, b"draw,weight\r\n0,1.0\r\n", {"Content-Type": "text/csv"})
HALF = Cut(b"draw,weight\r\n" + b"0,1.0\r\n" * 20_000)


def test_a_file_holds_the_whole_although_an_answer_broke_off(client_of: Clients, tmp_path: Path) -> None:
    file = tmp_path / "draws.csv"
    with hostile(HALF, Reset(), problem(503, "busy"), WHOLE) as server:
        client_of(server.url).forecasts.draws("f", file)
    assert file.read_bytes() == WHOLE.body
    assert [asked.path for asked in server.asked] == ["/v1/forecasts/f/draws?format=csv"] * 4


@pytest.mark.parametrize(("deed", "error"), [(HALF, NoAnswerError), (problem(404, "unknown-record"), AnswerError)])
def test_a_file_stays_as_it_was_if_its_successor_cannot_be_had(
    client_of: Clients, tmp_path: Path, deed: Cut | Say, error: type[Exception]
) -> None:
    file = tmp_path / "draws.csv"
    file.write_bytes(b"of yesterday")
    with hostile(deed) as server, pytest.raises(error):
        client_of(server.url, patience=NO_PATIENCE).forecasts.draws("f", file)
    assert file.read_bytes() == b"of yesterday"
    assert list(tmp_path.iterdir()) == [file]


def test_a_stream_gets_nothing_twice(client_of: Clients) -> None:
    """What fails before its first byte is asked for again; what fails later is told."""
    stream = io.BytesIO()
    with hostile(Reset(), WHOLE) as server:
        client_of(server.url).forecasts.worlds("f", stream)
    assert stream.getvalue() == WHOLE.body
    with hostile(HALF, WHOLE) as server, pytest.raises(NoAnswerError):
        client_of(server.url).forecasts.worlds("f", io.BytesIO())
    assert len(server.asked) == 1


def test_a_pipe_is_written_to_and_not_replaced(client_of: Clients, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with hostile(WHOLE) as server:
            client_of(server.url).forecasts.file("f", pipe)
        assert os.read(reader, 1_000) == WHOLE.body
    finally:
        os.close(reader)


def test_a_folder_that_is_not_there_is_an_error_of_the_system(client_of: Clients, tmp_path: Path) -> None:
    path = tmp_path / "no" / "report.html"
    with hostile(WHOLE) as server, pytest.raises(FileNotFoundError) as caught:
        client_of(server.url).forecasts.report("f", path)
    assert caught.value.filename == str(path)
    assert str(caught.value).endswith(f"there is no folder {tmp_path}/no: create it first: '{path}'")
    assert server.asked == []


def test_a_folder_is_no_file_to_write_to(client_of: Clients, tmp_path: Path) -> None:
    with (
        hostile(WHOLE) as server,
        pytest.raises(IsADirectoryError, match="this is a folder: name a file") as caught,
    ):
        client_of(server.url).forecasts.draws("f", tmp_path)
    assert caught.value.filename == str(tmp_path)
    assert server.asked == []


def test_what_the_system_says_is_said_of_the_path_that_was_asked_for(
    client_of: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied", "/tmp/.secret.part")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with hostile(WHOLE) as server, pytest.raises(PermissionError) as caught:
        client_of(server.url).forecasts.draws("f", tmp_path / "draws.csv")
    assert caught.value.filename == str(tmp_path / "draws.csv")
