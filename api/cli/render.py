"""A forecast as a person reads it, section by section, in the order of what matters."""

from collections.abc import Iterator, Mapping
from datetime import date

from rich.console import Console
from rich.text import Text

from api.cli.consoles import one_line
from api.cli.render_computed import computed
from api.cli.render_grid import paragraph, section
from api.cli.render_numbers import dates, quantities
from api.cli.render_page import Page
from api.cli.render_probabilities import chain, headline, outcomes, probabilities
from api.cli.render_questions import questions
from forecast.result import Forecast

MOST_ENTRIES = 12


def render(forecast: Forecast, console: Console, *, everything: bool = False) -> None:
    """Print a forecast; lists that are too long to read are cut to their largest entries unless ``everything``."""
    page = Page(forecast, console, everything)
    _title(page)
    if forecast.headline:
        headline(page, "How it ends (one of these)", forecast.headline)
    else:
        headline(page, "How it ends (one of these)", forecast.outcomes)
    paragraph(
        console,
        "The interval is what the analysts do not know (90 % credible). The error of the simulation is another matter; "
        "it is at the end.",
        style="dim",
    )
    probabilities(page, "Groups (may overlap)", forecast.groups)
    chain(page)
    if forecast.headline:
        titles = {name: page.labels.branch(name) for name in forecast.outcomes}
        outcomes(page, "Outcomes, one by one", forecast.outcomes, titles)
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
    paragraph(page.console, f"Scenario {forecast.scenario}{version}, digest {digest}; "
              f"{sampling.draws:,} draws ({sampling.sampler}), seed {sampling.seed}.", style="dim")
    status = labels.text("prior_status")
    if status:
        paragraph(page.console, f"Priors: {status}.".replace("..", "."), style="dim")
    request = forecast.request
    if request.assume:
        paragraph(page.console, f"GIVEN THAT {' and '.join(request.assume)} happens.", style="bold yellow")
    if request.do:
        paragraph(page.console, f"IF SOMEONE MAKES {' and '.join(request.do)} HAPPEN.", style="bold yellow")


def _evidence(page: Page) -> None:
    """Say what has moved the forecast away from its priors, and what has not been used."""
    forecast, entries = page.forecast, page.labels.section("evidence")
    silence = forecast.sampling.weighted and forecast.as_of.isoformat() != page.labels.text("as_of")
    if not entries and not silence:
        return
    section(page.console, "Evidence")
    for name in forecast.evidence[:None if page.everything else MOST_ENTRIES]:
        entry = entries[name]
        said = Text.assemble(f"{entry['date']}  ", (name, "bold"), f"  {one_line(entry['what'])}")
        paragraph(page.console, said)
    if len(forecast.evidence) > MOST_ENTRIES and not page.everything:
        paragraph(page.console, f"and {len(forecast.evidence) - MOST_ENTRIES:,} more: --all shows them", style="dim")
    unused = ", ".join(_unused(forecast.evidence, entries, forecast.as_of))
    if unused:
        paragraph(page.console, f"On file and not used: {unused}.", style="dim" if forecast.evidence else "")
    if silence:
        paragraph(page.console, f"That nothing else with a date has happened since {page.labels.text('as_of')} counts as evidence.")


def _unused(used: tuple[str, ...], entries: Mapping[str, Mapping[str, str]], as_of: date) -> Iterator[str]:
    left = [entry for name, entry in entries.items() if name not in used]
    later = sum(str(entry["date"]) > as_of.isoformat() for entry in left)
    if later:
        yield f"{later} dated after {as_of}"
    if len(left) > later:
        yield f"{len(left) - later} proposed or not asked for"
