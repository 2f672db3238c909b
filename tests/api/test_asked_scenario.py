"""The scenario a request speaks of: found, changed, checked as a whole, its faults located in the request."""

import json
from typing import Any

import pytest

from api.asked_scenario import AskedScenarios, in_request
from api.catalogue import FileCatalogue
from api.errors import RequestRefusedError
from forecast.errors import RunError, ScenarioError

KOREA = "trump-kim-2025"
DIRICHLET = {"family": "dirichlet", "alpha": {"opens": 2.0, "stays_closed": 3.0}}


@pytest.fixture
def asked(catalogue: FileCatalogue) -> AskedScenarios:
    return AskedScenarios(catalogue)


@pytest.fixture
def document(catalogue: FileCatalogue) -> dict[str, Any]:
    return catalogue.get("minimal").scenario.model_dump(mode="json", exclude_unset=True)


def _pointers(error: ScenarioError | RequestRefusedError) -> list[str]:
    return [fault.path for fault in error.faults]


def test_a_stored_scenario_is_found(asked: AskedScenarios, catalogue: FileCatalogue) -> None:
    assert asked.find(KOREA, {}) is catalogue.get(KOREA).scenario


@pytest.mark.parametrize("scenario_id", ["minimal", KOREA, "drug-approval-2026", "central-bank-path-2026"])
def test_replacing_a_prior_by_itself_changes_nothing(
    asked: AskedScenarios, catalogue: FileCatalogue, scenario_id: str
) -> None:
    """The way through plain data and back says the same scenario."""
    stored = catalogue.get(scenario_id).scenario
    priors = {name: node.prior.model_dump(mode="json", exclude_unset=True) for name, node in stored.nodes.items()}
    assert asked.find(scenario_id, priors).digest == stored.digest


def test_a_prior_takes_the_place_of_the_stored_one(asked: AskedScenarios, catalogue: FileCatalogue) -> None:
    changed = asked.find("minimal", {"opening": DIRICHLET})
    assert changed.nodes["opening"].prior.model_dump(exclude_none=True) == DIRICHLET
    assert changed.nodes["opening"].rationale == catalogue.get("minimal").scenario.nodes["opening"].rationale


def test_a_document_sent_along_takes_priors_too(asked: AskedScenarios, document: dict[str, Any]) -> None:
    """The document that was sent is not changed by it."""
    before = repr(document)
    assert asked.find(document, {"opening": DIRICHLET}).digest == asked.find("minimal", {"opening": DIRICHLET}).digest
    assert repr(document) == before


def test_what_was_checked_is_remembered(asked: AskedScenarios, document: dict[str, Any]) -> None:
    assert asked.find(document, {}) is asked.find(dict(document), {})
    assert asked.find(document, {"opening": DIRICHLET}) is not asked.find(document, {})


def test_memory_is_bounded(document: dict[str, Any]) -> None:
    """The least recently used scenario is forgotten first; one that fills the room alone is not kept."""
    documents = [{**document, "scenario": f"number-{i}"} for i in range(3)]
    asked = AskedScenarios(FileCatalogue({}), kept_bytes=int(2.5 * len(json.dumps([documents[0], {}]))))
    first, second = (asked.find(each, {}) for each in documents[:2])
    assert asked.find(documents[0], {}) is first
    asked.find(documents[2], {})
    assert asked.find(documents[0], {}) is first
    assert asked.find(documents[1], {}) is not second
    large = {**document, "description": "x" * 3_000}
    kept = asked.find(documents[1], {})
    assert asked.find(large, {}) is not asked.find(large, {})
    assert asked.find(documents[1], {}) is kept


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
