"""Events in time: what an analyst says about WHEN a node's event happens.

The event's date T has survival P(T > t) = never + (1 − never) · exp(−λ · H(t)), with t in years from
the node's own date, λ the rate per year and H(t) the clock: years elapsed, each counted with the
multiplier of the window it falls in. λ itself is uncertain; every rate law therefore answers
``laplace``: E[exp(−λ x)], from which all exact means and second moments follow.
"""

import itertools
import math
from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from forecast.fields import Day, Name, Positive, Share, Statement, Text
from forecast.numerics.rates import BetaByDateLaw, FixedRateLaw, GammaRateLaw, RateLaw
from forecast.statements.priors import EXPERTS

ExposureBy = Callable[[date], float]
"""A clock's reading on a calendar day, in years."""


class FixedRate(Statement):
    """A rate known exactly, in events per year."""

    family: Literal["fixed"]
    per_year: Positive

    def law(self, exposure_by: ExposureBy, never: float) -> RateLaw:
        """Return the numeric law of λ per year."""
        return FixedRateLaw(self.per_year)


class GammaRate(Statement):
    """λ ~ Gamma(shape, rate_years): mean shape / rate_years per year, worth ``shape`` events in ``rate_years``."""

    family: Literal["gamma"]
    shape: Annotated[float, Field(ge=1e-3, le=1e6)]
    rate_years: Positive

    def law(self, exposure_by: ExposureBy, never: float) -> RateLaw:
        """Return the numeric law of λ per year."""
        return GammaRateLaw(self.shape, self.rate_years)


class RateByDate(Statement):
    """The rate that makes the event happen by a date with a stated probability.

    ``p`` is known exactly; or it is Beta(``a``, ``b``), which needs ``never`` = 0.
    """

    family: Literal["by_date"]
    by: Day
    p: Share | None = None
    a: Annotated[float, Field(ge=1e-3, le=1e6)] | None = None
    b: Annotated[float, Field(ge=1e-3, le=1e6)] | None = None

    @model_validator(mode="after")
    def _p_or_beta(self) -> Self:
        if (self.p is None) != (self.a is not None and self.b is not None) or (self.a is None) != (self.b is None):
            msg = "state either p, or a and b of a Beta for p"
            raise ValueError(msg)
        return self

    def law(self, exposure_by: ExposureBy, never: float) -> RateLaw:
        """Return the numeric law of λ per year."""
        clock = exposure_by(self.by)
        if self.p is None:
            assert self.a is not None
            assert self.b is not None
            return BetaByDateLaw(self.a, self.b, clock)
        return FixedRateLaw(-math.log1p(-self.p / (1.0 - never)) / clock)


PlainRate = Annotated[FixedRate | GammaRate | RateByDate, Field(discriminator="family")]


class RateByState(Statement):
    """One rate per state of a discrete driver."""

    family: Literal["by_state"]
    driver: Name
    states: Annotated[dict[Name, PlainRate], Field(min_length=2)]


class RateByExpert(Statement):
    """One rate per expert of the panel, pooled as a mixture: the expert is drawn once per draw."""

    family: Literal["panel"]
    experts: Annotated[dict[Name, PlainRate], Field(min_length=2)]


Rate = Annotated[PlainRate | RateByState | RateByExpert, Field(discriminator="family")]


class Window(Statement):
    """Days, the first and the last included, on which the event is ``multiplier`` times as likely (0 closes them)."""

    start: Annotated[Day, Field(alias="from")]
    end: Annotated[Day, Field(alias="to")]
    multiplier: Annotated[float, Field(ge=0.0, le=1e6)]
    why: Text | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            msg = f"a window must not end before it starts, but it runs from {self.start} to {self.end}"
            raise ValueError(msg)
        return self


class HazardPrior(Statement):
    """A node that is an event in time: ``event`` names the branch taken when it happens by the horizon."""

    family: Literal["hazard"]
    event: Name
    rate: Rate
    never: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    windows: Annotated[tuple[Window, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for rate in self.rates().values():
            if isinstance(rate, RateByDate) and self.never > 0.0:
                if rate.p is None:
                    msg = "a Beta for p by a date leaves no room for never: state never: 0, or a fixed p"
                    raise ValueError(msg)
                if rate.p >= 1.0 - self.never:
                    msg = f"p = {rate.p} by {rate.by} exceeds 1 − never = {1.0 - self.never:.12g}"
                    raise ValueError(msg)
        ordered = sorted(self.windows, key=lambda window: window.start)
        for first, second in itertools.pairwise(ordered):
            if second.start <= first.end:
                msg = f"windows overlap: {first.start}–{first.end} and {second.start}–{second.end}"
                raise ValueError(msg)
        return self

    @property
    def driver(self) -> str | None:
        """Return the discrete driver that selects the rate, None if there is one rate."""
        if isinstance(self.rate, RateByState):
            return self.rate.driver
        return EXPERTS if isinstance(self.rate, RateByExpert) else None

    def rates(self) -> dict[str, FixedRate | GammaRate | RateByDate]:
        """Return the rate under each state of ``driver``; the key is empty if there is one rate."""
        if isinstance(self.rate, RateByState):
            return dict(self.rate.states)
        if isinstance(self.rate, RateByExpert):
            return dict(self.rate.experts)
        return {"": self.rate}
