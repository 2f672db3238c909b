"""What a platform's form could not say, in a sentence and numbers."""

from collections.abc import Iterable, Mapping

from rich.console import Console

from api.cli.render_grid import paragraph


def distortions(console: Console, found: Iterable[tuple[str, str, Mapping[str, float]]]) -> None:
    """Say how far what is exported is from what is predicted: the listing, the reason, and figures by name."""
    for place, reason, figures in found:
        said = ", ".join(f"{name.replace('_', ' ')} {value:.6g}" for name, value in figures.items())
        paragraph(console, f"{place}: {reason}{f' ({said})' if said else ''}")
