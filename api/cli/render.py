"""A forecast as a person reads it, section by section, in the order of what matters."""

from collections.abc import Iterator, Mapping

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
    request = forecast.request
    if request.assume:
        paragraph(page.console, f"GIVEN THAT {_listed(request.assume, 'happens', 'happen')}.", style="bold yellow")
    if request.do:
        paragraph(page.console, f"IF SOMEONE MAKES {_listed(request.do, 'HAPPEN', 'HAPPEN')}.", style="bold yellow")


def _evidence(page: Page) -> None:
    """Say what has moved the forecast away from its priors, and what has not been used."""
    forecast, entries = page.forecast, page.labels.section("evidence")
    silence = forecast.sampling.weighted and forecast.dates and forecast.as_of.isoformat() != page.labels.text("as_of")
    if not entries and not silence:
        return
    section(page.console, "Evidence")
    for name in forecast.evidence[: None if page.everything else MOST_ENTRIES]:
        entry = entries[name]
        paragraph(page.console, Text.assemble(f"{entry['date']}  ", (name, "bold"), f"  {one_line(entry['what'])}"))
    if len(forecast.evidence) > MOST_ENTRIES and not page.everything:
        paragraph(page.console, f"and {len(forecast.evidence) - MOST_ENTRIES:,} more: --all shows them", style="dim")
    unused = ", ".join(_unused(forecast, entries))
    if unused:
        paragraph(page.console, f"On file and not used: {unused}.", style="dim" if forecast.evidence else "")
    if silence:
        since = page.labels.text("as_of")
        paragraph(
            page.console,
            f"Silence counts too: nothing else that has a date is taken to have happened since {since}.",
        )


def _unused(forecast: Forecast, entries: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    left = [entry for name, entry in entries.items() if name not in forecast.evidence]
    later = sum(str(entry["date"]) > forecast.as_of.isoformat() for entry in left)
    if later:
        yield f"{later:,} dated after {forecast.as_of}"
    if len(left) > later:
        proposed = forecast.request.evidence == "accepted"
        yield f"{len(left) - later:,} " + ("proposed (--evidence all uses them)" if proposed else "not asked for")


def _listed(references: tuple[str, ...], one: str, several: str) -> str:
    """Return what was assumed as a clause, each thing once."""
    once = list(dict.fromkeys(references))
    return f"{' and '.join(once)} {one if len(once) == 1 else several}"
