"""The command in a process of its own: signals, pipes, encodings, a server that answers."""

import os
import re
import signal
import subprocess
import sys
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_says_where_it_answers_and_stops_when_told(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "talks.yaml").write_text(TALKS, encoding="utf-8")
    with start("serve", "--port", "0", "--scenarios", str(tmp_path)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.match(r"branchcast answers at (http://127\.0\.0\.1:\d+) .*; documentation at \1/docs$", line)
        assert found is not None, line
        listed = httpx.get(f"{found[1]}/v1/scenarios", timeout=LIMIT)
        assert [each["id"] for each in listed.json()["scenarios"]] == ["talks"]
        assert httpx.get(f"{found[1]}/docs", timeout=LIMIT).status_code == 200
        process.send_signal(number)
        _, complained = process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert "Traceback" not in complained
