"""The examples of priors/README.md are real: each block and each tabled example is read as part of a document."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from forecast.distributions import FAMILIES
from forecast.documents.reader import read_yaml
from forecast.scenario import Scenario, parse_scenario
from forecast.statements.hazards import PlainRate
from forecast.statements.priors import ByStatePrior, PanelPrior, PlainPrior

TEXT = (Path(__file__).parents[2] / "priors" / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
WHOLE = [block for block in BLOCKS if block.startswith("# A whole document\n")]
PARTS = [block for block in BLOCKS if block not in WHOLE]


def _section(title: str) -> str:
    """Return the text under a second-level heading."""
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def _tabled(title: str, pattern: str) -> list[str]:
    """Return the inline examples of a section, which must not be empty."""
    prose = re.sub(r"^```.*?^```$", "", _section(title), flags=re.MULTILINE | re.DOTALL)
    found = [code for code in re.findall(r"`([^`]+)`", prose) if re.match(pattern, code)]
    assert found, f"section '{title}' of priors/README.md has no examples"
    return found


def _data(text: str) -> dict[str, Any]:
    reading = read_yaml(text)
    assert not reading.faults
    assert isinstance(reading.data, dict)
    return reading.data


def _with(part: dict[str, Any]) -> Scenario:
    """Put whole entries into the second document of the page, as the page tells its reader to."""
    document = _data(WHOLE[1])
    for section, entries in part.items():
        merge = isinstance(entries, dict) and section not in ("headline", "experts")
        document[section] = {**document.get(section, {}), **entries} if merge else entries
    return parse_scenario(document)


def _with_opening(prior: dict[str, Any]) -> Scenario:
    opening = {"branches": {"opens": "traffic", "stays_closed": None}, "prior": prior}
    return _with({"nodes": {"opening": opening}})


def test_page_has_whole_documents_and_parts() -> None:
    """The pattern that finds examples still finds them."""
    assert len(WHOLE) == 2
    assert len(PARTS) >= 10


@pytest.mark.parametrize("block", WHOLE)
def test_whole_documents_are_scenarios(block: str) -> None:
    """A reader can save the block as a file and run it."""
    assert parse_scenario(_data(block)).scenario == "bridge"


@pytest.mark.parametrize("block", PARTS)
def test_parts_fit_into_the_document_above(block: str) -> None:
    """A reader can put the entries into the second document, and they change what it says."""
    assert _with(_data(block)).digest != parse_scenario(_data(WHOLE[1])).digest


@pytest.mark.parametrize("code", _tabled("Stating a belief", r"\{family:"))
def test_tabled_priors_are_priors(code: str) -> None:
    """Every example prior fits a node with two branches and comes out near the 70 % that all of them tell of."""
    prior = _with_opening(_data(code)).nodes["opening"].prior
    if prior.family == "hazard":
        return
    assert not isinstance(prior, ByStatePrior | PanelPrior)
    law = prior.sticks(("opens", "stays_closed"))
    assert dict(zip(law.order, law.mean(), strict=True))["opens"] == pytest.approx(0.7, abs=0.03)


@pytest.mark.parametrize("code", _tabled("Events in time", r"\{family:"))
def test_listed_rates_are_rates(code: str) -> None:
    """Every example rate dates the opening."""
    _with_opening({"family": "hazard", "event": "opens", "rate": _data(code)})


@pytest.mark.parametrize("code", _tabled("Quantities", r"\{family:"))
def test_tabled_distributions_are_distributions(code: str) -> None:
    """Every example distribution can be the value of a quantity."""
    _with({"quantities": {"crossings": {"unit": "crossings per day", "default": _data(code)}}})


@pytest.mark.parametrize("code", _tabled("Questions", r"opens$|\{"))
def test_tabled_events_are_events(code: str) -> None:
    """Every example event can be asked of the bridge."""
    hazard = {"family": "hazard", "event": "opens", "rate": {"family": "fixed", "per_year": 1.0}}
    question = {
        "type": "binary",
        "text": "Will it?",
        "resolution": "If it does.",
        "event": _data(f"event: {code}")["event"],
    }
    _with(
        {
            "nodes": {"opening": {"branches": {"opens": "traffic", "stays_closed": None}, "prior": hazard}},
            "attributes": {"toll": {"default": {"family": "beta", "a": 4, "b": 6}}},
            "quantities": {"crossings": {"unit": "per day", "default": {"family": "fixed", "value": 1}}},
            "questions": {"example": question},
        }
    )


def _families(union: object) -> set[str]:
    """Return the tags of a tagged union of families."""
    members = get_args(get_args(union)[0])
    return {get_args(member.model_fields["family"].annotation)[0] for member in members}


@pytest.mark.parametrize(
    ("title", "families"),
    [
        ("Stating a belief", _families(PlainPrior) | {"hazard"}),
        ("Events in time", _families(PlainRate)),
        ("Quantities", set(FAMILIES)),
    ],
)
def test_every_family_has_an_example(title: str, families: set[str]) -> None:
    """A family that is added or renamed shows on the page."""
    examples = {_data(code)["family"] for code in _tabled(title, r"\{family:")}
    assert examples == families


def test_both_ways_to_choose_among_priors_are_shown() -> None:
    """States and panels need more than a line, so they have blocks of their own."""
    shown = {type(node.prior) for block in PARTS for node in _with(_data(block)).nodes.values()}
    assert {ByStatePrior, PanelPrior} <= shown
