"""The command in a process of its own: signals, pipes, encodings, a server that answers."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.api.cli.support import TALKS

COMMAND = (sys.executable, "-m", "api.cli")
ROOT = Path(__file__).parents[3]
LIMIT = 60.0


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start a command with both streams on pipes."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "80", **environment},
    )


def interrupted(*arguments: str, pipe: Path) -> tuple[int, str, str]:
    """Start a command that reads a named pipe; once it has opened the pipe, feed it and press Ctrl-C."""
    os.mkfifo(pipe)
    with start(*arguments) as process:
        # Opening waits for the reader, so the command is past its imports and at work when the signal comes.
        pipe.write_text(TALKS, encoding="utf-8")
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=LIMIT)
    return process.returncode, said, complained


@pytest.mark.parametrize("threads", ["1", "2"])
def test_ctrl_c_ends_a_run_without_traceback_or_leftovers(tmp_path: Path, threads: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    pipe = tmp_path / "talks.yaml"
    options = ("--draws", "1G", "--threads", threads, "--json", str(folder / "forecast.json"))
    code, said, complained = interrupted("run", str(pipe), *options, pipe=pipe)
    assert (code, said, complained.strip()) == (130, "", "Stopped.")
    assert list(folder.iterdir()) == []


def test_a_reader_that_leaves_early_sees_no_traceback() -> None:
    """``branchcast run … | head -1``."""
    with start("run", "trump-kim-2025", "--draws", "256") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("Where new talks")
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(LIMIT) == 141


@pytest.mark.parametrize("arguments", [("run", "minimal", "--draws", "256"), ("schema",), ("--help",)])
def test_output_that_is_lost_is_said(arguments: tuple[str, ...]) -> None:
    """On a full disk, and where standard output is closed: a sentence and exit code 1."""
    told = {"> /dev/full": "Error: the output cannot be written: ", ">&-": "Error: standard output is closed: "}
    for redirection, sentence in told.items():
        shell = ["sh", "-c", f'"$@" {redirection}', "sh", *COMMAND, *arguments]
        done = subprocess.run(shell, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False, timeout=LIMIT)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        assert done.stderr.startswith(sentence)


def test_a_closed_standard_input_is_said() -> None:
    shell = ["sh", "-c", '"$@" <&-', "sh", *COMMAND, "run", "-"]
    done = subprocess.run(shell, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LIMIT)
    assert (done.returncode, "standard input is closed" in done.stderr) == (1, True)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_terminals_without_utf8_get_a_page_too(encoding: str, tmp_path: Path) -> None:
    """Marks are drawn in ASCII, and letters that the encoding lacks become question marks."""
    file = tmp_path / "talks.yaml"
    file.write_text(TALKS.replace("A text that both sign", "Ein Übereinkommen 合意"), encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, "run", str(file), "--draws", "256"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=LIMIT,
        env={**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "80"},
    )
    assert done.returncode == 0, done.stderr
    page = done.stdout.decode(encoding)
    assert re.search(r"^deal +1\d %  #", page, re.MULTILINE)
    assert ("?bereinkommen ??" if encoding == "ascii" else "Übereinkommen ??") in page


@pytest.fixture
def team(tmp_path: Path) -> tuple[str, ...]:
    """Return the command line of a server with one scenario and a database of its own."""
    (tmp_path / "talks.yaml").write_text(TALKS, encoding="utf-8")
    return ("serve", "--port", "0", "--scenarios", str(tmp_path), "--database", str(tmp_path / "team.db"))


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[list[str], str, subprocess.Popen[str]]]:
    """Start a server; yield what it said before it answered, where it answers, and the process, to be told to stop."""
    with start(*arguments) as process:
        assert process.stdout is not None
        said: list[str] = []
        try:
            for line in process.stdout:
                said.append(line)
                found = re.match(r"branchcast answers at (http://127\.0\.0\.1:\d+) .*; documentation at \1/docs$", line)
                if found is not None:
                    break
            assert said, process.communicate(timeout=LIMIT)
            assert found is not None, said
            yield said[:-1], found[1], process
        finally:
            process.terminate()


def stop(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> str:
    """Tell a server to stop, and return what it complained about."""
    process.send_signal(number)
    _, complained = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, complained
    return complained


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_says_where_it_answers_and_stops_when_told(number: signal.Signals, team: tuple[str, ...]) -> None:
    with serving(*team, "--keyless") as (said, url, process):
        assert said == [
            "No key is asked for: whoever can reach this port on this machine may read and change everything.\n"
        ]
        listed = httpx.get(f"{url}/v1/scenarios", timeout=LIMIT)
        assert [each["id"] for each in listed.json()["scenarios"]] == ["talks"]
        assert httpx.get(f"{url}/docs", timeout=LIMIT).status_code == 200
        assert "Traceback" not in stop(process, number)


def test_the_first_key_is_shown_once_and_works_ever_after(team: tuple[str, ...]) -> None:
    """A server that starts again on the same database shows none, and asks for the same."""
    with serving(*team) as (said, url, process):
        assert httpx.get(f"{url}/v1/scenarios", timeout=LIMIT).status_code == 401
        (line,) = said
        found = re.fullmatch(r"The first key, with every right, shown this once: (bc_[a-z2-7]{8}_\S{43})\n", line)
        assert found is not None, line
        key = {"Authorization": f"Bearer {found[1]}"}
        assert httpx.get(f"{url}/v1/scenarios", headers=key, timeout=LIMIT).status_code == 200
        assert found[1] not in stop(process)
    with serving(*team) as (said, url, process):
        assert said == []
        assert httpx.get(f"{url}/v1/scenarios", timeout=LIMIT).status_code == 401
        assert httpx.get(f"{url}/v1/scenarios", headers=key, timeout=LIMIT).status_code == 200
        stop(process)
