"""The model: a scenario and a run's settings as flat, numbered parts that the arithmetic can walk through.

Nodes are numbered parents first and branches in the order of their names, so no order of keys in a
document can reach a number. Everything that does not differ between draws is computed here, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from forecast.arrays import FloatArray
from forecast.dates import years_between, years_to_start_of
from forecast.draws.chains import LagStep, Piece
from forecast.draws.likelihoods import Likelihoods, combined_pieces, interventions, likelihoods
from forecast.errors import RunError
from forecast.numerics.clock import Clock, clock_with_windows
from forecast.numerics.rates import RateLaw
from forecast.numerics.sticks import FixedStick, Sticks
from forecast.scenario import Scenario
from forecast.settings import RunSettings, own_seed
from forecast.statements.document_parts import LOG_HAZARD, ContinuousDriver, DiscreteDriver
from forecast.statements.events import BranchEvent, atoms
from forecast.statements.hazards import HazardPrior
from forecast.statements.priors import EXPERTS, ByStatePrior, ChancePrior, PanelPrior
from forecast.statements.questions import events_of
from forecast.statements.tree import Edge
from forecast.structure.beliefs import driver_correlation


@dataclass(frozen=True, slots=True)
class Chance:
    """The law of a choice: one per state of ``selector``, or a single one."""

    laws: tuple[Sticks, ...]
    selector: int | None = None


@dataclass(frozen=True, slots=True)
class Hazard:
    """The law of an event in time, on a clock that starts at the scenario's date.

    event : position of the event's branch
    pieces : likelihood of the date on pieces that cover (0, horizon]
    observed : the event's date in years if it has happened
    """

    event: int
    rates: tuple[RateLaw, ...]
    selector: int | None
    never: float
    clock: Clock
    pieces: tuple[Piece, ...]
    observed: float | None


@dataclass(frozen=True, slots=True)
class ModelBranch:
    """One branch: where it leads, what its leaf is, and what evidence says of taking it."""

    edge: Edge
    likelihood: float
    child: int | None
    leaf: int | None
    pending_leaf: int | None


@dataclass(frozen=True, slots=True)
class ModelNode:
    """One node.

    loadings : shape (branches, continuous drivers), (1, drivers) for a hazard; None if unloaded
    forced : position of the branch that is made to be taken
    balance : per state of the law's selector, what keeps ratios among siblings from moving anything upstream
    """

    name: str
    branches: tuple[ModelBranch, ...]
    law: Chance | Hazard
    loadings: FloatArray | None
    forced: int | None
    balance: FloatArray | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where a path ends: an outcome, or a branch still pending at the horizon.

    anchor : the node whose hazard dates the chain, or None if it starts at ``start``
    """

    name: str
    edge: Edge
    node: int
    pending: bool
    anchor: int | None
    start: float
    steps: tuple[LagStep, ...]
    step_edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class AttributeModel:
    """A cross-cutting yes/no fact: one law per class of leaves; class −1 cannot have it."""

    name: str
    classes: tuple[Chance, ...]
    class_names: tuple[str, ...]
    class_of_leaf: tuple[int, ...]
    likelihood: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Drivers:
    """Continuous drivers with the Cholesky factor of their correlation; discrete ones with their weights."""

    continuous: tuple[str, ...]
    cholesky: FloatArray
    discrete: tuple[str, ...]
    states: tuple[tuple[str, ...], ...]
    weights: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Model:
    """Everything a draw needs, numbered. ``horizon`` and ``as_of`` are years since the scenario's own date."""

    scenario: Scenario
    settings: RunSettings
    seed: int
    as_of_date: date
    as_of: float
    horizon: float
    nodes: tuple[ModelNode, ...]
    leaves: tuple[Leaf, ...]
    attributes: tuple[AttributeModel, ...]
    drivers: Drivers
    known: Likelihoods

    @cached_property
    def node_number(self) -> Mapping[str, int]:
        """Node name → number."""
        return {node.name: i for i, node in enumerate(self.nodes)}

    @cached_property
    def leaves_below(self) -> Mapping[Edge, frozenset[int]]:
        """Branch → leaves of histories that take it (by the horizon)."""
        below: dict[Edge, set[int]] = {}
        for number, leaf in enumerate(self.leaves):
            for step in self.scenario.tree.path(leaf.edge.node):
                below.setdefault(step, set()).add(number)
            if not leaf.pending:
                below.setdefault(leaf.edge, set()).add(number)
        return {edge: frozenset(leaves) for edge, leaves in below.items()}

    @cached_property
    def cuts(self) -> tuple[float, ...]:
        """Dates that matter, in years up to the horizon: reported days, deadlines, windows of evidence, as_of."""
        scenario = self.scenario
        days = {self.as_of_date, scenario.horizon, *scenario.checkpoints, *self.settings.dates}
        for question in scenario.questions.values():
            for event in events_of(question):
                days.update(atom.by for atom in atoms(event) if isinstance(atom, BranchEvent) and atom.by is not None)
        cuts = {years_between(scenario.as_of, day) for day in days}
        for pieces in self.known.windows.values():
            cuts.update(cut for start, end, _ in pieces for cut in (start, end))
        return tuple(sorted(cut for cut in cuts if 0.0 < cut <= self.horizon))

    @cached_property
    def weighted(self) -> bool:
        """Whether draws carry weights: anything is known beyond the prior."""
        silent = self.as_of > 0.0 and (
            any(isinstance(node.law, Hazard) for node in self.nodes) or any(leaf.steps for leaf in self.leaves)
        )
        return silent or not self.known.nothing


def build_model(scenario: Scenario, settings: RunSettings) -> Model:
    """Number a scenario's parts under the settings of a run.

    Raises
    ------
    RunError
        If the settings do not fit the scenario.
    """
    as_of_date = settings.as_of or scenario.as_of
    if not scenario.as_of <= as_of_date < scenario.horizon:
        message = f"as_of {as_of_date} must lie from {scenario.as_of} to before the horizon {scenario.horizon}"
        raise RunError(("as_of",), message)
    for day in settings.dates:
        if not scenario.as_of < day <= scenario.horizon:
            message = f"{day} must lie after {scenario.as_of} and not after the horizon {scenario.horizon}"
            raise RunError(("dates",), message)
    known = likelihoods(scenario, settings, as_of_date)
    as_of = years_between(scenario.as_of, as_of_date)
    horizon = years_between(scenario.as_of, scenario.horizon)
    drivers = _drivers(scenario)
    leaves = _leaves(scenario, known, as_of, horizon)
    nodes = _nodes(scenario, known, interventions(scenario, settings), drivers, leaves, as_of, horizon)
    return Model(
        scenario=scenario,
        settings=settings,
        seed=own_seed(scenario.scenario) if settings.seed is None else settings.seed,
        as_of_date=as_of_date,
        as_of=as_of,
        horizon=horizon,
        nodes=nodes,
        leaves=leaves,
        attributes=_attributes(scenario, known, drivers, leaves),
        drivers=drivers,
        known=known,
    )


def _drivers(scenario: Scenario) -> Drivers:
    continuous = sorted(n for n, d in scenario.drivers.items() if isinstance(d, ContinuousDriver))
    states = {n: dict(sorted(d.states.items())) for n, d in scenario.drivers.items() if isinstance(d, DiscreteDriver)}
    if scenario.experts:
        states[EXPERTS] = dict(sorted(scenario.experts.items()))
    discrete = sorted(states)
    return Drivers(
        continuous=tuple(continuous),
        cholesky=np.asarray(np.linalg.cholesky(driver_correlation(scenario, continuous)), float),
        discrete=tuple(discrete),
        states=tuple(tuple(states[name]) for name in discrete),
        weights=tuple(tuple(states[name].values()) for name in discrete),
    )


def chance_law(scenario: Scenario, prior: ChancePrior, branches: tuple[str, ...], drivers: Drivers) -> Chance:
    """Return the law of a prior over ``branches``, one per state if a discrete driver selects it."""
    if isinstance(prior, ByStatePrior):
        number = drivers.discrete.index(prior.driver)
        return Chance(tuple(prior.states[s].sticks(branches) for s in drivers.states[number]), number)
    if isinstance(prior, PanelPrior):
        if prior.pool != "mixture":
            return Chance((prior.pooled(branches, scenario.experts),))
        number = drivers.discrete.index(EXPERTS)
        return Chance(tuple(prior.experts[s].sticks(branches) for s in drivers.states[number]), number)
    return Chance((prior.sticks(branches),))


def _hazard(
    scenario: Scenario,
    name: str,
    prior: HazardPrior,
    known: Likelihoods,
    drivers: Drivers,
    as_of: float,
    horizon: float,
) -> Hazard:
    def years(day: date) -> float:
        return years_between(scenario.as_of, day)

    clock = clock_with_windows(
        [(years_to_start_of(w.start, scenario.as_of), years(w.end), w.multiplier) for w in prior.windows]
    )
    rates = prior.rates()
    selector = None if prior.driver is None else drivers.discrete.index(prior.driver)
    states = ("",) if selector is None else drivers.states[selector]
    event = Edge(name, prior.event)
    return Hazard(
        event=sorted(scenario.nodes[name].branches).index(prior.event),
        rates=tuple(rates[s].law(lambda day: float(clock.exposure(years(day))), prior.never) for s in states),
        selector=selector,
        never=prior.never,
        clock=clock,
        pieces=combined_pieces(known.windows.get(event, ()), 0.0, horizon, as_of),
        observed=known.observed.get(event),
    )


def _leaves(scenario: Scenario, known: Likelihoods, as_of: float, horizon: float) -> tuple[Leaf, ...]:
    tree = scenario.tree
    found = []
    for number, node in enumerate(tree.order):
        for name in sorted(scenario.nodes[node].branches):
            edge, branch = Edge(node, name), scenario.nodes[node].branches[name]
            if branch.to is None:
                found.append(_leaf(scenario, known, branch.outcome or name, edge, number, False, as_of, horizon))
            if branch.eventually:
                found.append(_leaf(scenario, known, edge.pending, edge, number, True, as_of, horizon))
    return tuple(sorted(found, key=lambda leaf: leaf.name))


def _leaf(
    scenario: Scenario,
    known: Likelihoods,
    name: str,
    edge: Edge,
    node: int,
    pending: bool,
    as_of: float,
    horizon: float,
) -> Leaf:
    """Walk down to a leaf and collect the lags since the last date that is known or drawn."""
    tree = scenario.tree
    anchor: int | None = None
    start = 0.0
    steps: list[tuple[Edge, LagStep]] = []
    for step in tree.path_through(edge):
        prior, branch = scenario.nodes[step.node].prior, tree.branch(step)
        if isinstance(prior, HazardPrior) and prior.event == step.branch:
            observed = known.observed.get(step)
            anchor, start = (tree.order.index(step.node), 0.0) if observed is None else (None, observed)
            steps = []
        if branch.lag is None:
            continue
        observed = known.observed.get(step)
        if observed is not None and (anchor is not None or any(s.observed is None for _, s in steps)):
            message = f"{step} was observed, but not the dated branch before it: observe that one's date too"
            raise RunError(("evidence",), message)
        silent_until = as_of if anchor is None else 0.0
        pieces = combined_pieces(known.windows.get(step, ()), 0.0, horizon, silent_until)
        steps.append((step, LagStep(branch.lag, branch.eventually, pieces, pending and step == edge, observed)))
    return Leaf(name, edge, node, pending, anchor, start, tuple(s for _, s in steps), tuple(e for e, _ in steps))


def _nodes(
    scenario: Scenario,
    known: Likelihoods,
    forced: Mapping[str, str],
    drivers: Drivers,
    leaves: tuple[Leaf, ...],
    as_of: float,
    horizon: float,
) -> tuple[ModelNode, ...]:
    order = {name: i for i, name in enumerate(scenario.tree.order)}
    ends = {(leaf.edge, leaf.pending): i for i, leaf in enumerate(leaves)}
    nodes = []
    for name in scenario.tree.order:
        node = scenario.nodes[name]
        names = tuple(sorted(node.branches))
        law: Chance | Hazard
        if isinstance(node.prior, HazardPrior):
            law = _hazard(scenario, name, node.prior, known, drivers, as_of, horizon)
        else:
            law = chance_law(scenario, node.prior, names, drivers)
        factors, balance = _branch_factors(name, names, known, law, horizon)
        branches = tuple(
            ModelBranch(
                edge=Edge(name, branch),
                likelihood=1.0 if name in forced else factors[i],
                child=order.get(node.branches[branch].to or ""),
                leaf=ends.get((Edge(name, branch), False)),
                pending_leaf=None if Edge(name, branch) in known.taken else ends.get((Edge(name, branch), True)),
            )
            for i, branch in enumerate(names)
        )
        position = names.index(forced[name]) if name in forced else None
        loadings = _loadings(scenario, name, names, drivers)
        model_node = ModelNode(name, branches, law, loadings, position, None if name in forced else balance)
        if position is not None and isinstance(law, Hazard):
            silent = combined_pieces((), 0.0, horizon, as_of)
            model_node = replace(model_node, law=replace(law, pieces=silent, observed=None))
        nodes.append(model_node)
    return tuple(nodes)


def _loadings(scenario: Scenario, name: str, branches: tuple[str, ...], drivers: Drivers) -> FloatArray | None:
    stated = scenario.nodes[name].loadings
    rows = (LOG_HAZARD,) if isinstance(scenario.nodes[name].prior, HazardPrior) else branches
    matrix = np.array([[stated.get(k, {}).get(row, 0.0) for k in drivers.continuous] for row in rows])
    return matrix if matrix.size and matrix.any() else None


def _branch_factors(
    name: str, branches: tuple[str, ...], known: Likelihoods, law: Chance | Hazard, horizon: float
) -> tuple[list[float], FloatArray | None]:
    """Return the likelihood of each branch, and what balances ratios among siblings in each state if states select.

    Ratios among siblings are divided by their stated mean, so that nothing upstream moves; a driver that
    selects the prior is upstream too, so each of its states has its own mean.
    """
    factors = [known.branches.get(Edge(name, branch), 1.0) for branch in branches]
    among = np.array([known.siblings.get(Edge(name, branch), 1.0) for branch in branches])
    if np.all(among == 1.0):
        return factors, None
    by_state = np.array([float(np.dot(means, among)) for means in stated_means(law, branches, horizon)])
    if np.any(by_state == 0.0):
        raise RunError(("evidence",), f"node '{name}': the ratios among its branches leave none possible")
    if law.selector is None:
        return [factor * float(level / by_state[0]) for factor, level in zip(factors, among, strict=True)], None
    return [factor * float(level) for factor, level in zip(factors, among, strict=True)], 1.0 / by_state


def stated_means(law: Chance | Hazard, branches: tuple[str, ...], horizon: float) -> list[FloatArray]:
    """Return the stated mean of each branch's probability, per state of the law's selector, else one."""
    if isinstance(law, Chance):
        return [ordered_mean(sticks, branches) for sticks in law.laws]
    exposure = float(law.clock.exposure(horizon))
    events = [(1.0 - law.never) * (1.0 - float(rate.laplace(exposure))) for rate in law.rates]
    return [np.array([event if i == law.event else 1.0 - event for i in range(2)]) for event in events]


def ordered_mean(sticks: Sticks, branches: tuple[str, ...]) -> FloatArray:
    """Return the mean of each branch's probability in the order of ``branches``."""
    means = sticks.mean()
    return np.array([means[sticks.order.index(branch)] for branch in branches])


def is_fixed(chance: Chance) -> bool:
    """Whether the law has no spread in any state."""
    return all(isinstance(stick, FixedStick) for sticks in chance.laws for stick in sticks.sticks)


def _attributes(
    scenario: Scenario, known: Likelihoods, drivers: Drivers, leaves: tuple[Leaf, ...]
) -> tuple[AttributeModel, ...]:
    tree = scenario.tree
    found = []
    for name in sorted(scenario.attributes):
        attribute = scenario.attributes[name]
        stated = {tree.resolve(reference): prior for reference, prior in attribute.by_branch.items()}
        classes = {str(edge): prior for edge, prior in sorted(stated.items())}
        if attribute.default is not None and attribute.default != "never":
            classes["default"] = attribute.default
        numbers = {class_name: i for i, class_name in enumerate(classes)}
        of_leaf = []
        for leaf in leaves:
            nearest = [edge for edge in tree.path_through(leaf.edge) if edge in stated]
            of_leaf.append(numbers[str(nearest[-1])] if nearest else numbers.get("default", -1))
        found.append(
            AttributeModel(
                name=name,
                classes=tuple(chance_law(scenario, prior, ("no", "yes"), drivers) for prior in classes.values()),
                class_names=tuple(classes),
                class_of_leaf=tuple(of_leaf),
                likelihood=known.attributes.get(name, (1.0, 1.0)),
            )
        )
    return tuple(found)
