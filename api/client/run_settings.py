"""How to run, as keyword arguments that previews, forecasts and what-ifs share."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, TypeAlias, TypedDict

Day: TypeAlias = date | str
"""A day, such as ``date(2026, 8, 20)`` or ``"2026-08-20"``."""

Moment: TypeAlias = datetime | date | str
"""What a read is about: a moment with its zone, or a day, which means its end in UTC."""


class RunArguments(TypedDict, total=False):
    """Settings of a run; the server's defaults stand for those left out."""

    assume: Sequence[str]
    do: Sequence[str]
    as_of: Day | None
    dates: Sequence[Day]
    evidence: str | Sequence[str]
    draws: int
    seed: int | None
    sampler: Literal["sobol", "random"]
