"""The end of a shown forecast: how it was computed, with which versions, and its digest."""

from api.cli.render_grid import paragraph, section
from api.cli.render_page import Page
from api.wording.computed import computed as said


def computed(page: Page) -> None:
    """Show draws, simulation error, agreement with exact values, versions and digest."""
    section(page.console, "How it was computed")
    for line in said(page.forecast):
        paragraph(page.console, line)
    versions = page.forecast.versions
    paragraph(
        page.console,
        f"branchcast {versions.branchcast}, Python {versions.python}, NumPy {versions.numpy}, SciPy {versions.scipy}",
        style="dim",
    )
    paragraph(page.console, f"digest {page.forecast.digest}", style="dim")
