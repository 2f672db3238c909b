"""Numbers that depend on the path: distributions by branch, by attribute, and products, sums and powers of them."""

from typing import Annotated, Self

from pydantic import Discriminator, Field, Tag, model_validator

from forecast.distributions import Distribution
from forecast.fields import Name, Reference, Statement, Text


class ByAttribute(Statement):
    """One distribution where the attribute is ``yes``, another where it is ``no``."""

    attribute: Name
    yes: Distribution
    no: Distribution


def _value_form(value: object) -> str:
    has = "attribute" in value if isinstance(value, dict) else isinstance(value, ByAttribute)
    return "by_attribute" if has else "distribution"


Value = Annotated[
    Annotated[Distribution, Tag("distribution")] | Annotated[ByAttribute, Tag("by_attribute")],
    Discriminator(_value_form),
]


class Quantity(Statement):
    """A number with a unit. Exactly one of: values by branch, ``product``, ``sum``, ``power``.

    ``by_branch``: the most specific branch on the path wins; ``default`` holds elsewhere.
    ``product`` and ``sum`` combine other quantities of the same history; ``power`` raises one to a
    fixed exponent.
    """

    unit: Text
    title: Text | None = None
    default: Value | None = None
    by_branch: dict[Reference, Value] = {}
    product: Annotated[tuple[Name, ...], Field(min_length=2, max_length=20, strict=False)] | None = None
    sum: Annotated[tuple[Name, ...], Field(min_length=2, max_length=20, strict=False)] | None = None
    power: tuple[Name, float] | None = Field(default=None, strict=False)
    resolution: Text | None = None
    rationale: Text | None = None
    source: Text | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        stated = self.default is not None or bool(self.by_branch)
        forms = (stated, self.product is not None, self.sum is not None, self.power is not None)
        if sum(forms) != 1:
            msg = "state exactly one of: values (default and by_branch), product, sum, power"
            raise ValueError(msg)
        return self

    def operands(self) -> tuple[str, ...]:
        """Return the quantities this one is computed from."""
        if self.power is not None:
            return (self.power[0],)
        return self.product or self.sum or ()
