"""How a forecast was computed, and how far the computation can be trusted, in sentences."""

from collections.abc import Iterator

from api.wording.figures import number
from forecast.result import Forecast, Probability
from forecast.words import percent

SMALLEST_POINTS = 0.00001
"""Differences below this, in percentage points, interest nobody."""


def computed(forecast: Forecast) -> Iterator[str]:
    """Yield what is to say of weights, of the MC error and of agreement with exact values."""
    sampling = forecast.sampling
    if sampling.weighted:
        share = sampling.effective_sample_size / sampling.draws
        effective = number(sampling.effective_sample_size, digits=3)
        part = percent(min(share, 1.0), 0.005)
        yield f"After weighting, the {sampling.draws:,} draws count as {effective} equal ones ({part})."
    yield simulation_error(forecast)
    yield from _agreement(forecast)


def _reported(forecast: Forecast) -> list[Probability]:
    return [
        *forecast.headline.values(),
        *forecast.groups.values(),
        *forecast.outcomes.values(),
        *forecast.attributes.values(),
    ]


def simulation_error(forecast: Forecast) -> str:
    """Return the largest MC error of the forecast's probabilities, in a sentence."""
    largest = max(p.mc_error for p in _reported(forecast))
    return (
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
