"""``branchcast export``: a forecast in the form of a tournament, as text and as files, and what may go wrong."""

import csv
import io
import json
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
    assert "metaculus, 'troops-end-2026': a cell holds at least 5e-05" in " ".join(done.stderr.split())
    assert "largest change" in done.stderr


def test_documents_are_written_under_their_names(cli: Cli, forecast: str, listings: Path, tmp_path: Path) -> None:
    done = cli("export", forecast, str(listings), "--out", str(tmp_path / "out"))
    written = tmp_path / "out" / "forecasts.json"
    assert (done.exit_code, done.stdout) == (0, f"{written}\n")
    assert json.loads(written.read_text(encoding="utf-8"))[0]["question"] == 40123


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
