"""The private comment beside a forecast: what was predicted, why, by what, and what the form could not say."""

import math
from collections.abc import Callable

from forecast.predictions.empirical import Empirical
from forecast.predictions.kinds import DatePrediction, NumberPrediction, Predicted
from forecast.tournaments.asked import asked_options, asked_probability, prediction_of
from forecast.tournaments.exports import Distortion
from forecast.tournaments.metaculus.asking import MetaculusListing

_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def comment(predicted: Predicted, listing: MetaculusListing, distortion: Distortion | None) -> dict[str, object]:
    """Return the body for ``POST /api/comments/create/``, to be sent after the forecast, which it shows.

    It is private: the platform refuses a bot's public comments.
    """
    prediction = prediction_of(predicted.by_question, listing)
    lines = [
        prediction.text,
        *_said(predicted, listing),
        *predicted.rationales.get(listing.question, ()),
        f"From the scenario '{predicted.title}' as of {predicted.as_of}, forecast {predicted.digest}.",
    ]
    if distortion is not None:
        figures = ", ".join(f"{name.replace('_', ' ')} {value:.6g}" for name, value in distortion.figures.items())
        lines.append(f"What is sent differs: {distortion.reason} ({figures}).")
    return {
        "on_post": listing.post,
        "text": "\n\n".join(lines),
        "is_private": True,
        "included_forecast": True,
    }


def _said(predicted: Predicted, listing: MetaculusListing) -> list[str]:
    prediction = prediction_of(predicted.by_question, listing)
    if listing.labels is not None:
        options = asked_options(predicted.by_question, listing, dict.fromkeys(listing.labels))
        return [f"{label}: {probability:.6g}" for label, probability in options.items()]
    if listing.scaling is not None and isinstance(prediction, NumberPrediction):
        unit = prediction.unit
        return [_quantiles(prediction.distribution, lambda value: f"{value:.6g} {unit}", "no value")]
    if listing.scaling is not None and isinstance(prediction, DatePrediction):
        day, horizon = prediction.day, prediction.horizon
        return [_quantiles(prediction.distribution, lambda value: f"{day(value)}", f"not by {horizon}")]
    return [f"Probability {asked_probability(predicted.by_question, listing):.6g}."]


def _quantiles(distribution: Empirical, written: Callable[[float], str], beyond: str) -> str:
    values = [distribution.quantile(level) for level in _LEVELS]
    said = (
        f"{level:.0%} {written(value) if math.isfinite(value) else beyond}"
        for level, value in zip(_LEVELS, values, strict=True)
    )
    return f"Quantiles: {', '.join(said)}."
