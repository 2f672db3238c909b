"""``branchcast export``: a forecast in the form of a tournament, as text and as files, and what may go wrong."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from tests.api.cli.support import Cli
from tests.api.routes.test_exports import SETTINGS

LISTINGS = """\
platform: metaculus
listings:
  - {question: meet-before-2027, id: 40123, post: 39876, type: binary}
  - question: troops-end-2026
    id: 40124
    type: numeric
    scaling: {range_min: 0, range_max: 30000, open_lower_bound: false, open_upper_bound: false}
"""


@pytest.fixture(scope="module")
def forecast(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of a forecast of the Trump-Kim scenario."""
    from click.testing import CliRunner

    from api.cli.root import root

    path = str(tmp_path_factory.mktemp("export") / "forecast.json")
    options = ["run", "trump-kim-2025", "--draws", "16k", "--as-of", "2025-04-03", "-q", "--json", path]
    assert CliRunner().invoke(root, options).exit_code == 0
    return path


@pytest.fixture
def listings(tmp_path: Path) -> Path:
    path = tmp_path / "listings.yaml"
    path.write_text(LISTINGS, encoding="utf-8")
    return path


def test_a_table_needs_no_listings(cli: Cli, forecast: str) -> None:
    done = cli("export", forecast)
    assert done.exit_code == 0, done.output
    text = done.stdout.split("# predictions.csv\n")[1].split("# predictions.json\n")[0]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len({row["question"] for row in rows}) == 14
    named = json.loads(Path(forecast).read_text(encoding="utf-8"))["questions"]["meet-before-2027"]
    (row,) = (row for row in rows if row["question"] == "meet-before-2027")
    assert float(row["unrounded"]) == named["mean"]


def test_what_would_be_sent_is_printed_and_its_distortion_told_apart(cli: Cli, forecast: str, listings: Path) -> None:
    done = cli("export", forecast, str(listings))
    assert done.exit_code == 0, done.output
    binary, numeric = json.loads(done.stdout)
    assert binary == {"question": 40123, "probability_yes": pytest.approx(0.3017, abs=0.001)}
    assert (len(numeric["continuous_cdf"]), numeric["continuous_cdf"][0], numeric["continuous_cdf"][-1]) == (201, 0, 1)
    said = " ".join(done.stderr.split())
    assert re.search(r"metaculus, 'troops-end-2026': \d+ of 200 cells were raised to 5e-05 or more, the least", said)
    assert "; 1 of 200 cells was cut to 0.2 or less, the most that one holds; " in said
    assert "largest change" in done.stderr


def test_documents_are_written_under_their_names(cli: Cli, forecast: str, listings: Path, tmp_path: Path) -> None:
    done = cli("export", forecast, str(listings), "--out", str(tmp_path / "out"))
    written, told = tmp_path / "out" / "forecasts.json", tmp_path / "out" / "distortions.json"
    assert (done.exit_code, done.stdout) == (0, f"{written}\n{told}\n")
    assert json.loads(written.read_text(encoding="utf-8"))[0]["question"] == 40123
    (distortion,) = json.loads(told.read_text(encoding="utf-8"))
    assert distortion["listing"] == "metaculus, 'troops-end-2026'"
    assert distortion["reason"].endswith("above the closed range was moved into it")
    assert distortion["figures"]["largest_change"] == pytest.approx(0.373, abs=0.001)


def test_a_folder_keeps_nothing_of_an_earlier_export_that_this_one_does_not_replace(
    cli: Cli, forecast: str, listings: Path, tmp_path: Path
) -> None:
    """Whoever sends all that is in the folder sends this export and no other."""
    out = tmp_path / "out"
    listings.write_text(LISTINGS.replace("type: binary", "type: binary, comment: true"), encoding="utf-8")
    for folder in (str(out), str(out), f"{tmp_path}/./out/"):
        assert cli("export", forecast, str(listings), "--out", folder).exit_code == 0
    before = (out / "forecasts.json").read_bytes()
    listings.write_text("\n".join(LISTINGS.splitlines()[:3]), encoding="utf-8")
    done = cli("export", forecast, str(listings), "--out", str(out))
    assert (done.exit_code, done.stdout) == (3, "")
    said = " ".join(done.stderr.split())
    assert f"'{out}/comments/40123.json', '{out}/distortions.json' would be left from an earlier export" in said
    assert "remove what is left, or name another folder" in said
    assert (out / "forecasts.json").read_bytes() == before
    (out / "comments" / "40123.json").unlink()
    (out / "distortions.json").unlink()
    assert cli("export", forecast, str(listings), "--out", str(out)).exit_code == 0


def test_what_else_a_folder_holds_stays(cli: Cli, forecast: str, listings: Path, tmp_path: Path) -> None:
    """Such as the clone of a hub, with other rounds and other teams."""
    kept = tmp_path / "out" / "model-output" / "team-model" / "2026-01-01-team-model.csv"
    kept.parent.mkdir(parents=True)
    kept.write_text("theirs", encoding="utf-8")
    assert cli("export", forecast, str(listings), "--out", str(tmp_path / "out")).exit_code == 0
    assert kept.read_text(encoding="utf-8") == "theirs"


def test_a_table_has_each_question_in_a_row_however_its_wording_is_laid_out(cli: Cli, tmp_path: Path) -> None:
    """A block of text in YAML ends with a line break, and may hold others; the document keeps them."""
    (tmp_path / "bridge.yaml").write_text(BRIDGE, encoding="utf-8")
    stored = tmp_path / "stored.json"
    done = cli("run", str(tmp_path / "bridge.yaml"), "--draws", "4k", "-q", "--json", str(stored))
    assert done.exit_code == 0, done.output
    assert json.loads(stored.read_text(encoding="utf-8"))["questions"]["opens"]["text"] == "Will it\n\nopen?\n"
    out = tmp_path / "out"
    assert cli("export", str(stored), "--out", str(out)).exit_code == 0
    assert (out / "predictions.csv").read_bytes().count(b"\n") == 2
    (row,) = json.loads((out / "predictions.json").read_text(encoding="utf-8"))["rows"]
    assert row["text"] == "Will it open?"


BRIDGE = """\
scenario: bridge
title: Will the bridge open?
as_of: 2026-01-01
horizon: 2026-12-31
nodes:
  opening:
    branches: [opens, stays_closed]
    prior: {family: beta, branch: opens, a: 7, b: 3}
questions:
  opens:
    type: binary
    text: |
      Will it

      open?
    resolution: The first car.
    event: opens
"""


def test_listings_may_come_through_a_pipe(cli: Cli, forecast: str) -> None:
    assert cli("export", forecast, "-", stdin=LISTINGS).exit_code == 0
    done = cli("export", "-", "-", stdin=LISTINGS)
    assert (done.exit_code, "cannot be both" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("platform: metaculos\n", ":1:11: there is no platform 'metaculos': choose metaculus, manifold"),
        ("listings: []\n", "no platform is stated"),
        ("- 1\n", "a file of listings is a map with the keys platform, settings, listings"),
        ("platform: metaculus\nlisting: []\n", ":2:10: unknown key 'listing'"),
        ("platform: metaculus\nlistings: {}\n", "listings are a list"),
        ("platform: metaculus\nlistings:\n  - {question: a, id: one, type: binary}\n", ":3:23: 'id' is 'one'"),
        ("platform: metaculus\nlistings:\n  - {platform: metaculus, question: a}\n", "the platform is stated once"),
        ("platform: metaculus\nsettings: {team: us}\n", "unknown key 'team'"),
        ("platform: metaculus\nlistings: [1]\n", "a listing is a map"),
        ("platform: [\n", ":2:1:"),
    ],
)
def test_faults_in_a_file_of_listings_have_their_line(
    cli: Cli, forecast: str, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "faulty.yaml"
    path.write_text(text, encoding="utf-8")
    done = cli("export", forecast, str(path))
    assert done.exit_code == 1, done.output
    assert said in done.stderr
    assert done.stdout == ""


HUB = """\
platform: hubverse
settings: {team: brc, model: worlds, round_id: "2026-08-22", tasks: tasks.json, metadata: model.yml}
listings:
  - {question: meet-before-2027, task_ids: {origin_date: "2026-08-22", target: meeting}}
"""


def test_a_setting_that_is_a_map_may_be_the_name_of_a_file(cli: Cli, forecast: str, tmp_path: Path) -> None:
    """JSON or YAML, from the folder of the file that names it; the export is as if it were written out there."""
    tasks = SETTINGS["hubverse"]["tasks"]
    path = tmp_path / "hub.yaml"
    path.write_text(HUB.replace("tasks.json", json.dumps(tasks)).replace("model.yml", "{model_id: brc-worlds}"))
    written_out = cli("export", forecast, str(path))
    assert written_out.exit_code == 0, written_out.output
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    (tmp_path / "model.yml").write_text("model_id: brc-worlds\n")
    path.write_text(HUB)
    named = cli("export", forecast, str(path))
    assert (named.exit_code, named.stdout) == (0, written_out.stdout)


@pytest.mark.parametrize(
    ("tasks", "model", "said"),
    [
        (None, "{}", "tasks.json: there is no such file: check the path; 'tasks' is a map, or the name of a file"),
        ("{", "{}", "tasks.json: line 1, column 2 of the file is not JSON"),
        ('{"a": 1, "a": 2}', "{}", "tasks.json: the key 'a' is stated twice: keep one"),
        ("[1]", "{}", "tasks.json: 'tasks' is a list, but must be a map"),
        ("{}", "[", "model.yml: "),
        ("{}", "{a: 1e999}", "model.yml: "),
    ],
)
def test_a_fault_in_the_file_of_a_setting_names_that_file_and_the_line_of_the_setting(
    cli: Cli, forecast: str, tmp_path: Path, tasks: str | None, model: str, said: str
) -> None:
    if tasks is not None:
        (tmp_path / "tasks.json").write_text(tasks)
    (tmp_path / "model.yml").write_text(model)
    (tmp_path / "hub.yaml").write_text(HUB)
    done = cli("export", forecast, str(tmp_path / "hub.yaml"))
    assert (done.exit_code, done.stdout) == (1, "")
    column = HUB.splitlines()[1].index(said.split(":")[0]) + 1
    assert f"hub.yaml:2:{column}: {tmp_path}/{said}" in done.stderr


@pytest.mark.parametrize(
    ("listing", "said"),
    [
        ("{question: nothing, id: 1, type: binary}", "the scenario has no question 'nothing'"),
        ("{question: troops-end-2026, id: 1, type: binary}", "state part: {at_least:"),
        ("{question: meet-before-2027, id: 1, type: binary, status: closed}", "question 1 is closed"),
    ],
)
def test_what_the_platform_would_refuse_is_refused_in_words(
    cli: Cli, forecast: str, tmp_path: Path, listing: str, said: str
) -> None:
    path = tmp_path / "refused.yaml"
    path.write_text(f"platform: metaculus\nlistings:\n  - {listing}\n", encoding="utf-8")
    done = cli("export", forecast, str(path))
    assert (done.exit_code, done.stdout) == (3, "")
    assert said in " ".join(done.stderr.split())


def test_files_that_are_not_there_are_named(cli: Cli, forecast: str, tmp_path: Path) -> None:
    assert "there is no such file" in cli("export", forecast, str(tmp_path / "none.yaml")).stderr
    assert cli("export", str(tmp_path / "none.json")).exit_code == 1
    blocked = tmp_path / "blocked"
    blocked.write_text("", encoding="utf-8")
    done = cli("export", forecast, "--out", str(blocked / "below"))
    assert (done.exit_code, "cannot be made" in done.stderr) == (1, True)
