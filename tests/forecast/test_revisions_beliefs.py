"""What is told of a changed prior: its means, its spread, and what a hazard states."""

from collections.abc import Mapping

import pytest

from tests.forecast.revised_documents import (
    BASE,
    SIGNING,
    TALKS,
    the_only_change,
)
from tests.strategies import (
    beta,
    by_state,
    changed,
    dirichlet,
    fixed,
    gamma_hazard,
)


def _belief(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """Return the words for a change of one prior over deal and collapse, or of a hazard whose event is deal."""
    first, second = ({**BASE["nodes"], "signing": {**SIGNING, "prior": prior}} for prior in (before, after))
    undated = {"talks": {**TALKS, "branches": {"agree": "signing", "fail": None}}}
    older, newer = (changed(BASE, nodes={**nodes, **undated}, questions={}) for nodes in (first, second))
    change = the_only_change(older, newer)
    assert (change.pointer, change.kind, change.subject) == ("/nodes/signing/prior", "changed", "prior of node signing")
    assert (change.before is not None, change.after is not None) == (True, True)
    return change.words.removeprefix("prior of node signing: ")


def _panel(**experts: object) -> dict[str, object]:
    return {"family": "panel", "experts": experts}


def _rates(**per_year: float) -> dict[str, object]:
    states = {name: {"family": "fixed", "per_year": rate} for name, rate in per_year.items()}
    return {**HAZARD, "rate": {"family": "by_state", "driver": "mood", "states": states}}


CONDITIONAL = {"family": "conditional", "order": ["deal", "collapse"], "a": {"deal": 3.0}, "b": {"deal": 1.0}}
QUARTILES = {"family": "quantiles", "branches": {"deal": {0.25: 0.25, 0.75: 0.75}}}
HAZARD = gamma_hazard("deal", 1.5, 5.0)
WINDOW = {"from": "2026-03-01", "to": "2026-03-31", "multiplier": 8.0}

BELIEFS: dict[str, tuple[Mapping[str, object], Mapping[str, object], str]] = {
    "fixed": (fixed(deal=0.2, collapse=0.8), fixed(deal=0.25, collapse=0.75), "deal 20 % → 25 %, collapse 80 % → 75 %"),
    "dirichlet": (
        dirichlet(deal=6, collapse=6),
        dirichlet(deal=8, collapse=12),
        "deal 50 % → 40 %, collapse 50 % → 60 %; equivalent sample size 12 → 20",
    ),
    "spread only": (
        dirichlet(deal=6, collapse=6),
        dirichlet(deal=10, collapse=10),
        "only the spread changed, equivalent sample size 12 → 20",
    ),
    "same numbers in another parametrisation": (
        dirichlet(deal=6, collapse=18),
        {"family": "dirichlet", "mean": {"deal": 0.25, "collapse": 0.75}, "equivalent_sample_size": 24.0},
        "stated otherwise, the same figures to the digits shown",
    ),
    "certain": (
        fixed(deal=0.0, collapse=1.0),
        beta("deal", 1, 1),
        "family fixed → beta; deal 0 % → 50 %, collapse 100 % → 50 %; equivalent sample size unlimited → 2",
    ),
    # A Beta that is symmetric and has its quartiles at 1/4 and 3/4 is the uniform one: Beta(1, 1).
    "quantiles": (
        beta("deal", 3, 1),
        QUARTILES,
        "family beta → quantiles; deal 75 % → 50 %, collapse 25 % → 50 %; equivalent sample size 4 → 2",
    ),
    # sd of Beta(3, 1) is √(3/80), of Beta(15, 5) √(75/8400).
    "conditional": (
        CONDITIONAL,
        {**CONDITIONAL, "a": {"deal": 15.0}, "b": {"deal": 5.0}},
        "only the spread changed, sd of deal 19.4 % → 9.45 %, of collapse 19.4 % → 9.45 %",
    ),
    "panel": (
        _panel(ann=beta("deal", 2, 8), bo=beta("deal", 3, 3)),
        _panel(ann=beta("deal", 3, 7), bo=beta("deal", 6, 6)) | {"pool": "log_pool"},
        "pool mixture → log_pool; expert ann: deal 20 % → 30 %, collapse 80 % → 70 %; "
        "equivalent sample size for expert bo 6 → 12",
    ),
    "by_state": (
        by_state("mood", good=beta("deal", 2, 8), bad=fixed(deal=0.5, collapse=0.5)),
        by_state("mood", good=beta("deal", 2, 18), bad=fixed(deal=0.5, collapse=0.5)),
        "state good: deal 20 % → 10 %, collapse 80 % → 90 %; equivalent sample size for state good 10 → 20",
    ),
    "panel instead of one prior": (
        fixed(deal=0.2, collapse=0.8),
        _panel(ann=fixed(deal=0.2, collapse=0.8), bo=beta("deal", 3, 3)),
        "single prior (family fixed; deal 20 %, collapse 80 %; equivalent sample size unlimited) → "
        "panel (pool mixture; expert ann: deal 20 %, collapse 80 %; expert bo: deal 50 %, collapse 50 %; "
        "equivalent sample size for expert ann unlimited, for expert bo 6)",
    ),
    "hazard": (
        HAZARD,
        gamma_hazard("deal", 2.5, 5.0, never=0.1, windows=[WINDOW]),
        "rate shape 1.5 → 2.5; never 0 → 0.1; window 2026-03-01–2026-03-31 × 8 added",
    ),
    "hazard's window": (
        {**HAZARD, "windows": [WINDOW]},
        {**HAZARD, "windows": [{**WINDOW, "multiplier": 0.0}]},
        "window 2026-03-01–2026-03-31 × 8 → × 0",
    ),
    "hazard by another law": (
        HAZARD,
        HAZARD | {"rate": {"family": "by_date", "by": "2026-12-31", "p": 0.3}},
        "rate family gamma → by_date, by 2026-12-31 added, p 0.3 added, shape 1.5 dropped, rate_years 5 dropped",
    ),
    "hazard by state": (
        _rates(good=0.5, bad=0.1),
        _rates(good=0.6, bad=0.1),
        "rate for state good: per_year 0.5 → 0.6",
    ),
    "hazard instead of one prior": (
        beta("deal", 1, 3),
        HAZARD,
        "single prior (family beta; deal 25 %, collapse 75 %; equivalent sample size 4) → "
        "hazard (event deal; rate family gamma, shape 1.5, rate_years 5; never 0)",
    ),
}


@pytest.mark.parametrize("name", BELIEFS)
def test_a_changed_prior_is_one_change_told_by_its_means_and_spread(name: str) -> None:
    before, after, words = BELIEFS[name]
    assert _belief(before, after) == words
