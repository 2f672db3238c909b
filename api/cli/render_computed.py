"""How a forecast was computed, and how far the computation can be trusted."""

from collections.abc import Iterator

from api.cli.render_figures import number
from api.cli.render_grid import paragraph, section
from api.cli.render_page import Page
from forecast.result import Forecast, Probability
from forecast.words import percent

SMALLEST_POINTS = 0.00001
"""Differences below this, in percentage points, interest nobody."""


def computed(page: Page) -> None:
    """Show draws, simulation error, agreement with exact values, versions and digest."""
    forecast, sampling = page.forecast, page.forecast.sampling
    section(page.console, "How it was computed")
    lines = []
    if sampling.weighted:
        share = sampling.effective_sample_size / sampling.draws
        effective = number(sampling.effective_sample_size, digits=3)
        part = percent(min(share, 1.0), 0.005)
        lines.append(f"After weighting, the {sampling.draws:,} draws count as {effective} equal ones ({part}).")
    lines += [*_simulation_error(forecast), *_agreement(forecast)]
    for line in lines:
        paragraph(page.console, line)
    versions = forecast.versions
    paragraph(
        page.console,
        f"branchcast {versions.branchcast}, Python {versions.python}, NumPy {versions.numpy}, SciPy {versions.scipy}",
        style="dim",
    )
    paragraph(page.console, f"digest {forecast.digest}", style="dim")


def _reported(forecast: Forecast) -> list[Probability]:
    return [
        *forecast.headline.values(),
        *forecast.groups.values(),
        *forecast.outcomes.values(),
        *forecast.attributes.values(),
    ]


def _simulation_error(forecast: Forecast) -> Iterator[str]:
    largest = max(p.mc_error for p in _reported(forecast))
    yield (
        f"Simulation (MC) error of these probabilities: {_points(largest)} at most, as one standard error; "
        "more draws make it smaller. It is not in the intervals."
    )


def _agreement(forecast: Forecast) -> Iterator[str]:
    """Say how sampled means compare with exact ones, and why some have none."""
    reported = _reported(forecast)
    gaps = [abs(p.mean - p.exact) for p in reported if p.exact is not None]
    if gaps:
        which = "Each of the" if len(gaps) == len(reported) else f"{len(gaps):,} of the"
        have = "has" if len(gaps) in (1, len(reported)) else "have"
        yield (
            f"{which} {len(reported):,} probabilities {have} an exact value too: "
            f"the sampled ones are within {_points(max(gaps))} of it."
        )
    reasons = {p.exact_reason for p in reported if p.exact is None}
    if reasons:
        yield f"No exact value{' for the others' if gaps else ''}: {'; '.join(sorted(filter(None, reasons)))}."


def _points(p: float) -> str:
    """Return a bound on a difference of probabilities in percentage points."""
    return f"{number(max(100.0 * p, SMALLEST_POINTS), digits=2)} points"
