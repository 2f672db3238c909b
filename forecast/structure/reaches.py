"""How far the numbers of a quantity reach: the range that its distributions cover but for one part in a million."""

import math
from collections.abc import Iterable, Mapping
from itertools import product
from typing import NamedTuple

import numpy as np

from forecast.distributions import Distribution
from forecast.statements.quantities import ByAttribute, Quantity

LARGEST = 1e100
"""Numbers beyond are not computed with.

A double holds numbers up to 1.8e308. What is left is for their squares, for sums of squares over all draws, and for
the few draws that lie beyond the reach.
"""

_TAIL = 1e-6


class Reach(NamedTuple):
    """The range of a quantity, whether all its values are whole, and its atoms (none where it is computed)."""

    low: float
    high: float
    whole: bool
    atoms: tuple[float, ...]


class ReachError(ValueError):
    """The quantity ``name`` may lie where it cannot be computed with."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(message)


class TooLargeError(ReachError):
    """Neither a mean nor a spread of the quantity ``name`` can be computed."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name,
            f"quantity '{name}' may lie beyond {LARGEST:g}, where neither its mean nor its spread can be computed: "
            "choose narrower distributions, or a larger unit",
        )


class NoPowerError(ReachError):
    """The quantity ``name`` is a power that has no finite value where its base may lie."""

    def __init__(self, name: str, base: str, exponent: float, low: float, high: float) -> None:
        super().__init__(
            name,
            f"quantity '{name}' raises '{base}' to the power {exponent:g}, which has no finite value for some numbers "
            f"from {low:.4g} to {high:.4g}, where '{base}' may lie: state a family that keeps to numbers above 0, or "
            "another exponent",
        )


def reach(quantities: Mapping[str, Quantity], name: str) -> Reach:
    """Return how far a quantity reaches; products, sums and powers by interval arithmetic.

    Raises
    ------
    NoPowerError
        If a power that it is computed from, or is itself, divides by 0, takes a root of a negative number or overflows.
    TooLargeError
        If it, or one that it is computed from, reaches beyond ``LARGEST``.
    """
    return _reach(quantities, name, {})


def _reach(quantities: Mapping[str, Quantity], name: str, known: dict[str, Reach]) -> Reach:
    if name not in known:
        operands = [_reach(quantities, operand, known) for operand in quantities[name].operands()]
        found = _computed(name, quantities[name], operands) if operands else _stated(quantities[name])
        # Stated so that what is no number, as 0 times an overflow, is refused too.
        if not (-LARGEST <= found.low <= found.high <= LARGEST):
            raise TooLargeError(name)
        known[name] = found
    return known[name]


def doubtful(quantities: Mapping[str, Quantity]) -> list[str]:
    """Return the quantities whose means and variances alone do not show that their ``reach`` can be computed with.

    That takes a small part of the time of looking. By Chebyshev's inequality, P(|X - mean| >= k sd) <= 1/k^2, no
    quantile at which a reach ends is further from the mean than 1/sqrt(tail) standard deviations.
    """
    known: dict[str, float] = {}
    # Stated so that what is no number is doubtful too.
    return [name for name in quantities if not _bound(quantities, name, known) <= LARGEST]


def _bound(quantities: Mapping[str, Quantity], name: str, known: dict[str, float]) -> float:
    """Return what no end of a reach exceeds in size; infinite, or no number, if that is not known."""
    if name not in known:
        quantity = quantities[name]
        operands = [_bound(quantities, operand, known) for operand in quantity.operands()]
        if quantity.power is not None:
            known[name] = math.inf
        elif quantity.operands():
            known[name] = math.prod(operands) if quantity.product else sum(operands)
        else:
            known[name] = max(_bound_of(part) for part in _distributions(quantity))
    return known[name]


def _bound_of(part: Distribution) -> float:
    return max([abs(part.mean()) + math.sqrt(part.variance() / _TAIL), *map(abs, part.atoms())])


def _stated(quantity: Quantity) -> Reach:
    parts = list(_distributions(quantity))
    low = min(float(part.ppf(np.array(_TAIL))) for part in parts)
    high = max(float(part.ppf(np.array(1.0 - _TAIL))) for part in parts)
    atoms = sorted({atom for part in parts for atom in part.atoms()})
    return Reach(min([low, *atoms]), max([high, *atoms]), all(part.integer for part in parts), tuple(atoms))


def _distributions(quantity: Quantity) -> Iterable[Distribution]:
    for value in (quantity.default, *quantity.by_branch.values()):
        if isinstance(value, ByAttribute):
            yield from (value.yes, value.no)
        elif value is not None:
            yield value


def _computed(name: str, quantity: Quantity, operands: list[Reach]) -> Reach:
    whole = all(operand.whole for operand in operands)
    if quantity.power is not None:
        (low, high, *_), (base, exponent) = operands[0], quantity.power
        if (exponent < 0.0 and low <= 0.0 <= high) or (low < 0.0 and not exponent.is_integer()):
            raise NoPowerError(name, base, exponent, low, high)
        turns = [0.0] if low < 0.0 < high else []
        try:
            ends = [number**exponent for number in (low, *turns, high)]
        except OverflowError as error:
            raise NoPowerError(name, base, exponent, low, high) from error
        return Reach(min(ends), max(ends), False, ())
    if quantity.sum is not None:
        return Reach(sum(operand.low for operand in operands), sum(operand.high for operand in operands), whole, ())
    corners = [math.prod(corner) for corner in product(*((operand.low, operand.high) for operand in operands))]
    return Reach(min(corners), max(corners), whole, ())
