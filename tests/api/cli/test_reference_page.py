"""``docs/reference/cli.md`` has a place for every command, option and exit code, and for nothing else.

That what it shows is what happens, ``tests/docs`` sees to.
"""

import importlib
import re
from pathlib import Path

import click
import pytest

from api.cli.asking import KEY_FILE, SERVER
from api.cli.exits import MEANINGS
from api.cli.root import COMMANDS, ON_A_SERVER
from tests.api.cli.support import leaves

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
LEAVES = leaves()


def _section(name: str) -> str:
    """Return the text under a heading of the second level, or of the third, up to the next."""
    for level in ("##", "###"):
        if f"\n{level} {name}\n" in PAGE:
            return re.split(r"\n##", PAGE.split(f"\n{level} {name}\n")[1])[0]
    pytest.fail(f"the page has no section '{name}'")


def _stated(section: str) -> set[str]:
    """Return the options, and the arguments in capitals, in the first column of a section's table."""
    rows = re.findall(r"^\| (`.*?)(?<!\\) \|", _section(section), re.MULTILINE)
    return {option for row in rows for option in re.findall(r"`(--?[a-z-]+|[A-Z]+)", row)}


def _real(command: click.Command) -> set[str]:
    """Return the options and arguments that a command has."""
    options = {each for p in command.params if isinstance(p, click.Option) for each in p.opts}
    arguments = {str(p.metavar).strip("[].").split(".")[0] for p in command.params if isinstance(p, click.Argument)}
    return options | arguments


@pytest.mark.parametrize("name", LEAVES)
def test_each_command_has_all_its_options_and_no_others(name: str) -> None:
    """What all commands that ask a server have, or what means the same in each that has it, is said once for all."""
    stated, real = _stated(f"branchcast {name}"), _real(LEAVES[name])
    said_once = _stated("Asking a server") if name.split()[0] in ON_A_SERVER else set()
    assert real - said_once <= stated <= real


@pytest.mark.parametrize("name", [name for name in LEAVES if name.split()[0] in ON_A_SERVER])
def test_the_usage_of_a_command_that_asks_a_server_is_whole(name: str) -> None:
    usage = " ".join(re.findall(r"^    (.+)$", _section(f"branchcast {name}"), re.MULTILINE))
    assert usage.startswith(f"branchcast {name} ")
    assert set(re.findall(r"--[a-z-]+", usage)) == {each for each in _real(LEAVES[name]) if each.startswith("-")} - {
        SERVER,
        KEY_FILE,
    }


def test_commands_that_ask_a_server_say_which() -> None:
    asking = {name for name, command in LEAVES.items() if {SERVER, KEY_FILE} <= _real(command)}
    assert asking == {name for name in LEAVES if name.split()[0] in ON_A_SERVER}
    assert {SERVER, KEY_FILE} <= _stated("Asking a server")


def test_no_other_command_is_described() -> None:
    described = re.findall(r"^###? branchcast (.+)$", PAGE, re.MULTILINE)
    assert sorted(described) == sorted({*LEAVES, *COMMANDS})


def test_exit_codes_are_all_there() -> None:
    stated = re.findall(r"^\| (\d+) \|", _section("Exit codes"), re.MULTILINE)
    assert stated == [str(code.value) for code in MEANINGS]


@pytest.mark.parametrize("name", COMMANDS)
def test_codes_that_a_command_promises_are_in_the_table(name: str) -> None:
    """The help of a command and the table of the page agree on which codes it may end with."""
    command: click.Command = importlib.import_module(f"api.cli.{name}").command
    promised = set(re.findall(r"^  (\d+) ", str(command.epilog), re.MULTILINE))
    table = re.findall(r"^\| (\d+) \| .* \| (.*) \|$", _section("Exit codes"), re.MULTILINE)
    named = {"those that ask a server", f"`{name}`"} if name in ON_A_SERVER else {f"`{name}`"}
    assert promised == {code for code, commands in table if commands == "all" or named & set(commands.split(", "))}


@pytest.mark.parametrize("name", LEAVES)
def test_a_group_promises_what_its_commands_do(name: str) -> None:
    group: click.Command = importlib.import_module(f"api.cli.{name.split()[0]}").command
    assert set(str(LEAVES[name].epilog).splitlines()) <= set(str(group.epilog).splitlines())
