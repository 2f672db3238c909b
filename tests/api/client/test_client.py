"""The nouns of the client against a real server: what they return, and what they write."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from api.client import AnswerError, ArgumentError, ChangedSinceError, Client
from forecast.documents import read_scenario
from forecast.result import Forecast
from forecast.run import replay, run
from forecast.settings import RunSettings
from tests.api.cli.support import TALKS
from tests.api.client.hostile import hostile
from tests.api.live import LiveServer

SCEPTICAL = {"family": "beta", "branch": "opens", "a": 4, "b": 6}
DAY = "2026-02-01"


def test_scenarios_are_created_read_and_revised(client: Client) -> None:
    made = client.scenarios.create(TALKS, reason="first", author="ana")
    assert (made.id, made.version, made.author, made.reason) == ("talks", 1, "ana", "first")
    document = {**made.document, "title": "Will they agree?"}
    revised = client.scenarios.put("talks", document, reason="shorter", if_match=made.tag)
    assert [change.pointer for change in revised.changes] == ["/title"]
    assert [each.version for each in client.scenarios.versions("talks")] == [2, 1]
    assert client.scenarios.get("talks", version=1).title == "Will the talks end in a deal?"
    assert client.scenarios.get("talks").tag == revised.tag
    assert client.scenarios.yaml("talks", version=1) == TALKS
    assert "talks" in [each.id for each in client.scenarios.list()]


def test_a_prior_is_set_and_what_moves_is_told(client: Client) -> None:
    """The bridge's mean is the closed form a / (a + b) before and after."""
    before = client.prior("minimal", "opening").get()
    assert (before.prior["a"], before.since) == (7.0, 1)
    made = client.prior("minimal", "opening").set(SCEPTICAL, reason="frost", if_match=before.tag, author="ben")
    assert (made.version, made.author, made.reason) == (2, "ben", "frost")
    assert made.moved.comparison is not None
    moves = {move.place: move for move in made.moved.comparison.moves}
    assert moves["outcomes.opens"].difference == pytest.approx(0.4 - 0.7)
    after = client.prior("minimal", "opening").get()
    assert (after.tag != before.tag, after.since, after.prior["a"]) == (True, 2, 4)
    assert client.prior("minimal", "opening").get(version=1).prior["a"] == 7.0


def test_whoever_comes_second_learns_what_changed(client: Client) -> None:
    noun = client.prior("minimal", "opening")
    tag = noun.get().tag
    noun.set(SCEPTICAL, reason="frost", if_match=tag)
    with pytest.raises(ChangedSinceError) as late:
        noun.set({**SCEPTICAL, "a": 9}, reason="sun", if_match=tag)
    assert late.value.status == 412
    assert [words.split(":")[0] for words in late.value.changed] == ["prior of node opening"]
    again = noun.set({**SCEPTICAL, "a": 9}, reason="sun, knowing of the frost", if_match=late.value.tag)
    assert again.version == 3


def test_the_diff_of_two_versions(client: Client) -> None:
    noun = client.prior("minimal", "opening")
    noun.set(SCEPTICAL, reason="frost", if_match=noun.get().tag)
    found = client.scenarios.diff("minimal")
    assert (found.before.version, found.after.version) == (1, 2)
    assert "opens 70 % → 40 %" in found.changes[0].words
    assert found.moved is not None
    assert client.scenarios.diff("minimal", before=1, after=2, numbers=False).moved is None


def test_a_forecast_is_made_and_read_back_whole(client: Client) -> None:
    made = client.forecasts.create("minimal", as_of=date(2026, 2, 1), draws=4_096, seed=3, reason="monthly")
    assert (made.scenario, made.version, made.as_of, made.reason) == ("minimal", 1, date(2026, 2, 1), "monthly")
    assert replay(made.forecast).digest == made.digest
    assert client.forecasts.get(made.id) == made
    assert client.forecasts.latest("minimal") == made
    assert [each.id for each in client.forecasts.list(scenario="minimal")] == [made.id]
    assert list(client.forecasts.list(as_of=date(2000, 1, 1))) == []


def test_a_dear_forecast_is_waited_for(client: Client) -> None:
    """The server queues what costs more than it answers at once; the client says how far it is."""
    heard: list[tuple[int, int]] = []
    made = client.forecasts.create(
        "trump-kim-2025", as_of="2026-08-20", draws=200_000, progress=lambda *now: heard.append(now)
    )
    assert made.draws >= 200_000
    assert heard[-1] == (made.draws, made.draws)
    run = client.runs.get(made.run)
    assert (run.status, run.forecast) == ("done", made.href)


def test_an_order_can_be_followed_and_cancelled(client: Client) -> None:
    run = client.forecasts.order("minimal", as_of=DAY, draws=4_096)
    assert client.runs.wait(run.id).status == "done"
    assert [now.status for now in client.runs.follow(run.id)] == ["done"]
    assert client.runs.cancel(run.id).status == "done"
    long = client.forecasts.order("trump-kim-2025", as_of="2026-08-20", draws=7_000_000)
    client.runs.cancel(long.id)
    with pytest.raises(AnswerError, match=f"run {long.id} was cancelled") as ended:
        client.runs.wait(long.id)
    assert ended.value.kind == "run-cancelled"
    assert {each.id for each in client.runs.list()} == {run.id, long.id}


def test_a_run_that_fails_says_why(client: Client) -> None:
    """An assumption that its priors exclude."""
    sure = {"family": "fixed", "p": {"opens": 1, "stays_closed": 0}}
    noun = client.prior("minimal", "opening")
    noun.set(sure, reason="they said so", if_match=noun.get().tag)
    run = client.forecasts.order("minimal", as_of=DAY, assume=["stays_closed"])
    with pytest.raises(AnswerError) as failed:
        client.runs.wait(run.id)
    assert failed.value.kind == "evidence-refused"


def test_files_of_a_forecast(client: Client, tmp_path: Path) -> None:
    """File, report, draws and worlds, to a path and to a stream."""
    made = client.forecasts.create("minimal", as_of=DAY, draws=4_096)
    client.forecasts.file(made.id, tmp_path / "forecast.json")
    assert Forecast.model_validate_json((tmp_path / "forecast.json").read_bytes()) == made.forecast
    client.forecasts.report(made.id, str(tmp_path / "report.html"))
    assert made.digest in (tmp_path / "report.html").read_text(encoding="utf-8")
    stream = io.BytesIO()
    client.forecasts.draws(made.id, stream)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue().decode())))
    mean = sum(float(row["outcomes.opens"]) for row in rows) / len(rows)
    assert len(rows) == 4_096
    assert mean == pytest.approx(made.forecast.outcomes["opens"].mean, abs=1e-12)
    client.forecasts.worlds(made.id, tmp_path / "worlds.npy", format="npy")
    assert (tmp_path / "worlds.npy").read_bytes().startswith(b"\x93NUMPY")


def test_two_forecasts_are_compared_and_their_course_is_told(client: Client) -> None:
    first = client.forecasts.create("minimal", as_of=DAY, draws=4_096)
    noun = client.prior("minimal", "opening")
    noun.set(SCEPTICAL, reason="frost", if_match=noun.get().tag)
    second = client.forecasts.create("minimal", as_of=DAY, draws=4_096)
    moves = {move.place: move.difference for move in client.forecasts.compare(first.id, second.id).comparison.moves}
    assert moves["outcomes.opens"] == pytest.approx(-0.3)
    assert "outcomes.opens" in client.places("minimal")
    course = list(client.history("minimal", "outcomes.opens"))
    assert [(point.forecast, point.version) for point in course] == [(second.id, 2), (first.id, 1)]
    assert [point.exact for point in course] == pytest.approx([0.4, 0.7])
    then = client.history("minimal", "outcomes.opens", as_of=first.recorded_at)
    assert [point.forecast for point in then] == [first.id]


def test_evidence_is_added_and_retracted(client: Client) -> None:
    """Odds of 7 : 3 for the bridge become 14 : 3 under a ratio of 2 (Bayes)."""
    noun = client.evidence("minimal")
    entry = {"date": "2026-01-15", "what": "The crane has come", "author": "ana", "likelihood_ratio": {"opens": 2}}
    added = noun.add("crane", entry, reason="seen from the quay", dedupe_key="quay-1")
    assert (added.in_force, added.origin, added.reason) == (True, "ledger", "seen from the quay")
    assert added.moved.comparison is not None
    after = {move.place: move.after.best for move in added.moved.comparison.moves}
    assert after["outcomes.opens"] == pytest.approx(14 / 17, abs=1e-9)
    assert noun.get("crane").entry["what"] == "The crane has come"
    assert noun.retract("crane", reason="it was another crane").in_force is False
    assert [(each.name, each.in_force) for each in noun.list()] == [("crane", False)]


def test_statements_are_recorded_and_pooled(client: Client) -> None:
    noun = client.statements("minimal", "opening")
    for expert, a in (("ana", 2), ("ben", 8)):
        noun.add(expert, {"family": "beta", "branch": "opens", "a": a, "b": 10 - a}, reason="asked at the harbour")
    assert noun.get("ana").prior["a"] == 2
    assert [each.expert for each in noun.list()] == ["ana", "ben"]
    noun.add("ana", {"family": "beta", "branch": "opens", "a": 4, "b": 6}, reason="second thoughts")
    assert len(list(noun.list(history=True))) == 3
    tag = client.scenarios.get("minimal").tag
    pooled = noun.pool(reason="both asked", if_match=tag, weights={"ana": 0.5, "ben": 0.5})
    assert pooled.document["nodes"]["opening"]["prior"]["family"] == "panel"
    assert client.preview("minimal").outcomes["opens"].mean == pytest.approx(0.6, abs=1e-3)


def test_previews_and_what_ifs_keep_nothing(client: Client) -> None:
    """A preview is the forecast that the engine makes of the same scenario and settings, to the last bit."""
    scenario = read_scenario(TALKS)
    own = run(scenario, RunSettings(draws=4_096, seed=5, as_of=date(2026, 4, 1)))
    document = scenario.model_dump(mode="json", exclude_unset=True)
    assert client.preview(document, draws=4_096, seed=5, as_of=date(2026, 4, 1)).digest == own.digest
    found = client.what_if("minimal", priors={"opening": SCEPTICAL}, base={"assume": ["opens"]})
    move = next(move for move in found.comparison.moves if move.place == "outcomes.opens")
    assert [move.before.best, move.after.best] == pytest.approx([1.0, 0.4])
    assert list(client.forecasts.list()) == []


def test_problems_name_the_field(client: Client) -> None:
    with pytest.raises(AnswerError) as refused:
        client.preview("minimal", priors={"opening": {"family": "beta", "branch": "opens", "a": -1, "b": 1}})
    error = refused.value
    assert (error.status, error.kind, error.errors[0].pointer) == (422, "invalid-scenario", "/priors/opening/a")
    assert error.request_id is not None
    assert str(error) == error.detail
    with pytest.raises(AnswerError, match="there is no scenario 'minmal': did you mean 'minimal'") as unknown:
        client.scenarios.get("minmal")
    assert unknown.value.kind == "unknown-scenario"


def test_names_with_tricks_stay_names(client: Client) -> None:
    """No name reaches another address, whatever it is made of."""
    for name in ("../keys", "a/b", "%2e%2e", "x?version=1", "x#y", "ü\N{NULL}", "; drop table"):
        with pytest.raises(AnswerError) as unknown:
            client.scenarios.get(name)
        assert unknown.value.status in (404, 422), name


@pytest.mark.parametrize("name", [".", "..", "", None, 5, "half\ud800"])
def test_names_that_no_address_can_have_are_refused_before_anything_is_sent(
    client_of: Callable[..., Client], name: str
) -> None:
    """Dots would be taken as steps and lead to another address."""
    with hostile() as server:
        client = client_of(server.url)
        asked: dict[str, Callable[[], object]] = {
            "the id of the scenario": lambda: client.scenarios.get(name),
            "the name of the node": lambda: client.prior("minimal", name).get(),
            "the name of the entry": lambda: client.evidence("minimal").get(name),
            "the name of the expert": lambda: client.statements("minimal", "opening").get(name),
            "the id of the forecast": lambda: client.forecasts.get(name),
            "the id of the run": lambda: client.runs.get(name),
            "the prefix of the key": lambda: client.keys.get(name),
        }
        for what, ask in asked.items():
            with pytest.raises(ArgumentError, match=re.escape(f"{what} is {name!a}, which no address can have")):
                ask()
        with pytest.raises(ArgumentError, match="the id of the scenario"):
            client.scenarios.yaml(name)
    assert server.asked == []


@pytest.mark.parametrize("tag", ["x\r\nEvil: 1", "x\n", "", " x", "\u00fc", "\ud800", None])
def test_tags_that_no_header_can_hold_are_refused_before_anything_is_sent(
    client_of: Callable[..., Client], tag: str
) -> None:
    said = re.escape(f"if_match is {tag!a}, which cannot be sent as the header If-Match: state one line")
    with hostile() as server, pytest.raises(ArgumentError, match=said):
        client_of(server.url).scenarios.put("minimal", TALKS, reason="r", if_match=tag)
    assert server.asked == []


def test_a_body_that_is_no_json_is_refused_before_anything_is_sent(client_of: Callable[..., Client]) -> None:
    with hostile() as server, pytest.raises(ArgumentError, match="this cannot be sent as JSON"):
        client_of(server.url).evidence("minimal").retract("x", reason="half\ud800")
    assert server.asked == []


def test_keys_are_made_listed_and_revoked(keyed: tuple[LiveServer, str], client_of: Callable[..., Client]) -> None:
    live, chief = keyed
    client = client_of(live.url, key=chief)
    made = client.keys.create("ana", scope="write", expires_at=datetime(2100, 1, 1, tzinfo=UTC))
    assert made.key is not None
    assert made.key not in repr(made)
    ana = client_of(live.url, key=made.key)
    noun = ana.prior("minimal", "opening")
    assert noun.set(SCEPTICAL, reason="frost", if_match=noun.get().tag).author == "ana"
    with pytest.raises(AnswerError) as refused:
        list(ana.keys.list())
    assert refused.value.kind == "forbidden"
    assert client.keys.revoke(made.prefix).state == "revoked"
    with pytest.raises(AnswerError) as gone:
        list(ana.scenarios.list())
    assert (gone.value.status, gone.value.kind) == (401, "unauthenticated")
    assert {each.name: each.state for each in client.keys.list()} == {"chief": "works", "ana": "revoked"}
    assert client.keys.get(made.prefix).scope == "write"
