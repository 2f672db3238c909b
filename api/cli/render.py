"""A forecast as a person reads it, section by section, in the order of what matters."""

from rich.console import Console
from rich.text import Text

from api.cli.render_computed import computed
from api.cli.render_grid import paragraph, section
from api.cli.render_numbers import dates, quantities
from api.cli.render_page import Page
from api.cli.render_probabilities import chain, headline, outcomes, probabilities
from api.cli.render_questions import questions
from api.wording.conditions import conditions
from api.wording.evidence import silence, unused
from api.wording.text import one_line
from forecast.result import Forecast

MOST_ENTRIES = 12


def render(forecast: Forecast, console: Console, *, everything: bool = False) -> None:
    """Print a forecast; lists that are too long to read are cut to their largest entries unless ``everything``."""
    page = Page(forecast, console, everything)
    _title(page)
    ends = {name: page.labels.branch(name) for name in forecast.outcomes}
    headline(
        page, "How it ends (one of these)", forecast.headline or forecast.outcomes, {} if forecast.headline else ends
    )
    paragraph(
        console,
        "The interval is what the analysts do not know (90 % credible). The error of the simulation is another matter; "
        "it is at the end.",
        style="dim",
    )
    probabilities(page, "Groups (may overlap)", forecast.groups)
    chain(page)
    if forecast.headline:
        outcomes(page, "Outcomes, one by one", forecast.outcomes, ends)
    titles = {name: page.labels.text("attributes", name, "title") for name in forecast.attributes}
    probabilities(page, "Attributes (whatever the outcome)", forecast.attributes, titles)
    quantities(page)
    dates(page)
    questions(page)
    _evidence(page)
    computed(page)
    for warning in forecast.warnings:
        paragraph(console, Text(f"Warning: {one_line(warning)}", style="bold yellow"))


def _title(page: Page) -> None:
    forecast, labels = page.forecast, page.labels
    paragraph(page.console, one_line(forecast.title), style="bold")
    stated = labels.text("as_of")
    since = f" (priors of {stated})" if stated and stated != forecast.as_of.isoformat() else ""
    paragraph(page.console, f"As of {forecast.as_of}{since}, about the time up to {forecast.horizon}.")
    version = f", version {forecast.prior_version}" if forecast.prior_version else ""
    digest = forecast.scenario_digest.removeprefix("sha256:")[:12]
    sampling = forecast.sampling
    paragraph(
        page.console,
        f"Scenario {forecast.scenario}{version}, digest {digest}; "
        f"{sampling.draws:,} draws ({sampling.sampler}), seed {sampling.seed}.",
        style="dim",
    )
    status = labels.text("prior_status")
    if status:
        paragraph(page.console, f"Priors: {status}.".replace("..", "."), style="dim")
    for sentence in conditions(forecast.request):
        paragraph(page.console, sentence, style="bold yellow")


def _evidence(page: Page) -> None:
    """Say what has moved the forecast away from its priors, and what has not been used."""
    forecast, entries = page.forecast, page.labels.section("evidence")
    silent = silence(forecast, page.labels)
    if not entries and not silent:
        return
    section(page.console, "Evidence")
    for name in forecast.evidence[: None if page.everything else MOST_ENTRIES]:
        entry = entries[name]
        paragraph(page.console, Text.assemble(f"{entry['date']}  ", (name, "bold"), f"  {one_line(entry['what'])}"))
    if len(forecast.evidence) > MOST_ENTRIES and not page.everything:
        paragraph(page.console, f"and {len(forecast.evidence) - MOST_ENTRIES:,} more: --all shows them", style="dim")
    left = unused(forecast, page.labels, how_to_use="--evidence all uses them")
    if left:
        paragraph(page.console, f"On file and not used: {left}.", style="dim" if forecast.evidence else "")
    if silent:
        paragraph(page.console, silent)
