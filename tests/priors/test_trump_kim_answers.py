"""What the Trump–Kim scenario reports: known means, headline, groups, chain, questions, and evidence that waits."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forecast.dates import years_between
from forecast.documents import read_scenario
from forecast.statements.hazards import GammaRate, HazardPrior
from forecast.statements.priors import BetaPrior, DirichletPrior

FILE = Path(__file__).parents[2] / "priors" / "trump-kim-2025.yaml"
TRUMP_KIM = read_scenario(FILE.read_text(encoding="utf-8"))


def _means() -> dict[str, float]:
    """Mean probability of every branch, by its name: product of prior means down its path, Lomax at the root."""
    tree = TRUMP_KIM.tree
    years = years_between(TRUMP_KIM.as_of, TRUMP_KIM.horizon)
    reached = {tree.root: 1.0}
    means: dict[str, float] = {}
    for name in tree.order:
        node = TRUMP_KIM.nodes[name]
        if isinstance(node.prior, HazardPrior):
            assert isinstance(node.prior.rate, GammaRate)
            rate = node.prior.rate
            none = (rate.rate_years / (rate.rate_years + years)) ** rate.shape
            here = {"summit": 1.0 - none, "no_summit": none}
        else:
            assert isinstance(node.prior, DirichletPrior)
            law = node.prior.sticks(tuple(node.branches))
            here = dict(zip(law.order, map(float, law.mean()), strict=True))
        for branch, mean in here.items():
            means[branch] = reached[name] * mean
            target = node.branches[branch].to
            if target is not None:
                reached[target] = means[branch]
    return means


MEANS = {
    "no_summit": 0.5074306448093178,
    "no_deal": 0.2873321238612313,
    "acceptable_deal": 0.05746642477224626,
    "bad_deal": 0.14777080655720468,
    "freeze_for_relief": 0.05910832262288187,
    "icbm_only": 0.029554161311440934,
    "peace_declaration": 0.05910832262288187,
    "full_withdrawal": 0.0011348797943593319,
}


def test_means_are_the_known_ones() -> None:
    """The closed-form means of the reference tree: Gamma(1.2, 5 years) to the horizon, then products of means."""
    means = _means()
    assert {name: means[name] for name in MEANS} == pytest.approx(MEANS, abs=1e-12)
    assert means["partial_drawdown"] + means["full_withdrawal"] == pytest.approx(0.007092998714745824, abs=1e-12)


def test_implied_deadlines_are_the_draft() -> None:
    """By the end of 2025, 2026 and 2027 and by the horizon: .153, .302, .408 and .493."""
    years = [years_between(TRUMP_KIM.as_of, day) for day in TRUMP_KIM.checkpoints]
    assert [1.0 - (5.0 / (5.0 + t)) ** 1.2 for t in years] == pytest.approx([0.153, 0.302, 0.408, 0.493], abs=5e-4)


def test_headline_is_the_draft_and_adds_up() -> None:
    tree, means = TRUMP_KIM.tree, _means()
    assert TRUMP_KIM.headline == {
        "no_summit": ("no_talks", "official_talks_only"),
        "no_deal": ("embittered_escalation", "muted"),
        "other_or_acceptable_deal": ("acceptable_deal",),
        "bad_deal_other": ("freeze_for_relief",),
        "icbm_only_deal": ("icbm_only",),
        "peace_declaration_no_drawdown": ("not_raised", "refuses", "announced_only"),
        "peace_declaration_drawdown": ("partial_drawdown", "full_withdrawal"),
    }
    outcomes = [name for branches in TRUMP_KIM.headline.values() for name in branches]
    assert sorted(outcomes) == sorted(tree.outcomes)
    assert sum(means[name] for name in outcomes) == pytest.approx(1.0, abs=1e-12)


def _outcomes(group: str) -> set[str]:
    branches = TRUMP_KIM.groups[group]
    assert isinstance(branches, tuple)
    tree = TRUMP_KIM.tree
    return {outcome for branch in branches for outcome in tree.outcomes_below(tree.resolve(branch))}


def test_groups_are_named_as_people_name_them() -> None:
    declaration = {"not_raised", "refuses", "announced_only", "partial_drawdown", "full_withdrawal"}
    bad = declaration | {"freeze_for_relief", "icbm_only"}
    expected = {
        "no_deal": {"embittered_escalation", "muted"},
        "bad_deal": bad,
        "icbm_only_deal": {"icbm_only"},
        "peace_declaration": declaration,
        "drawdown_after_declaration": {"partial_drawdown", "full_withdrawal"},
        "any_deal": bad | {"acceptable_deal"},
        "summit": bad | {"acceptable_deal", "embittered_escalation", "muted"},
    }
    assert {name: _outcomes(name) for name in expected} == expected


def test_any_troop_drawdown_takes_both_paths() -> None:
    """Its closed-form mean with an independent 10 % for other causes is .1064."""
    group: Any = TRUMP_KIM.groups["any_troop_drawdown"]
    assert group.any[:-1] == ("partial_drawdown", "full_withdrawal")
    cut = TRUMP_KIM.attributes[group.any[-1].attribute].default
    assert isinstance(cut, BetaPrior)
    law = cut.sticks(("yes", "no"))
    by_other_causes = law.mean()[law.order.index("yes")]
    means = _means()
    by_deal = means["partial_drawdown"] + means["full_withdrawal"]
    assert 1.0 - (1.0 - by_deal) * (1.0 - by_other_causes) == pytest.approx(0.10638369884327124, abs=1e-12)


def test_chain_is_the_article_told_to_its_end() -> None:
    assert TRUMP_KIM.chain == ("summit", "bad_deal", "peace_declaration", "raised", "agrees", "partial_drawdown")


QUESTIONS = {
    "meet-before-2027": "binary",
    "next-meeting-date": "date",
    "diplomacy-end-2027": "multiple_choice",
    "deal-before-2028": "binary",
    "end-of-war-declaration": "binary",
    "troops-end-2026": "numeric",
    "troops-at-most-26500": "binary",
    "missiles-2026": "numeric",
    "icbm-before-2027": "binary",
    "seventh-nuclear-test": "binary",
    "sanctions-relief-before-2028": "binary",
    "deal-within-a-year-if-they-meet": "conditional",
    "denuclearisation-dropped-before-2028": "binary",
    "deaths-deadliest-incident": "numeric",
}


def test_all_fourteen_questions_are_asked() -> None:
    assert {name: question.type for name, question in TRUMP_KIM.questions.items()} == QUESTIONS
    assert all(question.unit for question in TRUMP_KIM.questions.values() if question.type in ("numeric", "date"))


RATIOS = {
    date(2025, 8, 25): ({"summit": 1.3}, date(2026, 8, 25)),
    date(2025, 9, 22): ({"summit": 1.4}, date(2026, 9, 22)),
    date(2025, 10, 29): ({"summit": 0.6}, date(2026, 10, 29)),
    date(2025, 12, 18): ({"full_withdrawal": 0.6, "partial_drawdown": 0.6, "unilateral_troop_cut": 0.6}, None),
    date(2026, 5, 15): ({"summit": 0.7}, date(2027, 5, 15)),
    date(2026, 8, 20): ({"summit": 2.5}, date(2026, 12, 31)),
}


def test_evidence_is_the_draft_and_only_proposed() -> None:
    """No ratio acts until somebody accepts it; each one's window runs from its own day."""
    entries = TRUMP_KIM.evidence.values()
    assert all(
        entry.status == "proposed" and entry.author == "draft" and entry.source and entry.why for entry in entries
    )
    found = {e.date: (e.likelihood_ratio, e.window.end if e.window is not None else None) for e in entries}
    assert found == RATIOS
    assert all(entry.window.start == entry.date for entry in entries if entry.window is not None)
