"""``branchcast history``: the course of one figure."""

import json

from tests.api.cli.support import COLDER, TALKS, Cli

MAKE = ("--as-of", "2026-02-01", "--draws", "4k", "--json")


def test_the_course_of_a_probability(asking: Cli) -> None:
    first = json.loads(asking("forecasts", "make", "minimal", *MAKE).stdout)
    asking("prior", "set", "minimal", "opening", "--prior", COLDER, "--reason", "frost")
    second = json.loads(asking("forecasts", "make", "minimal", *MAKE).stdout)
    rows = [line.split() for line in asking("history", "minimal", "outcomes.opens").stdout.splitlines()[1:]]
    assert [row[0] for row in rows] == [second["id"], first["id"]]
    assert [row[4:6] for row in rows] == [["40.00", "%"], ["70.00", "%"]]
    assert rows[1][6] == "45–90"
    then = asking("history", "minimal", "outcomes.opens", "--as-of", first["recorded_at"], "--json")
    assert [json.loads(line)["forecast"] for line in then.stdout.splitlines()] == [first["id"]]


def test_the_course_of_a_quantity_is_in_its_own_numbers(asking: Cli) -> None:
    """The price is 0 without a deal, and never negative."""
    asking("scenarios", "push", "-", "--reason", "first", stdin=TALKS)
    asking("forecasts", "make", "talks", *MAKE)
    row = asking("history", "talks", "quantities.price").stdout.splitlines()[1]
    assert "%" not in row
    assert float(row.split()[4].replace(",", "")) > 1_000


def test_places_are_listed_where_none_is_stated(asking: Cli) -> None:
    assert "has no forecast" in asking("history", "minimal").stdout
    assert asking("history", "minimal", "--json").stdout == ""
    asking("forecasts", "make", "minimal", *MAKE)
    assert asking("history", "minimal").stdout.splitlines() == ["outcomes.opens", "outcomes.stays_closed"]
    assert json.loads(asking("history", "minimal", "--json").stdout.splitlines()[0]) == "outcomes.opens"
    assert "no forecast had" in asking("history", "minimal", "outcomes.opens", "--as-of", "2026-02-01").output.lower()
    before = asking("history", "minimal", "outcomes.opens", "--as-of", "2000-01-01")
    assert (before.exit_code, "was first recorded after" in before.stderr) == (3, True)


def test_a_misspelt_place_is_recognised(asking: Cli) -> None:
    asking("forecasts", "make", "minimal", *MAKE)
    done = asking("history", "minimal", "outcomes.open")
    assert done.exit_code == 3
    assert "did you mean 'outcomes.opens'?" in done.stderr
