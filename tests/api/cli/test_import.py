"""``branchcast import``: others are quoted by the server and shown beside ours, with their terms."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.cli.support import Cli
from tests.api.live import LiveServer
from tests.api.platforms.fakes import Asked, FakePlatform, Reply, serving
from tests.api.platforms.world import START, World
from tests.api.quoting import TABLE, asked_coin, choice, market


class Markets(FakePlatform):
    """A Manifold of a few markets, whose last bets were long ago."""

    def answer(self, asked: Asked) -> Reply:
        since = START.replace(year=2025)
        match asked.path:
            case "/v0/market/m1":
                return Reply(200, market(0.35, since=since))
            case "/v0/market/m2":
                return Reply(200, choice({"They sign": 0.2, "None": 0.8}, since=since, id="m2"))
            case "/v0/market/m4":
                return Reply(200, choice({"They sign": 0.22, "None": 0.88}, since=since, id="m4"))
        return Reply(404, {"message": "Market not found"})


@pytest.fixture
def asking(asking: Cli, live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """Yield what asks a server that has the coin with questions, and reads that Manifold."""
    path = tmp_path / "coin.yaml"
    path.write_text(json.dumps(asked_coin()), encoding="utf-8")
    done = asking("scenarios", "push", str(path), "--reason", "a test")
    assert done.exit_code == 0, done.output
    with serving(Markets(World())) as fake:
        monkeypatch.setenv("BRANCHCAST_MANIFOLD_URL", fake.url)
        yield asking


def _run(asking: Cli, *arguments: str, stdin: str | None = None) -> str:
    done = asking("import", "coin", *arguments, stdin=stdin)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_quote_is_told_with_its_terms(asking: Cli) -> None:
    said = " ".join(_run(asking, "deal", "--from", "manifold", "--place", "m1").split())
    assert said.startswith("deal: manifold m1 says 35.00 %, since 2025-03-10 12:00 UTC. Will they sign?")
    assert said.endswith(
        "manifold: Manifold forbids training commercial models on data of its API (docs/docs/api.md of its repository)."
    )
    assert "It was on record already." in _run(asking, "deal", "--from", "manifold", "--place", "m1")


def test_ours_stands_above_theirs(asking: Cli) -> None:
    """2/7 of ours, 35 % and 40 % of theirs; 12.5 and 20 points apart, one of them by option."""
    assert "Nothing is quoted" in _run(asking)
    _run(asking, "deal", "--from", "manifold", "--place", "m1")
    _run(asking, "deal", "--csv", "-", stdin=TABLE.replace("bank", "b" * 90))
    _run(asking, "which", "--from", "manifold", "--place", "m2", "--options", "{They sign: A deal}")
    page = _run(asking)
    assert "We say nothing yet: `branchcast forecasts make coin` does it." in page
    assert page.splitlines()[2].split() == ["deal", "ours", "nothing"]
    made = asking("forecasts", "make", "coin", "--draws", "4096", "--reason", "monthly")
    assert made.exit_code == 0, made.output
    page = _run(asking)
    assert all(len(line) <= 80 for line in page.splitlines())
    rows = [line.split() for line in page.splitlines()]
    assert rows[2][:2] == ["deal", "ours"]
    assert float(rows[2][2]) == pytest.approx(100 * 2 / 7, abs=0.1)
    (theirs,) = [row for row in rows if row[:3] == ["manifold", "35.00", "%"]]
    assert float(theirs[3]) == pytest.approx(100 * (0.35 - 2 / 7), abs=0.1)
    option = [row for row in rows if row[:2] == ["A", "deal"]]
    assert [row[2] for row in option][1] == "20.00"
    assert float(option[1][4]) == pytest.approx(100 * (0.2 - 2 / 7), abs=0.1)
    assert [line.split(":")[0] for line in page.splitlines() if "terms are theirs" in line] == ["csv"]
    assert sum(line.startswith("manifold:") for line in page.splitlines()) == 1


def test_prices_that_were_divided_by_their_sum_are_told_so(asking: Cli) -> None:
    """0.22 and 0.88 sum to 1.1; so in the answer, and beside ours."""
    said = "its own numbers sum to 1.1 and were divided by that"
    quoted = _run(asking, "which", "--from", "manifold", "--place", "m4", "--options", "{They sign: A deal}")
    assert f"Note: {said}." in quoted
    assert f"m4: Will they sign?; {said}" in " ".join(_run(asking).split())


def test_quantiles_are_shown_by_level(asking: Cli) -> None:
    heads = "place,question,kind,item,value,unit,valid_at\n"
    cost = "".join(f"x,How?,quantiles,{q},{v},crowns,2025-03-01T00:00:00Z\n" for q, v in ((0.25, 5), (0.5, 1250)))
    said = _run(asking, "cost", "--csv", "-", stdin=heads + cost)
    assert "25 % by: 5, 50 % by: 1,250" in " ".join(said.split())
    when = "x,When?,quantiles,0.5,1780272000,unix seconds,2025-03-01T00:00:00Z\n"
    assert "50 % by: 2026-06-01" in " ".join(_run(asking, "when", "--csv", "-", stdin=heads + when).split())
    page = " ".join(_run(asking).split())
    assert "x (crowns): How?" in page
    assert "50 % by 2026-06-01" in page


def test_a_part_stands_beside_ours_of_the_same(asking: Cli) -> None:
    """By the end of 2026 a deal is 2/7 of ours; of the whole answer nothing is quoted, so it is not shown."""
    said = _run(asking, "when", "--from", "manifold", "--place", "m1", "--part", "{by: 2026-12-31}")
    assert said.startswith("when, by 2026-12-31: manifold m1 says 35.00 %")
    rows = "".join(f"{p},Q,probability,,{p},2025-03-01T00:00:00Z,2026-12-31\n" for p in (0.1, 0.2))
    table = f"place,question,kind,item,value,valid_at,by\n{rows}"
    _run(asking, "when", "--csv", "-", stdin=table)
    assert "when, by 2026-12-31 ours nothing" in " ".join(_run(asking).split())
    made = asking("forecasts", "make", "coin", "--draws", "4096", "--reason", "monthly")
    assert made.exit_code == 0, made.output
    page = _run(asking)
    assert all(len(line) <= 80 for line in page.splitlines())
    rows_shown = [line.split() for line in page.splitlines()[2:]]
    ours = [row for row in rows_shown if "ours" in row]
    assert len(ours) == 1
    assert ours[0][:4] == ["when,", "by", "2026-12-31", "ours"]
    assert float(ours[0][4]) == pytest.approx(100 * 2 / 7, abs=0.1)
    theirs = [row for row in rows_shown if row[:1] in (["manifold"], ["csv"])]
    assert [(row[0], row[1]) for row in theirs] == [("csv", "10.00"), ("csv", "20.00"), ("manifold", "35.00")]
    assert float(theirs[0][3]) == pytest.approx(100 * (0.1 - 2 / 7), abs=0.1)


def test_json_is_what_the_server_says(asking: Cli) -> None:
    quotes = [json.loads(line) for line in _run(asking, "deal", "--csv", "-", "--json", stdin=TABLE).splitlines()]
    assert [each["place"] for each in quotes] == ["desk", "bank"]
    (page,) = _run(asking, "--json").splitlines()
    assert [one["quote"]["place"] for one in json.loads(page)["questions"][0]["theirs"]] == ["bank", "desk"]


def test_a_file_is_read(asking: Cli, tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    path.write_text(TABLE, encoding="utf-8-sig")
    assert "desk says 40.00 %" in _run(asking, "deal", "--csv", str(path), "--reason", "by letter", "--author", "ann")
    missing = asking("import", "coin", "deal", "--csv", str(tmp_path / "none.csv"))
    assert (missing.exit_code, "there is no such file" in missing.stderr) == (2, True)


def test_what_the_server_refuses_is_told(asking: Cli) -> None:
    done = asking("import", "coin", "deal", "--from", "manifold", "--place", "m3")
    assert done.exit_code == 3
    assert "Market not found" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("deal",), "state --from and --place"),
        (("deal", "--from", "manifold"), "state --from and --place"),
        (("deal", "--from", "oracle", "--place", "x"), "oracle"),
        (("deal", "--csv", "-", "--place", "x"), "state --from and --place"),
        (("deal", "--csv", "-", "--as-of", "2026-01-01"), "--as-of is for a command that shows"),
        (("--from", "manifold"), "--from is for a command that quotes"),
        (("--csv", "-"), "--csv is for a command that quotes"),
        (("deal", "--from", "manifold", "--place", "m1", "--options", "x"), "x"),
        (("deal", "--from", "manifold", "--place", "m1", "--part", "x"), "x"),
        (("--part", "{by: 2026-12-31}"), "--part is for a command that quotes"),
    ],
)
def test_a_command_line_that_says_neither_is_at_fault(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    done = cli("import", "coin", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
