"""Priors, loadings, drivers and lags against the tree they are stated on."""

from collections.abc import Iterator

import numpy as np

from forecast.errors import Fault, Pointer, listed
from forecast.statements.document_parts import LOG_HAZARD, ContinuousDriver, DiscreteDriver, Document, Node
from forecast.statements.hazards import HazardPrior, RateByState
from forecast.statements.priors import (
    EXPERTS,
    BetaPrior,
    ByStatePrior,
    ChancePrior,
    FixedPrior,
    PanelPrior,
    PlainPrior,
    require_sum_of_one,
)
from forecast.statements.tree import Tree

MAX_CONTINUOUS_DRIVERS = 64
SUM_OF_MEANS_RANGE = (0.8, 1.25)
"""Beyond this, statements about single branches contradict each other rather than scatter."""


def belief_faults(document: Document, tree: Tree) -> Iterator[Fault]:
    """Yield the faults of every node's prior, loadings and lags, and of the drivers themselves."""
    yield from _driver_faults(document)
    for name, node in document.nodes.items():
        pointer: Pointer = ("nodes", name, "prior")
        if isinstance(node.prior, HazardPrior):
            yield from _hazard_faults(document, tree, name, node, node.prior)
        else:
            yield from chance_prior_faults(document, node.prior, tuple(node.branches), f"node '{name}'", pointer)
        yield from _loading_faults(document, name, node)
        yield from _lag_faults(name, node)


def chance_prior_faults(
    document: Document, prior: ChancePrior, branches: tuple[str, ...], owner: str, pointer: Pointer
) -> Iterator[Fault]:
    """Yield the faults of one prior over ``branches``, whoever owns it (a node or an attribute)."""
    if isinstance(prior, ByStatePrior):
        yield from _state_faults(document, prior.driver, set(prior.states), owner, (*pointer, "driver"))
        members, where = prior.states, (*pointer, "states")
    elif isinstance(prior, PanelPrior):
        yield from _expert_faults(document, set(prior.experts), owner, (*pointer, "experts"))
        members, where = prior.experts, (*pointer, "experts")
        yield from _veto_faults(document, prior, owner, where)
    else:
        yield from _plain_prior_faults(prior, branches, owner, pointer)
        return
    for member, plain in members.items():
        yield from _plain_prior_faults(plain, branches, f"{owner} under '{member}'", (*where, member))


def _plain_prior_faults(prior: PlainPrior, branches: tuple[str, ...], owner: str, pointer: Pointer) -> Iterator[Fault]:
    named = prior.branches()
    if named is None:
        single = prior.single_branch()
        if len(branches) != 2:
            yield Fault(
                pointer,
                f"{owner}: a prior for one branch ('{single}') needs exactly two branches, but there are "
                f"{len(branches)}: state every branch",
            )
        elif single not in branches:
            silent = isinstance(prior, BetaPrior) and "branch" not in prior.model_fields_set
            said = "does not say of which branch it speaks" if silent else f"speaks of '{single}'"
            yield Fault(pointer, f"{owner}: the prior {said}, but the branches are {listed(branches)}")
        return
    if named != set(branches):
        missing, unknown = set(branches) - named, named - set(branches)
        problems = [
            *([f"leaves out {listed(missing)}"] if missing else []),
            *([f"names {listed(unknown)}, which the node does not have"] if unknown else []),
        ]
        yield Fault(pointer, f"{owner}: the prior {' and '.join(problems)}; the branches are {listed(branches)}")
        return
    total = prior.sum_of_means()
    if total is not None and not SUM_OF_MEANS_RANGE[0] <= total <= SUM_OF_MEANS_RANGE[1]:
        yield Fault(
            pointer,
            f"{owner}: the statements about single branches add up to {total:.3g} on average, not to about 1: "
            "revise them together",
        )


def _state_faults(
    document: Document, driver_name: str, states: set[str], owner: str, pointer: Pointer
) -> Iterator[Fault]:
    driver = document.drivers.get(driver_name)
    if not isinstance(driver, DiscreteDriver):
        yield Fault(pointer, f"{owner}: there is no discrete driver '{driver_name}': state it with its states")
    elif states != set(driver.states):
        yield Fault(
            pointer,
            f"{owner}: priors are stated for {listed(states)}, but driver '{driver_name}' has the states "
            f"{listed(set(driver.states))}",
        )


def _expert_faults(document: Document, experts: set[str], owner: str, pointer: Pointer) -> Iterator[Fault]:
    if experts != set(document.experts):
        known = listed(set(document.experts)) if document.experts else "none"
        yield Fault(
            pointer,
            f"{owner}: the panel has {listed(experts)}, but the scenario's experts are {known}: "
            "state the same experts with their weights under 'experts'",
        )


def _veto_faults(document: Document, prior: PanelPrior, owner: str, pointer: Pointer) -> Iterator[Fault]:
    """Yield each zero of an expert who counts, if the pool is a product of the experts' probabilities."""
    if prior.pool == "mixture":
        return
    for expert, plain in prior.experts.items():
        if not isinstance(plain, FixedPrior) or document.experts.get(expert) == 0.0:
            continue
        for branch, p in plain.p.items():
            if p == 0.0:
                yield Fault(
                    (*pointer, expert, "p", branch),
                    f"{owner} under '{expert}': probability 0 vetoes '{branch}' whatever the others say: "
                    "state a small one, such as 0.001, or pool as a mixture",
                )


def _hazard_faults(document: Document, tree: Tree, name: str, node: Node, prior: HazardPrior) -> Iterator[Fault]:
    pointer: Pointer = ("nodes", name, "prior")
    if len(node.branches) != 2 or prior.event not in node.branches:
        yield Fault(
            (*pointer, "event"),
            f"node '{name}': a hazard needs two branches, its event '{prior.event}' and what holds without it; "
            f"the branches are {listed(tuple(node.branches))}",
        )
    if any(tree.dated(edge) for edge in tree.path(name)):
        yield Fault(
            pointer,
            f"node '{name}': a hazard below a dated branch would start at an uncertain date: state a chance node "
            "whose branches have a lag instead",
        )
    if prior.driver is not None and hasattr(prior.rate, "driver"):
        yield from _state_faults(document, prior.driver, set(prior.rates()), f"node '{name}'", (*pointer, "rate"))
    elif prior.driver is not None:
        yield from _expert_faults(document, set(prior.rates()), f"node '{name}'", (*pointer, "rate"))
    for state, rate in prior.rates().items():
        by = getattr(rate, "by", None)
        if by is not None and by <= document.as_of:
            member = "states" if isinstance(prior.rate, RateByState) else "experts"
            where = (*pointer, "rate", *((member, state) if state else ()), "by")
            yield Fault(where, f"node '{name}': the date {by} must come after as_of {document.as_of}")


def _loading_faults(document: Document, name: str, node: Node) -> Iterator[Fault]:
    for driver_name, loadings in node.loadings.items():
        pointer: Pointer = ("nodes", name, "loadings", driver_name)
        if not isinstance(document.drivers.get(driver_name), ContinuousDriver):
            message = f"node '{name}': there is no continuous driver '{driver_name}': state it under drivers"
            yield Fault(pointer, message)
        known = {LOG_HAZARD} if isinstance(node.prior, HazardPrior) else set(node.branches)
        for target in loadings:
            if target not in known:
                yield Fault(
                    (*pointer, target),
                    f"node '{name}': a loading names '{target}', but it can only act on {listed(known)}",
                )


def _lag_faults(name: str, node: Node) -> Iterator[Fault]:
    for branch_name, branch in node.branches.items():
        if branch.lag is None:
            continue
        pointer: Pointer = ("nodes", name, "branches", branch_name, "lag")
        if branch.lag.support()[0] < 0.0:
            yield Fault(pointer, f"{name}.{branch_name}: a lag cannot be negative: choose a family on positive numbers")
        if isinstance(node.prior, HazardPrior):
            yield Fault(
                pointer,
                f"{name}.{branch_name}: a hazard dates its own event: put the lag on a branch of the next node",
            )


def _driver_faults(document: Document) -> Iterator[Fault]:
    if document.experts:
        try:
            require_sum_of_one(document.experts, "the experts' weights")
        except ValueError as error:
            yield Fault(("experts",), str(error))
        if EXPERTS in document.drivers:
            yield Fault(
                ("drivers", EXPERTS),
                f"driver '{EXPERTS}' has the name of the driver by which a panel draws one of its experts: "
                "give the driver another name, or remove the experts",
            )
    continuous = [n for n, driver in document.drivers.items() if isinstance(driver, ContinuousDriver)]
    if len(continuous) > MAX_CONTINUOUS_DRIVERS:
        yield Fault(
            ("drivers",), f"{len(continuous)} continuous drivers: the limit is {MAX_CONTINUOUS_DRIVERS}; merge some"
        )
        return
    for name, driver in document.drivers.items():
        if isinstance(driver, DiscreteDriver):
            try:
                require_sum_of_one(driver.states, f"driver '{name}': the weights of its states")
            except ValueError as error:
                yield Fault(("drivers", name, "states"), str(error))
            continue
        for other, value in driver.correlation.items():
            pointer: Pointer = ("drivers", name, "correlation", other)
            if other == name or other not in continuous:
                yield Fault(pointer, f"driver '{name}': a correlation needs another continuous driver, not '{other}'")
            elif name in getattr(document.drivers[other], "correlation", {}) and name > other:
                back = document.drivers[other].correlation[name]  # type: ignore[union-attr]
                if back != value:
                    yield Fault(
                        pointer, f"drivers '{name}' and '{other}' state two correlations, {value} and {back}: state one"
                    )
    if continuous and np.linalg.eigvalsh(driver_correlation(document, sorted(continuous))).min() <= 1e-9:
        yield Fault(("drivers",), "the correlations of the drivers are impossible together: lower some of them")


def driver_correlation(document: Document, names: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the correlation matrix of the continuous drivers ``names``, shape (len(names), len(names))."""
    matrix = np.eye(len(names))
    for i, name in enumerate(names):
        driver = document.drivers[name]
        assert isinstance(driver, ContinuousDriver)
        for other, value in driver.correlation.items():
            if other in names and other != name:
                j = names.index(other)
                matrix[i, j] = matrix[j, i] = value
    return matrix
