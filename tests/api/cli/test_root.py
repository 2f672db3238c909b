"""The group of commands: help that teaches, names that are suggested, errors that become exit codes."""

import click
import pytest

from api.cli.exits import MEANINGS, Exit
from api.cli.root import COMMANDS, root
from forecast.errors import EvidenceError, ForecastFileError, RunError
from forecast.version import VERSION
from tests.api.cli.support import Cli, groups, leaves


def test_version_is_the_package_version(cli: Cli) -> None:
    assert cli("--version").output == f"branchcast {VERSION}\n"


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_every_command_and_exit_code(cli: Cli, flag: str) -> None:
    said = cli(flag).output
    for name, purpose in COMMANDS.items():
        assert f"  {name} " in said
        assert purpose in said
    for code, meaning in MEANINGS.items():
        assert f"{code.value:<4} {meaning}" in said


@pytest.mark.parametrize("name", [*groups(), *leaves()])
def test_help_of_each_command_teaches(cli: Cli, name: str) -> None:
    """It has examples that begin with the command, exit codes, and a word on every option; no line is too long."""
    said = cli(*name.split(), "--help").output
    assert f"  branchcast {name}" in said.split("Examples:")[1]
    assert "Exit codes:" in said
    assert max(map(len, said.splitlines())) <= 80
    command = {**groups(), **leaves()}[name]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_a_group_says_what_its_commands_are_for(cli: Cli) -> None:
    for name, group in groups().items():
        assert all(command.get_short_help_str() for command in group.commands.values()), name


@pytest.mark.parametrize("name", groups())
def test_a_misspelt_command_of_a_group_is_recognised(cli: Cli, name: str) -> None:
    first = next(iter(groups()[name].commands))
    done = cli(name, f"{first}x")
    assert done.exit_code == 2
    assert f"There is no command '{first}x': did you mean '{first}'?" in done.stderr


def test_list_of_commands_does_not_import_them(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that help answers at once."""
    monkeypatch.setattr("api.cli.root.import_module", lambda name: pytest.fail(f"imported {name}"))
    assert cli("--help").exit_code == 0
    assert cli("--version").exit_code == 0


def test_a_misspelt_command_is_recognised(cli: Cli) -> None:
    done = cli("chekc", "minimal")
    assert done.exit_code == 2
    assert "There is no command 'chekc': did you mean 'check'?" in done.stderr


def test_nothing_at_all_shows_the_help(cli: Cli) -> None:
    done = cli()
    assert done.exit_code == 2
    assert "Commands:" in done.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("prior", "set", "minimal", "opening", "--prior", "{}", "--reason", "Z\udcfcrich"),
        ("evidence", "add", "minimal", "--reason", "Z\udcfcrich"),
        ("scenarios", "push", "minimal", "--reason=Z\udcfcrich"),
        ("scenarios", "show", "Z\udcfcrich"),
        ("history", "minimal", "Z\udcfcrich"),
        ("keys", "create", "Z\udcfcrich"),
        ("check", "Z\udcfcrich"),
        ("Z\udcfcrich",),
    ],
)
def test_what_the_terminal_sends_must_be_text(cli: Cli, arguments: tuple[str, ...]) -> None:
    """Bytes that are not UTF-8 arrive as halves of characters, which nothing can be sent or kept as."""
    done = cli(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert (
        "Z\\xfcrich' cannot be read, as your terminal's text is not UTF-8: set its encoding and LC_ALL" in done.stderr
    )


def test_an_argument_that_is_no_text_is_shown_safely(cli: Cli) -> None:
    done = cli("check", "\x1b\udcff\ud800" + "x" * 1_000)
    assert "the argument '\\x1b\\xff\\xd800xxx" in done.stderr
    assert len(done.stderr) < 500


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (RunError(("dates", 0), "too late"), Exit.REFUSED, "Error: --horizon-dates: too late\n"),
        (RunError(("as_of",), "too late"), Exit.REFUSED, "Error: --as-of: too late\n"),
        (RunError(("drivers",), "too many"), Exit.REFUSED, "Error: too many\n"),
        (RunError((), "no"), Exit.REFUSED, "Error: no\n"),
        (EvidenceError("no weight"), Exit.REFUSED, "Error: no weight\n"),
        (ForecastFileError("altered"), Exit.FAULT, "Error: altered\n"),
        (KeyboardInterrupt(), Exit.INTERRUPTED, "\nStopped.\n"),
    ],
)
def test_errors_end_in_a_sentence_and_a_code(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: Exit, said: str
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise error

    monkeypatch.setattr("api.cli.run.run", fail)
    done = cli("run", "minimal")
    assert (done.exit_code, done.stderr, done.stdout) == (code, said, "")


def test_mistakes_of_ours_are_not_hidden(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody raised on purpose keeps its traceback."""
    monkeypatch.setattr("api.cli.run.run", lambda *_args, **_kwargs: 1 / 0)
    assert isinstance(cli("run", "minimal").exception, ZeroDivisionError)


def test_every_command_is_a_command() -> None:
    with click.Context(root) as context:
        assert root.list_commands(context) == list(COMMANDS)
        assert all(isinstance(root.get_command(context, name), click.Command) for name in COMMANDS)
        assert root.get_command(context, "os") is None
