"""``branchcast keys``: on the database itself, secrets shown once and nowhere else."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from api.store import audit, keys
from api.store.verification import verify
from tests.api.cli.support import Cli
from tests.api.work.archives.support import opened


@pytest.fixture
def on(cli: Cli, database_address: str) -> Callable[..., str]:
    """Return a function that runs a command on a database of each kind and returns its standard output."""

    def run(*arguments: str) -> str:
        done = cli("keys", *arguments, "--database", database_address)
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_a_key_is_made_and_works(on: Callable[..., str], database_address: str) -> None:
    """The key alone is on standard output, ready for a file."""
    whole = on("create", "Ann B.", "--scope", "write").rstrip("\n")
    with opened(database_address) as database, database.reading() as connection:
        found = keys.find(connection, whole)
        verify(connection)
        entry = audit.page(connection, 1)[0]
    assert found is not None
    assert (found.name, found.scope, found.expires_at) == ("Ann B.", "write", None)
    assert found.created_by == entry.actor
    assert re.fullmatch(r"command line \(.+\)", entry.actor)


def test_words_about_a_new_key_go_to_standard_error(cli: Cli, database_address: str) -> None:
    done = cli("keys", "create", "ann", "--scope", "read", "--expires", "2999-12-31", "--database", database_address)
    assert done.stdout.count("\n") == 1
    said = " ".join(done.stderr.split())
    assert said == "Key 'ann' with scope read works until 2999-12-31 23:59 UTC. It is shown this once:"


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("2999-12-31", "2999-12-31T23:59:59.999999+00:00"),
        ("2999-12-31T12:00:00+02:00", "2999-12-31T10:00:00+00:00"),
        ("2999-12-31T12:00Z", "2999-12-31T12:00:00+00:00"),
    ],
)
def test_a_day_means_its_end(on: Callable[..., str], database_address: str, stated: str, kept: str) -> None:
    whole = on("create", "ann", "--scope", "read", "--expires", stated).strip()
    with opened(database_address) as database, database.reading() as connection:
        found = keys.find(connection, whole)
    assert found is not None
    assert found.expires_at is not None
    assert found.expires_at.isoformat() == kept


@pytest.mark.parametrize(
    "stated", ["tomorrow", "2999-12-31T12:00:00", "2999-02-30", "31.12.2999", "9999-12-31T23:59-05:00"]
)
def test_what_is_no_moment_is_refused(cli: Cli, sqlite_address: str, stated: str) -> None:
    done = cli("keys", "create", "ann", "--scope", "read", "--expires", stated, "--database", sqlite_address)
    assert (done.exit_code, f"'{stated}' is not a moment: write a day" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ann"], "Missing option '--scope'"),
        (["ann", "--scope", "root"], "'root' is not one of 'read', 'write', 'admin'"),
        (["branchcast", "--scope", "read"], "the audit log uses the name 'branchcast'"),
        (["", "--scope", "read"], "the name is '', but must be text that is not empty"),
        ([" ", "--scope", "read"], "at least one character can be seen"),
        (["ann ", "--scope", "read"], "'ann ' begins or ends with blanks: write it as 'ann'"),
        ([" ann", "--scope", "read"], "begins or ends with blanks"),
        (["ann\u200b", "--scope", "read"], "the character U+200B cannot be seen in a name: remove it"),
        (["a\x07b", "--scope", "read"], "U+0007"),
        (["ann", "--scope", "read", "--expires", "2020-01-01"], "has passed: state a moment to come"),
    ],
)
def test_keys_that_make_no_sense_are_refused(cli: Cli, sqlite_address: str, arguments: list[str], said: str) -> None:
    done = cli("keys", "create", *arguments, "--database", sqlite_address)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())


def test_the_list_shows_everything_but_secrets(on: Callable[..., str]) -> None:
    secrets = [on("create", name, "--scope", "read").strip() for name in ("ann", "bob")]
    on("create", "eve", "--scope", "admin", "--expires", "2999-12-31")
    on("revoke", secrets[1].split("_")[1])
    table = on("list")
    lines = [re.split(r" {2,}", line) for line in table.splitlines()]
    assert [line[0] for line in lines] == ["name", "ann", "bob", "eve"]
    assert [line[2:5] for line in lines[1:]] == [
        ["read", "works", "never"],
        ["read", "revoked", "never"],
        ["admin", "until 2999-12-31 23:59", "never"],
    ]
    for secret in secrets:
        assert secret.split("_")[1] in table
        assert secret.split("_", 2)[2] not in table


def test_an_empty_list_says_how_to_begin(on: Callable[..., str]) -> None:
    assert on("list") == "There is no key yet: `branchcast keys create` makes one.\n"


def test_a_key_is_revoked_and_whoever_locks_all_out_is_told_the_way_back(on: Callable[..., str]) -> None:
    admins = [on("create", name, "--scope", "admin").split("_")[1] for name in ("boss", "chief")]
    assert on("revoke", admins[0]) == f"Key 'boss' ({admins[0]}) works no more.\n"
    last = on("revoke", admins[1])
    assert "No key with scope admin works now: `branchcast keys create NAME --scope admin`\nmakes one." in last


def test_what_cannot_be_revoked_is_said(cli: Cli, on: Callable[..., str], database_address: str) -> None:
    prefix = on("create", "ann", "--scope", "read").split("_")[1]
    on("revoke", prefix)
    for name, said in ((prefix, "has been revoked already"), ("nobody", "there is no key 'nobody'")):
        done = cli("keys", "revoke", name, "--database", database_address)
        assert (done.exit_code, said in done.stderr) == (3, True)


def test_of_one_name_one_key_works(cli: Cli, on: Callable[..., str], database_address: str) -> None:
    on("create", "ann", "--scope", "read")
    done = cli("keys", "create", "ann", "--scope", "read", "--database", database_address)
    assert (done.exit_code, "of the name 'ann' works: choose another name" in done.stderr) == (3, True)


def test_a_user_without_a_name_is_known_by_number(
    on: Callable[..., str], database_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container."""

    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nobody)
    monkeypatch.setattr("os.getuid", lambda: 65534)
    on("create", "ann", "--scope", "read")
    with opened(database_address) as database, database.reading() as connection:
        assert audit.page(connection, 1)[0].actor == "command line (65534)"


def test_the_environment_names_the_database(cli: Cli, sqlite_address: str) -> None:
    assert cli("keys", "list", BRANCHCAST_DATABASE=sqlite_address).exit_code == 0


def test_a_database_that_is_not_there_is_not_made(cli: Cli, tmp_path: Path) -> None:
    """A misspelt name must not look like a database without keys."""
    done = cli("keys", "list", "--database", str(tmp_path / "taem.db"))
    assert done.exit_code == 1
    assert f"there is no database {tmp_path}/taem.db: name another with --database, or make it" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_not_up_to_date_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    done = cli("keys", "list", "--database", str(tmp_path / "empty.db"))
    assert (done.exit_code, "is empty: run `branchcast db upgrade`" in done.stderr) == (1, True)


def test_a_file_that_is_something_else_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("x" * 5_000, encoding="utf-8")
    done = cli("keys", "list", "--database", str(tmp_path / "notes.db"))
    assert (done.exit_code, "its file is not one of branchcast, or it is damaged" in done.stderr) == (1, True)
    assert done.stderr.startswith(f"Error: sqlite:///{tmp_path}/notes.db: ")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ann:hunter2@127.0.0.1:1/team",
        "postgresql://ann@127.0.0.1:1/team?password=hunter2",
        "mysql://ann:hun/ter2@host/team",
        "mysql://ann:hun@ter2@host/team",
        "postgresql://ann:hunter2",
        "postgresql://ann:hunter2@127.0.0.1:port/team",
    ],
)
def test_passwords_never_appear(cli: Cli, address: str) -> None:
    """Neither by option nor by environment, and whatever is wrong."""
    for done in (cli("keys", "list", "--database", address), cli("keys", "list", BRANCHCAST_DATABASE=address)):
        assert done.exit_code in (1, 2)
        assert not re.search("hun|ter2", done.output), done.output
        assert done.stderr
