"""The same result bit for bit: whatever the order of keys, the threads, or the blocks computed together."""

import math
from datetime import date
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecast.numerics.nets import Batch, SamplerName
from tests.strategies import (
    ONE_NODE,
    Document,
    beta,
    changed,
    dirichlet,
    document,
    draws_of,
    driven_trees,
    forecast_of,
    full_tree,
    ledgers,
    modelled,
    node,
)

SAMPLERS: tuple[SamplerName, ...] = ("sobol", "random")


def _shuffled(value: object, random: Random) -> object:
    """The same document with the keys of every map in another order."""
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: _shuffled(value[key], random) for key in keys}
    return [_shuffled(item, random) for item in value] if isinstance(value, list) else value


@settings(max_examples=20)
@given(driven_trees(states=True), st.randoms(use_true_random=False), st.data())
def test_order_of_keys_does_not_matter(described: Document, random: Random, data: st.DataObject) -> None:
    """Not a bit of the result depends on it."""
    entries = data.draw(ledgers(described))
    described = changed(described, evidence={f"e{i}": entry for i, entry in enumerate(entries)})
    shuffled = _shuffled(described, random)
    assert isinstance(shuffled, dict)
    one, other = (forecast_of(d, draws=256, as_of=date(2026, 1, 2)) for d in (described, shuffled))
    assert one.digest == other.digest
    assert one.outcomes == other.outcomes


EVERYTHING = document(
    {
        "first": node({"on": "second", "off": None}, beta("on", 2, 3), loadings={"wind": {"on": 0.4}}),
        "second": node(["x", "y", "z"], dirichlet(x=1, y=2, z=3), loadings={"wind": {"x": 0.3}}),
    },
    drivers={"wind": {}},
    attributes={"flag": {"default": beta("yes", 1, 4)}},
    quantities={"size": {"unit": "km", "default": {"family": "gamma", "shape": 2.0, "rate": 1.0}}},
)


def test_threads_do_not_change_a_bit_and_seeds_do() -> None:
    """Beliefs, worlds, quantities: the digest covers them all."""
    digests = {threads: forecast_of(EVERYTHING, draws=1 << 18, threads=threads).digest for threads in (1, 2, 7)}
    assert len(set(digests.values())) == 1
    assert forecast_of(EVERYTHING, draws=1 << 18, seed=8).digest != digests[1]


def test_draws_are_rounded_up_to_whole_blocks() -> None:
    """At least 16 blocks of a power of two; one draw asked for gives sixteen."""
    for asked, given_draws in ((1, 16), (17, 32), (1_000, 1_024), (100_000, 131_072), (1 << 20, 1 << 20)):
        sampling = forecast_of(ONE_NODE, draws=asked).sampling
        assert (sampling.draws, sampling.draws % sampling.block_size) == (given_draws, 0)
        assert sampling.blocks >= 16


@settings(max_examples=20)
@given(driven_trees(states=True))
def test_both_samplers_agree(described: Document) -> None:
    """Means within 8 of their joint MC errors."""
    sobol, random = (forecast_of(described, sampler=sampler) for sampler in SAMPLERS)
    for name, one in sobol.outcomes.items():
        other = random.outcomes[name]
        assert one.mean == pytest.approx(other.mean, rel=0, abs=8 * math.hypot(one.mc_error, other.mc_error) + 1e-7)


def test_the_net_is_the_better_sampler() -> None:
    """For the means of a small tree by far more than fifty times at the same number of draws."""
    described = full_tree(4)
    errors = [
        max(outcome.mc_error for outcome in forecast_of(described, draws=1 << 16, sampler=sampler).outcomes.values())
        for sampler in SAMPLERS
    ]
    assert 50 * errors[0] < errors[1]


@settings(max_examples=10)
@given(st.integers(2, 60))
@example(200)
def test_a_block_is_the_same_however_many_are_computed_together(nodes: int) -> None:
    """Bit for bit, so that neither threads nor memory can reach a result."""
    model = modelled(full_tree(nodes))
    inference, together = draws_of(model, blocks=4, size=128)
    alone = inference.infer(Batch(2, 1, 128))
    for whole, part in zip(together.leaves, alone.leaves, strict=True):
        assert np.array_equal(whole[256:384], part)
