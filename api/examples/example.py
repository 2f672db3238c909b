"""One example request of the OpenAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """One request and the status of its answer; ``body`` is sent as JSON, ``raw`` as it is, with ``headers``.

    Examples are sent in order to one server. ``keeps`` names what later ones need of an answer: a place in its
    JSON such as ``id`` or ``runs.0.id``, or a header. They state it as ``@name``, in the address, a header, or a text
    of the body.
    """

    name: str
    summary: str
    method: str
    template: str
    status: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    raw: bytes | None = None
    keeps: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return the name under which the answer is recorded."""
        return f"{self.method} {self.template} {self.name}"


def with_names(part: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 -- any part of a JSON document
    """Return a part of a request in which each ``@name`` is what it stands for."""
    if isinstance(part, Mapping):
        return {key: with_names(value, names) for key, value in part.items()}
    if isinstance(part, list):
        return [with_names(each, names) for each in part]
    return names[part[1:]] if isinstance(part, str) and part.startswith("@") else part
