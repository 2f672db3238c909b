"""What the parts of a forecast are called on the page, and the notes below their names."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from api.wording.events import event_words
from api.wording.labels import Labels
from api.wording.text import one_line, spoken
from forecast.result import Forecast

MOST_STEPS = 6
"""A longer path is shown by its last steps."""

MOST_MEMBERS = 8
"""More members of a group than these are counted, not listed."""

UNDER_WAY = "still under way at the horizon"


class Names:
    """Lookups in the document that a forecast carries, for people who do not know its identifiers."""

    def __init__(self, forecast: Forecast) -> None:
        self.labels = Labels(forecast)
        self._document = forecast.document

    def branch(self, reference: str) -> str:
        """Return what a branch or outcome is called: its title, or its name as it is read aloud."""
        title = self.labels.branch(reference)
        node, _, name = reference.rpartition(".")
        return title or (f"{spoken(name)} ({spoken(node)})" if node else spoken(name))

    def branch_of(self, node: str, name: str) -> str:
        """Return what a branch is called beside the other branches of its node."""
        return self.labels.text("nodes", node, "branches", name, "title") or spoken(name)

    def branch_note(self, node: str, name: str) -> str | None:
        """Return what the document notes of a branch of a node, or what it means to be pending there."""
        stated = name in self._document["nodes"][node]["branches"]
        return self.says("nodes", node, "branches", name, "note") if stated else UNDER_WAY

    def titled(self, section: str, name: str) -> str:
        """Return the title of an attribute or a quantity, or its name as it is read aloud."""
        return self.labels.text(section, name, "title") or spoken(name)

    def is_attribute(self, name: str) -> bool:
        """Return whether the document states an attribute of this name."""
        return name in self.labels.section("attributes")

    def says(self, *pointer: str) -> str | None:
        """Return the document's text at a pointer, its lines kept; None if it says nothing there."""
        here: Any = self._document
        for step in pointer:
            here = here.get(step) if isinstance(here, Mapping) else None
        return here if isinstance(here, str) else None

    def path(self, reference: str) -> str:
        """Return the branches that lead to an outcome or a dated branch, and it itself; empty for a first step."""
        steps = self._paths.get(reference, ())
        if len(steps) < 2:
            return ""
        shown = [spoken(step) for step in steps[-MOST_STEPS:]]
        return " › ".join(["…", *shown] if len(steps) > MOST_STEPS else shown)

    def outcome_note(self, name: str) -> str | None:
        """Return how an outcome is reached, and what the document notes of it."""
        if name not in self._paths:
            return UNDER_WAY
        said = [self.path(name), one_line(self._notes.get(name, ""))]
        return "\n".join(filter(None, said)) or None

    def collection_note(self, section: str, name: str) -> str | None:
        """Return what a group or a part of the headline means: its definition, or what it is made of."""
        defined = self.says("definitions", name)
        if defined:
            return defined
        stated = self.labels.section(section).get(name)
        if stated is None:
            return UNDER_WAY
        if not isinstance(stated, list):
            return event_words(stated, self.branch, lambda attribute: self.titled("attributes", attribute))
        return _listed(self.branch(member) for member in stated if member != name) or None

    @cached_property
    def _paths(self) -> Mapping[str, tuple[str, ...]]:
        """Steps to every branch and outcome, by each name that it has."""
        nodes = self._document["nodes"]
        targets = {branch.get("to") for node in nodes.values() for branch in node["branches"].values()}
        root: str = next(name for name in nodes if name not in targets)
        waiting: list[tuple[str, tuple[str, ...]]] = [(root, ())]
        found: dict[str, tuple[str, ...]] = {}
        while waiting:
            node, before = waiting.pop()
            for name, branch in nodes[node]["branches"].items():
                steps = (*before, name)
                found |= dict.fromkeys((name, f"{node}.{name}", branch.get("outcome", name)), steps)
                if "to" in branch:
                    waiting.append((branch["to"], steps))
        return found

    @cached_property
    def _notes(self) -> Mapping[str, str]:
        return {
            branch.get("outcome", name): branch["note"]
            for node in self._document["nodes"].values()
            for name, branch in node["branches"].items()
            if "note" in branch
        }


def _listed(members: Iterable[str]) -> str:
    """Return members as a list in words, the first of them where there are many."""
    named = list(members)
    more = len(named) - MOST_MEMBERS
    return ", ".join(named[:MOST_MEMBERS]) + (f" and {more:,} more" if more > 0 else "")
