"""What holds in sampled worlds: values of quantities, and whether an event happened."""

from collections.abc import Mapping

import numpy as np

from forecast.arrays import BoolArray, FloatArray, IntArray
from forecast.dates import DAYS_PER_YEAR, years_between
from forecast.distributions import Distribution
from forecast.draws.model import Model
from forecast.draws.sources import Sources
from forecast.numerics.nets import Batch
from forecast.readings.worlds import Worlds
from forecast.statements.events import AllEvent, AttributeEvent, BranchEvent, EventValue, NotEvent, QuantityEvent
from forecast.statements.quantities import ByAttribute, Quantity
from forecast.statements.tree import Edge

ROUNDING_DAYS = 1e-9
"""A date this little after the end of a day is that day: it has been to years and back."""


class QuantityClasses:
    """Which statement of each quantity holds at each leaf."""

    def __init__(self, model: Model) -> None:
        tree = model.scenario.tree
        self._model = model
        self.of_leaf: dict[str, IntArray] = {}
        self.values: dict[str, list[Distribution | ByAttribute]] = {}
        for name, quantity in model.scenario.quantities.items():
            if quantity.operands():
                continue
            stated = {tree.resolve(reference): value for reference, value in quantity.by_branch.items()}
            edges = sorted(stated)
            values = [stated[edge] for edge in edges]
            if quantity.default is not None:
                values.append(quantity.default)
            on_path = [[edge for edge in tree.path_through(leaf.edge) if edge in stated] for leaf in model.leaves]
            self.values[name] = values
            self.of_leaf[name] = np.array([edges.index(found[-1]) if found else len(edges) for found in on_path])

    def parts(self, name: str) -> list[tuple[IntArray, int, Distribution, int, bool]]:
        """Return (leaves, class, distribution, attribute or −1, its truth) for every statement of a quantity."""
        found: list[tuple[IntArray, int, Distribution, int, bool]] = []
        for cls, value in enumerate(self.values[name]):
            leaves = np.flatnonzero(self.of_leaf[name] == cls)
            if isinstance(value, ByAttribute):
                number = next(i for i, a in enumerate(self._model.attributes) if a.name == value.attribute)
                found += [(leaves, cls, value.yes, number, True), (leaves, cls, value.no, number, False)]
            else:
                found.append((leaves, cls, value, -1, True))
        return found


def quantity_values(
    model: Model, classes: QuantityClasses, worlds: Worlds, sources: Sources, batch: Batch
) -> dict[str, FloatArray]:
    """Return every quantity in every world of a batch, shape (draws,)."""
    found: dict[str, FloatArray] = {}
    for name in _operands_first(model.scenario.quantities):
        quantity = model.scenario.quantities[name]
        if quantity.power is not None:
            found[name] = found[quantity.power[0]] ** quantity.power[1]
        elif quantity.operands():
            members = [found[operand] for operand in quantity.operands()]
            found[name] = np.prod(members, axis=0) if quantity.product else np.sum(members, axis=0)
        else:
            found[name] = _stated(classes, name, worlds, sources.uniforms(batch, f"world quantity {name}"))
    return found


def _stated(classes: QuantityClasses, name: str, worlds: Worlds, u: FloatArray) -> FloatArray:
    cls_of = classes.of_leaf[name][worlds.leaf]
    values = np.empty(u.size)
    for _, cls, distribution, attribute, truth in classes.parts(name):
        here = cls_of == cls
        if attribute >= 0:
            here &= worlds.attributes[attribute] == truth
        values[here] = distribution.ppf(u[here])
    return values


def _operands_first(quantities: Mapping[str, Quantity]) -> list[str]:
    order: list[str] = []
    waiting = sorted(quantities)
    while waiting:
        ready = [name for name in waiting if all(operand in order for operand in quantities[name].operands())]
        order += ready
        waiting = [name for name in waiting if name not in ready]
    return order


def happened(model: Model, event: EventValue, worlds: Worlds, values: Mapping[str, FloatArray]) -> BoolArray:
    """Return whether the event holds in each world, shape (draws,)."""
    if isinstance(event, str):
        return _taken(model, model.scenario.tree.resolve(event), worlds)
    if isinstance(event, AttributeEvent):
        return worlds.attributes[next(i for i, a in enumerate(model.attributes) if a.name == event.attribute)]
    if isinstance(event, QuantityEvent):
        return _on_side(event, values[event.quantity])
    if isinstance(event, BranchEvent):
        edge = model.scenario.tree.resolve(event.branch)
        if event.by is None and event.of is None:
            return _taken(model, edge, worlds)
        date = branch_date(model, edge, worlds)
        held = ~np.isnan(date)
        if event.by is not None:
            held &= date <= years_between(model.scenario.as_of, event.by)
        if event.of is not None and event.within_years is not None:
            held &= date - branch_date(model, model.scenario.tree.resolve(event.of), worlds) <= event.within_years
        return held
    if isinstance(event, NotEvent):
        return ~happened(model, event.not_, worlds, values)
    members = event.all if isinstance(event, AllEvent) else event.any
    facts = [happened(model, member, worlds, values) for member in members]
    return np.asarray(np.all(facts, axis=0) if isinstance(event, AllEvent) else np.any(facts, axis=0))


def _taken(model: Model, edge: Edge, worlds: Worlds) -> BoolArray:
    below = np.zeros(len(model.leaves), dtype=bool)
    below[sorted(model.leaves_below[edge])] = True
    return below[worlds.leaf]


def _on_side(event: QuantityEvent, values: FloatArray) -> BoolArray:
    if event.above is not None:
        return np.asarray(values > event.above)
    if event.at_least is not None:
        return np.asarray(values >= event.at_least)
    if event.below is not None:
        return np.asarray(values < event.below)
    assert event.at_most is not None
    return np.asarray(values <= event.at_most)


def branch_date(model: Model, edge: Edge, worlds: Worlds) -> FloatArray:
    """Return the date of a dated branch in each world, years; NaN where it is not taken by the horizon."""
    path = model.scenario.tree.path_through(edge)
    dated = [step for step in path if step in worlds.dates][-1]
    return np.where(_taken(model, edge, worlds), worlds.dates[dated], np.nan)


def branch_day(model: Model, edge: Edge, worlds: Worlds) -> FloatArray:
    """Return the day of a dated branch in each world, counted from the scenario's date; NaN as ``branch_date``."""
    return np.asarray(np.ceil(branch_date(model, edge, worlds) * DAYS_PER_YEAR - ROUNDING_DAYS))
