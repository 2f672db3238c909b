"""The group of all subcommands: loads a command when it is asked for, and turns errors into exit codes."""

from importlib import import_module
from typing import Any

import click

from api.cli.arguments import require_text
from api.cli.exits import MEANINGS, Exit, Refusal, epilog
from api.cli.groups import Subcommands
from forecast.errors import EvidenceError, ForecastFileError, RunError
from forecast.version import VERSION

ON_FILES = {
    "check": "Say everything that is wrong with scenario files.",
    "run": "Compute a forecast from a scenario and show it.",
    "replay": "Make a stored forecast again and compare.",
    "compare": "Say what moved between two stored forecasts.",
    "explain": "Say why it moved: its change split among the causes.",
    "export": "Put a forecast in the form that a tournament takes.",
    "serve": "Answer over HTTP until Ctrl-C.",
    "schema": "Print the JSON Schema of scenario files.",
    "openapi": "Print the description of the HTTP service.",
}
"""Commands that need no server."""

ON_A_DATABASE = {
    "keys": "Make, list and revoke the keys that a server asks for.",
    "db": "Bring the database up to date, check it, save it, restore it.",
    "audit": "Hold the audit log and the database together.",
}
"""Commands that open the database itself, which `--database` or the environment names, beside servers or without."""

ON_A_SERVER = {
    "scenarios": "List, show and store scenarios, and compare their versions.",
    "prior": "Show or set one node's prior, and see what moves.",
    "statements": "Record what experts state for a node, and pool it.",
    "evidence": "Record news, retract it, and see what moves.",
    "forecasts": "Make forecasts that are recorded; list, show and compare them.",
    "history": "Show the course of one figure over the forecasts.",
    "whatif": "Show what would move, and keep nothing.",
    "questions": "Show what the newest forecast answers, and where it is asked.",
    "listings": "Say which question of which platform ours answers.",
    "submit": "Send a forecast to a platform, and see what became of it.",
    "import": "Quote what others say of our questions, and show it beside ours.",
    "runs": "Follow or cancel forecasts that take their time.",
    "resolve": "Say what happened, and see what that scores.",
    "score": "Show how good the forecasts were.",
}
"""Commands that ask a server, which `--server` or the environment names."""

COMMANDS = {**ON_FILES, **ON_A_SERVER, **ON_A_DATABASE}
"""Subcommand → what it does; each has the module of its name in this package."""

_SECTIONS = {
    "Commands": ON_FILES,
    "Commands that ask a server": ON_A_SERVER,
    "Commands on a database": ON_A_DATABASE,
}

HELP = """Scenario forecasting you can check.

An analyst writes a scenario: a tree of what may happen and how likely each step is. branchcast turns it into
probabilities with intervals, and says how far to trust each number.

\b
Examples:
  branchcast check my-scenario.yaml        is the file sound?
  branchcast run my-scenario.yaml          the forecast, as a table
  branchcast run trump-kim-2025            a scenario that comes with branchcast
  branchcast run my.yaml --json now.json   the table, and everything as JSON
  branchcast replay now.json               the same numbers again?
  branchcast compare old.json now.json     what moved
  branchcast export now.json metaculus.yaml  a tournament's form
  branchcast serve                         the same over HTTP, for a team

\b
With a server, whose address and key are in the environment (BRANCHCAST_SERVER, BRANCHCAST_KEY_FILE):
  branchcast scenarios push my.yaml --reason "First version"
  branchcast prior set my-scenario talks --prior new.yaml --reason "Envoys met"
  branchcast forecasts make my-scenario

`branchcast COMMAND --help` has more examples.
"""


class Root(Subcommands):
    """Group whose commands are imported on use, so that ``--help`` answers at once."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the whole command line apart, that of the subcommand too, once all of it is known to be text."""
        require_text(args)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands in the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand."""
        if cmd_name not in COMMANDS:
            return None
        command: Any = import_module(f"api.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run a subcommand; every deliberate error ends in a sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("\nStopped.", err=True)
            ctx.exit(Exit.INTERRUPTED)
        except BrokenPipeError:
            ctx.exit(Exit.NOBODY_READS)
        except RunError as error:
            raise Refusal(f"{_setting(error)}{error}", Exit.REFUSED) from error
        except EvidenceError as error:
            raise Refusal(str(error), Exit.REFUSED) from error
        except ForecastFileError as error:
            raise Refusal(str(error), Exit.FAULT) from error


def _setting(error: RunError) -> str:
    """Return the option that a refused setting comes from, as the start of a sentence."""
    name = str(error.pointer[0]) if error.pointer else ""
    option = {"dates": "horizon-dates"}.get(name, name.replace("_", "-"))
    return (
        f"--{option}: "
        if name in {"draws", "seed", "threads", "sampler", "as_of", "dates", "assume", "do", "evidence"}
        else ""
    )


@click.group(
    cls=Root,
    help=HELP,
    epilog=epilog(*MEANINGS),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, prog_name="branchcast", message="%(prog)s %(version)s")
def root() -> None:
    """Group all subcommands."""
