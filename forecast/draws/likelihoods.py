"""From evidence entries to likelihoods: a number per branch, pieces of calendar time per dated branch, and readings.

Everything a run knows beyond the prior passes through here: accepted entries up to ``as_of``,
assumptions, and the silence since the scenario's own date.
"""

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from forecast.dates import years_between, years_to_start_of
from forecast.draws.chains import Piece
from forecast.errors import RunError
from forecast.scenario import Scenario
from forecast.settings import RunSettings
from forecast.statements.evidence import DateRange, Evidence, Reading
from forecast.statements.tree import Edge


@dataclass(frozen=True)
class Likelihoods:
    """What is known, as likelihoods.

    branches : factor of every history that takes the branch
    siblings : factor among siblings only, before it is balanced so that nothing upstream moves
    windows : for dated branches, (from, to, factor) in years for the branch's own date
    observed : own date, in years, of branches that have been taken
    taken : branches that have been taken, so that none of them is still pending
    attributes : factors (yes, no)
    readings : driver readings with their discount
    entries : the ids used
    """

    branches: Mapping[Edge, float]
    siblings: Mapping[Edge, float]
    windows: Mapping[Edge, tuple[Piece, ...]]
    observed: Mapping[Edge, float]
    taken: frozenset[Edge]
    attributes: Mapping[str, tuple[float, float]]
    readings: tuple[tuple[Reading, float], ...]
    entries: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether no entry and no assumption is in force (silence is looked at elsewhere)."""
        return not (self.branches or self.siblings or self.windows or self.attributes or self.readings)


@dataclass
class _Collected:
    branches: dict[Edge, float] = field(default_factory=dict)
    siblings: dict[Edge, float] = field(default_factory=dict)
    windows: dict[Edge, tuple[Piece, ...]] = field(default_factory=dict)
    observed: dict[Edge, float] = field(default_factory=dict)
    taken: set[Edge] = field(default_factory=set)
    attributes: dict[str, tuple[float, float]] = field(default_factory=dict)
    readings: list[tuple[Reading, float]] = field(default_factory=list)


def chosen_entries(scenario: Scenario, settings: RunSettings, as_of: date) -> tuple[str, ...]:
    """Return the ids of the entries in force, sorted: dated up to ``as_of`` and chosen by the settings."""
    choice = settings.evidence
    if isinstance(choice, tuple):
        for name in choice:
            if name not in scenario.evidence:
                raise RunError(("evidence",), f"there is no evidence entry '{name}': choose among the scenario's")
            if scenario.evidence[name].date > as_of:
                dated = scenario.evidence[name].date
                raise RunError(("evidence",), f"entry '{name}' is dated {dated}, after as_of {as_of}: leave it out")
        return tuple(sorted(set(choice)))
    if choice == "none":
        return ()
    return tuple(
        sorted(
            name
            for name, entry in scenario.evidence.items()
            if entry.date <= as_of and (choice == "all" or entry.status == "accepted")
        )
    )


def likelihoods(scenario: Scenario, settings: RunSettings, as_of: date) -> Likelihoods:
    """Turn the entries in force and the assumptions into likelihoods."""
    entries = chosen_entries(scenario, settings, as_of)
    found = _Collected()
    for name in entries:
        _add_entry(scenario, scenario.evidence[name], found)
    _require_compatible(scenario, settings.assume)
    for reference in settings.assume:
        _add_taken(scenario, _resolved(scenario, reference, "assume"), found)
    return Likelihoods(
        found.branches,
        found.siblings,
        found.windows,
        found.observed,
        frozenset(found.taken),
        found.attributes,
        tuple(found.readings),
        entries,
    )


def _resolved(scenario: Scenario, reference: str, setting: str) -> Edge:
    try:
        return scenario.tree.resolve(reference)
    except LookupError as error:
        raise RunError((setting,), str(error.args[0])) from error


def _require_compatible(scenario: Scenario, assumed: tuple[str, ...]) -> None:
    """Refuse assumptions that no single history meets."""
    taken: dict[str, tuple[str, str]] = {}
    for reference in assumed:
        for step in scenario.tree.path_through(_resolved(scenario, reference, "assume")):
            branch, other = taken.setdefault(step.node, (step.branch, reference))
            if branch != step.branch:
                message = (
                    f"'{other}' and '{reference}' cannot both be: node '{step.node}' takes '{branch}' for the one "
                    f"and '{step.branch}' for the other; keep one"
                )
                raise RunError(("assume",), message)


def interventions(scenario: Scenario, settings: RunSettings) -> dict[str, str]:
    """Return node → branch for every intervention of the settings."""
    made: dict[str, str] = {}
    for reference in settings.do:
        edge = _resolved(scenario, reference, "do")
        if made.get(edge.node, edge.branch) != edge.branch:
            message = f"node '{edge.node}' is set to '{made[edge.node]}' and to '{edge.branch}': keep one"
            raise RunError(("do",), message)
        made[edge.node] = edge.branch
    for reference in settings.assume:
        for step in scenario.tree.path_through(_resolved(scenario, reference, "assume")):
            if made.get(step.node, step.branch) != step.branch:
                message = (
                    f"node '{step.node}' is made to take '{made[step.node]}', but assuming '{reference}' means that "
                    f"it took '{step.branch}': keep one"
                )
                raise RunError(("do",), message)
    return made


def _add_entry(scenario: Scenario, entry: Evidence, found: _Collected) -> None:
    if entry.reading is not None:
        found.readings.append((entry.reading, entry.discount))
    elif entry.observed is not None:
        _add_observation(scenario, entry, found)
    for target, ratio in (entry.likelihood_ratio or {}).items():
        level = ratio**entry.discount
        if level == 1.0:
            continue
        if target in scenario.attributes:
            yes, no = found.attributes.get(target, (1.0, 1.0))
            found.attributes[target] = (yes * level, no)
            continue
        edge = scenario.tree.resolve(target)
        if entry.window is not None:
            pieces = found.windows.get(edge, ())
            found.windows[edge] = (*pieces, _piece(scenario, entry.window, level))
        elif entry.against == "siblings":
            found.siblings[edge] = found.siblings.get(edge, 1.0) * level
        else:
            found.branches[edge] = found.branches.get(edge, 1.0) * level


def _add_observation(scenario: Scenario, entry: Evidence, found: _Collected) -> None:
    observed = entry.observed
    assert observed is not None
    if observed.attribute is not None:
        yes, no = found.attributes.get(observed.attribute, (1.0, 1.0))
        found.attributes[observed.attribute] = (yes, 0.0) if observed.value == "yes" else (0.0, no)
        return
    assert observed.branch is not None
    edge = scenario.tree.resolve(observed.branch)
    _add_taken(scenario, edge, found)
    if observed.on is not None:
        found.observed[edge] = years_between(scenario.as_of, observed.on)


def _add_taken(scenario: Scenario, edge: Edge, found: _Collected) -> None:
    """Histories that do not take the branch become impossible."""
    for step in scenario.tree.path_through(edge):
        found.taken.add(step)
        for sibling in scenario.nodes[step.node].branches:
            if sibling != step.branch:
                found.branches[Edge(step.node, sibling)] = 0.0


def _piece(scenario: Scenario, window: DateRange, level: float) -> Piece:
    start = -math.inf if window.start is None else years_to_start_of(window.start, scenario.as_of)
    end = math.inf if window.end is None else years_between(scenario.as_of, window.end)
    return start, end, level


def combined_pieces(windows: Iterable[Piece], begin: float, end: float, silent_until: float) -> tuple[Piece, ...]:
    """Cut (begin, end] at every window and multiply their factors; 0 up to ``silent_until``.

    Returns
    -------
    Pieces in order that cover (begin, end] without gaps.
    """
    windows = tuple(windows)
    cuts = {begin, end, *(cut for a, b, _ in windows for cut in (a, b)), silent_until}
    edges = sorted(cut for cut in cuts if begin <= cut <= end)
    pieces = []
    for a, b in itertools.pairwise(edges):
        level = math.prod(factor for start, stop, factor in windows if start <= a and b <= stop)
        pieces.append((a, b, 0.0 if b <= silent_until else level))
    return tuple(pieces)
