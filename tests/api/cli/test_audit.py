"""``branchcast audit``: what is whole is counted, what is not is named, and a note is held against the log."""

import pytest
from sqlalchemy import text

from api.store import audit
from tests.api.cli.support import Cli
from tests.api.work.archives.support import opened


def test_a_whole_database_is_counted_and_its_end_printed(cli: Cli, owned_address: str) -> None:
    """The end alone is on the last line; given back with --expect, it is found."""
    done = cli("audit", "--database", owned_address)
    assert done.exit_code == 0
    with opened(owned_address) as database, database.reading() as connection:
        end = audit.end(connection)
        name = database.name
    first, *table, last = done.stdout.splitlines()
    assert first == f"{name}: {end.seq} entries, none missing or changed."
    assert last == str(end)
    assert any(line.split() == ["scenario_version", "6"] for line in table), done.stdout
    again = cli("audit", "--database", owned_address, "--expect", last)
    assert (again.exit_code, f"Entry {end.seq} is the one that was noted." in again.stdout) == (0, True)


def test_an_earlier_note_is_found_too(cli: Cli, owned_address: str) -> None:
    with opened(owned_address) as database, database.reading() as connection:
        entry = audit.page(connection, 1, before=4)[0]
    assert cli("audit", "--database", owned_address, "--expect", f"{entry.seq}:{entry.hash}").exit_code == 0


def test_a_note_that_is_no_entry_is_an_end_cut_off_or_written_anew(cli: Cli, owned_address: str) -> None:
    for noted, said in ((f"99:{'0' * 64}", "entry 99 was noted"), (f"3:{'0' * 64}", "the log was written anew")):
        done = cli("audit", "--database", owned_address, "--expect", noted)
        assert (done.exit_code, done.stdout) == (1, "")
        assert said in done.stderr


def test_the_first_thing_that_is_wrong_is_named(cli: Cli, owned_address: str) -> None:
    with opened(owned_address) as database, database.writing() as connection:
        connection.execute(text("UPDATE statement SET reason = 'better'"))
    done = cli("audit", "--database", owned_address)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "names scenarios/coin/statements/" in done.stderr
    assert "which was changed in table statement" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("noted", ["5", "5:abc", "five:" + "0" * 64, "5:" + "G" * 64, "99999999999:" + "0" * 64])
def test_what_is_no_end_of_a_log_is_refused(cli: Cli, sqlite_address: str, noted: str) -> None:
    done = cli("audit", "--database", sqlite_address, "--expect", noted)
    assert (done.exit_code, "is not the end of a log: copy it whole" in done.stderr) == (2, True)
