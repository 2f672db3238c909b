"""``branchcast openapi``: the description of the HTTP service, for client generators."""

import click

from api.app import create_app
from api.cli.exits import Exit, epilog
from api.cli.files import STANDARD, require_writable, write_text
from api.http.openapi import openapi_text

HELP = """Print the OpenAPI description of the HTTP service, with recorded examples.

A running server answers the same at /openapi.json.

\b
Examples:
  branchcast openapi --output openapi.json
  branchcast openapi | jq '.paths | keys'
"""


@click.command("openapi", help=HELP, epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.NOBODY_READS))
@click.option("--output", default=STANDARD, metavar="FILE", help="Write to FILE instead of standard output.")
def command(output: str) -> None:
    """Write the description."""
    require_writable(output)
    write_text(output, openapi_text(create_app()))
