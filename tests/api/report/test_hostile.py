"""Text of a document is untrusted, and may be long; forecasts may be extreme. The page stays whole and readable."""

import re
from datetime import date
from typing import Any

import pytest

from api.report import report_html
from forecast.documents import read_scenario
from forecast.documents.scenario_text import stated_data
from forecast.result import Forecast
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings
from tests.api.cli.support import TALKS
from tests.api.report.page import Element, parsed, rows
from tests.api.report.support import PACKAGED, packaged_forecast, small, wide

ATTACK = """</p></style></title><script>alert(1)</script><img src=x onerror="alert(2)"> {{ 7 * 7 }} '"&amp;"""
TEXTS = {"title", "description", "question", "rationale", "source", "author", "note", "unit", "text", "resolution"}
TEXTS |= {"what", "why", "prior_status", "prior_version"}


def attacked(said: Any) -> Any:  # noqa: ANN401
    """Return a document with hostile text wherever it may hold free text."""
    if isinstance(said, dict):
        free = {key: ATTACK for key, value in said.items() if key in TEXTS and isinstance(value, str)}
        return {key: free.get(key, attacked(value)) for key, value in said.items()}
    return said


@pytest.fixture(scope="module")
def hostile() -> Forecast:
    """Return a forecast whose every text tries to leave its place."""
    document = attacked(stated_data(read_scenario(TALKS)))
    document |= {"description": ATTACK, "source": ATTACK, "author": ATTACK, "definitions": {"deal": ATTACK}}
    document["nodes"]["meeting"] |= {"question": ATTACK, "rationale": ATTACK, "author": ATTACK}
    document["questions"]["which"]["options"] = {ATTACK: "deal", "Anything else": "rest"}
    document["evidence"]["rumour"]["author"] = ATTACK
    made = run(parse_scenario(document), RunSettings(draws=256, as_of=date(2026, 4, 1)))
    return made.model_copy(update={"warnings": (ATTACK,)})


def test_text_stays_text(hostile: Forecast) -> None:
    html = report_html(hostile)
    root = parsed(html)
    assert not list(root.all("script"))
    assert not list(root.all("img"))
    assert "49" not in root.one("h1").text
    shown = " ".join(ATTACK.split())
    assert root.one("h1").text == root.one("head").one("title").text == shown
    assert html.count("alert(1)") == html.count("&lt;script&gt;alert(1)&lt;/script&gt;")
    for section in ("attributes", "quantities", "questions", "definitions", "nodes", "evidence", "warnings"):
        assert shown in root.with_id(section).text, section


def test_text_that_runs_right_to_left_keeps_to_itself() -> None:
    """Text sets its own direction; characters that would turn what follows are replaced, joiners kept."""
    persian, override = "آیا می\u200cبینند؟", "safe \u202eevil"
    node = {
        "branches": ["deal", "no_deal"],
        "prior": {"family": "beta", "branch": "deal", "a": 2, "b": 5},
        "rationale": persian,
        "question": override,
    }
    html = report_html(small(nodes={"start": node}, description=override))
    assert "\u202e" not in html
    root = parsed(html)
    reason = next(e for e in root.with_id("nodes").all("div", "prose") if e.text == persian)
    assert reason.attributes["dir"] == "auto"
    assert root.with_id("node-1").one("h3").one("bdi").text == "safe \ufffdevil"


@pytest.mark.parametrize("text", ["word " * 1999 + "end", "x" * 10_000], ids=["words", "no blanks"])
def test_long_texts_fold_and_lose_nothing(text: str) -> None:
    node = {
        "branches": ["deal", "no_deal"],
        "prior": {"family": "beta", "branch": "deal", "a": 2, "b": 5},
        "rationale": text,
    }
    reason = parsed(report_html(small(nodes={"start": node}))).with_id("node-1").one("div", "labelled")
    lead = reason.one("div", "prose").children[0].text.removesuffix(" …")
    rest = reason.one("details").children[1].text.removeprefix("… ")
    assert len(lead) <= 420
    assert re.sub(r"\s", "", lead + rest) == re.sub(r"\s", "", text)


def test_line_breaks_of_a_text_are_kept() -> None:
    html = report_html(small(description="First.\n\nSecond."))
    (said,) = parsed(html).one("div", "description").children
    assert said.content == ["First.\n\nSecond."]
    assert "white-space: pre-line" in html


def test_three_hundred_outcomes_show_the_largest_and_fold_the_rest() -> None:
    forecast = wide(300)
    root = parsed(report_html(forecast))
    shown, folded = root.with_id("outcomes-table"), root.with_id("outcomes-more-table")
    likeliest = sorted(forecast.outcomes, key=lambda name: forecast.outcomes[name].mean)[-20:]
    assert _names(shown) == [name.replace("_", " ") for name in forecast.outcomes if name in likeliest]
    assert sorted(_names(shown) + _names(folded)) == sorted(f"way {i}" for i in range(300))
    details = next(d for d in root.with_id("ends").all("details", "more"))
    assert "open" not in details.attributes
    assert re.match(r"and 280 more, each at most 0\.6\d* %, together 8[67]\.\d+ %", details.children[0].text)
    assert re.search(r"; the other 296 have 97(\.\d+)? % together\.$", root.one("section", "summary").children[0].text)
    branches = list(root.with_id("node-1").all("table", "branches"))
    assert [len(rows(table)) for table in branches] == [20, 280]


def _names(table: Element) -> list[str]:
    return [row[0] for row in rows(table) if len(row) > 1]


def test_many_questions_and_quantities_fold() -> None:
    question = {"type": "binary", "text": "By 2026?", "resolution": "r", "event": "deal"}
    forecast = small(
        questions={f"q{i}": question for i in range(30)},
        quantities={f"n{i}": {"unit": "things", "default": {"family": "fixed", "value": i}} for i in range(30)},
    )
    root = parsed(report_html(forecast))
    for section in ("questions", "quantities"):
        (details,) = root.with_id(section).all("details", "more")
        assert details.children[0].text == "and 10 more"
        assert len(list(details.all("article"))) == 10
        assert len(list(root.with_id(section).all("article"))) == 30
    assert "One value only, so there is no picture." in root.with_id("quantity-1").text


def test_certain_and_impossible_branches_are_said_as_such() -> None:
    node = {"branches": ["sure", "never"], "prior": {"family": "fixed", "p": {"sure": 1, "never": 0}}}
    later = {"branches": ["a", "b"], "prior": {"family": "beta", "branch": "a", "a": 1, "b": 1}}
    nodes = {"start": node | {"branches": {"sure": {}, "never": "later"}}, "later": later}
    condition = {"type": "conditional", "text": "If never?", "resolution": "r", "given": "never", "event": "a"}
    root = parsed(report_html(small(nodes=nodes, questions={"if": condition})))
    told = {row[0]: row[1:] for row in rows(root.with_id("outcomes-table")) if len(row) > 1}
    assert told["sure"] == ["100 %", "almost certain* always", "100–100 %"]
    assert told["a"] == ["0 %", "almost no chance* never", "0–0 %"]
    assert "later · reached with 0 %" in root.with_id("nodes").text
    assert rows(root.with_id("question-1-answer-table"))[0][:2] == [
        "Yes, if the condition holds",
        "the condition has no weight",
    ]


@pytest.mark.parametrize("name", PACKAGED)
def test_every_figure_is_a_number(name: str) -> None:
    root = parsed(report_html(packaged_forecast(name)))
    values = [float(data.attributes["value"]) for data in root.all("data")]
    assert all(abs(value) < float("inf") for value in values)
    assert not re.search(r"\b(nan|inf|None|undefined)\b", root.one("body").text)


def test_every_form_of_evidence_has_words() -> None:
    entries: dict[str, dict[str, Any]] = {
        "seen": {"observed": {"branch": "met", "on": "2026-02-10"}},
        "storm": {"observed": {"attribute": "storm", "value": "no"}},
        "siblings": {"likelihood_ratio": {"deal": 2}, "against": "siblings", "discount": 0.5},
        "windowed": {"likelihood_ratio": {"met": 1.5}, "window": {"from": "2026-02-01"}},
        "mood": {"reading": {"driver": "mood", "value": 1, "sd": 0.5}},
        "regime": {"reading": {"driver": "regime", "likelihood": {"old": 1, "new": 2}}},
    }
    document = stated_data(read_scenario(TALKS))
    document["drivers"] = {"mood": {}, "regime": {"states": {"old": 0.5, "new": 0.5}}}
    document["evidence"] = {
        name: {"date": "2026-03-01", "what": "News", "source": "s", **said} for name, said in entries.items()
    }
    made = run(parse_scenario(document), RunSettings(draws=256, as_of=date(2026, 4, 1)))
    view = parsed(report_html(made)).with_id("evidence")
    assert {row[1].split()[1]: row[2] for row in rows(view.one("table"))} == {
        "seen": "observed: met on 2026-02-10",
        "storm": "observed: A storm by the horizon, no",
        "siblings": "A text that both sign × 2 against its siblings only discounted to the power 0.5",
        "windowed": "met × 1.5 if taken from 2026-02-01",
        "mood": "mood: read as 1 ± 0.5",
        "regime": "regime, old × 1 regime, new × 2",
    }
