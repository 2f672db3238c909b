"""The geometry of a valid event tree: canonical order, paths, and what a branch's name refers to."""

from collections.abc import Mapping
from dataclasses import dataclass

from forecast.spelling import nearest
from forecast.statements.document_parts import Branch, Node

MOST_COMPARED = 200
"""Branches that a misspelt one is compared with: a document may misspell hundreds."""

PENDING = "pending"
"""In a headline, the part of all histories that an ``eventually`` branch leaves under way at the horizon."""


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """A branch of a node, by their names."""

    node: str
    branch: str

    def __str__(self) -> str:
        return f"{self.node}.{self.branch}"

    @property
    def pending(self) -> str:
        """Name of the histories that are still under way here at the horizon, if the branch is ``eventually``."""
        return f"{self.branch}_{PENDING}"


class Tree:
    """Lookups over nodes that are known to form a tree.

    ``order`` lists the nodes breadth-first from the root, branches sorted by name, so that the order
    of keys in the document cannot reach a result.
    """

    def __init__(self, nodes: Mapping[str, Node], root: str | None) -> None:
        self.nodes = nodes
        targets = {branch.to for node in nodes.values() for branch in node.branches.values()}
        self.root = root if root is not None else next(name for name in nodes if name not in targets)
        self.edge_to: dict[str, Edge] = {}
        self.outcomes: dict[str, Edge] = {}
        self._edges_by_branch: dict[str, list[Edge]] = {}
        order = [self.root]
        for name in order:
            for branch_name in sorted(nodes[name].branches):
                edge, branch = Edge(name, branch_name), nodes[name].branches[branch_name]
                self._edges_by_branch.setdefault(branch_name, []).append(edge)
                if branch.to is None:
                    self.outcomes[branch.outcome or branch_name] = edge
                else:
                    self.edge_to[branch.to] = edge
                    order.append(branch.to)
        self.order = tuple(order)

    def branch(self, edge: Edge) -> Branch:
        """Return what the document says of a branch."""
        return self.nodes[edge.node].branches[edge.branch]

    def path(self, node: str) -> tuple[Edge, ...]:
        """Return the edges from the root to a node, empty for the root."""
        edges = []
        while node in self.edge_to:
            edges.append(self.edge_to[node])
            node = edges[-1].node
        return tuple(reversed(edges))

    def path_through(self, edge: Edge) -> tuple[Edge, ...]:
        """Return the edges from the root up to and with this one."""
        return (*self.path(edge.node), edge)

    def outcomes_below(self, edge: Edge) -> tuple[str, ...]:
        """Return the outcomes that histories through this branch may end in, sorted by name."""
        found, waiting = [], [edge]
        while waiting:
            here = waiting.pop()
            branch = self.branch(here)
            if branch.to is None:
                found.append(branch.outcome or here.branch)
            else:
                waiting.extend(Edge(branch.to, name) for name in self.nodes[branch.to].branches)
        return tuple(sorted(found))

    def resolve(self, reference: str) -> Edge:
        """Return the branch that ``branch``, ``node.branch`` or the name of the outcome it ends in means.

        Raises
        ------
        LookupError
            If there is none, or several nodes have a branch of that name; the message says which.
        """
        node, _, name = reference.rpartition(".")
        edges = self._edges_by_branch.get(name, [])
        if node:
            edges = [Edge(node, name)] if node in self.nodes and name in self.nodes[node].branches else []
        elif name in self.outcomes and self.outcomes[name] not in edges:
            edges = [*edges, self.outcomes[name]]
        if len(edges) == 1:
            return edges[0]
        if edges:
            choices = " or ".join(sorted(map(str, edges)))
            msg = f"branch '{reference}' is ambiguous: write {choices}"
            raise LookupError(msg)
        msg = f"there is no branch '{reference}'{self._suggestion(reference)}"
        raise LookupError(msg)

    def _suggestion(self, reference: str) -> str:
        edges = (str(edge) for same_name in self._edges_by_branch.values() for edge in same_name)
        known = [*self._edges_by_branch, *self.outcomes, *edges]
        close = nearest(reference, known, most=MOST_COMPARED)
        return ": state one that a node has" if close is None else f": did you mean '{close}'?"

    def dated(self, edge: Edge) -> bool:
        """Return whether histories through this branch give it a date: by a hazard or a lag on the way."""
        return any(
            self.branch(step).lag is not None or getattr(self.nodes[step.node].prior, "event", None) == step.branch
            for step in self.path_through(edge)
        )
