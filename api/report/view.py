"""Everything that the page shows, section by section, as frozen values; templates only set it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from api.report.chain import ChainView, chain
from api.report.dates import DatedBranch, dated_branches
from api.report.evidence import EvidenceView, evidence
from api.report.folding import Folded, after_the_first
from api.report.nodes import NodeView, nodes
from api.report.prose import Prose, prose
from api.report.provenance import Provenance, Recorded, provenance
from api.report.quantities import Quantity, quantities
from api.report.questions import QuestionView, questions
from api.report.rows import Table, named_table
from api.report.source import Source
from api.report.summary import Summary, summary
from api.wording.computed import simulation_error
from api.wording.conditions import conditions
from api.wording.text import long_day, one_line, spoken
from forecast.result import Forecast, Probability
from forecast.words import ICD_203

TITLES = {
    "ends": "How it ends",
    "outcomes": "Outcomes",
    "groups": "Groups",
    "attributes": "Attributes",
    "dates": "Dates",
    "quantities": "Quantities",
    "questions": "Questions",
    "chain": "The chain",
    "definitions": "Definitions",
    "nodes": "The nodes, and why",
    "evidence": "Evidence",
    "warnings": "Warnings",
    "provenance": "How it was computed",
}
"""What the sections are called, by id, from top to bottom."""


BANDS = tuple((band.term, f"{100 * band.low:.0f} %", f"{100 * band.high:.0f} %") for band in ICD_203)
"""The words for probabilities, and from where to where they reach."""


@dataclass(frozen=True, slots=True)
class Report:
    """The page."""

    title: str
    as_of: str
    priors_of: str
    description: Prose | None
    conditions: tuple[str, ...]
    recorded: Recorded | None
    summary: Summary
    simulation_error: str
    ends: Table
    outcomes: Table | None
    groups: Table | None
    attributes: Table | None
    dates: Folded[DatedBranch]
    quantities: Folded[Quantity]
    questions: Folded[QuestionView]
    chain: ChainView | None
    definitions: tuple[tuple[str, Prose | None], ...]
    nodes: Folded[NodeView]
    evidence: EvidenceView
    warnings: tuple[str, ...]
    provenance: Provenance
    bands: tuple[tuple[str, str, str], ...] = BANDS

    @property
    def sections(self) -> Mapping[str, str]:
        """Return the titles of the sections that have something to show, by id and in order."""
        there = {
            "ends": True,
            "outcomes": self.outcomes is not None,
            "groups": self.groups is not None,
            "attributes": self.attributes is not None,
            "dates": bool(self.dates.shown),
            "quantities": bool(self.quantities.shown),
            "questions": bool(self.questions.shown),
            "chain": self.chain is not None,
            "definitions": bool(self.definitions),
            "nodes": True,
            "evidence": True,
            "warnings": bool(self.warnings),
            "provenance": True,
        }
        return {section: title for section, title in TITLES.items() if there[section]}


def report_of(forecast: Forecast, recorded: Recorded | None) -> Report:
    """Return the page of a forecast."""
    source = Source(forecast)
    stated = date.fromisoformat(source.names.labels.text("as_of"))
    headline = _collections(source, "headline", "How it ends: one of these", forecast.headline, exclusive=True)
    outcomes = _outcomes(source)
    return Report(
        title=one_line(forecast.title),
        as_of=long_day(forecast.as_of),
        priors_of="" if stated == forecast.as_of else long_day(stated),
        description=prose(source.names.says("description")),
        conditions=tuple(map(one_line, conditions(forecast.request))),
        recorded=recorded,
        summary=_summary(source),
        simulation_error=simulation_error(forecast),
        ends=headline or outcomes,
        outcomes=outcomes if headline else None,
        groups=_collections(source, "groups", "Groups of outcomes: they may overlap", forecast.groups),
        attributes=_attributes(source),
        dates=after_the_first(dated_branches(source)),
        quantities=after_the_first(quantities(source)),
        questions=after_the_first(questions(source)),
        chain=chain(source),
        definitions=tuple(
            (spoken(name), prose(text)) for name, text in source.names.labels.section("definitions").items()
        ),
        nodes=after_the_first(nodes(source)),
        evidence=evidence(source),
        warnings=tuple(map(one_line, forecast.warnings)),
        provenance=provenance(source, recorded),
    )


def _summary(source: Source) -> Summary:
    forecast = source.forecast
    if forecast.headline:
        return summary(source, forecast.headline, {name: spoken(name) for name in forecast.headline})
    return summary(source, forecast.outcomes, {name: source.names.branch(name) for name in forecast.outcomes})


def _collections(
    source: Source, section: str, caption: str, named: Mapping[str, Probability], *, exclusive: bool = False
) -> Table | None:
    if not named:
        return None
    return named_table(
        source,
        section,
        caption,
        "Way it ends" if exclusive else "Group",
        named,
        names={name: spoken(name) for name in named},
        notes={name: source.names.collection_note(section, name) for name in named},
        exclusive=exclusive,
    )


def _outcomes(source: Source) -> Table:
    named = source.forecast.outcomes
    return named_table(
        source,
        "outcomes",
        "Outcomes: each history ends in one of them",
        "Outcome",
        named,
        names={name: source.names.branch(name) for name in named},
        notes={name: source.names.outcome_note(name) for name in named},
        exclusive=True,
    )


def _attributes(source: Source) -> Table | None:
    named = source.forecast.attributes
    if not named:
        return None
    return named_table(
        source,
        "attributes",
        "Attributes: facts that hold or not, whatever the outcome",
        "Attribute",
        named,
        names={name: source.names.titled("attributes", name) for name in named},
        notes={name: source.names.says("attributes", name, "resolution") for name in named},
    )
