"""A panel: what an expert may state for a node, and what the newest statements of several pool into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.errors import ConflictError, RequestRefusedError
from api.store.documents import Document
from api.store.statements import Statement
from api.suggestions import hints
from api.work.basis import Basis
from api.work.revising import with_prior
from forecast.errors import Fault, Pointer, ScenarioError, listed
from forecast.scenario import parse_scenario


def check_statement(at: Basis, node: str, prior: dict[str, Any]) -> None:
    """Refuse a prior that the node could not have by itself.

    Raises
    ------
    UnknownRecordError
        If there is no such node.
    ScenarioError
        With pointers into ``{"prior": …}``.
    """
    document, where = with_prior(at, node, prior)
    try:
        parse_scenario(document)
    except ScenarioError as error:
        faults = [Fault(("prior", *_below(each.pointer, where)), each.message) for each in error.faults]
        raise ScenarioError(faults, error.more) from error


def _below(pointer: Pointer, where: Pointer) -> Pointer:
    return pointer[len(where) :] if pointer[: len(where)] == where else ()


@dataclass(frozen=True, slots=True)
class Panel:
    """How statements are pooled.

    ``experts`` None takes all who stated something, ``weights`` None those that the scenario has.
    """

    pool: str
    exponent: float | str | None
    experts: Sequence[str] | None
    weights: Mapping[str, float] | None

    def pooled(self, at: Basis, node: str, stated: Mapping[str, Statement]) -> tuple[Document, Sequence[Pointer]]:
        """Return the document whose prior for a node is the pool of what experts stated, and where it differs.

        Raises
        ------
        UnknownRecordError
            If there is no such node.
        ConflictError
            If fewer than two experts have stated something for it.
        RequestRefusedError
            If the experts or their weights do not fit what is there; pointers are those of the request.
        """
        experts = self._chosen(node, stated)
        exponent = {} if self.exponent is None else {"exponent": self.exponent}
        priors = {expert: stated[expert].prior for expert in experts}
        document, of_prior = with_prior(at, node, {"family": "panel", "pool": self.pool, **exponent, "experts": priors})
        if self.weights is None:
            self._require_weights(at.version.document.get("experts", {}), experts)
            return document, [of_prior]
        if self.weights.keys() != set(experts):
            message = f"weights are stated for {listed(set(self.weights))}, but the panel has {listed(set(experts))}"
            raise RequestRefusedError([Fault(("weights",), f"{message}: state one for each")])
        return {**document, "experts": dict(self.weights)}, [of_prior, ("experts",)]

    def _chosen(self, node: str, stated: Mapping[str, Statement]) -> Sequence[str]:
        if len(stated) < 2:
            who = f"only {listed(stated)} has" if stated else "nobody has"
            raise ConflictError(
                f"{who} stated something for node '{node}', and a panel needs two experts: "
                "PUT their priors to …/statements/{expert} first"
            )
        if self.experts is None:
            return list(stated)
        silent = [(i, expert) for i, expert in enumerate(self.experts) if expert not in stated]
        if silent:
            ends = hints([expert for _, expert in silent], stated, "statements are from")
            raise RequestRefusedError(
                Fault(("experts", i), f"'{expert}' has stated nothing for node '{node}'{hint}")
                for (i, expert), hint in zip(silent, ends, strict=True)
            )
        return self.experts

    @staticmethod
    def _require_weights(weights: Mapping[str, float], experts: Sequence[str]) -> None:
        if weights.keys() != set(experts):
            now = listed(set(weights)) if weights else "nobody"
            raise RequestRefusedError(
                [
                    Fault(
                        ("weights",),
                        f"the scenario weighs {now}, but the panel has {listed(set(experts))}: state weights",
                    )
                ]
            )

    def in_request(self, pointer: Pointer, node: str) -> Pointer:
        """Return where in the request the cause of a fault in the pooled document stands."""
        inside = pointer[3:] if pointer[:3] == ("nodes", node, "prior") else None
        if inside is not None and inside[:1] in (("pool",), ("exponent",)):
            return inside
        if inside == ():
            return ("exponent",)
        if inside is None and self.weights is not None:
            return ("weights",)
        return () if self.experts is None else ("experts",)
