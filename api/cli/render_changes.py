"""What a change of a scenario comes to: in words, and in what it moves."""

from collections.abc import Sequence

from rich.console import Console

from api.cli.listing import moment
from api.cli.render_grid import paragraph, section
from api.cli.render_moves import moves
from api.messages.versions import MovedPage, RevisionPage, VersionGlance
from api.wording.text import one_line
from forecast.revisions import Change


def stored(console: Console, version: VersionGlance) -> None:
    """Say which version was stored, by whom and why."""
    said = f"Stored as version {version.version} of {version.id}, by {one_line(version.author)}: "
    paragraph(console, said + one_line(version.reason))


def revised(console: Console, revision: RevisionPage, everything: bool) -> None:
    """Print a new version: what it changes, that it is stored, and what moves."""
    changes(console, revision.changes)
    stored(console, revision)
    if revision.yaml_rewritten:
        paragraph(
            console,
            "The layout of the YAML did not allow an edit in place: it was written anew, without its comments.",
            style="bold yellow",
        )
    moved(console, revision.moved, everything)


def changes(console: Console, found: Sequence[Change]) -> None:
    """Print changes in words, one on each line."""
    if not found:
        paragraph(console, "Nothing that the scenario says has changed.")
    for change in found:
        paragraph(console, one_line(change.words), style="bold")


def moved(console: Console, found: MovedPage, everything: bool) -> None:
    """Print what a change moves, or why that was not computed."""
    section(console, "What that moves")
    if found.comparison is None:
        paragraph(
            console, f"Not computed: {one_line(found.reason or 'the server does not say why')}.".replace("..", ".")
        )
    else:
        moves(console, found.comparison, everything)


def provenance(version: VersionGlance) -> str:
    """Return when a version was stored, by whom and why."""
    return f"{moment(version.recorded_at)} UTC, by {one_line(version.author)}: {one_line(version.reason)}"
