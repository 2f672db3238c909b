"""What changed between two versions of a scenario: each thing once, at its place, in words that hold without it."""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.revisions import Change, revisions
from forecast.scenario import parse_scenario
from tests.forecast.revised_documents import (
    BASE,
    DOCUMENTS,
    EXACTLY_ZERO,
    LONG,
    SCENARIOS,
    SEEDS,
    restated,
    revised,
    the_only_change,
    with_value,
)
from tests.strategies import (
    Document,
    beta,
    changed,
    dirichlet,
    document,
    fixed,
    node,
    ratio_entry,
)


class _Case(NamedTuple):
    pointer: str
    value: object
    words: str


SCALARS_AND_LISTS = [
    _Case("/scenario", "trial", "name of the scenario: test → trial"),
    _Case("/title", "A new title", "title of the scenario: Test → “A new title”"),
    _Case("/as_of", "2025-12-31", "as_of: 2026-01-01 → 2025-12-31"),
    _Case("/horizon", "2027-06-30", "horizon: 2027-01-01 → 2027-06-30"),
    _Case("/checkpoints", ["2026-06-30"], "checkpoints: 2026-09-30 dropped"),
    _Case("/nodes/talks/author", "desk B", "author of node talks: “desk A” → “desk B”"),
    _Case("/nodes/talks/rationale", LONG + LONG, "rationale of node talks was rewritten"),
    _Case("/nodes/talks/loadings/wind", {"agree": 0.35}, "loadings of node talks on driver wind: agree 0.2 → 0.35"),
    _Case(
        "/nodes/talks/branches/agree/lag",
        {"family": "gamma", "shape": 2.0, "rate": 1.0},
        "lag of branch agree of node talks: rate 4 → 1; mean 0.5 → 2; sd 0.3536 → 1.414",
    ),
    _Case("/drivers/wind/signals", ["Exports", "Wages"], "signals of driver wind: Wages added, Prices dropped"),
    _Case("/drivers/tide/correlation", {"wind": 0.5}, "correlation of driver tide: wind 0.3 → 0.5"),
    _Case(
        "/drivers/mood/states", {"good": 0.25, "bad": 0.75}, "states of driver mood: good 40 % → 25 %, bad 60 % → 75 %"
    ),
    _Case("/experts", {"ann": 0.6, "bo": 0.4}, "experts' weights: ann 50 % → 60 %, bo 50 % → 40 %"),
    _Case(
        "/attributes/crisis/by_branch/deal",
        beta("yes", 3, 17),
        "prior of attribute crisis on branch deal: yes 5 % → 15 %",
    ),
    _Case(
        "/attributes/crisis/default",
        beta("yes", 1, 99),
        "default of attribute crisis: never → single prior (family beta; yes 1 %; equivalent sample size 100)",
    ),
    _Case(
        "/quantities/troops/default",
        {"family": "uniform", "low": 0.0, "high": 12.0},
        "default of quantity troops: high 10 → 12; mean 5 → 6; sd 2.887 → 3.464",
    ),
    _Case(
        "/quantities/troops",
        {"unit": "soldiers", "power": ["guns", 2.0]},
        "quantity troops: values by branch (unit soldiers) → power (power [guns, 2]; unit soldiers)",
    ),
    _Case(
        "/quantities/guns/default",
        {"family": "mixture", "parts": [{"weight": 0.5, "of": {"family": "fixed", "value": v}} for v in (4.0, 8.0)]},
        "default of quantity guns: family fixed → mixture, parts added, value 3 dropped; mean 3 → 6; sd 0 → 2",
    ),
    _Case(
        "/quantities/losses/default",
        {"attribute": "crisis", "yes": {"family": "normal", "mean": 9.0, "sd": 2.0}, "no": EXACTLY_ZERO},
        "default of quantity losses: where crisis is yes: mean 7 → 9",
    ),
    _Case("/quantities/area/power", ["troops", 3.0], "power of quantity area: [troops, 2] → [troops, 3]"),
    _Case("/groups/no_deal", ["fail"], "group no_deal: collapse dropped"),
    _Case("/groups/calm", {"not": "deal"}, "group calm: not deal added, not attribute crisis dropped"),
    _Case("/chain", ["agree", "collapse"], "chain: [agree, deal] → [agree, collapse]"),
    _Case(
        "/questions/q1/event",
        {"branch": "deal", "by": "2026-12-31"},
        "event of question q1: by 2026-06-30 → 2026-12-31",
    ),
    _Case(
        "/questions/q1",
        {"type": "numeric", "text": "How many?", "resolution": "As reported.", "quantity": "troops"},
        "question q1: binary (“Is it signed?”) → numeric (“How many?”)",
    ),
    _Case("/questions/q2/options/deal", "agree", "option of question q2: deal: deal → agree"),
    _Case("/evidence/visit/status", "accepted", "status of evidence entry visit: proposed → accepted"),
    _Case(
        "/evidence/visit/likelihood_ratio", {"agree": 2.0}, "likelihood ratio of evidence entry visit: agree 1.5 → 2"
    ),
    _Case(
        "/evidence/visit",
        {"date": "2026-01-01", "what": "news", "observed": {"branch": "agree", "on": "2026-01-01"}},
        "evidence entry visit: likelihood ratio (2026-01-01; likelihood ratio agree 1.5; status proposed) → "
        "observation (2026-01-01; observation branch agree, on 2026-01-01; status accepted)",
    ),
    _Case(
        "/definitions/deal",
        "A text that both have signed.",
        "definition of deal: “A signed text.” → “A text that both have signed.”",
    ),
]


@pytest.mark.parametrize("case", SCALARS_AND_LISTS, ids=lambda case: case.pointer)
def test_each_part_tells_its_change_in_words(case: _Case) -> None:
    change = restated(case.pointer, case.value)
    assert (change.pointer, change.kind, change.words) == (case.pointer, "changed", case.words)


def test_a_change_holds_what_each_version_states_in_full() -> None:
    change = restated("/nodes/talks/rationale", LONG + LONG)
    assert (change.subject, change.before, change.after) == ("rationale of node talks", LONG, LONG + LONG)


ADDED = [
    _Case("/description", "About talks.", "description of the scenario was added (“About talks.”)"),
    _Case("/root", "talks", "root was added (talks)"),
    _Case("/nodes/signing/source", LONG, "source of node signing was added"),
    _Case("/nodes/signing/exhaustive", LONG, "claim of exhaustiveness of node signing was added"),
    _Case("/nodes/signing/analogues", 4, "analogues of node signing were added (4)"),
    _Case("/drivers/rain", {"title": "Heavy rain"}, "driver rain was added (“Heavy rain”)"),
    _Case(
        "/quantities/men",
        {"unit": "men", "sum": ["troops", "guns"]},
        "quantity men was added (sum [troops, guns]; unit men)",
    ),
    _Case("/groups/deals", ["deal"], "group deals was added (deal)"),
    _Case(
        "/evidence/leak",
        ratio_entry({"deal": 0.5}, date(2026, 2, 1)),
        "evidence entry leak was added (2026-02-01; likelihood ratio deal 0.5; status accepted)",
    ),
    _Case("/definitions/agree", "A handshake.", "definition of agree was added (“A handshake.”)"),
]


@pytest.mark.parametrize("case", ADDED, ids=lambda case: case.pointer)
def test_what_one_version_alone_states_was_added_or_removed(case: _Case) -> None:
    larger = with_value(BASE, tuple(case.pointer.split("/")[1:]), case.value)
    added, removed = the_only_change(BASE, larger), the_only_change(larger, BASE)
    assert (added.pointer, added.kind, added.words, added.before) == (case.pointer, "added", case.words, None)
    assert (removed.pointer, removed.kind, removed.after) == (case.pointer, "removed", None)
    assert removed.words == case.words.replace(" added", " removed")
    assert removed.before == added.after is not None


def test_a_new_node_is_one_change_and_the_branch_that_leads_to_it_another() -> None:
    longer = with_value(BASE, ("nodes", "signing", "branches", "deal"), "keeping")
    longer["nodes"]["keeping"] = node(["kept", "broken"], fixed(kept=0.25, broken=0.75))
    longer["groups"], longer["headline"], longer["chain"] = BASE["groups"], {}, []
    shorter = changed(BASE, headline={}, chain=[])
    target, added = revised(shorter, longer)
    assert (target.pointer, target.kind) == ("/nodes/signing/branches/deal", "changed")
    assert target.words == "target of branch deal of node signing: outcome deal → node keeping"
    assert (target.before, target.after) == ({}, {"to": "keeping"})
    assert (added.pointer, added.kind) == ("/nodes/keeping", "added")
    assert added.words == (
        "node keeping was added (family fixed; kept 25 %, broken 75 %; equivalent sample size unlimited)"
    )
    assert [change.kind for change in revised(longer, shorter)] == ["changed", "removed"]


def test_a_new_branch_comes_with_the_prior_that_names_it() -> None:
    after = with_value(
        BASE, ("nodes", "signing"), node(["deal", "collapse", "delay"], dirichlet(deal=6, collapse=3, delay=3))
    )
    after["headline"]["none"] = ["fail", "collapse", "delay"]
    branch, prior, headline = revised(BASE, after)
    assert branch.words == "branch delay of node signing was added (outcome delay)"
    assert prior.words == "prior of node signing: deal 58.3 % → 50 %, collapse 41.7 % → 25 %, delay 25 % added"
    assert headline.words == "headline entry none: delay added"


def test_what_was_removed_comes_last() -> None:
    after = with_value(BASE, ("nodes", "talks", "author"), None)
    after["definitions"] = {"fail": "No text."}
    after["title"] = "Trial"
    found = [(change.pointer, change.kind) for change in revised(BASE, after)]
    assert found == [
        ("/title", "changed"),
        ("/definitions/fail", "added"),
        ("/definitions/deal", "removed"),
        ("/nodes/talks/author", "removed"),
    ]


def test_a_long_list_of_figures_is_cut_and_says_so() -> None:
    """Of fifteen means, 1/15 each, fourteen move: b7 stays at 8/120."""
    names = [f"b{i}" for i in range(15)]
    many = document({"n": node(names, dirichlet(**dict.fromkeys(names, 1.0)))})
    more = document({"n": node(names, dirichlet(**{name: 1.0 + i for i, name in enumerate(names)}))})
    words = the_only_change(many, more).words
    assert words.startswith("prior of node n: b0 6.67 % → 0.83 %, b1 6.67 % → 1.67 %, ")
    assert words.endswith(", b12 6.67 % → 10.8 % and 2 more; equivalent sample size 15 → 120")


def test_another_order_of_a_list_is_told_as_such() -> None:
    change = restated("/headline/none", ["collapse", "fail"])
    assert change.words == "headline entry none: stated otherwise, the same entries in another order"


def test_pointers_are_escaped_as_rfc_6901_has_it() -> None:
    after = with_value(BASE, ("questions", "q2", "options", "none / ~"), "fail")
    assert the_only_change(BASE, after).pointer == "/questions/q2/options/none ~1 ~0"


def test_a_change_is_plain_json() -> None:
    """Days become text, and so do the levels of quantiles."""
    quartiles = {"family": "quantiles", "branches": {"deal": {0.25: 0.25, 0.75: 0.75}}}
    after = with_value(BASE, ("nodes", "signing", "prior"), quartiles)
    after["as_of"] = date(2025, 12, 31)
    day, prior = revised(BASE, after)
    assert (day.before, day.after) == ("2026-01-01", "2025-12-31")
    assert prior.after == {"family": "quantiles", "branches": {"deal": {"0.25": 0.25, "0.75": 0.75}}}
    assert Change.model_validate_json(prior.model_dump_json()) == prior


def _reordered(data: object, luck: Random) -> Any:  # noqa: ANN401 - whatever plain data came in
    if isinstance(data, Mapping):
        keys = luck.sample(list(data), len(data))
        return {key: _reordered(data[key], luck) for key in keys}
    return [_reordered(item, luck) for item in data] if isinstance(data, list) else data


@given(st.sampled_from(list(SCENARIOS)), SEEDS)
def test_the_order_of_keys_is_no_change(name: str, seed: int) -> None:
    shuffled = parse_scenario(_reordered(DOCUMENTS[name], Random(seed)))
    assert shuffled.digest == SCENARIOS[name].digest
    assert revisions(SCENARIOS[name], shuffled) == ()


class _Edit(NamedTuple):
    pointer: tuple[str, ...]
    value: object
    """None takes the value out."""
    kind: str


def _edits(original: Document) -> list[_Edit]:
    """Return edits of every section after each of which the document is still a scenario."""
    found = [
        _Edit(("title",), "Another title", "changed"),
        _Edit(("definitions", "something_new"), LONG, "added"),
        _Edit(("groups", "something_new"), [next(iter(parse_scenario(original).tree.outcomes))], "added"),
    ]
    for name, entry in original["nodes"].items():
        at = ("nodes", name)
        found += [
            _Edit((*at, "rationale"), LONG, "changed" if "rationale" in entry else "added"),
            _Edit((*at, "exhaustive"), None, "removed"),
            _Edit((*at, "author"), "desk B", "added"),
        ]
        if entry["prior"]["family"] == "hazard":
            found.append(_Edit((*at, "prior", "rate"), {"family": "fixed", "per_year": 0.07}, "changed"))
        else:
            alpha = {branch: 1.0 + i for i, branch in enumerate(entry["branches"])}
            found.append(_Edit((*at, "prior"), dirichlet(**alpha), "changed"))
        found += [_Edit((*at, "loadings", driver), None, "removed") for driver in entry.get("loadings", {})]
    for section in ("questions", "evidence"):
        for name, entry in original.get(section, {}).items():
            found += [
                _Edit((section, name), None, "removed"),
                _Edit((section, name, "source"), "Hearsay", "changed"),
                _Edit((section, f"{name}-again"), entry, "added"),
            ]
    for name, entry in original.get("attributes", {}).items():
        by_branch = entry.get("by_branch", {})
        found += [_Edit(("attributes", name, "by_branch", at), beta("yes", 3, 5), "changed") for at in by_branch]
    for name, entry in original.get("quantities", {}).items():
        found.append(_Edit(("quantities", name, "unit"), "apples", "changed"))
        by_branch = entry.get("by_branch", {})
        exact = {"family": "fixed", "value": 7.5}
        found += [_Edit(("quantities", name, "by_branch", at), exact, "changed") for at in by_branch]
    for name in original.get("drivers", {}):
        found.append(_Edit(("drivers", name, "signals"), ["Something else"], "changed"))
    return found


EDITS = {name: _edits(original) for name, original in DOCUMENTS.items()}


@given(st.sampled_from([(name, edit) for name, edits in EDITS.items() for edit in edits]), SEEDS)
def test_one_edit_is_found_at_its_place_and_nothing_else(case: tuple[str, _Edit], seed: int) -> None:
    """Whatever else the document says, in whatever order; and the way back is the same change turned round."""
    name, edit = case
    edited = parse_scenario(_reordered(with_value(DOCUMENTS[name], edit.pointer, edit.value), Random(seed)))
    (change,) = revisions(SCENARIOS[name], edited)
    place = edit.pointer[:3] if edit.pointer[-2:] == ("prior", "rate") else edit.pointer
    assert (change.pointer, change.kind) == ("/" + "/".join(place), edit.kind)
    (back,) = revisions(edited, SCENARIOS[name])
    assert (back.pointer, back.before, back.after) == (change.pointer, change.after, change.before)
    assert back.kind == {"added": "removed", "removed": "added", "changed": "changed"}[edit.kind]


@given(st.data())
def test_several_edits_are_all_found(choice: st.DataObject) -> None:
    name = choice.draw(st.sampled_from(list(EDITS)))
    edits = choice.draw(
        st.lists(st.sampled_from(EDITS[name]), min_size=2, max_size=4, unique_by=lambda edit: edit.pointer[:2])
    )
    edited = DOCUMENTS[name]
    for edit in edits:
        edited = with_value(edited, edit.pointer, edit.value)
    found = revisions(SCENARIOS[name], parse_scenario(edited))
    assert sorted(change.kind for change in found) == sorted(edit.kind for edit in edits)
    assert len({change.pointer for change in found}) == len(edits)
