"""``branchcast replay``: the same bits, or what differs."""

from pathlib import Path

import pytest

from api.cli.replay import largest_difference
from forecast.result import Forecast, result_digest
from tests.api.cli.support import Cli


def store(file: Path, forecast: Forecast) -> str:
    """Write a forecast whose digest fits its content, and return the path."""
    whole = forecast.model_copy(update={"digest": result_digest(forecast)})
    file.write_text(whole.to_json(), encoding="utf-8")
    return str(file)


def shifted(forecast: Forecast, by: float) -> Forecast:
    """Return the forecast with one mean moved."""
    deal = forecast.headline["deal"]
    moved = deal.model_copy(update={"mean": deal.mean + by})
    return forecast.model_copy(update={"headline": {**forecast.headline, "deal": moved}})


@pytest.mark.parametrize("threads", ["1", "3"])
def test_a_stored_forecast_replays_to_the_last_bit(cli: Cli, talks: Forecast, tmp_path: Path, threads: str) -> None:
    done = cli("replay", store(tmp_path / "f.json", talks), "--threads", threads)
    assert done.output == f"stored    {talks.digest}\nreplayed  {talks.digest}\nThe same, to the last bit.\n"
    assert done.exit_code == 0


def test_conditions_and_evidence_replay_too(cli: Cli, talks_text: str, tmp_path: Path) -> None:
    """What ``run`` was asked for is in the file."""
    file = str(tmp_path / "f.json")
    options = (
        "--as-of",
        "2026-04-01",
        "--evidence",
        "rumour,denial",
        "--assume",
        "met",
        "--horizon-dates",
        "2026-08-01",
    )
    assert cli("run", "-", "--draws", "1k", "-q", "--json", file, *options, stdin=talks_text).exit_code == 0
    assert cli("replay", file).exit_code == 0


def test_a_difference_is_measured_and_the_versions_are_named(cli: Cli, talks: Forecast, tmp_path: Path) -> None:
    old = talks.model_copy(update={"versions": talks.versions.model_copy(update={"numpy": "1.0", "python": "3.1"})})
    done = cli("replay", store(tmp_path / "f.json", shifted(old, 0.001)))
    assert done.exit_code == 4
    assert "NOT the same.\n" in done.output
    assert f"python: 3.1 then, {talks.versions.python} now\n" in done.output
    assert f"numpy: 1.0 then, {talks.versions.numpy} now\n" in done.output
    assert "scipy" not in done.output
    assert "Largest difference between means: 0.001, at headline.deal.\n" in done.output


def test_last_bits_are_called_that(cli: Cli, talks: Forecast, tmp_path: Path) -> None:
    done = cli("replay", store(tmp_path / "f.json", shifted(talks, 2.0**-52)))
    assert done.exit_code == 4
    assert "The versions are the same.\n" in done.output
    assert "which may differ between kinds of processor" in done.output


def test_a_difference_that_is_not_in_the_means_is_said_to_be_elsewhere(
    cli: Cli, talks: Forecast, tmp_path: Path
) -> None:
    done = cli("replay", store(tmp_path / "f.json", talks.model_copy(update={"warnings": ("made up",)})))
    assert done.exit_code == 4
    assert "All means are the same" in done.output


def test_forecasts_that_hold_other_numbers_are_not_compared(talks: Forecast) -> None:
    fewer = talks.model_copy(update={"groups": {}})
    assert largest_difference(talks, fewer) == ("groups.deal_in_calm", None)


def test_an_altered_file_is_refused(cli: Cli, talks: Forecast, tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    file.write_text(shifted(talks, 0.1).to_json(), encoding="utf-8")
    done = cli("replay", str(file))
    assert done.exit_code == 1
    assert "it was altered after it was written" in done.stderr


@pytest.mark.parametrize("text", ["", "{}", "[1, 2", '{"scenario": "x", "colour": 1}', "scenario: x", "NaN"])
def test_what_is_no_forecast_is_refused(cli: Cli, text: str) -> None:
    done = cli("replay", "-", stdin=text)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: <stdin> is not a stored forecast")
    assert done.stderr.count("\n") == 1


def test_a_scenario_that_cannot_be_read_any_more_is_named(cli: Cli, talks: Forecast, tmp_path: Path) -> None:
    strange = talks.model_copy(update={"document": {**talks.document, "colour": "red"}})
    done = cli("replay", store(tmp_path / "f.json", strange))
    assert done.exit_code == 1
    assert "this version cannot read the scenario in it: /colour" in done.stderr
