"""``branchcast schema``: the JSON Schema of scenario files, for editors."""

import json

import click

from api.cli.exits import Exit, epilog
from api.cli.files import STANDARD, require_writable, write_text
from forecast.documents import scenario_schema

HELP = """Print the JSON Schema of scenario files (draft 2020-12).

An editor that knows it completes keys and marks mistakes while you write. What must hold between parts of a scenario,
such as probabilities that add up to 1, only `branchcast check` can say.

\b
Examples:
  branchcast schema --output scenario.schema.json

For editors with a YAML language server, let a scenario begin with the line

\b
  # yaml-language-server: $schema=scenario.schema.json
"""


@click.command("schema", help=HELP, epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.NOBODY_READS))
@click.option("--output", default=STANDARD, metavar="FILE", help="Write to FILE instead of standard output.")
def command(output: str) -> None:
    """Write the schema."""
    require_writable(output)
    write_text(output, json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n")
