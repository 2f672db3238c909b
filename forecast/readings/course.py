"""In what order a run reads its targets off a draw: at once on the way down the tree, or when all is known.

Most targets are one branch or one leaf. They are boiled down the moment they are known, so that their
draws take no memory afterwards; only what a sum of several, or a world, asks for is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from forecast.draws.inference import Found, Inference
from forecast.draws.model import Model
from forecast.readings.measures import Measures
from forecast.readings.plans import Plan
from forecast.statements.tree import Edge


@dataclass(frozen=True)
class Course:
    """The targets by the time they are read; a target's number is its place in the summary.

    targets : how many there are
    of_edge, of_leaf : the targets that are this branch's or this leaf's probability and nothing else
    later : plans that need several probabilities
    kept_edges, kept_leaves : what those plans and the worlds ask for
    """

    targets: int
    of_edge: Mapping[Edge, tuple[int, ...]]
    of_leaf: Mapping[int, tuple[int, ...]]
    later: Mapping[int, Plan]
    kept_edges: frozenset[Edge]
    kept_leaves: frozenset[int]

    def targets_of(self, found: Found) -> tuple[int, ...]:
        """Return the targets that this probability settles."""
        by_edge = () if found.edge is None else self.of_edge.get(found.edge, ())
        return by_edge if found.leaf is None else (*by_edge, *self.of_leaf.get(found.leaf, ()))

    def keeps(self, found: Found) -> bool:
        """Whether something asks for this probability later."""
        return found.edge in self.kept_edges or found.leaf in self.kept_leaves


def course_of(model: Model, measured: Measures) -> Course:
    """Return the course of a run that measures ``measured``: first every plan, then every branch."""
    of_edge: dict[Edge, list[int]] = {}
    of_leaf: dict[int, list[int]] = {}
    later: dict[int, Plan] = {}
    for number, plan in enumerate(measured.plans.values()):
        term = plan.terms[0] if len(plan.terms) == 1 and not plan.terms[0].facts else None
        if term is not None and len(term.edges) + len(term.leaves) == 1:
            for edge in term.edges:
                of_edge.setdefault(edge, []).append(number)
            for leaf in term.leaves:
                of_leaf.setdefault(leaf, []).append(number)
        else:
            later[number] = plan
    for number, edge in enumerate(measured.branches, start=len(measured.plans)):
        of_edge.setdefault(edge, []).append(number)
    terms = [term for plan in later.values() for term in plan.terms]
    all_leaves = range(len(model.leaves)) if measured.needs_worlds else ()
    return Course(
        targets=len(measured.plans) + len(measured.branches),
        of_edge={edge: tuple(numbers) for edge, numbers in of_edge.items()},
        of_leaf={leaf: tuple(numbers) for leaf, numbers in of_leaf.items()},
        later=later,
        kept_edges=frozenset(edge for term in terms for edge in term.edges),
        kept_leaves=frozenset(leaf for term in terms for leaf in term.leaves) | frozenset(all_leaves),
    )


def arrays_at_once(inference: Inference, course: Course) -> int:
    """Return about how many arrays of a batch are in memory together, at most.

    What hears waits for the way down; what lies open moves down with it, one node's branches at a
    time; what is kept stays.
    """
    nodes = inference.model.nodes
    waiting = sum(1 + len(node.branches) for node, hears in zip(nodes, inference.hears, strict=True) if hears)
    widest, open_ = 0, 1
    for node in nodes:
        open_ += sum(branch.child is not None for branch in node.branches) - 1
        widest = max(widest, open_ + 2 * len(node.branches))
    return waiting + widest + len(course.kept_edges) + len(course.kept_leaves) + len(course.later)
