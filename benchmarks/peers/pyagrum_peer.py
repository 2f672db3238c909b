"""pyAgrum: the tree as a Bayesian network, by two roads, both held to one thread.

Forward samples do less work than the engine: no beliefs are drawn, so there is no credible interval. Exact inference
repeated on drawn beliefs does the engine's work, and more than the tree needs: it is written for networks of any
shape. For the means alone one exact inference is enough, without any sample, as is the engine's `exact`.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pyagrum

from benchmarks.contenders import INTERVAL, Contender, Estimate, Run, Way
from benchmarks.peers.bayes_net import conditional_columns, states
from benchmarks.trees import PriorTree


def _network(tree: PriorTree) -> pyagrum.BayesNet:
    pyagrum.setNumberOfThreads(1)
    network = pyagrum.BayesNet()
    for node in tree.nodes:
        network.add(pyagrum.LabelizedVariable(node, node, states(tree, node)))
    for node, parent in tree.parents().items():
        network.addArc(parent.node, node)
    for node in tree.nodes:
        network.cpt(node).fillWith([share for column in conditional_columns(tree, node) for share in column])
    return network


def forward_samples(tree: PriorTree) -> Run:
    """Draw whole worlds, take them out as CSV and count; `to_pandas` would take four times as long as the CSV."""
    network = _network(tree)
    sampling = pyagrum.BNDatabaseGenerator(network)
    sampling.setTopologicalVarOrder()
    ends = list(tree.ends())
    columns = {end.node: np.int8 for end in ends}

    def run(draws: int, seed: int) -> Estimate:
        # The generator only borrows its network: naming it here keeps it alive as long as the run.
        assert sampling.bn().size() == network.size()
        pyagrum.initRandom(seed)
        sampling.drawSamples(draws)
        with TemporaryDirectory() as directory:
            file = str(Path(directory) / "worlds.csv")
            sampling.toCSV(file, False)
            worlds = pd.read_csv(file, usecols=list(columns), dtype=columns)
        counts = {node: np.bincount(worlds[node], minlength=len(tree.nodes[node])) for node in columns}
        return Estimate(np.array([counts[end.node][end.branch] for end in ends]) / draws, None)

    return run


def exact_per_belief(tree: PriorTree) -> Run:
    """Draw beliefs with numpy, write them into the network, and let Shafer-Shenoy inference answer; once per draw.

    Shafer-Shenoy is the fastest of its exact inferences here; each is made anew, for one that has answered does not
    notice that probabilities have changed.
    """
    network = _network(tree)
    parents = tree.parents()
    ends = list(tree.ends())

    def write(node: str, shares: list[float]) -> None:
        if node == tree.root:
            network.cpt(node).fillWith(shares)
        else:
            network.cpt(node)[{parents[node].node: parents[node].branch}] = [*shares, 0.0]

    def run(draws: int, seed: int) -> Estimate:
        random = np.random.Generator(np.random.PCG64(seed))
        beliefs = {node: random.dirichlet(tree.alphas(node), size=draws).tolist() for node in tree.nodes}
        probabilities = np.empty((draws, len(ends)))
        for draw in range(draws):
            for node, shares in beliefs.items():
                write(node, shares[draw])
            inference = pyagrum.ShaferShenoyInference(network)
            for end in ends:
                inference.addTarget(end.node)
            inference.makeInference()
            probabilities[draw] = [inference.posterior(end.node)[end.branch] for end in ends]
        return Estimate(probabilities.mean(axis=0), np.quantile(probabilities, INTERVAL, axis=0))

    return run


CONTENDERS = (
    Contender(
        "pyAgrum, forward samples",
        Way.PATHS,
        gives_intervals=False,
        note="worlds at the mean probabilities; no beliefs drawn, means only",
        prepare=forward_samples,
    ),
    Contender(
        "pyAgrum, exact per belief",
        Way.BELIEFS,
        gives_intervals=True,
        note="same work as the engine, by general inference",
        prepare=exact_per_belief,
        most_draws=2_000,
    ),
)
