"""Why a question is answered as it is: what the document says of the nodes, attributes and quantities behind it."""

from collections.abc import Iterator

from forecast.scenario import Scenario
from forecast.statements.events import AttributeEvent, BranchEvent, EventValue, QuantityEvent, atoms
from forecast.statements.questions import DateQuestion, NumericQuestion, Question, events_of


def rationales_of(scenario: Scenario, question: Question) -> tuple[str, ...]:
    """Return the rationales behind a question as ``name: rationale``, from the root on, each once.

    They are those of the nodes on the way to its branches, of its attributes and of its quantities, as far as stated;
    the question's own note comes first.
    """
    events: tuple[EventValue, ...] = events_of(question)
    if isinstance(question, DateQuestion):
        events = (BranchEvent(branch=question.branch),)
    named = [(name, rationale) for event in events for name, rationale in _behind(scenario, event)]
    if isinstance(question, NumericQuestion):
        named.append((question.quantity, scenario.quantities[question.quantity].rationale))
    said = [f"{name}: {rationale.strip()}" for name, rationale in named if rationale is not None]
    note = () if question.note is None else (question.note.strip(),)
    return tuple(dict.fromkeys((*note, *said)))


def _behind(scenario: Scenario, event: EventValue) -> Iterator[tuple[str, str | None]]:
    for atom in atoms(event):
        match atom:
            case BranchEvent():
                for edge in scenario.tree.path_through(scenario.tree.resolve(atom.branch)):
                    yield edge.node, scenario.nodes[edge.node].rationale
            case AttributeEvent():
                yield atom.attribute, scenario.attributes[atom.attribute].rationale
            case QuantityEvent():
                yield atom.quantity, scenario.quantities[atom.quantity].rationale
