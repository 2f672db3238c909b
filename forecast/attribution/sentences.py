"""Why a number moved, in a sentence: its change, and what each cause did to it, the largest first."""

import math

from forecast.attribution.records import Attribution, Explained, Share

_CAUSES = {
    "structure": "another structure",
    "time": "time passing",
    "weights": "the experts' weights",
    "suppositions": "what is assumed or forced",
    "document": "the document's changes together",
    "noise": "the simulation",
}
_NAMED = {"evidence": "evidence '{}'", "prior": "the prior of '{}'", "outside": "the outside value '{}'"}

SMALLEST_TOLD = 0.05
"""Parts below this share of the largest are told together."""


def cause_in_words(kind: str, name: str) -> str:
    """Return what a cause is called.

    Examples
    --------
    >>> cause_in_words("time", ""), cause_in_words("evidence", "apec")
    ('time passing', "evidence 'apec'")
    """
    return _NAMED[kind].format(name) if kind in _NAMED else _CAUSES[kind]


def sentence(place: Explained) -> str:
    """Return why a number moved, such as "30.2 % to 17.5 % (-12.7 points): time passing -11.9, evidence 'apec' -0.8".

    Parts that are small beside the largest are told together; what simulation leaves open is told if it shows.
    """
    scale, unit = (100.0, " points") if place.unit is None else (1.0, f" {place.unit}")
    told, rest = _told(place)
    shown = [f"{cause_in_words(each.kind, each.name)} {_signed(scale * each.change)}" for each in told]
    if rest:
        others = math.fsum(each.change for each in rest)
        shown.append(f"{len(rest)} smaller cause{'s' if len(rest) > 1 else ''} {_signed(scale * others)}")
    why = ", ".join(shown) or "for no reason"
    ends = f"{_number(place, place.before)} to {_number(place, place.after)}"
    return f"{ends} ({_signed(scale * place.change)}{unit}): {why}"


def summary(found: Attribution) -> str:
    """Return how an attribution was made, in a sentence or two."""
    orders = (
        "every order of the causes" if not found.orders else f"{found.orders} orders of the causes, drawn at random"
    )
    said = f"Averaged over {orders}, from {found.runs} forecasts that share their draws."
    return said if found.note is None else f"{said} The document's changes do not stand apart: {found.note}."


def _told(place: Explained) -> tuple[list[Share], list[Share]]:
    """Return the parts that are told one by one, the largest first, and those that are told together."""
    parts = list(place.parts)
    if place.noise:
        parts.append(Share(kind="noise", name="", change=place.noise, mc_error=0.0, order_error=0.0))
    moved = sorted((each for each in parts if each.change), key=lambda each: -abs(each.change))
    enough = SMALLEST_TOLD * abs(moved[0].change) if moved else 0.0
    return [each for each in moved if abs(each.change) >= enough], [each for each in moved if abs(each.change) < enough]


def _number(place: Explained, value: float) -> str:
    return f"{100.0 * value:.3g} %" if place.unit is None else f"{value:.4g}"


def _signed(value: float) -> str:
    return f"{value:+.3g}" if abs(value) >= 0.005 else f"{value:+.1g}"
