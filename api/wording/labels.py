"""What a forecast's document calls its parts: titles, order, units; the names stand alone where it says nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from api.wording.text import one_line
from forecast.result import Forecast


class Labels:
    """Lookups in the document that a forecast carries."""

    def __init__(self, forecast: Forecast) -> None:
        self._document = forecast.document
        self._branches = dict(_titled_branches(forecast.document))

    def text(self, *pointer: str) -> str:
        """Return the document's text at a pointer, on one line; empty if it says nothing there."""
        here: Any = self._document
        for step in pointer:
            here = here.get(step) if isinstance(here, Mapping) else None
        return one_line(here) if isinstance(here, str) else ""

    def branch(self, reference: str) -> str:
        """Return the title of a branch, by any of its names."""
        return self._branches.get(reference, "")

    def branches_in_order(self, references: Mapping[str, Any]) -> list[str]:
        """Return references of branches in the order in which the document has their nodes and branches."""
        order = {name: i for i, name in enumerate(_branch_names(self._document))}
        return sorted(references, key=lambda reference: order.get(reference, len(order)))

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section of the document, empty if it has none."""
        found = self._document.get(name)
        return found if isinstance(found, Mapping) else {}


def _branches(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for node, said in document["nodes"].items():
        for name, branch in said["branches"].items():
            yield node, name, branch or {}


def _branch_names(document: Mapping[str, Any]) -> Iterator[str]:
    for node, name, branch in _branches(document):
        yield from (name, branch.get("outcome") or name, f"{node}.{name}")


def _titled_branches(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for node, name, branch in _branches(document):
        if branch.get("title"):
            for called in (name, branch.get("outcome") or name, f"{node}.{name}"):
                yield called, one_line(branch["title"])
