"""What has moved a forecast away from its priors, and what is on file and has not."""

from collections.abc import Iterator

from api.wording.labels import Labels
from forecast.result import Forecast


def unused(forecast: Forecast, labels: Labels, *, how_to_use: str) -> str:
    """Return how many entries on file have not been used, and why; empty if all have.

    Parameters
    ----------
    forecast : Forecast
    labels : Labels
        Of the same forecast.
    how_to_use : str
        What the reader can do to have proposed entries used, as the place where this is shown has it.
    """
    return ", ".join(_left(forecast, labels, how_to_use))


def _left(forecast: Forecast, labels: Labels, how_to_use: str) -> Iterator[str]:
    left = [entry for name, entry in labels.section("evidence").items() if name not in forecast.evidence]
    later = sum(str(entry["date"]) > forecast.as_of.isoformat() for entry in left)
    if later:
        yield f"{later:,} dated after {forecast.as_of}"
    if len(left) > later:
        proposed = forecast.request.evidence == "accepted"
        yield f"{len(left) - later:,} " + (f"proposed ({how_to_use})" if proposed else "not asked for")


def silence(forecast: Forecast, labels: Labels) -> str:
    """Return the sentence that silence counts too; empty where it does not."""
    since = labels.text("as_of")
    if not (forecast.sampling.weighted and forecast.dates and forecast.as_of.isoformat() != since):
        return ""
    return f"Silence counts too: nothing else that has a date is taken to have happened since {since}."
