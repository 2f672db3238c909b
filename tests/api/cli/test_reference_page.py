"""``docs/reference/cli.md`` has a place for every command, option and exit code, and for nothing else.

That what it shows is what happens, ``tests/docs`` sees to.
"""

import importlib
import re
from pathlib import Path

import click
import pytest

from api.cli.exits import MEANINGS
from api.cli.root import COMMANDS

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")


def _section(name: str) -> str:
    """Return the text under a second-level heading."""
    return PAGE.split(f"\n## {name}\n")[1].split("\n## ")[0]


def _stated(name: str) -> set[str]:
    """Return the options, and the arguments in capitals, in the first column of a command's table."""
    rows = re.findall(r"^\| (`.*?)(?<!\\) \|", _section(f"branchcast {name}"), re.MULTILINE)
    return {option for row in rows for option in re.findall(r"`(--?[a-z-]+|[A-Z]+)", row)}


def _real(name: str) -> set[str]:
    """Return the options and arguments that a command has."""
    command: click.Command = importlib.import_module(f"api.cli.{name}").command
    options = {each for p in command.params if isinstance(p, click.Option) for each in p.opts}
    arguments = {str(p.metavar).rstrip(".").split(".")[0] for p in command.params if isinstance(p, click.Argument)}
    return options | arguments


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_all_its_options_and_no_others(name: str) -> None:
    assert _stated(name) == _real(name)


def test_no_other_command_is_described() -> None:
    assert set(re.findall(r"^## branchcast (\S+)$", PAGE, re.MULTILINE)) == set(COMMANDS)


def test_exit_codes_are_all_there() -> None:
    stated = re.findall(r"^\| (\d+) \|", _section("Exit codes"), re.MULTILINE)
    assert stated == [str(code.value) for code in MEANINGS]


@pytest.mark.parametrize("name", COMMANDS)
def test_codes_that_a_command_promises_are_in_the_table(name: str) -> None:
    """The help of a command and the table of the page agree on which codes it may end with."""
    command: click.Command = importlib.import_module(f"api.cli.{name}").command
    promised = set(re.findall(r"^  (\d+) ", str(command.epilog), re.MULTILINE))
    table = re.findall(r"^\| (\d+) \| .* \| (.*) \|$", _section("Exit codes"), re.MULTILINE)
    assert promised == {code for code, commands in table if commands == "all" or f"`{name}`" in commands}
