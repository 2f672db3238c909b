"""Options that commands share which ask a server."""

import click

JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print what the server says as JSON, one object on each line."
)
ALL = click.option("--all", "everything", is_flag=True, help="Show long lists whole.")
VERSION = click.option(
    "--version", type=click.IntRange(1), metavar="N", help="Number of a version.  [default: the newest]"
)
AS_OF = click.option(
    "--as-of",
    metavar="MOMENT",
    help="What was on record then: a day, which means its end in UTC, or a moment with its zone.  [default: now]",
)
REASON = click.option("--reason", required=True, metavar="TEXT", help="Why, for whoever asks in a year.")
AUTHOR = click.option("--author", metavar="NAME", help="Whose doing it is.  [default: the name of the key]")
BASED_ON = click.option(
    "--based-on",
    type=click.IntRange(1),
    metavar="N",
    help="Version that you have seen: nothing is changed if somebody has changed it since.",
)
