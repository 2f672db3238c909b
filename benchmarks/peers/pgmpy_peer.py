"""pgmpy: the tree as a Bayesian network at its mean probabilities, worlds drawn forward and counted.

Less work than the engine's: no beliefs are drawn, so there is no credible interval, and the answer is a mean only.
pgmpy could draw beliefs and run its exact inference on each; at about a millisecond a draw that is no contender.
For the means alone its variable elimination is exact, without any sample, as is the engine's `exact`.
"""

import numpy as np
from pgmpy.factors.discrete import TabularCPD
from pgmpy.models import DiscreteBayesianNetwork
from pgmpy.sampling import BayesianModelSampling

from benchmarks.contenders import Contender, Estimate, Run, Way
from benchmarks.peers.bayes_net import conditional_columns, states
from benchmarks.trees import PriorTree


def _network(tree: PriorTree) -> DiscreteBayesianNetwork:
    parents = tree.parents()
    network = DiscreteBayesianNetwork([(step.node, node) for node, step in parents.items()])
    network.add_nodes_from(tree.nodes)
    for node in tree.nodes:
        above = [parents[node].node] if node in parents else []
        network.add_cpds(
            TabularCPD(
                node,
                len(states(tree, node)),
                np.array(conditional_columns(tree, node)).T,
                evidence=above,
                evidence_card=[len(states(tree, name)) for name in above],
            )
        )
    network.check_model()
    return network


def forward_samples(tree: PriorTree) -> Run:
    """Draw whole worlds with `BayesianModelSampling` and count those that end in each outcome.

    States are pgmpy's own numbers: with names in their place it spends a tenth more time on translating them.
    """
    sampling = BayesianModelSampling(_network(tree))
    ends = list(tree.ends())

    def run(draws: int, seed: int) -> Estimate:
        worlds = sampling.forward_sample(size=draws, seed=seed, show_progress=False)
        counts = {end.node: np.bincount(worlds[end.node], minlength=len(tree.nodes[end.node])) for end in ends}
        return Estimate(np.array([counts[end.node][end.branch] for end in ends]) / draws, None)

    return run


CONTENDERS = (
    Contender(
        "pgmpy, forward samples",
        Way.PATHS,
        gives_intervals=False,
        note="worlds at the mean probabilities; no beliefs drawn, means only",
        prepare=forward_samples,
    ),
)
