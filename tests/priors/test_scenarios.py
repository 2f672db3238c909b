"""The shipped scenarios: whole, explained, and between them showing what the format can say."""

from pathlib import Path

import pytest

from forecast.documents import read_scenario
from forecast.statements.document_parts import DiscreteDriver
from forecast.statements.hazards import HazardPrior
from forecast.statements.priors import ByStatePrior, IntervalPrior, PanelPrior, QuantilesPrior, VerbalPrior

DIRECTORY = Path(__file__).parents[2] / "priors"
SCENARIOS = {path.stem: read_scenario(path.read_text(encoding="utf-8")) for path in sorted(DIRECTORY.glob("*.yaml"))}
FULL = ["central-bank-path-2026", "drug-approval-2026", "trump-kim-2025"]


def test_the_files_are_these_four() -> None:
    assert sorted(SCENARIOS) == ["central-bank-path-2026", "drug-approval-2026", "minimal", "trump-kim-2025"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_file_is_named_like_its_scenario(name: str) -> None:
    assert SCENARIOS[name].scenario == name


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_node_is_explained(name: str) -> None:
    """Each node gives a reason, a source, and a branch "other" or a note that none is needed."""
    for node_name, node in SCENARIOS[name].nodes.items():
        assert node.rationale, f"{node_name} has no rationale"
        assert node.source, f"{node_name} has no source"
        assert node.exhaustive or "other" in node.branches, (
            f"{node_name} does not say that its branches cover everything"
        )


@pytest.mark.parametrize("name", FULL)
def test_every_other_number_is_explained(name: str) -> None:
    """Drivers, attributes and quantities give a reason and a source too; a question says where to look."""
    scenario = SCENARIOS[name]
    for section in (scenario.drivers, scenario.attributes, scenario.quantities):
        for entry_name, entry in section.items():
            assert entry.rationale, f"{entry_name} has no rationale"
            assert entry.source, f"{entry_name} has no source"
    for question_name, question in scenario.questions.items():
        assert question.source, f"{question_name} does not say where to look"
        assert question.closes is not None, f"{question_name} has no closing date"


@pytest.mark.parametrize("name", FULL)
def test_full_scenarios_have_every_section(name: str) -> None:
    scenario = SCENARIOS[name]
    for section in ("drivers", "attributes", "quantities", "groups", "headline", "chain", "questions", "evidence"):
        assert getattr(scenario, section), f"{name} has no {section}"
    assert scenario.prior_status
    assert scenario.prior_version


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_prior_looks_ahead(name: str) -> None:
    """Evidence is dated after the priors; nobody's hindsight is in them."""
    scenario = SCENARIOS[name]
    assert all(entry.date > scenario.as_of for entry in scenario.evidence.values())


def test_the_small_example_is_about_ten_lines() -> None:
    lines = (DIRECTORY / "minimal.yaml").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if not line.startswith("#")]) <= 11


def test_the_examples_show_what_trump_and_kim_do_not() -> None:
    """Between them the other two use a panel, states, windows, never-mass, eventual lags, intervals and words."""
    others = [SCENARIOS["central-bank-path-2026"], SCENARIOS["drug-approval-2026"]]
    nodes = [node for scenario in others for node in scenario.nodes.values()]
    families = {type(node.prior) for node in nodes}
    assert {PanelPrior, ByStatePrior, HazardPrior, IntervalPrior, QuantilesPrior, VerbalPrior} <= families
    hazards = [node.prior for node in nodes if isinstance(node.prior, HazardPrior)]
    assert all(hazard.windows and hazard.never > 0.0 for hazard in hazards)
    assert any(branch.eventually for node in nodes for branch in node.branches.values())
    assert any(isinstance(driver, DiscreteDriver) for scenario in others for driver in scenario.drivers.values())
    assert all(any(quantity.product for quantity in scenario.quantities.values()) for scenario in others)
    assert all(any(entry.status == "accepted" for entry in scenario.evidence.values()) for scenario in others)


def test_no_two_files_are_about_the_same_thing() -> None:
    """A bridge, a central bank, a medicine and a summit: no node, driver or quantity is shared."""
    for section in ("nodes", "drivers", "quantities"):
        names = [name for scenario in SCENARIOS.values() for name in getattr(scenario, section)]
        assert sorted(names) == sorted(set(names))
