"""The exact values of everything a run measures: once per model, as neither seed nor draws can change them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from forecast.arrays import IntArray
from forecast.draws.model import Model
from forecast.readings.exact import Exact, ExactEngine
from forecast.readings.facts import QuantityClasses
from forecast.readings.measures import Key, Measures
from forecast.readings.plans import Open, Plan, leaf_plan, term_of


@dataclass(frozen=True)
class ExactValues:
    """Exact probabilities by the keys of ``Measures.plans``, exact moments of quantities by their names."""

    probabilities: Mapping[Key, Exact]
    quantities: Mapping[str, Exact]


def exact_values(model: Model, measured: Measures) -> ExactValues:
    """Compute every exact value, or the reason why there is none."""
    engine, classes = ExactEngine(model), QuantityClasses(model)
    return ExactValues(
        probabilities={key: engine.evaluate(plan) for key, plan in measured.plans.items()},
        quantities={name: _of_quantity(engine, model, classes, name) for name in model.scenario.quantities},
    )


def _of_quantity(engine: ExactEngine, model: Model, classes: QuantityClasses, name: str) -> Exact:
    """Mixture mean and standard deviation over where the history ends: Σ π μ, Σ π (σ² + μ²) − mean²."""
    if model.scenario.quantities[name].operands():
        return _without("computed from other quantities of the same world")
    firsts, seconds = [], []
    for leaves, _, distribution, attribute, truth in classes.parts(name):
        if not len(leaves):
            continue
        plan = leaf_plan(model, leaves) if attribute < 0 else _attribute_plan(model, leaves, attribute, truth)
        share = engine.evaluate(plan)
        if share.mean is None:
            return _without(share.reason)
        mean = distribution.mean()
        firsts.append(share.mean * mean)
        seconds.append(share.mean * (distribution.variance() + mean**2))
    mean = math.fsum(firsts)
    return Exact(mean, math.sqrt(max(math.fsum(seconds) - mean**2, 0.0)))


def _without(reason: str | None) -> Exact:
    return Exact(None, None, reason, reason)


def _attribute_plan(model: Model, leaves: IntArray, attribute: int, truth: bool) -> Plan:
    by_class: dict[int, list[int]] = {}
    for leaf in leaves:
        by_class.setdefault(model.attributes[attribute].class_of_leaf[int(leaf)], []).append(int(leaf))
    terms = []
    for cls, members in sorted(by_class.items()):
        if cls >= 0:
            terms.append(term_of(model, members, (Open(attribute=attribute, cls=cls),), ((truth,),)))
        elif not truth:
            terms.append(term_of(model, members, (), ((),)))
    return Plan(tuple(terms))
