"""Scores of the nodes on the way, and averages of them by depth."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.scores.averages import Average, average_by
from forecast.scores.paths import NodeScore, ResolvedNode, path_scores
from forecast.scores.probabilities import brier, log_score, spherical

# A tree of three nodes in a row; every branch but the last of a node ends the path.
TREE = {
    "talks": {"no_summit": 0.5, "summit": 0.5},
    "outcome": {"no_deal": 0.6, "collapse": 0.1, "deal": 0.3},
    "kind": {"freeze": 0.25, "peace": 0.75},
}
PATHS = [["no_summit"], ["summit", "no_deal"], ["summit", "collapse"], ["summit", "deal", "freeze"]]
PATHS.append(["summit", "deal", "peace"])


def way(taken: list[str], tree: dict[str, dict[str, float]] = TREE) -> list[ResolvedNode]:
    return [ResolvedNode(node, said, branch) for (node, said), branch in zip(tree.items(), taken, strict=False)]


def outcome_probability(taken: list[str], tree: dict[str, dict[str, float]] = TREE) -> float:
    return math.prod(said[branch] for said, branch in zip(tree.values(), taken, strict=False))


def test_the_log_score_of_a_path_is_the_sum_over_its_nodes() -> None:
    """What is scored on the way adds up to the log score of the outcome, among all outcomes, in any base."""
    outcomes = [outcome_probability(path) for path in PATHS]
    assert sum(outcomes) == pytest.approx(1)
    for i, path in enumerate(PATHS):
        known = float(log_score(outcomes, i))
        found = path_scores(way(path))
        assert found[-1].total == pytest.approx(known, rel=1e-12)
        assert found[-1].total == pytest.approx(math.fsum(node.score for node in found), rel=1e-12)
        in_bits = path_scores(way(path), lambda said, taken: log_score(said, taken, base=2))
        assert in_bits[-1].total == pytest.approx(known / math.log(2), rel=1e-12)


@given(st.lists(st.floats(0.05, 0.95), min_size=3, max_size=3), st.lists(st.floats(0.05, 0.95), min_size=3, max_size=3))
def test_the_true_tree_has_the_best_total_on_average(truth: list[float], other: list[float]) -> None:
    """Proper along the path, though nodes are only scored when they are reached."""

    def tree(chances: list[float]) -> dict[str, dict[str, float]]:
        return {f"node {i}": {"end": 1 - p, "on": p} for i, p in enumerate(chances)}

    real = tree(truth)
    every_path = [["end"], ["on", "end"], ["on", "on", "end"], ["on", "on", "on"]]
    chances = np.array([outcome_probability(path, real) for path in every_path])
    assert chances.sum() == pytest.approx(1)
    for rule, sign in ((log_score, 1), (spherical, 1), (brier, -1)):
        honest, dishonest = (
            chances @ [sign * path_scores(way(path, said), rule)[-1].total for path in every_path]
            for said in (real, tree(other))
        )
        assert honest >= dishonest - 1e-12


def test_nodes_are_scored_before_the_outcome_is_known() -> None:
    """The summit was held: one node has resolved, and its score does not change when the next one does."""
    first = path_scores(way(["summit"]))
    assert first == (NodeScore("talks", "summit", depth=1, score=math.log(0.5), total=math.log(0.5)),)
    second = path_scores(way(["summit", "no_deal"]))
    assert second[:1] == first
    assert (second[1].node, second[1].depth) == ("outcome", 2)
    assert second[1].score == pytest.approx(math.log(0.6))
    assert path_scores([]) == ()


def test_another_rule_totals_what_nodes_score() -> None:
    found = path_scores(way(["summit", "deal"]), brier)
    assert [node.score for node in found] == pytest.approx([0.5, 0.36 + 0.01 + 0.49])
    assert found[1].total == pytest.approx(1.36)


def test_a_branch_that_was_ruled_out_costs_the_path_everything() -> None:
    surprise = ResolvedNode("opening", {"call": 0, "no_call": 1}, "call")
    assert path_scores([surprise, *way(["summit", "deal"])])[-1].total == -math.inf


def test_scores_are_grouped_by_depth() -> None:
    """Nodes at the same depth of several paths, each with how many there were."""
    nodes = [node for path in (["no_summit"], ["summit", "no_deal"]) for node in path_scores(way(path), brier)]
    found = average_by([node.depth for node in nodes], [node.score for node in nodes])
    assert {depth: average.count for depth, average in found.items()} == {1: 2, 2: 1}
    assert [average.mean for average in found.values()] == pytest.approx([0.5, 0.16 + 0.01 + 0.09])


def test_paths_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="node 'talks' has no branch 'war', only 'no_summit', 'summit'"):
        ResolvedNode("talks", TREE["talks"], "war")
    with pytest.raises(ValueError, match="node 'talks' comes twice"):
        path_scores([*way(["summit"]), *way(["summit"])])
    with pytest.raises(ValueError, match="node 'talks': probabilities over the options sum to 0.9, not 1"):
        path_scores([ResolvedNode("talks", {"summit": 0.5, "no_summit": 0.4}, "summit")])


def test_averages_come_in_the_order_of_their_keys_first_appearance() -> None:
    found = average_by([("Kim", "war"), ("Lee", "trade"), ("Kim", "war")], [0.25, 0.5, 0.75])
    assert list(found) == [("Kim", "war"), ("Lee", "trade")]
    assert found["Kim", "war"] == Average(0.5, 2)
    assert average_by([], []) == {}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(-5, 5)), min_size=1, max_size=30))
def test_averages_weighted_by_their_counts_are_the_average_of_all(scored: list[tuple[str, float]]) -> None:
    keys, scores = zip(*scored, strict=True)
    found = average_by(keys, scores).values()
    assert sum(average.count for average in found) == len(scores)
    assert sum(average.mean * average.count for average in found) == pytest.approx(math.fsum(scores), abs=1e-9)


def test_an_endless_loss_is_averaged_and_what_is_no_score_refused() -> None:
    assert average_by("aab", [-math.inf, 0.0, -1.0]) == {"a": Average(-math.inf, 2), "b": Average(-1.0, 1)}
    for score in (math.nan, math.inf):
        with pytest.raises(ValueError, match="of 'b' cannot be averaged"):
            average_by("ab", [0.0, score])
    with pytest.raises(ValueError, match="shorter"):
        average_by("ab", [0.0])
