"""``branchcast serve`` before it serves: what is refused, and what is asked of the server."""

import socket
from pathlib import Path

import pytest

from tests.api.cli.support import Cli


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1"])
def test_addresses_that_others_can_reach_need_a_word(cli: Cli, host: str) -> None:
    """There are no keys yet, so an open port must be meant."""
    done = cli("serve", "--host", host)
    assert done.exit_code == 2
    assert "the service asks for no key yet: leave --host out, or add --allow-public" in done.stderr


def test_the_environment_cannot_open_the_port_either(cli: Cli) -> None:
    assert cli("serve", BRANCHCAST_HOST="0.0.0.0").exit_code == 2


def test_a_taken_port_is_a_sentence(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = cli("serve", "--port", str(port))
    assert done.exit_code == 3
    assert f"port {port} on 127.0.0.1 cannot be used (address already in use)" in done.stderr


def test_an_address_of_another_machine_cannot_be_used(cli: Cli) -> None:
    """192.0.2.1 is set aside for documentation, so no machine has it."""
    done = cli("serve", "--host", "192.0.2.1", "--allow-public", "--port", "0")
    assert done.exit_code == 3
    assert "cannot be used (cannot assign requested address)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--port", "70000"], {}, "--port"),
        (["--scenarios", "no/such/folder"], {}, "--scenarios"),
        ([], {"BRANCHCAST_PORT": "many"}, "BRANCHCAST_PORT"),
        ([], {"BRANCHCAST_PROT": "8000"}, "BRANCHCAST_PORT"),
    ],
)
def test_settings_that_make_no_sense_are_named(
    cli: Cli, arguments: list[str], environment: dict[str, str], said: str
) -> None:
    done = cli("serve", *arguments, **environment)
    assert done.exit_code == 2
    assert said in done.stderr


def test_faulty_scenarios_are_found_before_the_port_is_taken(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("scenario: bad\n", encoding="utf-8")
    done = cli("serve", "--scenarios", str(tmp_path))
    assert done.exit_code == 1
    assert f"{tmp_path}/bad.yaml:1:1: " in done.stderr
