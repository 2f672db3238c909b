"""``branchcast run``: settings reach the engine, output goes where it should, refusals are sentences."""

import json
from pathlib import Path
from typing import Any

import pytest

from forecast.result import Forecast
from tests.api.cli.support import Cli


def forecast_json(cli: Cli, *arguments: str, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - handed on as it is
    """Run with ``--json -`` and few draws, and return the forecast."""
    done = cli("run", *arguments, "--json", "-", "--draws", "1024", **kwargs)
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_setting_reaches_the_engine(cli: Cli, talks_text: str) -> None:
    options = (
        *("--as-of", "2026-04-01", "--horizon-dates", "2026-07-01,2026-08-01", "--horizon-dates", "2026-09-01"),
        *("--seed", "5", "--sampler", "random", "--assume", "meeting=met", "--do", "talks=deal", "--evidence", "all"),
    )
    found = forecast_json(cli, "-", *options, stdin=talks_text)
    assert found["request"] == {
        "draws": 1024,
        "seed": 5,
        "sampler": "random",
        "as_of": "2026-04-01",
        "dates": ["2026-07-01", "2026-08-01", "2026-09-01"],
        "assume": ["meeting.met"],
        "do": ["talks.deal"],
        "evidence": "all",
    }
    assert found["evidence"] == ["denial", "rumour"]


def test_named_evidence_acts_alone(cli: Cli, talks_text: str) -> None:
    found = forecast_json(cli, "-", "--as-of", "2026-04-01", "--evidence", "denial", stdin=talks_text)
    assert found["evidence"] == ["denial"]


def test_threads_change_nothing(cli: Cli) -> None:
    digests = {forecast_json(cli, "minimal", "--threads", threads)["digest"] for threads in ("1", "2", "7")}
    assert len(digests) == 1


def test_json_to_standard_output_stands_alone(cli: Cli) -> None:
    """What is piped on is a forecast and nothing else, in UTF-8 whatever the terminal speaks."""
    done = cli("run", "trump-kim-2025", "--draws", "256", "--json", "-", PYTHONIOENCODING="ascii")
    assert Forecast.model_validate_json(done.stdout_bytes).scenario == "trump-kim-2025"
    assert done.stderr == ""


def test_json_file_comes_with_the_table(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "forecast.json"
    done = cli("run", "minimal", "--draws", "1k", "--json", str(file))
    assert "How it ends" in done.output
    assert done.output.endswith(f"Written to {file}; `branchcast replay` makes it again.\n")
    assert Forecast.model_validate_json(file.read_text(encoding="utf-8")).sampling.draws == 1024


def test_quiet_says_nothing(cli: Cli, tmp_path: Path) -> None:
    done = cli("run", "minimal", "--draws", "1k", "-q", "--json", str(tmp_path / "forecast.json"))
    assert (done.exit_code, done.output) == (0, "")
    assert (tmp_path / "forecast.json").stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["no-such.yaml"], 1, "no-such.yaml: there is no such file"),
        (["."], 1, "this is a folder"),
        (["minimal", "--json", "/no/such/folder/out.json"], 1, "there is no folder /no/such/folder"),
        (["minimal", "--draws", "many"], 2, "'many' is not a count"),
        (["minimal", "--draws", "2G"], 2, "is not from 1 to 1,000,000,000"),
        (["minimal", "--seed", "-1"], 2, "--seed"),
        (["minimal", "--seed", "9007199254740992"], 2, "--seed"),
        (["minimal", "--threads", "0"], 2, "--threads"),
        (["minimal", "--sampler", "dice"], 2, "--sampler"),
        (["minimal", "--as-of", "soon"], 2, "'soon' is not a day"),
        (["minimal", "--assume", "a b"], 2, "write node=branch"),
        (["minimal", "--evidence", ""], 2, "name entries"),
        (["minimal", "--colour"], 2, "--colour"),
        ([], 2, "Missing argument 'FILE'"),
        (["minimal", "--as-of", "2030-01-01"], 3, "--as-of: "),
        (["minimal", "--horizon-dates", "2040-01-01"], 3, "--horizon-dates: 2040-01-01"),
        (["minimal", "--assume", "opening=opns"], 3, "--assume: there is no branch 'opening.opns': did you mean"),
        (["minimal", "--do", "opens", "--do", "stays_closed"], 3, "--do: "),
        (["minimal", "--evidence", "tip"], 3, "--evidence: there is no evidence entry 'tip'"),
        (
            ["minimal", "--assume", "opens", "--assume", "stays_closed"],
            3,
            "--assume: 'opens' and 'stays_closed' cannot both be: node ",
        ),
    ],
)
def test_refusals(cli: Cli, arguments: list[str], code: int, said: str) -> None:
    """Each ends with its exit code and a sentence on standard error that names the culprit."""
    done = cli("run", *arguments)
    assert done.exit_code == code, done.output
    assert done.stdout == ""
    assert said in done.stderr


def test_a_faulty_document_is_refused_with_all_its_faults(cli: Cli) -> None:
    done = cli("run", "-", stdin="scenario: x\ntitle: 1\nas_of: soon\nhorizon: 2026-12-31\nnodes: {}\n")
    assert done.exit_code == 1
    assert [line.split(": ")[0] for line in done.stderr.splitlines()[1:]] == [
        "<stdin>:2:8",
        "<stdin>:3:8",
        "<stdin>:5:8",
    ]


def test_an_unwritable_target_is_refused_before_the_run(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody computes for an hour to lose the result."""
    monkeypatch.setattr("api.cli.run.run", lambda *_args, **_kwargs: pytest.fail("the engine was started"))
    assert cli("run", "minimal", "--json", "/no/such/folder/out.json").exit_code == 1


def test_the_scenario_is_not_written_over(cli: Cli, tmp_path: Path, talks_text: str) -> None:
    """Not even through a link to it."""
    file, link = tmp_path / "talks.yaml", tmp_path / "out.json"
    file.write_text(talks_text, encoding="utf-8")
    link.symlink_to(file)
    done = cli("run", str(file), "--draws", "1k", "--json", str(link))
    assert done.exit_code == 2
    assert "is the file that is read" in done.stderr
    assert file.read_text(encoding="utf-8") == talks_text


def test_an_assumption_stated_twice_is_shown_once(cli: Cli) -> None:
    done = cli("run", "minimal", "--draws", "1k", "--assume", "opens", "--assume", "opening=opens")
    assert done.exit_code == 0, done.output
    assert "GIVEN THAT" in done.stdout


def test_a_terminal_without_width_shows_the_page(cli: Cli) -> None:
    """COLUMNS=0 is what some terminals say before they know."""
    assert "Will the bridge open" in cli("run", "minimal", "--draws", "1k", COLUMNS="0").stdout
