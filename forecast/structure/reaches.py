"""How far the numbers of a quantity reach: the range that its distributions cover but for one part in a million."""

from collections.abc import Iterable, Mapping
from itertools import product
from typing import NamedTuple

import numpy as np

from forecast.distributions import Distribution
from forecast.statements.quantities import ByAttribute, Quantity

_TAIL = 1e-6


class Reach(NamedTuple):
    """The range of a quantity, whether all its values are whole, and its atoms (none where it is computed)."""

    low: float
    high: float
    whole: bool
    atoms: tuple[float, ...]


class NoPowerError(ValueError):
    """The quantity ``name`` is a power that has no finite value where its base may lie."""

    def __init__(self, name: str, base: str, exponent: float, low: float, high: float) -> None:
        self.name = name
        super().__init__(
            f"quantity '{name}' raises '{base}' to the power {exponent:g}, which has no finite value for some numbers "
            f"from {low:.4g} to {high:.4g}, where '{base}' may lie: state a family that keeps to numbers above 0, or "
            "another exponent"
        )


def reach(quantities: Mapping[str, Quantity], name: str) -> Reach:
    """Return how far a quantity reaches; products, sums and powers by interval arithmetic.

    Raises
    ------
    NoPowerError
        If a power that it is computed from, or is itself, divides by 0, takes a root of a negative number or overflows.
    """
    return _reach(quantities, name, {})


def _reach(quantities: Mapping[str, Quantity], name: str, known: dict[str, Reach]) -> Reach:
    if name not in known:
        operands = [_reach(quantities, operand, known) for operand in quantities[name].operands()]
        known[name] = _computed(name, quantities[name], operands) if operands else _stated(quantities[name])
    return known[name]


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
    corners = [float(np.prod(corner)) for corner in product(*((operand.low, operand.high) for operand in operands))]
    return Reach(min(corners), max(corners), whole, ())
