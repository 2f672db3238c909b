"""Scores of the nodes on the way, which resolve one by one long before the outcome does.

Each node that was reached is a question of its own, answered by the probabilities of its branches given that it is
reached. A node that was not reached is void: it scores nothing, rather than 0. The log score of a path is the sum over
its nodes, because the probability of an outcome is the product along its path; for other rules the total is a sum of
proper scores, but not the rule's score of the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecast.errors import listed
from forecast.scores.probabilities import Rule, log_score


@dataclass(frozen=True, slots=True)
class ResolvedNode:
    """A node on the way, and the branch that was taken there.

    node : its name
    probabilities : branch → probability given that the node is reached; they sum to 1
    taken : the branch that came about
    """

    node: str
    probabilities: Mapping[str, float]
    taken: str

    def __post_init__(self) -> None:
        if self.taken not in self.probabilities:
            raise ValueError(
                f"node '{self.node}' has no branch '{self.taken}', only {listed(tuple(self.probabilities))}"
            )


@dataclass(frozen=True, slots=True)
class NodeScore:
    """Score of one node on the way.

    node, taken : as in `ResolvedNode`
    depth : 1 for the root, 2 for the node after it, and so on
    score : of this node
    total : of the path so far, this node included
    """

    node: str
    taken: str
    depth: int
    score: float
    total: float


def path_scores(nodes: Sequence[ResolvedNode], rule: Rule = log_score) -> tuple[NodeScore, ...]:
    """Score the nodes that have resolved so far.

    Parameters
    ----------
    nodes : sequence of ResolvedNode
        From the root on, without a gap; the last need not end the path.
    rule : callable
        From `forecast.scores.probabilities`; a rule for options in order takes them as the mapping has them.

    Returns
    -------
    tuple of NodeScore
        As long as `nodes`.

    Raises
    ------
    ValueError
        If a node comes twice, or its probabilities are out of range or do not sum to 1.

    Examples
    --------
    >>> way = [
    ...     ResolvedNode("summit", {"held": 0.5, "not_held": 0.5}, "held"),
    ...     ResolvedNode("deal", {"signed": 0.25, "not_signed": 0.75}, "signed"),
    ... ]
    >>> [(found.depth, round(found.score, 4), round(found.total, 4)) for found in path_scores(way)]
    [(1, -0.6931, -0.6931), (2, -1.3863, -2.0794)]
    """
    names = [resolved.node for resolved in nodes]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"node '{name}' comes twice: a path passes it once")
    found: list[NodeScore] = []
    total = 0.0
    for depth, resolved in enumerate(nodes, start=1):
        index = list(resolved.probabilities).index(resolved.taken)
        try:
            score = float(rule(list(resolved.probabilities.values()), index))
        except ValueError as error:
            raise ValueError(f"node '{resolved.node}': {error}") from error
        total += score
        found.append(NodeScore(resolved.node, resolved.taken, depth, score, total))
    return tuple(found)
