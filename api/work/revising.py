"""New versions of scenarios: checked whole, based on the version that was seen, and told in words and numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Response
from sqlalchemy import Connection

from api.errors import StaleError
from api.http.tags import IfMatch, prior_tag, version_tag
from api.http.writes import Reply, Write
from api.messages.versions import revision_reply
from api.service import Service
from api.store import audit, scenarios
from api.store.documents import Document
from api.store.scenarios import Draft, Version, VersionCard
from api.work.asked_scenario import unknown_node
from api.work.basis import Basis, basis, hold, undisturbed
from api.work.computations import Stopper
from api.work.ledgers import check_version, in_force
from api.work.moves import Moved, moved
from forecast.documents import edit_yaml, scenario_to_yaml
from forecast.errors import Fault, Pointer, ScenarioError
from forecast.revisions import Change, revisions
from forecast.scenario import parse_scenario


@dataclass(frozen=True, slots=True)
class Revision:
    """A checked change: the next version, and what it changes and moves."""

    basis: Basis
    draft: Draft
    document: Document
    changes: Sequence[Change]
    moved: Moved
    rewritten: bool


def tag_of_prior(connection: Connection, card: VersionCard, node: str) -> str:
    """Return the tag of a node's prior in a version."""
    number = card.priors[node]
    origin = card if number == card.version else scenarios.get(connection, card.scenario_id, number)
    return prior_tag(number, node, origin.document)


def require_seen(connection: Connection, stated: IfMatch, at: Basis, node: str | None = None) -> None:
    """Refuse a change of a scenario, or of one node's prior, that was based on something that has changed since.

    Raises
    ------
    UnknownRecordError
        If there is no such node.
    StaleError
        With what has changed, in words, if the tag tells which version was seen.
    """
    if node is not None and node not in at.card.priors:
        raise unknown_node(node, at.version.document["nodes"])
    today = version_tag(at.card.version, at.card.document)
    prior_today = None if node is None else tag_of_prior(connection, at.card, node)
    if stated.holds(today, *([] if prior_today is None else [prior_today])):
        return
    seen = stated.seen()
    what = f"scenario '{at.card.scenario_id}'" if node is None else f"the prior of node '{node}'"
    changed: Sequence[str] = ()
    by = at.card if node is None else scenarios.get(connection, at.card.scenario_id, at.card.priors[node])
    if seen is not None and 0 < seen <= at.card.version:
        before = scenarios.whole(connection, scenarios.get(connection, at.card.scenario_id, seen))
        found = revisions(parse_scenario(before.document), at.scenario)
        changed = [change.words for change in found if node is None or _is_about(change, node)]
    raise StaleError(
        f"{what} has changed since you read it: {by.author} stored version {by.version} on "
        f"{by.recorded_at:%Y-%m-%d %H:%M} UTC ({by.reason}); read it again and decide anew",
        tag=prior_today or today,
        changed=changed,
    )


def _is_about(change: Change, node: str) -> bool:
    pointer = Fault(("nodes", node), "").path
    return change.pointer == pointer or change.pointer.startswith(f"{pointer}/prior")


def with_prior(at: Basis, node: str, prior: dict[str, Any]) -> tuple[Document, Pointer]:
    """Return the document with another prior for a node, and where it stands.

    Raises
    ------
    UnknownRecordError
        If there is no such node.
    """
    nodes = at.version.document["nodes"]
    if node not in nodes:
        raise unknown_node(node, nodes)
    changed = {**nodes[node], "prior": prior}
    return {**at.version.document, "nodes": {**nodes, node: changed}}, ("nodes", node, "prior")


@dataclass(frozen=True, slots=True)
class Text:
    """A version's YAML, and whether it had to be written anew, so that comments and layout are not in it."""

    yaml: str
    rewritten: bool = False


def edited_text(at: Basis, document: Document, edits: Sequence[Pointer]) -> Text:
    """Return the YAML of a document in which only the values at some pointers differ from what is stored.

    Comments and layout stay where the text can be edited in place. Else it is written anew, which the
    answer says, and what it was stays readable in the version before.
    """
    text = at.version.text
    try:
        for pointer in edits:
            text = edit_yaml(text, pointer, _value_at(document, pointer))
    except ScenarioError:
        return Text(scenario_to_yaml(parse_scenario(document)), rewritten=True)
    return Text(text)


def _value_at(document: Document, pointer: Pointer) -> object:
    value: Any = document
    for step in pointer:
        value = value[step]
    return value


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a change would make of a scenario; ``in_request`` moves a fault's pointer to where the request says it."""

    document: Document
    text: Text
    author: str
    reason: str
    in_request: Callable[[Pointer], Pointer]


def revise(
    service: Service,
    write: Write,
    scenario_id: str,
    propose: Callable[[Connection, Basis], Proposal],
    stop_if_asked: Stopper,
) -> Response:
    """Store a new version of a scenario and answer with what changed and moved; blocks, so call it in a thread.

    ``propose`` refuses a change that was based on something else; it is asked again if somebody else
    stores a version between its answer and the commit.
    """

    def prepare() -> Revision:
        with service.database.reading() as connection:
            at = basis(connection, scenario_id)
            proposal = propose(connection, at)
            now = service.database.now(connection)
        return _checked(at, proposal, now, service, stop_if_asked)

    def commit(connection: Connection, now: datetime, made: Revision) -> Reply:
        card = _stored(connection, now, made, write.caller.name)
        version = Version(card, made.document, made.draft.text)
        return revision_reply(version, made.changes, made.moved, rewritten=made.rewritten)

    return undisturbed(scenario_id, lambda: write.once(prepare, commit))


def _checked(at: Basis, proposal: Proposal, now: datetime, service: Service, stop_if_asked: Stopper) -> Revision:
    try:
        scenario = parse_scenario(proposal.document)
        after = check_version(at, scenario, proposal.document)
    except ScenarioError as error:
        faults = [Fault(proposal.in_request(each.pointer), each.message) for each in error.faults]
        raise ScenarioError(faults, error.more) from error
    draft = Draft(scenario, proposal.text.yaml, proposal.author, proposal.reason)
    found = moved(in_force(at), after, now, service.settings.max_work, stop_if_asked)
    return Revision(at, draft, proposal.document, revisions(at.scenario, scenario), found, proposal.text.rewritten)


def _stored(connection: Connection, now: datetime, made: Revision, actor: str) -> VersionCard:
    hold(connection, made.basis)
    card = scenarios.add_version(connection, made.basis.moment(now), made.draft, made.basis.version)
    assert card is not None, "a scenario that is held gets no other version"
    audit.append(connection, now, actor, *scenarios.audited(card, made.draft.text))
    return card
