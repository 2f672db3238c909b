"""Rows of the output types that say a distribution by numbers of it: mean, median, quantile, cdf and pmf."""

from collections.abc import Sequence

import numpy as np

from forecast.predictions.kinds import DatePrediction, NumberPrediction, Predictions
from forecast.tournaments.asked import asked_probability, prediction_of
from forecast.tournaments.exports import Distortion
from forecast.tournaments.hubverse.hub import OutputType
from forecast.tournaments.hubverse.listing import HubverseListing
from forecast.tournaments.hubverse.matching import Wanted
from forecast.tournaments.hubverse.numbers import exact_mean, fitted, fitted_mean, hub_number, moved_values, outside
from forecast.tournaments.hubverse.probabilities import cdf_values, pmf_values
from forecast.tournaments.hubverse.table import Row, value_text
from forecast.tournaments.hubverse.texts import text_of

Found = tuple[Sequence[float], list[Distortion]]
"""Values in the order of an output type's ids, and what they do not say as we do."""


def summary_rows(wanted: Wanted, predictions: Predictions) -> tuple[list[Row], list[Distortion]]:
    """Return the rows of a listing but for its samples.

    Raises
    ------
    ExportError
        If what is asked for is not what the question says, or cannot be put in the hub's form.
    """
    rows: list[Row] = []
    distortions: list[Distortion] = []
    for _, output in wanted.outputs:
        if output.samples is None:
            values, moved = _values(wanted.listing, output, predictions)
            rows.extend(_rows(wanted, output, values))
            distortions.extend(moved)
    return rows, distortions


def _rows(wanted: Wanted, output: OutputType, values: Sequence[float]) -> list[Row]:
    ids: Sequence[str | None] = [text_of(each) for each in output.ids] or [None]
    place, tasks = wanted.listing.place, wanted.tasks
    return [
        Row(place, tasks, output.name, name, value_text(value, output)) for name, value in zip(ids, values, strict=True)
    ]


def _values(listing: HubverseListing, output: OutputType, predictions: Predictions) -> Found:
    match output.name:
        case "mean":
            return _mean(listing, output, predictions)
        case "median":
            return _quantiles(listing, output, [0.5], predictions)
        case "quantile":
            return _quantiles(listing, output, [float(level) for level in output.ids], predictions)
        case "cdf":
            return cdf_values(listing, output, predictions), []
        case _:
            return pmf_values(listing, output, predictions), []


def _quantiles(
    listing: HubverseListing, output: OutputType, levels: Sequence[float], predictions: Predictions
) -> Found:
    number = hub_number(listing, predictions)
    exact = np.array([number.distribution.quantile(level) for level in levels])
    values = fitted(exact, output, number)
    return values.tolist(), moved_values(listing.place, output, exact, values, outside(number, output))


def _mean(listing: HubverseListing, output: OutputType, predictions: Predictions) -> Found:
    exact = _exact_mean(listing, predictions)
    value = fitted_mean(exact, output)
    return [value], moved_values(listing.place, output, np.array([exact]), np.array([value]), {})


def _exact_mean(listing: HubverseListing, predictions: Predictions) -> float:
    """Return the mean of a number, or of what is 1 if something happens and 0 if not, which is its probability."""
    prediction = prediction_of(predictions, listing)
    if listing.part is None and isinstance(prediction, NumberPrediction | DatePrediction):
        return exact_mean(hub_number(listing, predictions))
    return asked_probability(predictions, listing)
