"""``branchcast statements``: what experts stated, and pooling it."""

import json

import pytest

from tests.api.cli.support import Cli


def _add(asking: Cli, expert: str, a: int) -> str:
    prior = f"{{family: beta, branch: opens, a: {a}, b: {10 - a}}}"
    done = asking("statements", "add", "minimal", "opening", expert, "--prior", prior, "--reason", "asked")
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


def test_a_statement_changes_nothing_until_it_is_pooled(asking: Cli) -> None:
    said = _add(asking, "ana", 2)
    assert said.startswith("Recorded: ana states {family: beta, branch: opens, a: 2, b: 8} for node opening.")
    assert "version 1" in asking("prior", "show", "minimal", "opening").stdout
    _add(asking, "ben", 8)
    listed = asking("statements", "list", "minimal", "opening").stdout
    assert [line.split()[0] for line in listed.splitlines()[1::2]] == ["ana", "ben"]
    _add(asking, "ana", 4)
    assert len(asking("statements", "list", "minimal", "opening", "--json").stdout.splitlines()) == 2
    assert len(asking("statements", "list", "minimal", "opening", "--history", "--json").stdout.splitlines()) == 3


def test_pooling_stores_a_version_and_says_what_moves(asking: Cli) -> None:
    """A mixture of means 0.2 and 0.8 with weights 0.75 and 0.25 has mean 0.35."""
    _add(asking, "ana", 2)
    _add(asking, "ben", 8)
    pool = ("statements", "pool", "minimal", "opening", "--reason", "both asked")
    done = asking(*pool, "--weights", "{ana: 0.75, ben: 0.25}")
    assert done.exit_code == 0, done.output
    assert "Stored as version 2 of minimal, by keyless: both asked" in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("outcomes.opens"))
    assert row.split()[1:4] == ["70.00", "%", "35.00"]
    again = asking(*pool, "--pool", "extremised", "--exponent", "1.5", "--json")
    prior = json.loads(again.stdout)["document"]["nodes"]["opening"]["prior"]
    assert (prior["pool"], prior["exponent"]) == ("extremised", 1.5)


def test_a_quote_is_stated_with_where_it_is_from(asking: Cli) -> None:
    """Its id is shown where it is recorded and where it stands beside ours; 0.55 and 20 observations of `opens`."""
    document = json.loads(asking("scenarios", "show", "minimal", "--json").stdout)["document"]
    question = {"type": "binary", "text": "Will it open?", "resolution": "The first car.", "event": "opens"}
    document["questions"] = {"opens-in-2026": question}
    done = asking("scenarios", "push", "-", "--based-on", "1", "--reason", "a question", stdin=json.dumps(document))
    assert done.exit_code == 0, done.output
    table = "place,question,kind,item,value,valid_at\nclub,Opens?,probability,,0.55,2025-02-28T18:00:00Z\n"
    quoted = asking("import", "minimal", "opens-in-2026", "--csv", "-", stdin=table)
    assert quoted.exit_code == 0, quoted.output
    quote = json.loads(asking("import", "minimal", "--json").stdout)["questions"][0]["theirs"][0]["quote"]["id"]
    assert f"Quote {quote}" in quoted.stdout
    assert f"quote {quote}" in " ".join(asking("import", "minimal").stdout.split())
    state = ("statements", "quote", "minimal", "opening", "market", quote)
    done = asking(*state, "--branch", "opens", "--size", "20", "--author", "ana")
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert said.startswith(
        "Recorded: market states {family: beta, branch: opens, mean: 0.55, equivalent_sample_size: 20"
    )
    assert "until the panel is pooled" in said
    (stated,) = map(json.loads, asking("statements", "list", "minimal", "opening", "--json").stdout.splitlines())
    assert (stated["expert"], stated["author"]) == ("market", "ana")
    assert stated["reason"].startswith("csv club said 0.55")
    exact = json.loads(asking(*state, "--branch", "opens", "--json").stdout)
    assert exact["prior"] == {"family": "fixed", "p": {"opens": 0.55, "stays_closed": pytest.approx(0.45)}}
    unnamed = asking(*state)
    assert (unnamed.exit_code, "say which branch it is the probability of" in unnamed.stderr) == (3, True)
    assert asking(*state, "--size", "0").exit_code == 2


def test_a_panel_of_one_is_refused(asking: Cli) -> None:
    _add(asking, "ana", 2)
    assert asking("statements", "pool", "minimal", "opening", "--reason", "alone").exit_code == 3


@pytest.mark.parametrize(
    ("options", "said"), [(("--exponent", "much"), "neither a number"), (("--weights", "{ana"), "not closed")]
)
def test_values_that_are_none_are_the_command_lines_fault(asking: Cli, options: tuple[str, str], said: str) -> None:
    done = asking("statements", "pool", "minimal", "opening", "--reason", "r", *options)
    assert done.exit_code == 2
    assert said in done.stderr
