"""``branchcast serve`` before it serves: what is refused, and what is left behind when it is."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from api.processes.sockets import listening
from api.store.database import Database, database_url
from api.store.tables import api_key
from tests.api.cli.support import Cli

OPEN_TO_ALL = "can be reached from other machines, and --keyless would let them all in: leave --keyless out, or --host"


@pytest.fixture
def stored(tmp_path: Path) -> str:
    """Return the path of a database that is not there yet."""
    return str(tmp_path / "team.db")


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Yield a port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def _keys(stored: str) -> list[str]:
    with closing(Database(database_url(stored))) as database, database.reading() as connection:
        return list(connection.execute(select(api_key.c.name)).scalars())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1"])
def test_addresses_that_others_can_reach_are_never_keyless(cli: Cli, host: str, stored: str) -> None:
    """Nothing is opened, let alone served."""
    done = cli("serve", "--host", host, "--keyless", "--database", stored)
    assert done.exit_code == 2
    assert OPEN_TO_ALL in done.stderr
    assert not Path(stored).exists()


def test_the_environment_cannot_open_the_port_either(cli: Cli, stored: str) -> None:
    said = {"BRANCHCAST_HOST": "0.0.0.0", "BRANCHCAST_KEYLESS": "yes", "BRANCHCAST_DATABASE": stored}
    done = cli("serve", **said)
    assert (done.exit_code, OPEN_TO_ALL in done.stderr) == (2, True)


def test_a_taken_port_is_a_sentence(cli: Cli, stored: str, taken_port: int) -> None:
    done = cli("serve", "--port", str(taken_port), "--database", stored)
    assert done.exit_code == 3
    assert f"port {taken_port} on 127.0.0.1 cannot be used (address already in use)" in done.stderr


def test_a_port_that_is_shared_among_processes_is_taken_too(cli: Cli, stored: str) -> None:
    """Theirs would let another server's sockets in, and half of the connections would go there."""
    with listening(socket.AF_INET, "127.0.0.1", 0, 2) as sockets:
        port = sockets[0].getsockname()[1]
        done = cli("serve", "--port", str(port), "--processes", "2", "--database", stored)
    assert done.exit_code == 3
    assert f"port {port} on 127.0.0.1 cannot be used (address already in use)" in done.stderr


def test_no_first_key_is_made_that_nobody_sees(cli: Cli, sqlite_address: str, taken_port: int) -> None:
    """It is shown once; made before the port is known to be free, it would be lost with the start."""
    assert cli("serve", "--port", str(taken_port), "--database", sqlite_address).exit_code == 3
    assert _keys(sqlite_address) == []


def test_a_taken_port_leaves_nothing_behind(cli: Cli, stored: str, taken_port: int) -> None:
    """A database that has scenarios cannot be restored into any more."""
    assert cli("serve", "--port", str(taken_port), "--database", stored).exit_code == 3
    assert not Path(stored).exists()


def test_an_address_of_another_machine_cannot_be_used(cli: Cli, stored: str) -> None:
    """192.0.2.1 is set aside for documentation, so no machine has it."""
    done = cli("serve", "--host", "192.0.2.1", "--port", "0", "--database", stored)
    assert done.exit_code == 3
    assert "cannot be used (cannot assign requested address)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--port", "70000"], {}, "--port"),
        (["--processes", "0"], {}, "--processes"),
        ([], {"BRANCHCAST_PROCESSES": "65"}, "BRANCHCAST_PROCESSES is '65', but must be a whole number from 1 to 64"),
        (["--scenarios", "no/such/folder"], {}, "--scenarios"),
        (["--database", "mysql://h/x"], {}, "--database is 'mysql://h/x', but it is a mysql database"),
        (["--database", ""], {}, "must name a file"),
        ([], {"BRANCHCAST_DATABASE": "sqlite://"}, "BRANCHCAST_DATABASE is 'sqlite://', but must name a file"),
        ([], {"BRANCHCAST_KEYLESS": "maybe"}, "BRANCHCAST_KEYLESS is 'maybe', but must be yes or no"),
        ([], {"BRANCHCAST_PORT": "many"}, "BRANCHCAST_PORT"),
        ([], {"BRANCHCAST_PROT": "8000"}, "BRANCHCAST_PORT"),
        (["--allow-public"], {}, "--allow-public"),
    ],
)
def test_settings_that_make_no_sense_are_named(
    cli: Cli, arguments: list[str], environment: dict[str, str], said: str
) -> None:
    done = cli("serve", *arguments, **environment)
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize("way", ["option", "environment"])
def test_a_password_is_not_repeated(cli: Cli, way: str) -> None:
    """Whatever else is wrong with the address."""
    address = "mysql://ann:hunter2@h/x"
    done = cli("serve", "--database", address) if way == "option" else cli("serve", BRANCHCAST_DATABASE=address)
    assert (done.exit_code, "hunter2" in done.output) == (2, False)


def test_faulty_scenarios_are_found_before_a_database_is_made(cli: Cli, tmp_path: Path, stored: str) -> None:
    (tmp_path / "bad.yaml").write_text("scenario: bad\n", encoding="utf-8")
    done = cli("serve", "--scenarios", str(tmp_path), "--database", stored)
    assert done.exit_code == 1
    assert f"{tmp_path}/bad.yaml:1:1: " in done.stderr
    assert not Path(stored).exists()


def test_databases_that_cannot_be_used_are_a_sentence(cli: Cli, tmp_path: Path) -> None:
    """A file of something else, a folder that is not there, and another program's tables."""
    (tmp_path / "notes.txt").write_text("not a database " * 100, encoding="utf-8")
    with closing(Database(database_url(str(tmp_path / "others.db")))) as others, others.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE invoice (id INTEGER)")
    told = {
        "notes.txt": "its file is not one of branchcast",
        "missing/team.db": f"there is no folder {tmp_path}/missing for the database: create it first",
        "others.db": "the database already holds other tables (invoice): give branchcast one of its own",
    }
    for name, said in told.items():
        done = cli("serve", "--database", str(tmp_path / name))
        assert (done.exit_code, said in done.stderr) == (1, True), done.stderr


def test_a_file_that_cannot_be_used_is_named_once(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database " * 100, encoding="utf-8")
    done = cli("serve", "--database", str(tmp_path / "notes.txt"))
    assert done.stderr.count("notes.txt") == done.stderr.count("file is not a database") == 1
    assert done.stderr.startswith(f"Error: sqlite:///{tmp_path}/notes.txt: the database cannot be used")
