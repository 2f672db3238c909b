"""``branchcast export``: a forecast in the form of a tournament, checked by its rules; nothing is sent."""

import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import click

from api.cli.consoles import notices
from api.cli.exits import Exit, Refusal, epilog
from api.cli.files import STANDARD, called, write_bytes
from api.cli.listing_files import ListingFile, read_listings
from api.cli.render_distortions import distortions
from api.cli.stored import read_forecast
from api.routes.exports import distortion_pages
from forecast.errors import listed
from forecast.predictions.predict import predict
from forecast.tournaments.exports import Document, Export, ExportError
from forecast.tournaments.formats import Format
from forecast.tournaments.registry import FORMATS, ListingError, read_settings

HELP = """Put a forecast in the form that a tournament takes. Nothing is sent.

FORECAST.json is what `branchcast run --json` wrote. LISTINGS is a file that says which question of the platform each of
ours answers; the plain table needs none. What the platform's form cannot say is told in numbers.

\b
Examples:
  branchcast export now.json                       a table, as CSV and JSON
  branchcast export now.json metaculus.yaml        what would be sent
  branchcast export now.json hub.yaml --out FOLDER   files, in their folders

\b
A file of listings:
  platform: metaculus
  listings:
    - {question: meet-before-2027, id: 40123, post: 39876, type: binary}

Its `settings` are what the format wants to know once; one that is a map may be the name of a file that holds it.
"""

_TABLE = "table"

DISTORTIONS = "distortions.json"
"""The file beside the documents that says what their form could not."""


@click.command("export", help=HELP, epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.REFUSED, Exit.NOBODY_READS))
@click.argument("forecast", metavar="FORECAST.json")
@click.argument("listings", metavar="[LISTINGS]", required=False)
@click.option("--out", metavar="FOLDER", help="Write each document, and the distortions, to files in FOLDER.")
def command(forecast: str, listings: str | None, out: str | None) -> None:
    """Export a file."""
    if forecast == listings == STANDARD:
        raise Refusal("standard input cannot be both forecast and listings: name a file for one", Exit.USAGE)
    asked = _whole_table() if listings is None else read_listings(listings)
    form = FORMATS[asked.platform]
    try:
        found = form.exported(asked.listings, predict(read_forecast(forecast)), asked.settings)
    except ExportError as error:
        raise Refusal(str(error), Exit.REFUSED) from error
    if out is None:
        _print(found)
    else:
        _write(found, form, out)
    # On standard error, so that the documents stay as they are.
    distortions(notices(), ((each.place, each.reason, each.figures) for each in found.distortions))


def _whole_table() -> ListingFile:
    try:
        return ListingFile(_TABLE, read_settings(FORMATS[_TABLE], {}), ())
    except ListingError as error:  # a table has no setting without a default
        raise AssertionError from error


def _print(found: Export) -> None:
    """Print documents one after another; where there are several, each under its name."""
    for document in found.documents:
        if len(found.documents) > 1:
            click.echo(f"# {document.name}")
        click.echo(_text(document), nl=False)


def _text(document: Document) -> str:
    try:
        text = document.content.decode()
    except UnicodeDecodeError as error:
        raise Refusal(f"{document.name} is no text: name a folder with --out to write it to", Exit.USAGE) from error
    return text if text.endswith("\n") else f"{text}\n"


def _write(found: Export, form: Format[Any, Any], out: str) -> None:
    documents = [*found.documents, *_distortions(found)]
    names = [document.name for document in documents]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise Refusal(f"several documents are called {listed(doubled)}: export them apart", Exit.REFUSED)
    _require_none_left(out, form, names)
    for document in documents:
        path = os.path.join(out, *document.name.split("/"))
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        except OSError as error:
            raise Refusal(f"{called(out)} cannot be made: {error.strerror or error}", Exit.FAULT) from error
        write_bytes(path, document.content)
        click.echo(path)


def _distortions(found: Export) -> Iterator[Document]:
    """Yield what the form could not say, as a document beside those that could be sent; none if it could say all."""
    if found.distortions:
        told = [each.model_dump() for each in distortion_pages(found.distortions)]
        text = json.dumps(told, ensure_ascii=False, allow_nan=False, indent=2)
        yield Document(DISTORTIONS, "application/json", f"{text}\n".encode())


def _require_none_left(out: str, form: Format[Any, Any], names: Collection[str]) -> None:
    """Refuse a folder in which documents of an earlier export would stand beside these, as if they belonged to them."""
    replaced = {Path(out, name) for name in names}
    there = (path for pattern in (*form.names, DISTORTIONS) for path in sorted(Path(out).glob(pattern)))
    left = [called(str(path)) for path in there if path not in replaced]
    if left:
        said = f"{listed(left)} would be left from an earlier export, and read as part of this one"
        raise Refusal(f"{said}: remove what is left, or name another folder", Exit.REFUSED)
