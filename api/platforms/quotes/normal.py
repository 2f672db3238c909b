"""Prices of options that exclude each other, made to sum to 1; what they summed to before is kept."""

import math
from collections.abc import Mapping

from api.platforms.errors import PayloadError
from api.platforms.quotes.quote import QuotedOptions
from forecast.scores.checks import SUM_TOLERANCE


def normalised(stated: Mapping[str, float], spreads: Mapping[str, float] | None = None) -> QuotedOptions:
    """Return options whose probabilities are a source's numbers divided by their sum.

    Parameters
    ----------
    stated : label → the source's number, at least 0
    spreads : label → spread in the source's own numbers

    Raises
    ------
    PayloadError
        If a number is below 0, or all are 0.

    Examples
    --------
    >>> normalised({"a": 0.5, "b": 0.75})
    QuotedOptions(options={'a': 0.4, 'b': 0.6}, stated_sum=1.25, spreads={}, kind='options')
    """
    total = math.fsum(stated.values())
    if not total > 0.0 or min(stated.values()) < 0.0:
        raise PayloadError(f"{dict(stated)} cannot be made to sum to 1: a number below 0, or nothing but 0")
    return QuotedOptions({label: value / total for label, value in stated.items()}, total, dict(spreads or {}))


def divided(stated_sum: float) -> str | None:
    """Return in words that a source's numbers were divided by their sum; None if that made no difference.

    Examples
    --------
    >>> divided(1.05)
    'its own numbers sum to 1.05 and were divided by that'
    """
    apart = abs(stated_sum - 1.0) > SUM_TOLERANCE
    return f"its own numbers sum to {stated_sum:.6g} and were divided by that" if apart else None
