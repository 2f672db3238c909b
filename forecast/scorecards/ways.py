"""The nodes on the way, which resolve one by one before the outcome does, as one forecast saw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forecast.resolutions import NODES, NodeResolution, Settled
from forecast.scenario import Scenario
from forecast.scorecards.cards import Recorded
from forecast.scorecards.records import Step, Way, finite
from forecast.scorecards.stated import Options
from forecast.scorecards.windows import life_end
from forecast.scores.paths import ResolvedNode, path_scores


def way_so_far(scenario: Scenario, settled: Mapping[str, Settled], recorded: Sequence[Recorded]) -> Way | None:
    """Return the nodes from the root on that have resolved without a gap, as the first forecast saw them.

    One forecast for the whole way: the probability of an outcome is the product along its path, so that the last total
    is the logarithm of what it gave to this way.

    Parameters
    ----------
    scenario : Scenario
    settled : mapping
        Place → what happened there.
    recorded : sequence of Recorded
        In the order in which they were recorded.

    Returns
    -------
    Way or None
        None if the root has not resolved, or no forecast in time gives every node of the way its probabilities.
    """
    taken = _taken(scenario, settled)
    if not taken:
        return None
    closes = life_end(scenario, settled[f"{NODES}{scenario.tree.root}"])
    for made in recorded:
        if made.recorded_at >= closes:
            break
        steps = _steps(made, taken)
        if steps:
            return Way(forecast=made.id, recorded_at=made.recorded_at, steps=steps)
    return None


def _taken(scenario: Scenario, settled: Mapping[str, Settled]) -> dict[str, str]:
    """Return node → branch along the way, as far as it is known."""
    found: dict[str, str] = {}
    node: str | None = scenario.tree.root
    while node is not None and (here := settled.get(f"{NODES}{node}")) is not None:
        if not isinstance(here.value, NodeResolution) or here.value.branch is None:
            break
        found[node] = here.value.branch
        branch = scenario.nodes[node].branches.get(here.value.branch)
        node = None if branch is None else branch.to
    return found


def _steps(made: Recorded, taken: Mapping[str, str]) -> tuple[Step, ...]:
    said = {node: made.said[f"{NODES}{node}"] for node in taken}
    nodes = [
        ResolvedNode(node, at.probabilities, at.came_about) for node, at in said.items() if isinstance(at, Options)
    ]
    if len(nodes) < len(taken):  # its version of the scenario had other nodes or branches
        return ()
    try:
        scores = path_scores(nodes)
    except ValueError:  # it gave a node no chance at all, and so says nothing of what follows
        return ()
    return tuple(
        Step(
            node=score.node,
            taken=score.taken,
            depth=score.depth,
            chance=node.probabilities[node.taken],
            log=finite(score.score),
            total=finite(score.total),
        )
        for node, score in zip(nodes, scores, strict=True)
    )
