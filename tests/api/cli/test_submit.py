"""``branchcast listings`` and ``branchcast submit``: listed, looked at, and refused where nobody may send."""

import json

import pytest

from tests.api.cli.support import Cli

DEAL = "{platform: metaculus, question: opens-in-2026, id: 40123, post: 39876, type: binary}"
SET = ("listings", "set", "minimal", "deal", "--listing", DEAL, "--reason", "the same clause")


@pytest.fixture
def asked(asking: Cli) -> Cli:
    """Return a function that runs a command line against a server whose minimal scenario answers a question."""
    document = json.loads(asking("scenarios", "show", "minimal", "--json").stdout)["document"]
    question = {"type": "binary", "text": "Will it open?", "resolution": "The first car.", "event": "opens"}
    which = {
        "type": "multiple_choice",
        "text": "When?",
        "resolution": "It.",
        "options": {"Soon": "opens", "No": "rest"},
    }
    document["questions"] = {"opens-in-2026": question, "which": which}
    done = asking("scenarios", "push", "-", "--based-on", "1", "--reason", "a question", stdin=json.dumps(document))
    assert done.exit_code == 0, done.output
    return asking


@pytest.fixture
def forecast(asked: Cli) -> str:
    return str(json.loads(asked("forecasts", "make", "minimal", "--draws", "4k", "--json").stdout)["id"])


def test_a_listing_is_recorded_listed_and_ended(asked: Cli) -> None:
    done = asked(*SET, "--author", "ana")
    assert done.exit_code == 0, done.output
    assert done.stdout == "deal (metaculus, 'opens-in-2026'): recorded by ana: the same clause\n"
    assert "deal     metaculus  opens-in-2026" in asked("listings", "list", "minimal").stdout
    assert "opens-in-2026  40123" in asked("listings", "list", "minimal").stdout
    ended = asked("listings", "end", "minimal", "deal", "--reason", "it closed")
    assert (ended.exit_code, ended.stdout) == (0, "deal: ended by keyless: it closed\n")
    assert asked("listings", "list", "minimal").stdout == "Nothing is listed.\n"
    assert asked("listings", "end", "minimal", "deal", "--reason", "again").exit_code == 3


def test_a_listing_that_says_nothing_usable_is_refused(asked: Cli) -> None:
    done = asked(*SET[:5], DEAL.replace("40123", "forty"), *SET[6:])
    assert (done.exit_code, "'id' is 'forty', but must be a whole number" in done.stderr) == (3, True)


def test_what_would_be_sent_is_shown_and_nothing_is_sent(asked: Cli, forecast: str) -> None:
    asked(*SET)
    done = asked("submit", forecast, "metaculus")
    assert done.exit_code == 0, done.output
    first, body = done.stdout.splitlines()
    assert first == "POST /api/questions/forecast/"
    assert json.loads(body) == [{"question": 40123, "probability_yes": pytest.approx(0.7, abs=1e-3)}]
    assert "Nothing was sent" in done.stderr
    assert asked("submit").stdout == "Nothing was sent.\n"


def test_questions_are_shown_with_our_answers_and_where_they_are_asked(asked: Cli, forecast: str) -> None:
    asked(*SET)
    done = asked("questions", "minimal")
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert f"by forecast {forecast}" in said
    assert "opens-in-2026 (binary) Will it open? 70.00 %" in said
    assert "opens-in-2026 metaculus deal 40123" in said
    first, second = map(json.loads, asked("questions", "minimal", "--json").stdout.splitlines())
    assert (first["question"], second["question"]) == ("opens-in-2026", "which")
    assert first["mean"] == pytest.approx(0.7, abs=1e-3)
    (listed,) = first["listings"]
    assert (listed["name"], listed["listing"]["id"], second["listings"]) == ("deal", 40123, [])


@pytest.mark.parametrize(
    ("listing", "shown"),
    [
        ("{platform: metaculus, question: which, id: 7, type: binary, part: {option: Soon}}", "which (option Soon) 7"),
        ("{platform: table, question: which}", "which"),
        ("{platform: hubverse, question: which, task_ids: {horizon: 1, target: a}}", "which horizon 1, target a"),
        ("{platform: forecastbench, question: opens-in-2026, id: q1, source: fred, resolution_date: 2026-05-01}", "q1"),
    ],
)
def test_a_list_of_listings_shows_the_part_and_the_platforms_own_id(asked: Cli, listing: str, shown: str) -> None:
    done = asked("listings", "set", "minimal", "one", "--listing", listing, "--reason", "the same clause")
    assert done.exit_code == 0, done.output
    assert shown in " ".join(asked("listings", "list", "minimal").stdout.split())


def test_a_scenario_without_a_forecast_answers_nothing_yet(asked: Cli) -> None:
    assert asked("questions", "minimal").exit_code == 3


def test_a_server_without_a_token_sends_nothing_and_says_which_it_lacks(asked: Cli, forecast: str) -> None:
    asked(*SET)
    done = asked("submit", forecast, "metaculus", "--send", "--reason", "monthly")
    assert done.exit_code == 3
    assert "set BRANCHCAST_METACULUS_TOKEN" in " ".join(done.stderr.split())
    assert asked("submit").stdout == "Nothing was sent.\n"


def test_what_would_withdraw_is_shown_and_nothing_is_sent(asked: Cli) -> None:
    asked(*SET)
    done = asked("submit", "--withdraw", "minimal", "metaculus", "--listing", "deal")
    assert done.exit_code == 0, done.output
    first, body = done.stdout.splitlines()
    assert (first, json.loads(body)) == ("POST /api/questions/withdraw/", [{"question": 40123}])
    assert "Nothing was sent: say --send to send it." in done.stderr
    assert asked("submit").stdout == "Nothing was sent.\n"
    (shown,) = asked("submit", "--withdraw", "minimal", "metaculus", "--json").stdout.splitlines()
    assert (json.loads(shown)["dry_run"], json.loads(shown)["submissions"]) == (True, [])
    sent = asked("submit", "--withdraw", "minimal", "metaculus", "--send", "--reason", "a slip")
    assert sent.exit_code == 3
    assert "set BRANCHCAST_METACULUS_TOKEN" in " ".join(sent.stderr.split())


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("FORECAST", "metaculus", "--send"), 2, "state a --reason"),
        (("FORECAST", "--send", "--reason", "x"), 2, "name the platform"),
        (("FORECAST", "hubverse"), 3, "[delivery is by request]"),
        (("FORECAST", "metaculus", "--listing", "peace"), 3, "there is no listing 'peace' of metaculus"),
        (("FORECAST", "elsewhere"), 3, "elsewhere: it takes none"),
        (("01nowhere",), 3, "there is no submission '01nowhere'"),
        (("--withdraw", "minimal"), 2, "name the platform to send to, after the scenario"),
        (("--withdraw", "minimal", "metaculus", "--send"), 2, "state a --reason"),
        (("--withdraw", "minimal", "metaculus", "--settings", "{a: 1}"), 2, "--settings are for a forecast"),
        (("--withdraw", "minimal", "manifold"), 3, "nothing can be withdrawn here"),
        (("--withdraw", "nowhere", "metaculus"), 3, "nowhere"),
    ],
)
def test_what_cannot_be_sent_is_refused(
    asked: Cli, forecast: str, options: tuple[str, ...], code: int, said: str
) -> None:
    asked(*SET)
    done = asked("submit", *(forecast if option == "FORECAST" else option for option in options))
    assert done.exit_code == code, done.output
    assert said in " ".join(done.stderr.split())
