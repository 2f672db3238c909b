"""The table: what it says, in what order, how it fits."""

import io
import re
from datetime import date

import pytest
from rich.cells import cell_len
from rich.console import Console

from api.cli.consoles import output
from api.cli.files import packaged, read_text
from api.cli.render import render
from api.cli.render_probabilities import bar
from api.wording.glyphs import ASCII, UNICODE
from forecast.documents import read_scenario
from forecast.result import Forecast, Probability
from forecast.run import run
from forecast.settings import RunSettings
from tests.api.cli.support import part, show


def test_title_says_what_when_and_which(later_talks: Forecast) -> None:
    lines = show(later_talks, 120).splitlines()
    assert lines[:4] == [
        "Will the talks end in a deal?",
        "As of 2026-04-01 (priors of 2026-01-01), about the time up to 2026-12-31.",
        f"Scenario talks, digest {later_talks.scenario_digest[7:19]}; 4,096 draws (sobol), "
        f"seed {later_talks.sampling.seed}.",
        "Priors: made up.",
    ]


def test_sections_stand_in_the_order_of_what_matters(later_talks: Forecast) -> None:
    titles = re.findall(r"^(.+?) ─+$", show(later_talks), re.MULTILINE)
    assert [title.split(",")[0].split(" (")[0].split(":")[0] for title in titles] == [
        *("How it ends", "Groups", "The chain", "Outcomes", "Attributes", "Quantities", "Dates", "Questions"),
        *("Evidence", "How it was computed"),
    ]


def test_headline_has_number_bar_word_interval_and_frequency(talks: Forecast) -> None:
    rows = part(show(talks), "How it ends").splitlines()
    assert re.fullmatch(r"deal +1\d\.\d+ %  [█▏▎▍▌▋▊▉]+ +very unlikely +\d\.\d–\d\d %  1 in \d", rows[3]), rows
    assert re.fullmatch(r"none +8\d\.\d+ %  [█▏▎▍▌▋▊▉]+ +very likely +\d\d–\d\d %  \d in \d", rows[4]), rows


def test_interval_and_simulation_error_are_told_apart(talks: Forecast) -> None:
    page = show(talks)
    assert "The interval is what the analysts do not know (90 % credible)" in part(page, "How it ends")
    assert re.search(r"Simulation \(MC\) error .* points at most", part(page, "How it was computed").replace("\n", " "))


def test_chain_stands_beside_the_same_end_by_any_path(talks: Forecast) -> None:
    """Each link has its own probability and all so far; a group that holds the end says how many times the chain."""
    rows = part(show(talks), "The chain").splitlines()
    assert [row.split()[0] for row in rows[3:]] == ["met", "deal", "A", "the", "deal_or_storm"]
    assert re.search(r"deal +28\.\d %  +1\d\.\d+ %", rows[4])
    assert rows[5].strip() == "A text that both sign"
    assert re.search(r"1\.0 × chain +1\d\.\d+ %", rows[7])


def test_chain_without_company_is_called_lonely(talks: Forecast) -> None:
    assert talks.chain is not None
    alone = talks.model_copy(update={"chain": talks.chain.model_copy(update={"same_end": {}})})
    assert "state one under 'groups'" in part(show(alone), "The chain")


def test_titles_and_units_stand_below_names(talks: Forecast) -> None:
    page = show(talks)
    assert "\n    A storm by the horizon\n" in part(page, "Attributes")
    assert part(page, "Quantities").endswith("\n    Price of the deal (crowns)")


def test_quantities_show_mean_median_range_and_single_values(talks: Forecast) -> None:
    row = part(show(talks), "Quantities").splitlines()[2]
    assert re.fullmatch(r"price +[\d,]+(?: ±\d+)? +0 +0 – [\d,]+ +0: 8\d %", row), row


def test_dates_show_days_horizon_and_quantiles(talks: Forecast) -> None:
    rows = [row.split("  ")[0] for row in part(show(talks), "Dates").splitlines()[2:]]
    assert rows == ["2026-06-30", "2026-12-31", "not by horizon", "5 % by", "25 % by", "half by"]


def test_past_days_without_news_are_left_out(talks_text: str) -> None:
    late = run(read_scenario(talks_text), RunSettings(draws=256, as_of=date(2026, 7, 1), evidence="none"))
    assert late.dates["met"].by["2026-06-30"].mean == 0.0
    assert "2026-06-30" not in part(show(late), "Dates")


def test_each_question_is_answered_in_its_own_form(talks: Forecast) -> None:
    said = part(show(talks), "Questions")
    assert re.search(r"Will there be a deal in 2026\?\n  1\d\.\d+ % · very unlikely · 90 % interval .+ · 1 in \d", said)
    assert re.search(r"cost more than 200,000\?\n  \d+ % · very unlikely · 1 in \d+\n", said)
    assert re.search(r"What will it cost .*\n  median 0 · mean .+ · crowns\n  single values: 0: 8\d %", said)
    assert re.search(r"When do they meet\?\n  by 2026-06-30: .+ · later or never: .+ %\n  5 % by 2026-", said)
    assert re.search(r"  A deal +1\d\.\d+ % .*\n  Anything else +8\d\.\d+ %", said)
    assert re.search(r"  if so: .+ % · if not: .+ %\n  the condition itself: ", said)
    assert "deal-this-year (binary, closes 2026-12-30)" in said


def test_evidence_used_and_unused_is_named(talks: Forecast, later_talks: Forecast) -> None:
    assert part(show(talks), "Evidence").endswith("On file and not used: 3 dated after 2026-01-01.")
    said = part(show(later_talks, 120), "Evidence")
    assert "2026-03-01  rumour  A rumour of talks" in said
    assert "1 dated after 2026-04-01, 1 proposed (--evidence all uses them)" in said
    assert "Silence counts too" in said


def test_conditions_are_shown_loudly(talks_text: str) -> None:
    settings = RunSettings(draws=256, assume=("met",), do=("talks.deal",))
    page = show(run(read_scenario(talks_text), settings))
    assert "GIVEN THAT met happens." in page
    assert "IF SOMEONE MAKES talks.deal HAPPEN." in page


def test_computation_says_how_exact_and_sampled_agree(talks: Forecast, later_talks: Forecast) -> None:
    said = part(show(talks, 120), "How it was computed").replace("\n", " ")
    assert re.search(
        r"Each of the \d+ probabilities has an exact value too: the sampled ones are within [\d.]+ points", said
    )
    assert "After weighting" not in said
    assert "After weighting, the 4,096 draws count as" in part(show(later_talks, 120), "How it was computed")
    assert said.endswith(f"digest {talks.digest} ")


def test_missing_exact_values_have_a_reason(talks: Forecast) -> None:
    without = {"exact": None, "exact_reason": "two clocks meet"}

    def stripped(named: dict[str, Probability]) -> dict[str, Probability]:
        return {name: p.model_copy(update=without) for name, p in named.items()}

    some = talks.model_copy(update={"groups": stripped(talks.groups)})
    said = part(show(some, 120), "How it was computed").replace("\n", " ")
    assert "6 of the 8 probabilities have an exact value too" in said
    assert "No exact value for the others: two clocks meet." in said


def test_warnings_come_last(talks: Forecast) -> None:
    assert show(talks.model_copy(update={"warnings": ("mind the gap",)})).endswith("\nWarning: mind the gap\n")


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("name", ["minimal", "central-bank-path-2026", "drug-approval-2026", "trump-kim-2025"])
def test_lines_fit_the_console_and_end_without_blanks(
    name: str, width: int, packaged_forecasts: dict[str, Forecast]
) -> None:
    for line in show(packaged_forecasts[name], width).splitlines():
        assert cell_len(line) <= width, line
        assert line == line.rstrip(), line


@pytest.fixture(scope="module")
def packaged_forecasts() -> dict[str, Forecast]:
    """Return a quick forecast of each scenario that comes with branchcast."""
    return {name: run(read_scenario(read_text(name)), RunSettings(draws=1024)) for name in packaged()}


def test_a_narrow_console_gives_up_the_bar_first(talks: Forecast) -> None:
    page = show(talks, 55)
    assert "█" not in page
    assert "very unlikely" in part(page, "How it ends")


def test_ascii_consoles_get_ascii(talks: Forecast) -> None:
    page = show(talks, encoding="ascii")
    assert page.isascii()
    assert re.search(r"deal +1\d\.\d+ %  #[#.]* +very unlikely", page)
    assert "1.0 x chain" in page


def test_only_terminals_get_colour(talks: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
    def styled(**environment: str) -> str:
        console = Console(file=io.StringIO(), width=80, force_terminal=True, _environ={"TERM": "xterm", **environment})
        with console.capture() as captured:
            render(talks, console)
        return captured.get()

    assert "\x1b" not in show(talks)
    assert "\x1b[36m" in styled()
    assert not re.search(r"\x1b\[3\d", styled(NO_COLOR="1"))


def test_document_text_cannot_steer_the_page(talks: Forecast) -> None:
    """Neither markup nor line breaks of a document reach the console."""
    page = show(talks.model_copy(update={"title": "[bold]Will\nthey[/bold] \u202emeet?"}))
    assert page.startswith("[bold]Will they[/bold] \ufffdmeet?\n")


def test_evidence_that_was_declined_is_not_called_proposed(talks_text: str) -> None:
    settings = RunSettings(draws=256, as_of=date(2026, 4, 1), evidence="none")
    said = part(show(run(read_scenario(talks_text), settings), 120), "Evidence")
    assert "On file and not used: 1 dated after 2026-04-01, 2 not asked for." in said


def test_page_and_console_share_their_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """However wide the terminal, lines stay short enough to follow."""
    monkeypatch.setenv("COLUMNS", "300")
    assert output().width == 120


def test_bars_are_as_wide_as_their_column() -> None:
    """A probability above 0 leaves a mark, and one below 1 leaves room."""
    for glyphs in (UNICODE, ASCII):
        bars = [bar(p, 6, glyphs) for p in (0.0, 1e-9, 0.5, 0.75, 1.0)]
        assert {len(each) for each in bars} == {6}
        assert bars[0] == "      "
        assert bars[1].strip()
    assert bar(1.0, 3, ASCII) == "###"
    assert bar(0.5, 3, UNICODE) == "█▌ "
