"""The report: a page that stands alone, can be read by everybody, and says what the forecast says."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from itertools import pairwise

import pytest

from api.report import Recorded, report_html
from api.wording.figures import chance, draws_behind
from forecast.documents import read_scenario
from forecast.result import Forecast, Probability
from forecast.run import run
from forecast.settings import RunSettings
from tests.api.cli.support import TALKS
from tests.api.report.page import Element, parsed, rows
from tests.api.report.support import PACKAGED, packaged_forecast, small

RECORDED = Recorded(
    "f-17", 3, "A. Analyst", "Weekly", datetime(2026, 8, 21, 11, 30, tzinfo=timezone(timedelta(hours=2)))
)


@cache
def talks(*, later: bool = False) -> Forecast:
    """Return a forecast of a small scenario with every part, or that of a later day with evidence."""
    return run(read_scenario(TALKS), RunSettings(draws=4096, as_of=date(2026, 4, 1) if later else None))


@cache
def page(name: str) -> Element:
    """Return the report of a forecast, read back."""
    return parsed(report_html(forecast(name)))


def forecast(name: str) -> Forecast:
    """Return a forecast by name."""
    return talks(later=name == "later talks") if "talks" in name else packaged_forecast(name)


every_page = pytest.mark.parametrize("name", [*PACKAGED, "talks", "later talks"])


# ── A page that stands alone ──────────────────────────────────────────────────────────────────────────────────────


@every_page
def test_nothing_is_loaded_and_nothing_runs(name: str) -> None:
    html = report_html(forecast(name))
    for element in parsed(html).all():
        assert element.tag not in {"script", "link", "iframe", "object", "embed", "img", "base", "form", "use", "image"}
        assert not {"src", "srcset", "style", "action", "xlink:href"} & element.attributes.keys(), element
        assert not any(attribute.startswith("on") for attribute in element.attributes), element
        assert element.attributes.get("href", "#").startswith("#"), element
    style = page(name).one("style").content[0]
    assert isinstance(style, str)
    assert not re.search(r"url\(|@import|@font-face|expression\(", style)


@every_page
def test_links_lead_to_a_place_on_the_page(name: str) -> None:
    ids = [element.attributes["id"] for element in page(name).all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    links = [link.attributes["href"] for link in page(name).all("a")]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_the_same_forecast_gives_the_same_bytes() -> None:
    stored = Forecast.model_validate_json(talks(later=True).to_json())
    assert report_html(stored, recorded=RECORDED) == report_html(talks(later=True), recorded=RECORDED)


# ── A page that everybody can read ────────────────────────────────────────────────────────────────────────────────


@every_page
def test_headings_go_down_one_step_at_a_time(name: str) -> None:
    levels = [int(e.tag[1]) for e in page(name).all() if re.fullmatch(r"h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@every_page
def test_page_says_its_language_title_and_width(name: str) -> None:
    root = page(name)
    assert root.one("html").attributes["lang"] == "en"
    assert next(root.one("head").all("title")).text == forecast(name).title
    assert root.one("h1").text == forecast(name).title
    metas = {meta.attributes.get("name"): meta.attributes.get("content") for meta in root.all("meta")}
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert metas["color-scheme"] == "light dark"


@every_page
def test_tables_have_captions_and_scoped_headers(name: str) -> None:
    for table in page(name).all("table"):
        assert table.children[0].tag == "caption"
        assert table.children[0].text
        headers = list(table.all("th"))
        assert headers
        assert all(header.attributes["scope"] in {"col", "row", "colgroup"} for header in headers)


@every_page
def test_images_have_a_name_and_a_description(name: str) -> None:
    images = [svg for svg in page(name).all("svg") if svg.attributes.get("role") == "img"]
    assert images
    for image in images:
        title, description = image.children[:2]
        assert (title.tag, description.tag) == ("title", "desc")
        assert image.attributes["aria-labelledby"].split() == [e.attributes["id"] for e in (title, description)]
        assert all("".join(map(str, element.content)).strip() for element in (title, description))


def _luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_apart(scheme: int) -> None:
    """Text has a contrast of 4.5 to 1 on both backgrounds; bars and lines have 3 to 1 (WCAG 2.2, AA)."""
    style = str(page("minimal").one("style").content[0])
    block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    for background in ("paper", "faint"):
        for text in ("ink", "soft", "link", "loud"):
            assert _contrast(colours[text], colours[background]) >= 4.5, (text, background)
    assert _contrast(colours["fill"], colours["paper"]) >= 3.0
    assert _contrast(colours["ink"], colours["fill"]) >= 3.0
    assert _contrast(colours["link"], colours["band-2"]) >= 3.0


# ── What the forecast says, from top to bottom ────────────────────────────────────────────────────────────────────


def test_sections_stand_in_the_order_of_what_matters() -> None:
    assert [heading.text for heading in page("trump-kim-2025").all("h2")] == [
        *("How it ends", "Outcomes", "Groups", "Attributes", "Dates", "Quantities", "Questions", "The chain"),
        *("Definitions", "The nodes, and why", "Evidence", "How it was computed"),
    ]


def test_parts_that_a_scenario_lacks_have_no_section() -> None:
    assert [heading.text for heading in page("minimal").all("h2")] == [
        *("How it ends", "The nodes, and why", "Evidence", "How it was computed"),
    ]


def test_opening_paragraph_says_the_headline_in_plain_words() -> None:
    """The numbers are those of the scenario's closed form: no summit .507, no deal .287."""
    told = page("trump-kim-2025").one("section", "summary").text
    assert re.match(
        r"By 20 January 2029, the likeliest of the 7 ways in which this can end is no summit at 50\.7\d* % "
        r"\(roughly even chance, 1 in 2\)\. Next come no deal at 2[89](\.\d+)? % \(unlikely, 2 in 7\), ",
        told,
    )
    assert re.search(r"; the other 3 have [89](\.\d+)? % together\.", told)


def test_two_ways_are_both_named() -> None:
    assert page("minimal").one("section", "summary").text == (
        "By 31 December 2026, the likelier of the 2 ways in which this can end is opens at 70 % (likely, 7 in 10). "
        "Next comes stays closed at 30 % (unlikely, 3 in 10)."
    ).replace("70 %", _said(page("minimal"), "opens")).replace("30 %", _said(page("minimal"), "stays closed"))


def _said(root: Element, name: str) -> str:
    return next(row[1] for row in rows(root.with_id("outcomes-table")) if row[0] == name)


def test_days_are_written_out_and_the_priors_own_day_is_named() -> None:
    assert page("talks").one("header").one("p", "dates").text == (
        "As of 1 January 2026, about the time up to 31 December 2026."
    )
    assert "As of 1 April 2026 (priors of 1 January 2026), about" in page("later talks").one("header").text


def test_interval_and_mc_error_are_told_apart() -> None:
    told = page("talks").one("div", "reading").text
    assert "90 % credible interval: what the analysts do not know" in told
    assert re.search(
        r"MC error is another matter\. Simulation \(MC\) error of these probabilities: .* points at most", told
    )


def _means(table: Element) -> list[float]:
    return [float(cell.one("data").attributes["value"]) for cell in table.all("td", "mean")]


def _bars(table: Element) -> list[float]:
    return [float(bar.attributes["width"].removesuffix("%")) / 100.0 for bar in table.all("rect", "fill")]


def _whiskers(table: Element) -> list[tuple[float, float]]:
    ends = [
        tuple(float(svg_line.attributes[x].removesuffix("%")) / 100.0 for x in ("x1", "x2"))
        for svg in table.all("svg", "bar")
        for svg_line in list(svg.all("line", "whisker"))[:1]
    ]
    return [(low, high) for low, high in ends]


@every_page
@pytest.mark.parametrize("part", ["headline", "outcomes", "groups", "attributes"])
def test_tables_and_bars_have_the_forecasts_figures(name: str, part: str) -> None:
    named: Mapping[str, Probability] = getattr(forecast(name), part)
    if not named:
        assert not any(e.attributes.get("id") == f"{part}-table" for e in page(name).all())
        return
    table = page(name).with_id(f"{part}-table")
    assert _means(table) == [p.mean for p in named.values()]
    draws = draws_behind(forecast(name))
    assert [cell.text for cell in table.all("td", "mean")] == [chance(p, draws) for p in named.values()]
    assert _bars(table) == pytest.approx([p.mean for p in named.values()], abs=5.1e-5)
    ends = [(p.quantiles["0.05"], p.quantiles["0.95"]) for p in named.values() if p.quantiles is not None]
    assert _whiskers(table) == [pytest.approx(pair, abs=5.1e-5) for pair in ends]


def test_a_row_has_name_number_word_frequency_and_interval() -> None:
    """The summit's probability has the closed form 1 - (5 / (5 + t))^1.2 = .4926 with t = 3.8."""
    row, below = rows(page("trump-kim-2025").with_id("groups-table"))[:2]
    assert row[0] == "summit"
    assert re.fullmatch(r"49\.\d+ %", row[1])
    assert abs(float(row[1].removesuffix(" %")) - 49.26) < 0.05
    assert row[2] == "roughly even chance 1 in 2"
    assert re.fullmatch(r"[56](\.\d)?–9[67] %", row[3])
    assert below == [
        "Trump (as president) and Kim in the same place and interacting in person. A handshake counts; "
        "calls, letters and video do not."
    ]


def test_notes_say_how_an_outcome_is_reached_and_what_a_group_holds() -> None:
    root = page("trump-kim-2025")
    assert ["summit › bad deal › peace declaration › raised › refuses"] in rows(root.with_id("outcomes-table"))
    groups = rows(root.with_id("groups-table"))
    assert ["icbm only or (peace declaration and A declaration of peace that also limits ICBMs)"] in groups


def test_dates_have_chart_table_and_the_rest() -> None:
    branch, summary = page("trump-kim-2025").with_id("date-1"), packaged_forecast("trump-kim-2025").dates["summit"]
    table = branch.one("table")
    assert [row[0] for row in rows(table)] == [*summary.by, "Not by the horizon"]
    assert _means(table) == [*(p.mean for p in summary.by.values()), summary.not_by_horizon]
    assert len(list(branch.all("circle", "dot"))) == len(summary.by)
    assert len(list(branch.all("polygon"))) == 2
    assert f"5 % by {summary.quantiles['0.05']}" in branch.text


def test_a_line_begins_at_nothing_only_where_nothing_can_have_happened() -> None:
    """What is made to happen may have a date before the day the forecast speaks from."""
    made = run(read_scenario(TALKS), RunSettings(draws=256, as_of=date(2026, 4, 1), do=("met",)))
    assert len(_line(parsed(report_html(made)))) == 2
    assert len(_line(page("later talks"))) == 3


def _line(root: Element) -> list[str]:
    """Return the points of the first dated branch."""
    return root.with_id("date-1").one("polyline").attributes["points"].split()


def test_quantities_have_picture_figures_and_single_values() -> None:
    forecast = packaged_forecast("trump-kim-2025")
    order = list(forecast.quantities)
    item = page("trump-kim-2025").with_id(f"quantity-{order.index('us_troops_korea_end_2026') + 1}")
    summary = forecast.quantities["us_troops_korea_end_2026"]
    exactly = [float(data.attributes["value"]) for data in item.one("table", "figures").all("data")]
    assert exactly == [summary.mean, summary.sd, *summary.quantiles.values(), summary.atoms[0].probability]
    assert rows(item.one("table", "figures"))[-1][0] == "exactly 28,500"
    (label,) = item.all("text", "pin-label")
    assert re.fullmatch(r"28,500: 9\d %", label.text)
    shares = [float(data.attributes["value"]) for data in item.one("table", "shares").all("data")]
    assert shares == [summary.atoms[0].probability, *summary.histogram.probabilities]


def test_questions_are_answered_in_their_own_form_with_their_clauses() -> None:
    asked = list(page("talks").with_id("questions").all("article"))
    answers = talks().questions
    assert [article.one("h3").text for article in asked] == [answer.text for answer in answers.values()]
    binary, dear, cost, when, which, conditional = asked
    assert rows(binary.one("table"))[0][0] == "Yes"
    assert "Resolution By the text." in binary.text
    assert "deal-this-year · binary · closes 2026-12-30" in binary.text
    assert rows(dear.one("table"))[0][3] == "none"
    assert "Without an interval: counted over sampled histories" in dear.text
    assert rows(cost.one("table", "figures"))[0][0] == "mean"
    assert rows(when.one("table", "days"))[-1][0] == "Not by the horizon"
    assert [row[0] for row in rows(which.one("table")) if len(row) > 1] == ["A deal", "Anything else"]
    told = [row[:2] for row in rows(conditional.one("table")) if len(row) > 1]
    assert [row[0] for row in told] == ["Yes, if the condition holds", "Yes, if it does not", "The condition holds"]


def test_chain_stands_beside_the_same_end_by_any_path() -> None:
    chain = talks().chain
    assert chain is not None
    table = page("talks").with_id("chain-table")
    names = [row[0] for row in rows(table) if len(row) > 1]
    assert names == ["met", "A text that both sign", "deal or storm"]
    assert _means(table) == [*(link.cumulative.mean for link in chain.links), chain.same_end["deal_or_storm"].mean]
    assert "1.0 × chain" in table.text


def test_a_chain_without_company_is_called_lonely() -> None:
    chain = talks().chain
    assert chain is not None
    alone = talks().model_copy(update={"chain": chain.model_copy(update={"same_end": {}})})
    assert "looks likelier than it is" in parsed(report_html(alone)).with_id("chain").text


def test_nodes_have_question_branches_reason_and_source() -> None:
    node = page("trump-kim-2025").with_id("node-3")
    found = packaged_forecast("trump-kim-2025").nodes["summit_outcome"]
    assert node.one("h3").text.startswith("What has the whole process after the first meeting led to")
    assert _means(node) == list(found.values())
    assert re.search(r"summit_outcome · reached with 49(\.\d+)? %", node.text)
    assert "Why Leaders: Singapore (declaratory), Hanoi (none)" in node.text
    assert "Source CFR timeline and Ploughshares factsheet [C]" in node.text


def test_a_node_shows_what_is_pending_and_the_next_is_reached_without_it() -> None:
    found = packaged_forecast("drug-approval-2026")
    node = page("drug-approval-2026").with_id("node-2")
    assert _means(node) == list(found.nodes["review"].values())
    assert math.fsum(_means(node)) == pytest.approx(1.0, abs=1e-12)
    assert node.text.count("still under way at the horizon") == 3
    labelled = found.outcomes["broad"].mean + found.outcomes["narrow"].mean
    said = re.search(r"label · reached with (\d+(\.\d+)?) %", page("drug-approval-2026").with_id("nodes").text)
    assert said is not None
    assert float(said[1]) == pytest.approx(100 * labelled, abs=0.5)


def test_evidence_names_day_author_source_and_ratio() -> None:
    view = page("later talks").with_id("evidence")
    (entry,) = rows(view.one("table"))
    assert entry[0] == "2026-03-01"
    assert entry[1] == "A rumour of talks Rumours come before talks. rumour · made up"
    assert entry[2] == "met × 2"
    assert (
        "On file and not used: 1 dated after 2026-04-01, 1 proposed (used only by a run that asks for them)."
        in view.text
    )
    assert "Silence counts too: nothing else that has a date is taken to have happened since 2026-01-01." in view.text


def test_provenance_is_whole() -> None:
    made = talks(later=True)
    root = parsed(report_html(made, recorded=RECORDED))
    facts = dict(rows(root.with_id("provenance").one("table")))
    assert facts == {
        "Scenario": "talks",
        "Scenario digest": made.scenario_digest,
        "Status of the priors": "made up",
        "Forecast": "f-17",
        "Version of the scenario": "3",
        "Recorded": "21 August 2026, 09:30 UTC",
        "Recorded by": "A. Analyst",
        "Reason": "Weekly",
        "As of": "2026-04-01",
        "Horizon": "2026-12-31",
        "Evidence used": "rumour",
        "Assumed": "nothing",
        "Made to happen": "nothing",
        "Seed": str(made.sampling.seed),
        "Draws": "4,096 (sobol)",
        "Blocks": "16 of 256 draws each",
        "Effective sample size": facts["Effective sample size"],
        "Computed by": facts["Computed by"],
        "Digest": made.digest,
    }
    ess = float(facts["Effective sample size"].replace(",", ""))
    assert ess == pytest.approx(made.sampling.effective_sample_size, rel=1e-5)
    assert facts["Computed by"].startswith(f"branchcast {made.versions.branchcast}, Python {made.versions.python}, ")
    assert "GET /v1/forecasts/f-17" in root.with_id("provenance").text
    assert root.one("pre").text == "branchcast replay forecast.json"


def test_a_time_of_recording_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="recorded_at is 2026-08-21T11:30:00: give it a time zone, such as UTC"):
        Recorded("f-17", None, None, None, datetime(2026, 8, 21, 11, 30))  # noqa: DTZ001


def test_what_a_store_does_not_know_is_left_out() -> None:
    bare = Recorded("f-18", None, None, None, datetime(2026, 8, 21, 9, 30, tzinfo=UTC))
    facts = dict(rows(parsed(report_html(talks(), recorded=bare)).with_id("provenance").one("table")))
    assert not {"Version of the scenario", "Recorded by", "Reason"} & facts.keys()
    assert facts["Forecast"] == "f-18"


def test_conditions_and_warnings_are_loud() -> None:
    assumed = run(read_scenario(TALKS), RunSettings(draws=256, assume=("met",), do=("talks.deal",)))
    root = parsed(report_html(assumed.model_copy(update={"warnings": ("mind the gap", "and the step")})))
    loud = [p.text for p in root.one("header").all("p", "loud")]
    assert loud == [
        "GIVEN THAT met happens.",
        "IF SOMEONE MAKES talks.deal HAPPEN.",
        "2 warnings for whoever relies on these numbers.",
    ]
    assert [p.text for p in root.with_id("warnings").all("p", "loud")] == ["mind the gap", "and the step"]


def test_a_partition_of_one_way_is_said_as_such() -> None:
    told = parsed(report_html(small(headline={"something": ["deal", "no_deal"]}))).one("section", "summary").text
    assert told.startswith("By 31 December 2026, there is one way in which this can end: something at 100 % (")
