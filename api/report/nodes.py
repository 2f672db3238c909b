"""The nodes: what each asks, how likely its branches are given that it is reached, why, and from where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.report.charts.axes import percent_of_width
from api.report.folding import Folded, below_the_largest
from api.report.prose import Prose, prose
from api.report.rows import Bar, Figure
from api.report.source import Source
from api.wording.figures import WHOLE_PERCENT
from api.wording.text import one_line, spoken
from forecast.result import Forecast
from forecast.words import percent


@dataclass(frozen=True, slots=True)
class BranchRow:
    """One branch of a node, or what is still pending of it."""

    name: str
    note: Prose | None
    bar: Bar
    mean: Figure


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node; ``reached`` is its own probability, and ``branches`` are empty if that is 0."""

    id: str
    title: str
    name: str
    reached: str
    branches: Folded[BranchRow]
    rationale: Prose | None
    source: Prose | None
    author: Prose | None


def nodes(source: Source) -> Iterator[NodeView]:
    """Yield every node in the order of the document."""
    reaches = _Reaches(source.forecast)
    for i, name in enumerate(source.forecast.nodes, start=1):
        yield _node(source, reaches, f"node-{i}", name)


def _node(source: Source, reaches: "_Reaches", node_id: str, name: str) -> NodeView:
    says, reached = source.names.says, reaches.reached[name]
    question = says("nodes", name, "question")
    branches = source.forecast.nodes[name] if reached > 0.0 else {}
    ids = {branch: i for i, branch in enumerate(branches, start=1)}
    return NodeView(
        id=node_id,
        title=one_line(question) if question else spoken(name),
        name=name,
        reached=percent(min(reached, 1.0), min(reaches.error[name], WHOLE_PERCENT)),
        branches=below_the_largest(branches).each(
            lambda branch: _branch(source, reaches, f"{node_id}-{ids[branch]}", name, branch)
        ),
        rationale=prose(says("nodes", name, "rationale")),
        source=prose(says("nodes", name, "source")),
        author=prose(says("nodes", name, "author")),
    )


def _branch(source: Source, reaches: "_Reaches", bar_id: str, node: str, branch: str) -> BranchRow:
    p = min(source.forecast.nodes[node][branch], 1.0)
    called, said = source.names.branch_of(node, branch), percent(p, reaches.branch_error(node, branch))
    return BranchRow(
        name=called,
        note=prose(source.names.branch_note(node, branch)),
        bar=Bar(bar_id, percent_of_width(p), None, f"{called}: {said}", f"The bar reaches {said}."),
        mean=Figure(repr(p), said),
    )


class _Reaches:
    """How likely each node is reached, and a bound on the MC errors of what a forecast says of nodes.

    The MC error of a sum is at most the sum of the MC errors, so the outcomes below a branch bound its own.
    """

    def __init__(self, forecast: Forecast) -> None:
        self._forecast = forecast
        self._stated: Mapping[str, Any] = forecast.document["nodes"]
        order = list(_from_the_root(self._stated))
        self.reached = {order[0]: 1.0}
        self.error: dict[str, float] = {}
        for node in order:
            for name, branch in self._stated[node]["branches"].items():
                if "to" in branch:
                    self.reached[branch["to"]] = self.reached[node] * forecast.nodes[node][name]
        for node in reversed(order):
            self.error[node] = sum(self._error_through(node, name) for name in forecast.nodes[node])

    def _error_through(self, node: str, name: str) -> float:
        """Bound the error of reaching a node and taking a branch of it, or waiting for it there at the horizon."""
        branch = self._stated[node]["branches"].get(name, {})
        return (
            self.error[branch["to"]]
            if "to" in branch
            else self._forecast.outcomes[branch.get("outcome", name)].mc_error
        )

    def branch_error(self, node: str, name: str) -> float:
        """Bound the error of a branch's probability given its node: a ratio's, as for the links of a chain."""
        ratio = self._forecast.nodes[node][name]
        error = (self._error_through(node, name) + ratio * self.error[node]) / self.reached[node]
        return min(error, WHOLE_PERCENT)


def _from_the_root(stated: Mapping[str, Any]) -> Iterator[str]:
    """Yield the nodes, each after the one that leads to it."""
    targets = {branch.get("to") for node in stated.values() for branch in node["branches"].values()}
    waiting = [next(name for name in stated if name not in targets)]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(branch["to"] for branch in stated[node]["branches"].values() if "to" in branch)
