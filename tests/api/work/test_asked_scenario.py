"""The scenario a request speaks of: found, changed, checked as a whole, its faults located in the request."""

import difflib
import gc
import json
import weakref
from collections.abc import Mapping
from typing import Any

import pytest

from api.errors import RequestRefusedError
from api.store import scenarios
from api.store.database import Database
from api.store.documents import document_text
from api.store.scenarios import Draft
from api.suggestions import MOST_HINTS
from api.work.asked_scenario import AskedScenarios, in_request
from api.work.kept import Kept
from api.work.scenario_files import ScenarioFile
from api.work.stored_scenarios import KEPT_BYTES, StoredScenarios
from forecast import spelling
from forecast.documents import scenario_to_yaml
from forecast.errors import MAX_FAULTS, RunError, ScenarioError
from forecast.scenario import Scenario, parse_scenario

KOREA = "trump-kim-2025"
DIRICHLET = {"family": "dirichlet", "alpha": {"opens": 2.0, "stays_closed": 3.0}}


@pytest.fixture
def database_address(sqlite_address: str) -> str:
    """Run on one kind of database: what is asked of it here is asked of both in the tests of the store."""
    return sqlite_address


def _asked(database: Database, kept: Kept[str, Scenario]) -> AskedScenarios:
    return AskedScenarios(database, StoredScenarios(kept), kept)


@pytest.fixture
def asked(database: Database) -> AskedScenarios:
    return _asked(database, Kept(KEPT_BYTES))


@pytest.fixture
def document(packaged: Mapping[str, ScenarioFile]) -> dict[str, Any]:
    return packaged["minimal"].scenario.model_dump(mode="json", exclude_unset=True)


def _store_next(database: Database, changed: Scenario) -> None:
    """Store the next version of a scenario."""
    with database.writing() as connection:
        base = scenarios.whole(connection, scenarios.head(connection, changed.scenario))
        draft = Draft(changed, scenario_to_yaml(changed), "ann", "a test")
        assert scenarios.add_version(connection, database.now(connection), draft, base) is not None


def _pointers(error: ScenarioError | RequestRefusedError) -> list[str]:
    return [fault.path for fault in error.faults]


def test_a_stored_scenario_is_found(asked: AskedScenarios, packaged: Mapping[str, ScenarioFile]) -> None:
    assert asked.find(KOREA, {}) == packaged[KOREA].scenario


def test_the_newest_version_is_found_unless_another_is_stated(
    asked: AskedScenarios, database: Database, document: dict[str, Any]
) -> None:
    """Also when the older one has been asked for before."""
    first = asked.find("minimal", {})
    changed = parse_scenario({**document, "title": "Will the other bridge open?"})
    _store_next(database, changed)
    assert asked.find("minimal", {}) == changed
    assert asked.find("minimal", {}, version=1) == first
    assert asked.find("minimal", {"opening": DIRICHLET}, version=2).title == changed.title
    assert asked.find("minimal", {"opening": DIRICHLET}, version=1).title == first.title


def test_an_unknown_version_is_a_fault_of_its_field(asked: AskedScenarios) -> None:
    with pytest.raises(RequestRefusedError, match="has no version 2: its newest is 1") as caught:
        asked.find("minimal", {}, version=2)
    assert _pointers(caught.value) == ["/version"]


def test_a_document_sent_along_has_no_version(asked: AskedScenarios, document: dict[str, Any]) -> None:
    with pytest.raises(RequestRefusedError, match="has no version: leave it out") as caught:
        asked.find(document, {}, version=1)
    assert _pointers(caught.value) == ["/version"]


@pytest.mark.parametrize("scenario_id", ["minimal", KOREA, "drug-approval-2026", "central-bank-path-2026"])
def test_replacing_a_prior_by_itself_changes_nothing(
    asked: AskedScenarios, packaged: Mapping[str, ScenarioFile], scenario_id: str
) -> None:
    """The way through plain data and back says the same scenario."""
    stored = packaged[scenario_id].scenario
    priors = {name: node.prior.model_dump(mode="json", exclude_unset=True) for name, node in stored.nodes.items()}
    assert asked.find(scenario_id, priors).digest == stored.digest


def test_a_prior_takes_the_place_of_the_stored_one(asked: AskedScenarios, packaged: Mapping[str, ScenarioFile]) -> None:
    changed = asked.find("minimal", {"opening": DIRICHLET})
    assert changed.nodes["opening"].prior.model_dump(exclude_none=True) == DIRICHLET
    assert changed.nodes["opening"].rationale == packaged["minimal"].scenario.nodes["opening"].rationale


def test_a_document_sent_along_takes_priors_too(asked: AskedScenarios, document: dict[str, Any]) -> None:
    """The document that was sent is not changed by it."""
    before = repr(document)
    assert asked.find(document, {"opening": DIRICHLET}).digest == asked.find("minimal", {"opening": DIRICHLET}).digest
    assert repr(document) == before


def test_what_was_checked_is_remembered(asked: AskedScenarios, document: dict[str, Any]) -> None:
    assert asked.find(KOREA, {}) is asked.find(KOREA, {})
    assert asked.find(document, {}) is asked.find(dict(document), {})
    assert asked.find(document, {"opening": DIRICHLET}) is not asked.find(document, {})


def test_memory_is_bounded(database: Database, document: dict[str, Any]) -> None:
    """The least recently used scenario is forgotten first; one that fills the room alone is not kept."""
    documents = [{**document, "scenario": f"number-{i}"} for i in range(3)]
    asked = _asked(database, Kept(most=int(2.5 * len(json.dumps([documents[0], {}])))))
    first, second = (asked.find(each, {}) for each in documents[:2])
    assert asked.find(documents[0], {}) is first
    asked.find(documents[2], {})
    assert asked.find(documents[0], {}) is first
    assert asked.find(documents[1], {}) is not second
    large = {**document, "description": "x" * 3_000}
    kept = asked.find(documents[1], {})
    assert asked.find(large, {}) is not asked.find(large, {})
    assert asked.find(documents[1], {}) is kept


@pytest.mark.parametrize("sent", [False, True])
def test_many_different_priors_keep_no_more_scenarios_than_have_room(
    database: Database, packaged: Mapping[str, ScenarioFile], sent: bool
) -> None:
    """What counts is the text of the scenario that is kept, not of the request, which may only name it."""
    document = packaged[KOREA].scenario.model_dump(mode="json", exclude_unset=True)
    asked = _asked(database, Kept(10 * len(document_text(document))))
    prior = document["nodes"]["summit_outcome"]["prior"]
    found = []
    for i in range(40):
        varied = {**prior, "alpha": {name: a + i for name, a in prior["alpha"].items()}}
        found.append(weakref.ref(asked.find(document if sent else KOREA, {"summit_outcome": varied})))
    gc.collect()
    assert 8 <= sum(scenario() is not None for scenario in found) <= 10


@pytest.mark.parametrize("first", [1, 2])
def test_versions_that_differ_in_the_order_of_branches_are_told_apart(
    asked: AskedScenarios, database: Database, document: dict[str, Any], first: int
) -> None:
    """Whichever was asked for first: a forecast lists what its document lists first, and carries that document."""
    branches = document["nodes"]["opening"]["branches"]
    turned = {**document["nodes"]["opening"], "branches": dict(reversed(branches.items()))}
    _store_next(database, parse_scenario({**document, "nodes": {"opening": turned}}))
    found = {
        version: list(asked.find("minimal", {"opening": DIRICHLET}, version).nodes["opening"].branches)
        for version in (first, 3 - first)
    }
    assert found == {1: ["opens", "stays_closed"], 2: ["stays_closed", "opens"]}


def test_versions_that_differ_in_a_default_spelt_out_are_told_apart(
    asked: AskedScenarios, database: Database, document: dict[str, Any]
) -> None:
    """The document of the answer is the one that was stored."""
    spelt = parse_scenario({**document, "checkpoints": []})
    _store_next(database, spelt)
    found = [asked.find("minimal", {"opening": DIRICHLET}, version) for version in (1, 2)]
    assert found[0].digest == found[1].digest
    assert ["checkpoints" in each.model_fields_set for each in found] == [False, True]


def test_hundreds_of_unknown_nodes_cost_a_few_comparisons(
    asked: AskedScenarios, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of such a request has a price yet: the first few are looked for, the others only named."""
    compared: list[int] = []

    def counting(stated: str, names: list[str], n: int, cutoff: float) -> list[str]:
        compared.append(len(names))
        return difflib.get_close_matches(stated, names, n, cutoff)

    monkeypatch.setattr(spelling, "get_close_matches", counting)
    nodes = {f"node_number_{i:04d}": document["nodes"]["opening"] for i in range(3_000)}
    with pytest.raises(RequestRefusedError) as caught:
        asked.find({**document, "nodes": nodes}, {f"node_nomber_{i:04d}": DIRICHLET for i in range(MAX_FAULTS + 5)})
    assert (len(caught.value.faults), caught.value.more) == (MAX_FAULTS, 5)
    assert caught.value.faults[0].message == "there is no node 'node_nomber_0000': did you mean 'node_number_0000'?"
    assert caught.value.faults[-1].message == f"there is no node 'node_nomber_{MAX_FAULTS - 1:04d}'"
    assert sum(compared) <= MOST_HINTS * spelling.MOST_COMPARED


@pytest.mark.parametrize(
    ("scenario", "priors", "pointers"),
    [
        ("minimal", {"opening": {"family": "beta", "branch": "opens", "a": -1, "b": 1}}, ["/priors/opening/a"]),
        ("minimal", {"opening": {"family": "gaussian"}}, ["/priors/opening/family"]),
        ("minimal", {"opening": {"family": "fixed", "p": {"opens": 1.0}}}, ["/priors/opening"]),
        (KOREA, {"summit_outcome": {"family": "dirichlet", "alpha": 3}}, ["/priors/summit_outcome/alpha"]),
    ],
)
def test_faults_of_a_prior_point_to_it(
    asked: AskedScenarios, scenario: str, priors: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(ScenarioError) as caught:
        asked.find(scenario, priors)
    assert _pointers(caught.value) == pointers


def test_faults_that_a_prior_causes_elsewhere_point_to_the_priors(asked: AskedScenarios) -> None:
    """A stored scenario is valid, so what is wrong comes from what was replaced, wherever it shows."""
    undated = {"summit_by_t": {"family": "fixed", "p": {"summit": 0.5, "no_summit": 0.5}}}
    with pytest.raises(ScenarioError) as caught:
        asked.find(KOREA, undated)
    assert set(_pointers(caught.value)) <= {"/priors", "/priors/summit_by_t"}
    assert "/priors/summit_by_t" in _pointers(caught.value)


def test_faults_of_a_document_point_into_it(asked: AskedScenarios, document: dict[str, Any]) -> None:
    """Except where a prior of the request replaced what the document says."""
    faulty = {**document, "horizon": "2025-12-31", "titel": "?"}
    with pytest.raises(ScenarioError) as caught:
        asked.find(faulty, {"opening": {**DIRICHLET, "alpha": {"opens": 0, "stays_closed": 1}}})
    assert set(_pointers(caught.value)) == {"/scenario/titel", "/priors/opening/alpha/opens"}


@pytest.mark.parametrize("nodes", [None, [], {}, {"opening": 5}])
def test_priors_need_nodes_to_replace_them_in(asked: AskedScenarios, document: dict[str, Any], nodes: object) -> None:
    """Whatever a document holds instead of nodes, there is a located answer."""
    with pytest.raises((ScenarioError, RequestRefusedError)) as caught:
        asked.find({**document, "nodes": nodes}, {"opening": DIRICHLET})
    assert getattr(caught.value, "faults", ())


def test_an_unknown_node_is_refused_with_the_way_out(asked: AskedScenarios) -> None:
    with pytest.raises(RequestRefusedError, match="there is no node 'opning': did you mean 'opening'?") as caught:
        asked.find("minimal", {"opning": DIRICHLET})
    assert _pointers(caught.value) == ["/priors/opning"]


def test_an_unknown_scenario_is_a_fault_of_the_field(asked: AskedScenarios) -> None:
    with pytest.raises(RequestRefusedError, match="did you mean 'minimal'") as caught:
        asked.find("minimum", {})
    assert _pointers(caught.value) == ["/scenario"]


@pytest.mark.parametrize(
    ("pointer", "scenario", "expected"),
    [
        (("assume",), "minimal", ("assume",)),
        (("drivers", "mood"), "minimal", ("scenario",)),
        (("drivers", "mood"), {"scenario": "x"}, ("scenario", "drivers", "mood")),
        ((), {"scenario": "x"}, ("scenario",)),
    ],
)
def test_faults_of_a_run_point_to_its_setting_or_to_the_scenario(
    pointer: tuple[str, ...], scenario: str | dict[str, Any], expected: tuple[str, ...]
) -> None:
    located = in_request(RunError(pointer, "no"), {"assume": ()}, scenario)
    assert (located.pointer, str(located)) == (expected, "no")
