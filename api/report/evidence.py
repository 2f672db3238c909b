"""The entries that moved the forecast away from its priors, and what is on file and did not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.report.names import Names
from api.report.prose import Prose, prose
from api.report.source import Source
from api.wording.evidence import silence, unused
from api.wording.figures import number
from api.wording.text import one_line, spoken


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the ledger, and what it does to the weights, in phrases."""

    name: str
    date: str
    what: Prose | None
    why: Prose | None
    source: str
    author: str
    effect: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """The entries used; sentences on what was not used, and on silence, empty where there is nothing to say."""

    entries: tuple[Entry, ...]
    unused: str
    silence: str


def evidence(source: Source) -> EvidenceView:
    """Return what is to say of evidence."""
    forecast, labels = source.forecast, source.names.labels
    stated = labels.section("evidence")
    entries = [_entry(source.names, name, stated[name]) for name in forecast.evidence]
    return EvidenceView(
        entries=tuple(sorted(entries, key=lambda entry: (entry.date, entry.name))),
        unused=unused(forecast, labels, how_to_use="used only by a run that asks for them"),
        silence=silence(forecast, labels),
    )


def _entry(names: Names, name: str, said: Mapping[str, Any]) -> Entry:
    return Entry(
        name=name,
        date=said["date"],
        what=prose(said["what"]),
        why=prose(said.get("why")),
        source=one_line(said.get("source", "")),
        author=one_line(said.get("author", "")),
        effect=tuple(_effect(names, said)),
    )


def _effect(names: Names, said: Mapping[str, Any]) -> Iterator[str]:
    for target, ratio in said.get("likelihood_ratio", {}).items():
        called = names.titled("attributes", target) if names.is_attribute(target) else names.branch(target)
        yield f"{called} × {number(ratio)}"
    if "observed" in said:
        yield _observation(names, said["observed"])
    if "reading" in said:
        yield from _reading(names, said["reading"])
    if said.get("against") == "siblings":
        yield "against its siblings only"
    if "window" in said:
        window = said["window"]
        yield " ".join(["if taken", *(f"{word} {window[word]}" for word in ("from", "to") if word in window)])
    if said.get("discount", 1.0) != 1.0:
        yield f"discounted to the power {number(said['discount'])}"


def _observation(names: Names, observed: Mapping[str, Any]) -> str:
    if "attribute" in observed:
        return f"observed: {names.titled('attributes', observed['attribute'])}, {observed['value']}"
    on = f" on {observed['on']}" if "on" in observed else ""
    return f"observed: {names.branch(observed['branch'])}{on}"


def _reading(names: Names, reading: Mapping[str, Any]) -> Iterator[str]:
    driver = names.titled("drivers", reading["driver"])
    if "value" in reading:
        yield f"{driver}: read as {number(reading['value'])} ± {number(reading['sd'])}"
    for state, ratio in reading.get("likelihood", {}).items():
        yield f"{driver}, {spoken(state)} × {number(ratio)}"
