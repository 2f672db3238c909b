"""The engine as a contender: the only file here that knows its programming interface."""

from collections.abc import Callable

import numpy as np

from benchmarks.contenders import (
    ENGINE,
    ENGINE_RANDOM,
    ENGINE_TWO_THREADS,
    INTERVAL,
    Contender,
    Estimate,
    Run,
    Way,
)
from benchmarks.documents import scenario_document
from benchmarks.trees import PriorTree
from forecast.numerics.nets import SamplerName
from forecast.result import Probability
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings


def _quantile(probability: Probability, level: str) -> float:
    if probability.quantiles is None:
        message = "the engine gave no credible interval for an outcome: benchmark trees must have one"
        raise ValueError(message)
    return probability.quantiles[level]


def _prepare(sampler: SamplerName, threads: int) -> Callable[[PriorTree], Run]:
    def prepare(tree: PriorTree) -> Run:
        scenario = parse_scenario(scenario_document(tree))
        names = tree.outcome_names()
        levels = [str(level) for level in INTERVAL]

        def estimate(draws: int, seed: int) -> Estimate:
            settings = RunSettings(draws=draws, seed=seed, threads=threads, sampler=sampler)
            outcomes = run(scenario, settings).outcomes
            ends = np.array([[_quantile(outcomes[name], level) for name in names] for level in levels])
            return Estimate(np.array([outcomes[name].mean for name in names]), ends)

        return estimate

    return prepare


CONTENDERS = (
    Contender(
        ENGINE,
        Way.BELIEFS,
        gives_intervals=True,
        note="randomised Sobol' net, tabulated inversion, whole forecast with MC errors and exact means",
        prepare=_prepare("sobol", 1),
        bounded_memory=True,
    ),
    Contender(
        ENGINE_TWO_THREADS,
        Way.BELIEFS,
        gives_intervals=True,
        note="the same on two threads",
        prepare=_prepare("sobol", 2),
        threads=2,
        bounded_memory=True,
    ),
    Contender(
        ENGINE_RANDOM,
        Way.BELIEFS,
        gives_intervals=True,
        note="plain pseudo-random draws in place of the net",
        prepare=_prepare("random", 1),
        bounded_memory=True,
    ),
)
