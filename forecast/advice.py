"""Advice on a valid scenario: what an analyst would want to hear about before anyone relies on the numbers.

Each rule is one function from the scenario to its pieces of advice; a new rule is one function and its
name in ``RULES``. Advice never stops a run.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forecast.distributions import Distribution, Mixture, Poisson, Quantiles
from forecast.errors import Pointer
from forecast.scenario import Scenario
from forecast.statements.document_parts import Attribute, ContinuousDriver, DiscreteDriver
from forecast.statements.events import BranchEvent, EventValue, atoms
from forecast.statements.hazards import FixedRate, GammaRate, HazardPrior, RateByDate
from forecast.statements.priors import ByStatePrior, ChancePrior, FixedPrior, PanelPrior, PlainPrior
from forecast.statements.quantities import ByAttribute
from forecast.statements.questions import BinaryQuestion, ConditionalQuestion, MultipleChoiceQuestion, Question

CATCH_ALL = {"other", "others", "else", "rest", "remaining", "remainder", "none", "neither", "nothing", "otherwise"}
"""A branch with one of these words in its name takes whatever its siblings do not describe."""
NEGATIONS = {"no", "not", "non", "never", "without"}
STRONG_RATIO = 10.0
"""Evidence that makes a branch this much likelier, or less likely, should say why."""
SUM_OF_MEANS_TOLERANCE = 0.02
DISPERSION_TOLERANCE = 0.1
LARGEST_MISS = 0.05
"""How far, in probability, a fitted distribution may be from a stated quantile before it is worth saying."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice: where in the document, and what to consider, in one sentence."""

    pointer: Pointer
    message: str


def advise(scenario: Scenario) -> list[Advice]:
    """Return all advice on a scenario, rule by rule."""
    return [piece for rule in RULES for piece in rule(scenario)]


def _incomplete_branches(scenario: Scenario) -> Iterator[Advice]:
    """No branch for everything else, and no statement that none is needed."""
    for name, node in scenario.nodes.items():
        by_construction = isinstance(node.prior, HazardPrior) or _covers_everything(tuple(node.branches))
        if node.exhaustive is None and not by_construction:
            yield Advice(
                ("nodes", name, "branches"),
                f"node '{name}': nothing says that {', '.join(node.branches)} cover every case: add a branch such as "
                "'other', or say under 'exhaustive' why none is needed",
            )


def _covers_everything(branches: tuple[str, ...]) -> bool:
    """Tell whether the names alone say so: one is a catch-all, or negates what all the others are kinds of."""
    words = [re.split("[_-]+", name.lower()) for name in branches]
    if any(CATCH_ALL & set(said) for said in words):
        return True
    return any(
        said[0] in NEGATIONS and all(set(said[1:]) <= set(other) for other in words if other is not said)
        for said in words
    )


def _overconfident_priors(scenario: Scenario) -> Iterator[Advice]:
    """A prior worth more observations than the cases it is said to rest on."""
    for name, node in scenario.nodes.items():
        worth = _worth_of_rates(node.prior) if isinstance(node.prior, HazardPrior) else _worth(node.prior)
        yield from _overconfidence(("nodes", name), f"node '{name}'", worth, node.analogues)
    for name, attribute in scenario.attributes.items():
        worth = max((_worth(prior) for _, prior in _attribute_priors(name, attribute)), default=0.0)
        yield from _overconfidence(("attributes", name), f"attribute '{name}'", worth, attribute.analogues)


def _overconfidence(pointer: Pointer, owner: str, worth: float, analogues: float | None) -> Iterator[Advice]:
    if analogues is not None and worth > analogues * (1.0 + 1e-9):
        cases = "analogue" if analogues == 1.0 else "analogues"
        yield Advice(
            (*pointer, "analogues"),
            f"{owner}: a prior worth {worth:.4g} observations rests on {analogues:.4g} {cases}: lower its equivalent "
            "sample size, or name more cases",
        )


def _worth(prior: ChancePrior) -> float:
    """Return the largest number of observations that a prior, or one of its members, is worth; 0 for fixed ones."""
    return max(plain.equivalent_sample_size() or 0.0 for _, plain in _members(prior))


def _worth_of_rates(prior: HazardPrior) -> float:
    return max(map(_worth_of_rate, prior.rates().values()))


def _worth_of_rate(rate: FixedRate | GammaRate | RateByDate) -> float:
    """Return the events behind a rate, without the half event of Jeffreys' prior, which no case stands for."""
    if isinstance(rate, GammaRate):
        return rate.shape - 0.5
    if isinstance(rate, RateByDate) and rate.a is not None and rate.b is not None:
        return rate.a + rate.b
    return 0.0


def _members(prior: ChancePrior) -> Iterator[tuple[Pointer, PlainPrior]]:
    """Yield the plain priors that a prior consists of, with the pointer to each below its own."""
    if isinstance(prior, ByStatePrior):
        yield from ((("states", name), plain) for name, plain in prior.states.items())
    elif isinstance(prior, PanelPrior):
        yield from ((("experts", name), plain) for name, plain in prior.experts.items())
    else:
        yield (), prior


def _attribute_priors(name: str, attribute: Attribute) -> Iterator[tuple[Pointer, ChancePrior]]:
    for reference, prior in attribute.by_branch.items():
        yield ("attributes", name, "by_branch", reference), prior
    if attribute.default is not None and attribute.default != "never":
        yield ("attributes", name, "default"), attribute.default


def _plain_priors(scenario: Scenario) -> Iterator[tuple[Pointer, str, PlainPrior]]:
    """Yield every prior over branches, or over yes and no, with its pointer and its owner."""
    owned: list[tuple[Pointer, str, ChancePrior]] = [
        (("nodes", name, "prior"), f"node '{name}'", node.prior)
        for name, node in scenario.nodes.items()
        if not isinstance(node.prior, HazardPrior)
    ]
    for name, attribute in scenario.attributes.items():
        owned += [(pointer, f"attribute '{name}'", prior) for pointer, prior in _attribute_priors(name, attribute)]
    for pointer, owner, prior in owned:
        yield from (((*pointer, *below), owner, plain) for below, plain in _members(prior))


def _certainties(scenario: Scenario) -> Iterator[Advice]:
    """Cromwell's rule: what is certain in the prior no evidence can move."""
    for pointer, owner, prior in _plain_priors(scenario):
        for branch, p in prior.p.items() if isinstance(prior, FixedPrior) else ():
            if p in (0.0, 1.0):
                yield Advice(
                    (*pointer, "p", branch),
                    f"{owner}: '{branch}' has probability {p:g}, which no evidence can move: leave a little room, "
                    "unless it is so by definition",
                )
    weights: list[tuple[Pointer, str, Mapping[str, float]]] = [(("experts",), "expert", scenario.experts)]
    for name, driver in scenario.drivers.items():
        if isinstance(driver, DiscreteDriver):
            weights.append((("drivers", name, "states"), f"driver '{name}': state", driver.states))
    for pointer, what, stated in weights:
        for name, weight in stated.items():
            if weight == 0.0:
                yield Advice((*pointer, name), f"{what} '{name}' has weight 0, so no draw uses it: weigh or remove it")


def _undated_claims(scenario: Scenario) -> Iterator[Advice]:
    """A question that can be read with more than one deadline."""
    for name, question in scenario.questions.items():
        says_when = question.closes is not None or re.search(
            r"\b(19|20|21)\d\d\b|horizon", f"{question.text} {question.resolution}"
        )
        events = _events_of(question)
        if events and not says_when and not any(_is_dated(event) for event in events):
            yield Advice(
                ("questions", name),
                f"question '{name}' names no day: state 'by' in its event, 'closes', or the day in its text",
            )


def _events_of(question: Question) -> tuple[EventValue, ...]:
    if isinstance(question, BinaryQuestion):
        return (question.event,)
    if isinstance(question, ConditionalQuestion):
        return (question.event, question.given)
    return tuple(question.options.values()) if isinstance(question, MultipleChoiceQuestion) else ()


def _is_dated(event: EventValue) -> bool:
    return any(isinstance(atom, BranchEvent) and (atom.by or atom.within_years) for atom in atoms(event))


def _unsourced_nodes(scenario: Scenario) -> Iterator[Advice]:
    """Numbers that nobody can trace."""
    for name, node in scenario.nodes.items():
        if node.rationale is None and node.source is None:
            yield Advice(
                ("nodes", name),
                f"node '{name}' states neither rationale nor source: say where its numbers come from",
            )


def _contradictory_counts(scenario: Scenario) -> Iterator[Advice]:
    """A Poisson count has its mean as variance, whatever else is stated."""
    for pointer, family in _distributions(scenario):
        if not isinstance(family, Poisson) or family.stated_variance is None:
            continue
        mean, variance = family.stated_mean, family.stated_variance
        if abs(variance - mean) > DISPERSION_TOLERANCE * mean:
            better = "negative_binomial with this mean and variance" if variance > mean else "quantiles or a mixture"
            yield Advice(
                (*pointer, "variance"),
                f"a Poisson count with mean {mean:g} has variance {mean:g}, but {variance:g} is stated: use {better}",
            )


def _loose_fits(scenario: Scenario) -> Iterator[Advice]:
    """Statements that no single distribution, or no single set of probabilities, can meet."""
    for pointer, family in _distributions(scenario):
        if isinstance(family, Quantiles) and family.largest_miss > LARGEST_MISS:
            yield Advice(
                pointer,
                f"the {family.fit} fitted to these quantiles is {family.largest_miss:.2g} off in probability: choose "
                "another fit, or state fewer quantiles",
            )
    for pointer, owner, prior in _plain_priors(scenario):
        total = prior.sum_of_means()
        if total is not None and abs(total - 1.0) > SUM_OF_MEANS_TOLERANCE:
            yield Advice(
                pointer,
                f"{owner}: the statements about single branches add up to {total:.3g} on average, so each is "
                f"scaled by {1.0 / total:.3g}: revise them together",
            )


def _distributions(scenario: Scenario) -> Iterator[tuple[Pointer, Distribution]]:
    """Yield every distribution of a quantity or a lag, parts of mixtures too."""
    waiting: list[tuple[Pointer, Distribution | ByAttribute]] = []
    for name, quantity in scenario.quantities.items():
        waiting += [(("quantities", name, "by_branch", at), value) for at, value in quantity.by_branch.items()]
        if quantity.default is not None:
            waiting.append((("quantities", name, "default"), quantity.default))
    for name, node in scenario.nodes.items():
        for branch_name, branch in node.branches.items():
            if branch.lag is not None:
                waiting.append((("nodes", name, "branches", branch_name, "lag"), branch.lag))
    while waiting:
        pointer, value = waiting.pop(0)
        if isinstance(value, ByAttribute):
            waiting += [((*pointer, "yes"), value.yes), ((*pointer, "no"), value.no)]
        elif isinstance(value, Mixture):
            waiting += [((*pointer, "parts", i, "of"), part.of) for i, part in enumerate(value.parts)]
        else:
            yield pointer, value


def _unexplained_evidence(scenario: Scenario) -> Iterator[Advice]:
    """Evidence that moves much without a reason, or that nobody stands for."""
    for name, entry in scenario.evidence.items():
        for target, ratio in (entry.likelihood_ratio or {}).items():
            strength = math.inf if ratio == 0.0 else max(ratio, 1.0 / ratio)
            if strength > STRONG_RATIO and entry.why is None:
                yield Advice(
                    ("evidence", name, "likelihood_ratio", target),
                    f"evidence '{name}': a ratio of {ratio:g} for '{target}' is strong: say 'why' it is",
                )
        if entry.author is None and entry.source is None:
            yield Advice(("evidence", name), f"evidence '{name}' has neither author nor source: say who stands for it")


def _idle_drivers(scenario: Scenario) -> Iterator[Advice]:
    """Factors that move nothing: usually a loading or a state's prior was forgotten."""
    loaded = {driver for node in scenario.nodes.values() for driver in node.loadings}
    priors = [node.prior for node in scenario.nodes.values()]
    priors += [prior for name, said in scenario.attributes.items() for _, prior in _attribute_priors(name, said)]
    selecting = {prior.driver for prior in priors if isinstance(prior, ByStatePrior | HazardPrior)}
    for name, driver in scenario.drivers.items():
        correlated = isinstance(driver, ContinuousDriver) and driver.correlation
        if name not in loaded | selecting and not correlated:
            yield Advice(
                ("drivers", name),
                f"driver '{name}' moves no node: state loadings on it, or priors by its states, or remove it",
            )
    if scenario.experts and not any(_is_panel(prior) for prior in priors):
        yield Advice(
            ("experts",), "no prior is a panel, so the experts have no say: state their priors, or remove them"
        )


def _is_panel(prior: ChancePrior | HazardPrior) -> bool:
    return (prior.rate if isinstance(prior, HazardPrior) else prior).family == "panel"


RULES = (
    _incomplete_branches,
    _overconfident_priors,
    _certainties,
    _undated_claims,
    _unsourced_nodes,
    _contradictory_counts,
    _loose_fits,
    _unexplained_evidence,
    _idle_drivers,
)
