"""The pure parts of the benchmark harness: trees, documents, reference values, the plain peers, the arithmetic."""

import json
import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate, stats

from benchmarks.contenders import ENGINE, ENGINE_TWO_THREADS, Contender, Estimate, Floats, Run, Way
from benchmarks.documents import scenario_document
from benchmarks.figures import (
    Accuracy,
    Growth,
    Speed,
)
from benchmarks.measures.accuracy import draws_in, equal_error, extrapolated, measured
from benchmarks.measures.memory import peak_kibibytes
from benchmarks.measures.speed import draws_for
from benchmarks.peers import naive_numpy
from benchmarks.peers.bayes_net import conditional_columns
from benchmarks.plan import EIGHT
from benchmarks.reference_quantiles import PathProbability
from benchmarks.trees import EIGHT_NODES, PriorTree, Step, chain, exact_means, load_tree, random_tree, tree_named
from benchmarks.truth import truth_of
from forecast.scenario import parse_scenario

TREES = [load_tree(), random_tree(10), random_tree(1000), chain(60)]


def test_exact_means_are_those_stored_with_the_tree() -> None:
    stored = json.loads(EIGHT_NODES.read_text(encoding="utf-8"))
    means = dict(zip(stored["leaves"], exact_means(load_tree()), strict=True))
    assert means == pytest.approx(stored["exact"], abs=1e-15)


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.name)
def test_outcomes_of_every_tree_are_distinct_and_exhaustive(tree: PriorTree) -> None:
    names = tree.outcome_names()
    assert len(set(names)) == len(names)
    assert len(names) == tree.branch_count - len(tree.nodes) + 1
    assert math.fsum(exact_means(tree)) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.name)
def test_every_node_stands_after_its_parent(tree: PriorTree) -> None:
    position = {node: index for index, node in enumerate(tree.nodes)}
    parents = tree.parents()
    assert set(parents) == set(tree.nodes) - {tree.root}
    assert all(position[parent.node] < position[node] for node, parent in parents.items())


def test_random_trees_have_two_to_four_branches_and_depend_on_the_seed_alone() -> None:
    assert {len(branches) for branches in random_tree(1000).nodes.values()} == {2, 3, 4}
    assert random_tree(100, seed=3) == random_tree(100, seed=3)
    assert random_tree(100, seed=3) != random_tree(100, seed=4)


def test_a_chain_is_as_deep_as_it_is_long() -> None:
    assert max(len(path) for path in chain(60).paths()) == 60


def test_trees_are_found_by_name() -> None:
    assert tree_named("chain-7") == chain(7)
    assert tree_named(EIGHT) == load_tree()
    with pytest.raises(ValueError, match="no tree 'oak-7'"):
        tree_named("oak-7")


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.name)
def test_documents_are_valid_scenarios_with_the_same_outcomes(tree: PriorTree) -> None:
    scenario = parse_scenario(scenario_document(tree))
    ends = [
        branch.outcome for node in scenario.nodes.values() for branch in node.branches.values() if branch.to is None
    ]
    assert sorted(map(str, ends)) == sorted(tree.outcome_names())


@pytest.mark.parametrize(
    ("prepare", "resolution"),
    [(naive_numpy.beliefs, 0.0), (naive_numpy.nested_counts, 1 / naive_numpy.WORLDS_PER_DRAW)],
)
def test_numpy_peers_with_intervals_agree_with_the_truth(
    prepare: Callable[[PriorTree], Run], resolution: float
) -> None:
    """Means and ends lie within 5 standard errors of the true ones: sd/sqrt(n), and sqrt(p(1-p)/n)/density.

    Counted worlds cannot tell ends apart that are nearer than one count.
    """
    tree, draws, step = load_tree(), 20_000, 1e-5
    estimate = prepare(tree)(draws, 1)
    truth = truth_of(tree)
    assert estimate.ends is not None
    sd = np.sqrt(_second_moments(tree) - truth.means**2)
    assert np.all(np.abs(estimate.means - truth.means) < 5 * sd / math.sqrt(draws))
    for path, found, true in zip(tree.paths(), estimate.ends.T, truth.ends.T, strict=True):
        cdf = PathProbability(tree, path).cdf
        density = np.array([(cdf(end + step) - cdf(end - step)) / (2 * step) for end in true])
        assert np.all(np.abs(found - true) < 5 * math.sqrt(0.05 * 0.95 / draws) / density + resolution)


def _second_moments(tree: PriorTree) -> Floats:
    """Mean square of each outcome's probability: per step, alpha (alpha + 1) / (sum (sum + 1))."""

    def square(step: Step) -> float:
        alphas = tree.alphas(step.node)
        alpha, total = alphas[step.branch], math.fsum(alphas)
        return alpha * (alpha + 1) / (total * (total + 1))

    return np.array([math.prod(square(step) for step in path) for path in tree.paths()])


def test_counted_paths_agree_with_the_exact_means() -> None:
    """Counts lie within 5 binomial standard errors of the exact means."""
    tree, draws = load_tree(), 20_000
    estimate = naive_numpy.counted_paths(tree)(draws, 1)
    means = np.array(exact_means(tree))
    assert estimate.ends is None
    assert np.all(np.abs(estimate.means - means) < 5 * np.sqrt(means * (1 - means) / draws))


def test_stored_quantiles_agree_with_direct_integration() -> None:
    """P(XY ≤ q) = E[P(Y ≤ q/X)] for a path of two Betas, integrated piece by piece."""
    tree = load_tree()
    at = tree.outcome_names().index("summit-cancelled")
    held, cancelled = stats.beta(7.0, 3.0), stats.beta(2.0, 8.0)
    for level, q in zip((0.05, 0.95), truth_of(tree).ends[:, at], strict=True):
        above, _ = integrate.quad(lambda x, q=q: held.pdf(x) * cancelled.cdf(q / x), q, 1.0, epsabs=1e-13)
        assert held.cdf(q) + above == pytest.approx(level, abs=1e-11)


def test_stored_quantiles_are_those_of_the_formula() -> None:
    tree = load_tree()
    for path, (low, high) in zip(tree.paths(), truth_of(tree).ends.T, strict=True):
        distribution = PathProbability(tree, path)
        assert distribution.truncation() < 1e-15
        assert distribution.cdf(low) == pytest.approx(0.05, abs=1e-11)
        assert distribution.cdf(high) == pytest.approx(0.95, abs=1e-11)


def test_error_of_the_truth_itself_is_zero_and_missing_ends_stay_missing() -> None:
    truth = truth_of(load_tree())
    exact = Estimate(truth.means, truth.ends)
    shifted = Estimate(truth.means + 0.001, None)
    assert (truth.error_of_means([exact]), truth.error_of_ends([exact])) == (0.0, 0.0)
    assert truth.error_of_means([shifted, shifted]) == pytest.approx(0.001)
    assert truth.error_of_ends([exact, shifted]) is None


def test_bayes_net_reaches_a_node_by_its_own_branch_only() -> None:
    """Node provoke hangs on the second branch of talks: its first column must say it is not reached."""
    held, refused = conditional_columns(load_tree(), "provoke")
    assert held == [0.0, 0.0, 1.0]
    assert refused == pytest.approx([5.0 / 8.5, 3.5 / 8.5, 0.0])


def test_peers_beyond_their_means_are_given_fewer_draws() -> None:
    tree = load_tree()
    plain = Contender("plain", Way.BELIEFS, gives_intervals=True, note="", prepare=naive_numpy.beliefs)
    slow = Contender("slow", Way.BELIEFS, gives_intervals=True, note="", prepare=naive_numpy.beliefs, most_draws=5)
    lean = Contender(
        "lean", Way.BELIEFS, gives_intervals=True, note="", prepare=naive_numpy.beliefs, bounded_memory=True
    )
    given = [draws_for(one, tree, 1000, held_values=190) for one in (plain, slow, lean)]
    assert given == [10, 5, 1000]


def test_draws_that_fit_a_time_are_at_least_one() -> None:
    assert draws_in(0.0, naive_numpy.counted_paths(load_tree())) == 1


def _row(draws: int, means: float, ends: float | None, name: str = ENGINE) -> Accuracy:
    return Accuracy(name, draws, draws * 1e-6, means, ends)


def test_extrapolation_follows_the_square_law() -> None:
    row = _row(10**6, 1e-4, None, "counter")
    found = extrapolated(row, "means")
    assert found is not None
    assert (found.draws, found.seconds) == pytest.approx((10**8, 100.0))
    assert extrapolated(row, "ends") is None


def test_measured_time_to_error_is_not_fooled_by_a_lucky_small_run() -> None:
    rows = [_row(1024, 0.9e-5, 1.0), _row(2048, 3e-5, 1.0), _row(4096, 0.8e-5, 1.0), _row(8192, 0.5e-5, 1.0)]
    found = measured(rows, "means")
    assert (found.draws, found.seconds) == (4096, 4096e-6)


def test_a_target_that_no_run_reached_takes_for_ever() -> None:
    assert measured([_row(1024, 1e-6, 1.0)], "ends").seconds == math.inf


def test_the_engine_is_measured_and_peers_are_extrapolated() -> None:
    others = [_row(10**6, 1e-7, 1e-6), _row(10**6, 1e-7, 1e-6, ENGINE_TWO_THREADS), _row(10**6, 1e-4, None, "counter")]
    found = equal_error([_row(4096, 1e-6, 1e-5)], others)
    assert [(row.contender, row.quantity, row.extrapolated) for row in found] == [
        (ENGINE, "means", False),
        ("counter", "means", True),
        (ENGINE, "ends", False),
    ]


def test_growth_exponent_is_the_slope_of_the_logarithms() -> None:
    growth = Growth("x", "draws", (10, 100, 1000, 10_000), (1.0, 1.0, 10.0, 100.0))
    assert growth.exponent(last=3) == pytest.approx(1.0)
    assert growth.exponent() == pytest.approx(0.7)


def test_scaled_times_are_in_proportion_to_the_draws() -> None:
    speed = Speed("x", draws=10, wanted=1000, seconds=(0.2, 0.1, 0.3))
    assert speed.scaled
    assert (speed.least, speed.median) == pytest.approx((10.0, 20.0))


def test_peak_memory_is_read_from_the_status_text_or_refused() -> None:
    assert peak_kibibytes("VmPeak:\t 99 kB\nVmHWM:\t  8692 kB\n") == 8692
    with pytest.raises(ValueError, match="Linux only"):
        peak_kibibytes("Name: x\n")
