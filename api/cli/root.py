"""The group of all subcommands: loads a command when it is asked for, and turns errors into exit codes."""

from importlib import import_module
from typing import Any

import click

from api.cli.exits import MEANINGS, Exit, Refusal, epilog
from api.suggestions import did_you_mean
from forecast.errors import EvidenceError, ForecastFileError, RunError
from forecast.version import VERSION

COMMANDS = {
    "check": "Say everything that is wrong with scenario files.",
    "run": "Compute a forecast from a scenario and show it.",
    "replay": "Make a stored forecast again and compare.",
    "compare": "Say what moved between two stored forecasts.",
    "serve": "Answer over HTTP until Ctrl-C.",
    "schema": "Print the JSON Schema of scenario files.",
    "openapi": "Print the description of the HTTP service.",
}
"""Subcommand → what it does; each has the module of its name in this package."""

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
  branchcast serve                         the same over HTTP

`branchcast COMMAND --help` has more examples.
"""


class Root(click.Group):
    """Group whose commands are imported on use, so that ``--help`` answers at once."""

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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand, or say which one may have been meant."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(f"There is no command '{args[0]}'{did_you_mean(args[0], COMMANDS, 'the commands are')}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

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
