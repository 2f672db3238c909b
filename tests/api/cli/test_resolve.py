"""``branchcast resolve`` and ``branchcast score``: what is typed, what is recorded, what is shown at 80 columns."""

import json
from pathlib import Path

import pytest

from api.work import scorecards
from tests.api.cli.support import TALKS, Cli

DEAL = "questions.deal-this-year"
ON = ("--on", "2026-03-10", "--reason", "by the news")


@pytest.fixture
def talks(asking: Cli, tmp_path: Path) -> Cli:
    """Return a function that asks a server which holds the small scenario, and three forecasts of it."""
    file = tmp_path / "talks.yaml"
    file.write_text(TALKS, encoding="utf-8")
    _done(asking, "scenarios", "push", str(file), "--reason", "first")
    for author in ("ana", "ben"):
        _done(asking, "forecasts", "make", "talks", "--author", author, "--draws", "4096")
    _done(asking, "forecasts", "make", "talks", "--draws", "4096", "--assume", "met")
    return asking


def _done(ask: Cli, *arguments: str) -> str:
    done = ask(*arguments)
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines()), default=0) <= 80 or "--json" in arguments
    return str(done.stdout)


def _words(shown: str) -> str:
    return " ".join(shown.split())


@pytest.mark.parametrize(
    ("place", "typed", "value"),
    [
        (DEAL, "yes", {"type": "binary", "happened": True}),
        (DEAL, "No", {"type": "binary", "happened": False}),
        ("questions.cost", "210,000", {"type": "numeric", "value": 210_000.0}),
        ("questions.cost", "-1.5e3", {"type": "numeric", "value": -1_500.0}),
        ("questions.when", "2026-03-09", {"type": "date", "day": "2026-03-09"}),
        ("questions.when", "never", {"type": "date", "day": None}),
        ("questions.which", "A deal", {"type": "multiple_choice", "option": "A deal"}),
        ("questions.deal-if-met", "held,no", {"type": "conditional", "given": True, "happened": False}),
        ("questions.deal-if-met", "Failed, yes", {"type": "conditional", "given": False, "happened": True}),
        ("nodes.meeting", "met", {"type": "node", "branch": "met"}),
        ("nodes.talks", "never", {"type": "node", "branch": None}),
        ("outcomes", "no_deal", {"type": "outcome", "outcome": "no_deal"}),
        ("outcomes", "annulled", {"type": "annulled"}),
    ],
)
def test_values_are_typed_as_people_say_them(talks: Cli, place: str, typed: str, value: dict[str, object]) -> None:
    options = [*ON, "--author", "ana", "--source", "Reuters", "--json"]
    made = json.loads(_done(talks, "resolve", "talks", *options, "--", place, typed))
    assert (made["place"], made["value"], made["happened_on"]) == (place, value, "2026-03-10")
    assert (made["author"], made["source"], made["reason"]) == ("ana", "Reuters", "by the news")


def test_a_number_below_zero_needs_no_dashes_before_it(talks: Cli) -> None:
    for typed, value in (("-3", -3.0), ("-1.5e3", -1_500.0), ("-0.25", -0.25)):
        made = json.loads(_done(talks, "resolve", "talks", "questions.cost", typed, *ON, "--json"))
        assert made["value"]["value"] == value


def test_where_the_tree_says_otherwise_that_is_told(talks: Cli) -> None:
    _done(talks, "resolve", "talks", "nodes.talks", "no_deal", *ON)
    shown = _words(_done(talks, "resolve", "talks", DEAL, "yes", *ON))
    assert f"Note: {DEAL}: resolved as 'yes', but by the tree its event did not happen, as nodes.talks is" in shown


def test_a_label_that_is_spelt_like_a_word_of_ours_is_a_label(asking: Cli, tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    text = TALKS.replace("Anything else: rest", "annulled: rest").replace("scenario: talks", "scenario: odd")
    file.write_text(text.replace("no_deal", "never"), encoding="utf-8")
    _done(asking, "scenarios", "push", str(file), "--reason", "first")
    for place, typed, value in (
        ("questions.which", "annulled", {"type": "multiple_choice", "option": "annulled"}),
        ("nodes.talks", "never", {"type": "node", "branch": "never"}),
    ):
        assert json.loads(_done(asking, "resolve", "odd", place, typed, *ON, "--json"))["value"] == value


def test_what_is_recorded_is_shown_with_what_it_scores(talks: Cli) -> None:
    shown = _done(talks, "resolve", "talks", DEAL, "yes", *ON, "--source", "Reuters")
    assert "Recorded by keyless: by the news" in shown
    assert f"{DEAL}: yes, settled on 2026-03-10" in shown
    assert "2 predictions, covering" in _words(shown)
    titles = [line.split("  ")[0] for line in shown.splitlines()]
    assert {"Brier", "Brier, two-sided", "log", "spherical", "Metaculus baseline"} < set(titles)
    assert "Skill" in shown
    listing = _done(talks, "resolve", "talks")
    assert [line.split()[:2] for line in listing.splitlines()[1::2]] == [[DEAL, "yes"]]
    assert "by the news (Reuters)" in listing


def test_corrections_are_listed_if_asked_for(talks: Cli) -> None:
    for typed in ("no", "yes"):
        _done(talks, "resolve", "talks", DEAL, typed, *ON)
    assert len(_done(talks, "resolve", "talks", "--json").splitlines()) == 1
    history = [
        json.loads(line)["words"] for line in _done(talks, "resolve", "talks", "--history", "--json").splitlines()
    ]
    assert history == ["yes", "no"]


def test_a_moment_has_what_was_on_record_then(asking: Cli) -> None:
    _done(asking, "resolve", "minimal", "nodes.opening", "opens", *ON)
    assert "nodes.opening" in _done(asking, "resolve", "minimal")
    assert _done(asking, "resolve", "minimal", "--as-of", "2026-03-09") == "Nothing has been resolved.\n"
    assert "Nothing has been resolved" in _done(asking, "score", "minimal", "--as-of", "2026-03-09")
    assert "No question that was forecast has resolved" in _done(asking, "score", "--as-of", "2026-03-09")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((DEAL, "perhaps", *ON), "'perhaps' is neither yes nor no"),
        (("questions.cost", "much", *ON), "'much' is no number"),
        (("questions.cost", "1e400", *ON), "'1e400' is no number from -1e+300 to 1e+300: write it as 27500 or 0.3"),
        (("questions.cost", "nan", *ON), "'nan' is no number from -1e+300 to 1e+300: write it as 27500 or 0.3"),
        (("questions.when", "spring", *ON), "'spring' is not a day"),
        (("questions.deal-if-met", "yes", *ON), "does not say whether the condition held"),
        (("questions.deal-if-met", "held", *ON), "'' is neither yes nor no"),
        ((DEAL, "yes", "--on", "10 March", "--reason", "x"), "'10 March' is not a day"),
        ((DEAL, "yes", "--reason", "x"), "state PLACE, VALUE, --on and --reason together"),
        ((DEAL, "yes", "--on", "2026-03-10"), "state PLACE, VALUE, --on and --reason together"),
        ((DEAL,), "state PLACE, VALUE, --on and --reason together"),
        ((DEAL, "yes", *ON, "--history"), "--history is for those who list what happened"),
        ((DEAL, "yes", *ON, "--as-of", "2026-03-10"), "--as-of is for those who list what happened"),
        (("--reason", "x"), "--reason is for those who record what happened"),
        (("--hystory",), "No such option '--hystory'. Did you mean '--history'?"),
        ((DEAL, "--resaon", *ON), "No such option '--resaon'. Did you mean '--reason'?"),
        ((DEAL, "yes", "--resaon", "x", "--on", "2026-03-10"), "--resaon"),
    ],
)
def test_what_cannot_be_meant_is_the_command_lines_fault(talks: Cli, arguments: tuple[str, ...], said: str) -> None:
    done = talks("resolve", "talks", *arguments)
    assert done.exit_code == 2
    assert said in _words(done.stderr)
    assert _done(talks, "resolve", "talks", "--json") == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("questions.dael-this-year", "yes", *ON), "did you mean 'questions.deal-this-year'?"),
        (("questions.which", "Peace", *ON), "question 'which' has no option 'Peace'"),
        (("outcomes", "war", *ON), "the scenario has no outcome 'war'"),
        ((DEAL, "yes", "--on", "2027-01-01", "--reason", "x"), "no place on earth is past"),
    ],
)
def test_what_does_not_fit_is_refused(talks: Cli, arguments: tuple[str, ...], said: str) -> None:
    done = talks("resolve", "talks", *arguments)
    assert done.exit_code == 3
    assert said in _words(done.stderr)


def test_scores_of_a_scenario(talks: Cli) -> None:
    """Every place in a line, the way, calibration, and what does not count."""
    nothing = _words(_done(talks, "score", "talks"))
    assert nothing.startswith("Nothing has been resolved: `branchcast resolve talks PLACE VALUE` does it.")
    for place, typed in (
        (DEAL, "yes"),
        ("questions.cost", "210000"),
        ("questions.dear-deal", "annulled"),
        ("questions.which", "Anything else"),
        ("nodes.meeting", "met"),
    ):
        _done(talks, "resolve", "talks", place, typed, *ON)
    shown = _done(talks, "score", "talks")
    rows = {line.split()[0]: line.split() for line in shown.splitlines() if line.startswith(("questions.", "nodes."))}
    assert rows[DEAL][1:3] == ["yes", "2"]
    assert rows["questions.cost"][1:] == ["210,000", "2"]
    assert "CRPS" in shown
    assert "Not scored: annulled" in shown
    assert "The way so far, as the first forecast saw it" in shown
    assert "Calibration" in shown
    assert "1 forecast does not count: it assumes or forces branches" in _words(shown)
    assert "Not resolved: 'questions.when', 'questions.deal-if-met', 'nodes.talks', 'outcomes'." in _words(shown)
    page = json.loads(_done(talks, "score", "talks", "--json"))
    assert {card["place"] for card in page["places"]} == rows.keys()


def test_scores_of_one_place_tell_every_prediction(talks: Cli) -> None:
    _done(talks, "resolve", "talks", DEAL, "yes", *ON)
    shown = _done(talks, "score", "talks", DEAL)
    made = [each["id"] for each in map(json.loads, _done(talks, "forecasts", "list", "talks", "--json").splitlines())]
    told = [line.split()[0] for line in shown.splitlines() if line.split()[:1] and line.split()[0] in made]
    assert told == made[:0:-1]
    unknown = talks("score", "talks", "questions.which")
    assert (unknown.exit_code, "has not been resolved" in unknown.stderr) == (3, True)


def test_averages_and_the_ways_of_scoring_are_asked_for(talks: Cli) -> None:
    _done(talks, "resolve", "talks", "questions.which", "Anything else", *ON)
    shown = _done(talks, "score", "talks", "--by", "analyst")
    assert [line.split()[0] for line in shown.splitlines() if line.startswith(("ana", "ben"))] == ["ana", "ben"]
    asked = ("--opens", "2026-03-10", "--base-rate", "0.2", "--ordered", "--each", "first", "--json")
    page = json.loads(_done(talks, "score", "talks", *asked))
    (card,) = page["places"]
    assert card["opens"] == "2026-03-10T00:00:00Z"
    assert "ordered_brier" in card["scores"]
    assert page["calibration"]["each"] == "first"


def test_calibration_over_all_scenarios(talks: Cli) -> None:
    assert "No question that was forecast has resolved" in _words(_done(talks, "score"))
    _done(talks, "resolve", "talks", DEAL, "yes", *ON)
    shown = _done(talks, "score")
    assert "2 predictions of 1 question, every one made in time" in _words(shown)
    assert "Over 1 scenario." in shown
    assert json.loads(_done(talks, "score", "--each", "first", "--json"))["calibration"]["predictions"] == 1
    for options in (("--by", "type"), ("--opens", "2026-03-10"), ("--base-rate", "0.2"), ("--ordered",)):
        done = talks("score", *options)
        assert done.exit_code == 2
        assert f"{options[0]} is about the scores of one scenario: name it" in done.stderr


def test_too_many_forecasts_to_score_are_no_reason_not_to_say_what_happened(
    talks: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorecards, "MOST_FORECASTS", 2)
    shown = _words(_done(talks, "resolve", "talks", DEAL, "yes", *ON))
    assert "Not scored: scenario 'talks' has more than 2 forecasts" in shown
    assert talks("score", "talks").exit_code == 3


def test_long_labels_keep_to_the_width_of_the_screen(asking: Cli, tmp_path: Path) -> None:
    label = "A deal that leaves the missiles which can reach the allies of either side where they are"
    file = tmp_path / "long.yaml"
    file.write_text(TALKS.replace("A deal: deal", f"{label}: deal"), encoding="utf-8")
    _done(asking, "scenarios", "push", str(file), "--reason", "first")
    _done(asking, "forecasts", "make", "talks", "--draws", "4096")
    _done(asking, "resolve", "talks", "questions.which", label, *ON)
    for shown in (_done(asking, "resolve", "talks"), _done(asking, "score", "talks")):
        assert label in _words(shown)
