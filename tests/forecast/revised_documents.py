"""Documents whose versions the tests of revisions compare, and how they are changed."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from forecast.documents.reader import read_yaml
from forecast.revisions import Change, revisions
from forecast.scenario import parse_scenario
from tests.strategies import (
    Document,
    beta,
    dirichlet,
    document,
    node,
    ratio_entry,
)


def read_document(path: Path) -> Document:
    data = read_yaml(path.read_text(encoding="utf-8")).data
    assert isinstance(data, dict)
    return {"definitions": {}, "groups": {}} | {str(key): value for key, value in data.items()}


DOCUMENTS = {path.stem: read_document(path) for path in sorted((Path(__file__).parents[2] / "priors").glob("*.yaml"))}
SCENARIOS = {name: parse_scenario(data) for name, data in DOCUMENTS.items()}
SEEDS = st.integers(0, 2**32 - 1)

LONG = "Seven of ten comparable talks ended without a text, and those that had one lapsed within a few years."
EXACTLY_ZERO = {"family": "fixed", "value": 0.0}
TALKS = node(
    {"agree": {"to": "signing", "lag": {"family": "gamma", "shape": 2.0, "rate": 4.0}}, "fail": None},
    beta("agree", 7, 3),
    rationale=LONG,
    author="desk A",
    loadings={"wind": {"agree": 0.2}},
)
SIGNING = node({"deal": None, "collapse": None}, dirichlet(deal=7, collapse=5))
BASE = document(
    {"talks": TALKS, "signing": SIGNING},
    drivers={
        "wind": {"signals": ["Exports", "Prices"]},
        "tide": {"correlation": {"wind": 0.3}},
        "mood": {"states": {"good": 0.4, "bad": 0.6}},
    },
    experts={"ann": 0.5, "bo": 0.5},
    attributes={"crisis": {"title": "Crisis", "by_branch": {"deal": beta("yes", 1, 19)}, "default": "never"}},
    quantities={
        "troops": {"unit": "soldiers", "default": {"family": "uniform", "low": 0.0, "high": 10.0}},
        "guns": {"unit": "guns", "default": {"family": "fixed", "value": 3.0}},
        "area": {"unit": "acres", "power": ["troops", 2.0]},
        "losses": {
            "unit": "soldiers",
            "default": {"attribute": "crisis", "yes": {"family": "normal", "mean": 7.0, "sd": 2.0}, "no": EXACTLY_ZERO},
        },
    },
    groups={"no_deal": ["fail", "collapse"], "calm": {"not": {"attribute": "crisis"}}},
    headline={"deal": ["deal"], "none": ["fail", "collapse"]},
    chain=["agree", "deal"],
    questions={
        "q1": {"type": "binary", "text": "Is it signed?", "event": {"branch": "deal", "by": "2026-06-30"}},
        "q2": {"type": "multiple_choice", "text": "What comes?", "options": {"deal": "deal", "none / ~": "rest"}},
    },
    evidence={"visit": ratio_entry({"agree": 1.5}, status="proposed")},
    definitions={"deal": "A signed text."},
    checkpoints=["2026-06-30", "2026-09-30"],
)
for _question in BASE["questions"].values():
    _question["resolution"] = "As reported."


def value_at(data: Any, pointer: tuple[str, ...]) -> Any:  # noqa: ANN401 - any value of a document
    for step in pointer:
        data = data[int(step) if isinstance(data, list) else step]
    return data


def with_value(original: Document, pointer: tuple[str, ...], value: object) -> Document:
    """Return a copy with the value at a pointer set, or left out if it is None."""
    copy = deepcopy(original)
    around = value_at(copy, pointer[:-1])
    if value is None:
        del around[pointer[-1]]
    else:
        around[pointer[-1]] = value
    return copy


def revised(before: Document, after: Document) -> tuple[Change, ...]:
    return revisions(parse_scenario(before), parse_scenario(after))


def the_only_change(before: Document, after: Document) -> Change:
    (change,) = revised(before, after)
    return change


def restated(pointer: str, value: object) -> Change:
    """Return the one change that setting one value of the base document makes."""
    return the_only_change(BASE, with_value(BASE, tuple(pointer.split("/")[1:]), value))
