"""What a scalar means in the YAML 1.2 core schema: text, number, true, false, null; and bare calendar days as dates."""

import re
from datetime import date

Scalar = str | int | float | bool | date | None

MAX_NUMBER_LENGTH = 100
LARGEST_WHOLE_NUMBER = 2**53
"""Beyond it a float no longer holds every whole number, so what is computed would not be what is written."""

_WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def plain_scalar(text: str, *, days: bool = True) -> Scalar:
    """Return what a scalar without quotes means; with ``days``, a calendar day becomes a date.

    Raises
    ------
    ValueError
        For a number that is not finite, not exact, or too small to be told from zero.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not a number to forecast with: state a finite one")
    if _WHOLE.fullmatch(text) or _DECIMAL.fullmatch(text):
        return _number(text)
    if days and _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text


def _number(text: str) -> int | float:
    if len(text) > MAX_NUMBER_LENGTH:
        raise ValueError(f"{text[:20]}… has {len(text):,} characters: write numbers with at most {MAX_NUMBER_LENGTH}")
    if _WHOLE.fullmatch(text):
        whole = int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if abs(whole) > LARGEST_WHOLE_NUMBER:
            raise ValueError(f"{text} is too large to be held exactly: write it as {float(whole):.6e}")
        return whole
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is too large for a number: the limit is about 1.8e308")
    if value == 0.0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise ValueError(f"{text} is too small to be told from 0: write 0, or a number above 1e-300")
    return value
