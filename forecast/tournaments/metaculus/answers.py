"""One listing answered: the value that is sent, and how far it is from what was predicted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.arrays import FloatArray
from forecast.predictions.kinds import DatePrediction, Predictions
from forecast.tournaments.asked import (
    Subject,
    asked_distribution,
    asked_options,
    asked_probability,
    prediction_of,
    require_asked_distribution,
    require_asked_options,
    require_asked_probability,
    subject_of,
)
from forecast.tournaments.exports import Distortion, ExportError
from forecast.tournaments.metaculus.asking import MetaculusListing
from forecast.tournaments.metaculus.located import Located, located_date, located_number
from forecast.tournaments.metaculus.rules import (
    CDF_DECIMALS,
    LEAST,
    MOST,
    SUM_TOLERANCE,
    least_step,
    most_step,
    require_cdf,
    require_options,
    require_probability,
    step_bounds,
)
from forecast.tournaments.projection import nearest_cumulated, nearest_shares
from forecast.tournaments.scales import Scaling

Value = float | Mapping[str, float] | list[float]

_SEEN = 1e-8
"""A change of a probability that is worth a report; smaller ones are the rounding that the platform does itself."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What one listing is answered with.

    key : of the value in the request, of which there is exactly one
    distortion : None where the form says what was predicted
    """

    key: str
    value: Value
    distortion: Distortion | None


def answer(predictions: Predictions, listing: MetaculusListing) -> Answered:
    """Return the nearest value to our prediction that the platform takes.

    Raises
    ------
    ExportError
        If the prediction is not of the kind that the platform asks for, or says nothing where it asks.
    """
    require_fit(subject_of(prediction_of(predictions, listing)), listing)
    if listing.labels is not None:
        return _options(predictions, listing, listing.labels)
    if listing.scaling is not None:
        return _cdf(predictions, listing, listing.scaling)
    return _probability(predictions, listing)


def require_fit(subject: Subject, listing: MetaculusListing) -> None:
    """Refuse a listing that our question cannot answer, whatever is forecast.

    Raises
    ------
    ExportError
        If the platform asks for something else than the question, or its part, is about.
    """
    if listing.labels is not None:
        require_asked_options(subject, listing, listing.labels)
    elif listing.scaling is None:
        require_asked_probability(subject, listing)
    else:
        require_asked_distribution(subject, listing)
        if (subject.kind == "date") != (listing.type == "date"):
            said = f"a question of type {listing.type} is asked, and ours is a {_NUMBER_OR_DATE[subject.kind]}"
            rule = "a date answers a date, a number a number"
            raise ExportError(listing.place, rule, f"{said}: list another question", ("type",))


_NUMBER_OR_DATE = {"numeric": "number", "date": "date"}


def _probability(predictions: Predictions, listing: MetaculusListing) -> Answered:
    stated = asked_probability(predictions, listing)
    _require_shares(np.array([stated, 1.0 - stated]), listing.place)
    exported = min(max(stated, LEAST), MOST)
    require_probability(listing.place, exported)
    figures = {"probability": stated, "exported": exported, "moved": abs(exported - stated)}
    way = f"raised to {LEAST}, the least" if stated < LEAST else f"lowered to {MOST}, the most"
    reason = f"the probability was {way} that the platform takes"
    return Answered("probability_yes", exported, _distortion(listing, [reason], figures, figures["moved"]))


def _options(predictions: Predictions, listing: MetaculusListing, labels: tuple[str, ...]) -> Answered:
    stated = asked_options(predictions, listing, dict.fromkeys(labels))
    shares = np.array([stated[label] for label in labels])
    _require_shares(shares, listing.place)
    nearest = nearest_shares(shares, np.full(shares.shape, LEAST), np.full(shares.shape, MOST))
    exported = dict(zip(labels, nearest.tolist(), strict=True))
    require_options(listing.place, exported, labels)
    moved, raised = np.abs(nearest - shares), int((shares < LEAST).sum())
    figures = {
        "mass_moved": float(moved.sum()) / 2.0,
        "largest_change": float(moved.max()),
        "least_probability": float(shares.min()),
        "options_raised": float(raised),
    }
    reason = f"{_counted(raised, len(labels), 'options')} raised to {LEAST}, the least, and the others gave way"
    distortion = _distortion(listing, [reason], figures, figures["largest_change"])
    return Answered("probability_yes_per_category", exported, distortion)


def _cdf(predictions: Predictions, listing: MetaculusListing, scaling: Scaling) -> Answered:
    found = _located(predictions, listing, scaling)
    low, high = step_bounds(scaling)
    nearest = nearest_cumulated(found.cumulated, low, high)
    # Adding zero turns the -0.0 that a rounded speck below it leaves into 0.0.
    exported = np.round(nearest, CDF_DECIMALS) + 0.0
    require_cdf(listing.place, exported.tolist(), scaling)
    masses, after = (np.diff(each, prepend=0.0, append=1.0) for each in (found.cumulated, exported))
    outside = float(masses[0]) * (not scaling.open_lower_bound) + float(masses[-1]) * (not scaling.open_upper_bound)
    figures = {
        "largest_change": float(np.abs(exported - found.cumulated).max()),
        "mass_moved": float(np.abs(after - masses).sum()) / 2.0,
        "outside_closed_bounds": outside,
        "without_value": found.without_value,
        **_means(found, exported),
    }
    reasons = _reasons(found, masses, scaling)
    seen = max(figures["largest_change"], found.without_value)
    return Answered("continuous_cdf", exported.tolist(), _distortion(listing, reasons, figures, seen))


def _means(found: Located, exported: FloatArray) -> dict[str, float]:
    """Return the mean, and what of it lies in the range before and after, by names that tell the unit of a date's."""
    after = found.mean_of(exported)
    if found.mean is None:
        return {"mean_in_range_days": found.mean_in_range, "exported_mean_days": after}
    return {"mean": found.mean, "mean_in_range": found.mean_in_range, "exported_mean": after}


def _located(predictions: Predictions, listing: MetaculusListing, scaling: Scaling) -> Located:
    prediction = asked_distribution(predictions, listing)
    if isinstance(prediction, DatePrediction):
        return located_date(prediction, scaling, listing.place)
    return located_number(prediction, scaling, listing.place)


def _reasons(found: Located, masses: FloatArray, scaling: Scaling) -> list[str]:
    """List what was done to a prediction with these masses."""
    outcomes, (low, high) = scaling.outcomes, step_bounds(scaling)
    short, beyond = masses < low, masses > high
    raised, cut = int(short[1:-1].sum()), int(beyond[1:-1].sum())
    least, most = f"{least_step(outcomes):.9g}", f"{most_step(outcomes):.9g}"
    up, inside = f"the open range was raised to {LEAST} or more", "the closed range was moved into it"
    below, above = f"{masses[0]:.6g} below", f"{masses[-1]:.6g} above"
    deeds = (
        (raised > 0, f"{_counted(raised, outcomes, 'cells')} raised to {least} or more, the least that one holds"),
        (cut > 0, f"{_counted(cut, outcomes, 'cells')} cut to {most} or less, the most that one holds"),
        (short[0], f"{below} {up}"),
        (short[-1], f"{above} {up}"),
        (beyond[0], f"{below} {inside}"),
        (beyond[-1], f"{above} {inside}"),
        (found.without_value > 0.0, f"{found.without_value:.6g} in which there is no value was left out"),
    )
    return [deed for done, deed in deeds if done]


def _counted(number: int, of: int, things: str) -> str:
    return f"{number} of {of} {things} {'was' if number == 1 else 'were'}"


def _require_shares(shares: FloatArray, place: str) -> None:
    """Refuse what is no distribution before anything is moved: the form must not make one of it."""
    if not ((shares >= -SUM_TOLERANCE).all() and abs(shares.sum() - 1.0) <= SUM_TOLERANCE):
        raise ExportError(
            place,
            "probabilities are from 0 to 1, and sum to 1",
            f"{shares.tolist()} are predicted, and sum to {shares.sum():.6g}: let each of our options be asked for",
        )


def _distortion(
    listing: MetaculusListing, reasons: list[str], figures: Mapping[str, float], seen: float
) -> Distortion | None:
    return Distortion(listing.place, "; ".join(reasons), figures) if seen > _SEEN else None
