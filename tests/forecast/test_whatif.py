"""A what-if: its forecasts are those of runs, and its differences are off by what they say, no more and no less."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from forecast.comparison import Move, figures
from forecast.documents import read_scenario
from forecast.errors import EvidenceError, RunError
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings
from forecast.whatif import WhatIf, what_if
from tests.strategies import FEW_DRAWS, Document, beta, changed, document, fixed, node, ratio_entry

PRIORS = Path(__file__).parents[2] / "priors"

SEEDS = range(40)
MOVED = 1e-4
"""How far a driver may move a stated probability."""


def _what_if(
    base: Document, alternative: Document, base_settings: RunSettings, alternative_settings: RunSettings
) -> WhatIf:
    return what_if(parse_scenario(base), base_settings, parse_scenario(alternative), alternative_settings)


def _moves(found: WhatIf) -> dict[str, Move]:
    return {move.place: move for move in found.comparison.moves}


def _settings(seed: int = 7, **asked: tuple[str, ...]) -> RunSettings:
    return RunSettings(draws=FEW_DRAWS, seed=seed, **asked)  # type: ignore[arg-type]


def _talks(agree: float, fail: float, **parts: object) -> Document:
    """Talks, then a signing that succeeds in half of the histories that get there; each loads on what ``parts`` say."""
    return document(
        {
            "talks": node({"agree": "signing", "fail": None}, beta("agree", agree, fail), **_loading("agree", parts)),
            "signing": node(["deal", "collapse"], beta("deal", 3, 3), **_loading("deal", parts)),
        },
        groups={"agreed": ["agree"]},
        **parts,
    )


def _loading(branch: str, parts: Mapping[str, object]) -> dict[str, object]:
    return {"loadings": {"wind": {branch: 0.8}}} if "drivers" in parts else {}


DRIVER: dict[str, object] = {"drivers": {"wind": {}}}
DRIVEN_PARTS: dict[str, object] = DRIVER | {
    "evidence": {"leak": ratio_entry({"deal": 3.0})},
    "quantities": {
        "troops": {
            "unit": "soldiers",
            "default": {"family": "normal", "mean": 100.0, "sd": 10.0},
            "by_branch": {"deal": {"family": "normal", "mean": 50.0, "sd": 10.0}},
        }
    },
    "questions": {
        name: {
            "type": "conditional",
            "text": "A deal, if?",
            "given": given,
            "event": "deal",
            "resolution": "As reported.",
            "source": "the press",
        }
        for name, given in (("agreed", "agree"), ("cut", {"quantity": "troops", "at_most": 80.0}))
    },
}
DOUBTFUL, HOPEFUL = _talks(2, 6, **DRIVEN_PARTS), _talks(2.4, 5.6, **DRIVEN_PARTS)
DEEPER = changed(
    HOPEFUL,
    nodes={
        **HOPEFUL["nodes"],
        "signing": {**HOPEFUL["nodes"]["signing"], "branches": {"deal": "ratification", "collapse": None}},
        "ratification": node(["ratified", "rejected"], beta("ratified", 2, 2)),
    },
)

Case = Callable[[int], WhatIf]

CASES: dict[str, Case] = {
    "another prior": lambda seed: _what_if(DOUBTFUL, HOPEFUL, _settings(seed), _settings(seed)),
    "another tree": lambda seed: _what_if(DOUBTFUL, DEEPER, _settings(seed), _settings(seed)),
    "another seed": lambda seed: _what_if(DOUBTFUL, HOPEFUL, _settings(seed), _settings(1_000 + seed)),
    "an intervention": lambda seed: _what_if(DOUBTFUL, DOUBTFUL, _settings(seed), _settings(seed, do=("deal",))),
}
SAMPLED = ("outcomes.fail", "quantities.troops", "questions.agreed.if_true", "questions.cut.if_true")
"""A probability exact in each draw, a number over worlds, and a ratio of each kind."""


@pytest.fixture(scope="module", params=CASES)
def replicates(request: pytest.FixtureRequest) -> tuple[str, list[dict[str, Move]]]:
    """The name of a case and its moves, once per seed."""
    return request.param, [_moves(CASES[request.param](seed)) for seed in SEEDS]


def test_an_exact_difference_is_the_closed_form() -> None:
    """Talks agree with 1/4, then 1/2, and a deal follows in half of them; nothing of it is sampled."""
    moves = _moves(_what_if(_talks(2, 6), _talks(4, 4), _settings(), _settings()))
    for place, difference in {"outcomes.fail": -0.25, "outcomes.deal": 0.125, "groups.agreed": 0.25}.items():
        assert moves[place].difference == pytest.approx(difference, rel=0, abs=1e-12)
        assert (moves[place].mc_error, moves[place].method) == (0.0, "exact")


@pytest.mark.parametrize("place", SAMPLED)
def test_the_error_is_the_spread_of_the_difference(replicates: tuple[str, list[dict[str, Move]]], place: str) -> None:
    """Over 40 seeds, within 4 of its own MC errors: 1/√(2·39) of a spread, and 1/√(2·15·40) of the estimate.

    Draws are shared with another prior, in part with another tree, and not at all with another seed.
    """
    moves = [each[place] for each in replicates[1]]
    assert {move.method for move in moves} == {"paired blocks"}
    spread = float(np.std([move.difference for move in moves], ddof=1))
    stated = math.sqrt(np.mean([move.mc_error**2 for move in moves]))
    own_error = math.sqrt(1 / (2 * 39) + 1 / (2 * 15 * 40))
    assert abs(math.log(stated / spread)) < 4 * own_error


def test_shared_draws_make_it_several_times_smaller_than_both_errors_together(
    replicates: tuple[str, list[dict[str, Move]]],
) -> None:
    case, found = replicates
    gains = {
        place: sum(m[place].before.mc_error + m[place].after.mc_error for m in found)
        / sum(m[place].mc_error for m in found)
        for place in SAMPLED
    }
    assert min(gains.values()) >= 1.0
    if case == "another prior":
        assert gains["outcomes.fail"] > 6.0
        assert gains["questions.agreed.if_true"] > 6.0
        assert min(gains.values()) > 2.0


def test_a_sampled_difference_is_right(replicates: tuple[str, list[dict[str, Move]]]) -> None:
    """Where a deal counts three times, failure has 6/(6 + 3·1 + 1) = 3/5, then 7/(7 + 3·1.5 + 1.5) = 7/13.

    What is known of a deal that is forced says nothing: failure is back at the stated 3/4. The mean over 40
    seeds, within 4 of its MC errors and what a driver may move.
    """
    case, found = replicates
    truth = (3 / 4 if case == "an intervention" else 7 / 13) - 3 / 5
    differences = np.array([each["outcomes.fail"].difference for each in found])
    off = 4 * float(differences.std(ddof=1)) / math.sqrt(len(SEEDS))
    assert float(differences.mean()) == pytest.approx(truth, rel=0, abs=off + MOVED)


def test_what_only_one_tree_has_is_named() -> None:
    found = CASES["another tree"](7).comparison
    assert set(found.only_before) == {"outcomes.deal"}
    assert set(found.only_after) == {"outcomes.ratified", "outcomes.rejected"}


def test_to_assume_and_to_do_differ() -> None:
    """Learning of an agreement, a deal follows in the stated half; an agreement by force comes in worse winds."""
    talks = _talks(2, 6, **DRIVER)
    assumed = _moves(_what_if(talks, talks, _settings(), _settings(assume=("agree",))))["outcomes.deal"]
    forced = _moves(_what_if(talks, talks, _settings(), _settings(do=("agree",))))["outcomes.deal"]
    assert assumed.difference == pytest.approx(1 / 2 - 1 / 8, rel=0, abs=5 * assumed.mc_error + MOVED)
    assert forced.difference + 5 * forced.mc_error < assumed.difference - 5 * assumed.mc_error


def test_an_intervention_moves_nothing_upstream() -> None:
    """Not by a bit: without a closed form too, the draws are the same."""
    talks = _talks(2, 6, **DRIVER, evidence={"smiles": ratio_entry({"agree": 2.0})})
    move = _moves(_what_if(talks, talks, _settings(), _settings(do=("deal",))))["groups.agreed"]
    assert (move.method, move.difference, move.mc_error) == ("paired blocks", 0.0, 0.0)


@pytest.mark.parametrize("path", sorted(PRIORS.glob("*.yaml")), ids=lambda path: path.stem)
def test_nothing_moves_where_nothing_differs(path: Path) -> None:
    """Every figure of every scenario has its difference, which is 0 and known to be."""
    scenario = read_scenario(path.read_text(encoding="utf-8"))
    found = what_if(scenario, _settings(), scenario, _settings())
    assert set(_moves(found)) == set(figures(found.base))
    for move in found.comparison.moves:
        assert (move.difference, move.mc_error) == (0.0, 0.0)
        assert move.method in ("exact", "paired blocks")


def test_each_forecast_is_that_of_a_run() -> None:
    """To the last bit, and the comparison is of these two."""
    found = CASES["another prior"](7)
    for forecast, described in ((found.base, DOUBTFUL), (found.alternative, HOPEFUL)):
        assert forecast.digest == run(parse_scenario(described), _settings()).digest
    assert (found.comparison.before, found.comparison.after) == (found.base.digest, found.alternative.digest)


def test_the_side_with_fewer_draws_takes_as_many_as_the_other() -> None:
    """Weights make the alternative double its draws; both are then runs of that many, with the same blocks."""
    talks, asked = parse_scenario(_talks(2, 6, **DRIVER)), RunSettings(draws=1_024, seed=7)
    learned = RunSettings(draws=1_024, seed=7, assume=("deal",))
    doubled = run(talks, learned).sampling.draws
    assert doubled > 1_024
    found = what_if(talks, asked, talks, learned)
    assert found.base.digest == run(talks, RunSettings(draws=doubled, seed=7)).digest
    assert found.alternative.digest == run(talks, RunSettings(draws=doubled, seed=7, assume=("deal",))).digest
    shapes = [(each.sampling.blocks, each.sampling.block_size) for each in (found.base, found.alternative)]
    assert shapes[0] == shapes[1]


def test_progress_hears_of_one_run_after_the_other() -> None:
    heard: list[tuple[int, int]] = []
    scenario = parse_scenario(_talks(2, 6))
    what_if(scenario, _settings(), scenario, _settings(do=("agree",)), progress=lambda *at: heard.append(at))
    assert heard == [(FEW_DRAWS, FEW_DRAWS)] * 2


def test_a_condition_that_one_side_rules_out_has_no_difference() -> None:
    found = CASES["an intervention"](7), _what_if(DOUBTFUL, DOUBTFUL, _settings(), _settings(assume=("agree",)))
    assert "questions.agreed.if_false" in _moves(found[0])
    assert found[1].comparison.only_before == ("questions.agreed.if_false",)


@pytest.mark.parametrize(("side", "assumed"), [("base", (("{}",), ())), ("alternative", ((), ("{}",)))])
def test_an_error_says_which_side_it_is_about(side: str, assumed: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    """A branch that is not there is found before any draw; one that the prior rules out, after all of them."""

    def ask(branch: str) -> None:
        base, alternative = (_settings(assume=tuple(each.format(branch) for each in said)) for said in assumed)
        _what_if(certain, certain, base, alternative)

    certain = document({"talks": node(["deal", "no_deal"], fixed(deal=0.0, no_deal=1.0))})
    with pytest.raises(RunError) as refused:
        ask("war")
    assert refused.value.pointer[0] == side
    with pytest.raises(EvidenceError, match=f"^{side}: what is known has probability 0"):
        ask("deal")
