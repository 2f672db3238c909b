"""Values of several parts, written on the command line as YAML or JSON, or in a file."""

from typing import Any

import click

from api.cli.files import UnreadableError, located, read_text
from forecast.documents.reader import read_yaml
from forecast.errors import Fault, ScenarioError

MOST_BYTES = 1_000_000


def mapping(text: str) -> dict[str, Any]:
    """Return what ``{family: beta, ...}`` states, or what the file of that name does (``-`` for standard input)."""
    inline = text.lstrip().startswith("{")
    try:
        said = text if inline else read_text(text, MOST_BYTES)
        reading = read_yaml(said)
    except UnreadableError as error:
        raise click.BadParameter(
            f"{located(text, error.fault)}; or write the value itself, as {{family: beta, ...}}"
        ) from error
    except ScenarioError as error:
        raise click.BadParameter(_told(text, inline, error.faults[0])) from error
    if reading.faults:
        raise click.BadParameter(_told(text, inline, reading.faults[0]))
    if not isinstance(reading.data, dict):
        raise click.BadParameter(f"'{text[:60]}' is no map: write it as {{key: value, ...}}")
    return reading.data


def _told(text: str, inline: bool, fault: Fault) -> str:
    return fault.message if inline else located(text, fault)
