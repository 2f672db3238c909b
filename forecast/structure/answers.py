"""Attributes, quantities, groups, the headline partition and questions against the tree."""

from collections import Counter
from collections.abc import Iterator

from forecast.errors import Fault, Pointer, listed
from forecast.statements.document_parts import Document
from forecast.statements.events import AttributeEvent, BranchEvent, EventValue, QuantityEvent, atoms, located_atoms
from forecast.statements.quantities import ByAttribute, Quantity
from forecast.statements.questions import (
    REST,
    BinaryQuestion,
    ConditionalQuestion,
    DateQuestion,
    MultipleChoiceQuestion,
    NumericQuestion,
)
from forecast.statements.tree import PENDING, Tree
from forecast.structure.beliefs import chance_prior_faults
from forecast.structure.reaches import NoPowerError, ReachError, doubtful, reach


def answer_faults(document: Document, tree: Tree) -> Iterator[Fault]:
    """Yield the faults of everything that reads the tree rather than shapes it."""
    yield from _attribute_faults(document, tree)
    faults = list(_quantity_faults(document, tree))
    yield from faults or _reach_faults(document)
    for name, group in document.groups.items():
        pointer: Pointer = ("groups", name)
        if isinstance(group, tuple):
            for i, reference in enumerate(group):
                yield from reference_faults(tree, reference, (*pointer, i))
            continue
        yield from event_faults(document, tree, group, pointer)
        if any(isinstance(a, QuantityEvent) or (isinstance(a, BranchEvent) and (a.by or a.of)) for a in atoms(group)):
            yield Fault(pointer, f"group '{name}': a group has no dates or quantities; ask a question instead")
    yield from _headline_faults(document, tree)
    yield from _chain_faults(document, tree)
    for name, question in document.questions.items():
        pointer = ("questions", name)
        if isinstance(question, BinaryQuestion):
            yield from event_faults(document, tree, question.event, (*pointer, "event"))
        elif isinstance(question, ConditionalQuestion):
            yield from event_faults(document, tree, question.event, (*pointer, "event"))
            yield from event_faults(document, tree, question.given, (*pointer, "given"))
        elif isinstance(question, MultipleChoiceQuestion):
            yield from _option_faults(document, tree, name, question)
        elif isinstance(question, NumericQuestion) and question.quantity not in document.quantities:
            yield Fault((*pointer, "quantity"), f"there is no quantity '{question.quantity}': state it")
        elif isinstance(question, DateQuestion):
            yield from dated_faults(tree, question.branch, (*pointer, "branch"))


def reference_faults(tree: Tree, reference: str, pointer: Pointer) -> Iterator[Fault]:
    """Yield the fault of a branch reference that means nothing or too much."""
    try:
        tree.resolve(reference)
    except LookupError as error:
        yield Fault(pointer, str(error.args[0]))


def dated_faults(tree: Tree, reference: str, pointer: Pointer) -> Iterator[Fault]:
    """Yield the fault of a branch that is asked for its date and has none."""
    try:
        edge = tree.resolve(reference)
    except LookupError as error:
        yield Fault(pointer, str(error.args[0]))
        return
    if not tree.dated(edge):
        yield Fault(
            pointer,
            f"branch {edge} has no date: give it or a branch before it a lag, or make a node before it a hazard",
        )


def event_faults(document: Document, tree: Tree, event: EventValue, pointer: Pointer) -> Iterator[Fault]:
    """Yield the faults of an event's atoms."""
    for where, atom in located_atoms(event, pointer):
        if isinstance(atom, str):
            yield from reference_faults(tree, atom, where)
        elif isinstance(atom, AttributeEvent):
            if atom.attribute not in document.attributes:
                yield Fault(
                    (*where, "attribute"), f"there is no attribute '{atom.attribute}': state it under attributes"
                )
        elif isinstance(atom, QuantityEvent):
            if atom.quantity not in document.quantities:
                yield Fault((*where, "quantity"), f"there is no quantity '{atom.quantity}': state it under quantities")
        else:
            yield from _branch_event_faults(document, tree, atom, where)


def _branch_event_faults(document: Document, tree: Tree, atom: BranchEvent, pointer: Pointer) -> Iterator[Fault]:
    if atom.by is None and atom.of is None:
        yield from reference_faults(tree, atom.branch, (*pointer, "branch"))
        return
    yield from dated_faults(tree, atom.branch, (*pointer, "branch"))
    if atom.of is not None:
        yield from dated_faults(tree, atom.of, (*pointer, "of"))
    if atom.by is not None and not document.as_of < atom.by <= document.horizon:
        yield Fault(
            (*pointer, "by"),
            f"the deadline {atom.by} must lie after as_of {document.as_of} and not after the horizon "
            f"{document.horizon}",
        )


def _uncovered(tree: Tree, references: dict[str, object]) -> list[str]:
    covered: set[str] = set()
    for reference in references:
        covered.update(tree.outcomes_below(tree.resolve(reference)))
    return sorted(set(tree.outcomes) - covered)


def _by_branch_faults(
    tree: Tree, references: dict[str, object], has_default: bool, what: str, pointer: Pointer
) -> Iterator[Fault]:
    found = [fault for r in references for fault in reference_faults(tree, r, (*pointer, "by_branch", r))]
    yield from found
    if found:
        return
    edges = [tree.resolve(reference) for reference in references]
    for edge in sorted(edge for edge, times in Counter(edges).items() if times > 1):
        yield Fault((*pointer, "by_branch"), f"{what} states branch {edge} twice: keep one")
    if not has_default:
        missing = _uncovered(tree, references)
        if missing:
            yield Fault(
                pointer,
                f"{what} says nothing for the outcomes {listed(missing)}: state a branch above them, or a default",
            )


def _attribute_faults(document: Document, tree: Tree) -> Iterator[Fault]:
    branch_names = {branch for node in document.nodes.values() for branch in node.branches}
    for name, attribute in document.attributes.items():
        pointer: Pointer = ("attributes", name)
        if name in branch_names:
            yield Fault(pointer, f"'{name}' is also a branch: give the attribute another name")
        what = f"attribute '{name}'"
        yield from _by_branch_faults(tree, dict(attribute.by_branch), attribute.default is not None, what, pointer)
        for reference, prior in attribute.by_branch.items():
            yield from chance_prior_faults(document, prior, ("yes", "no"), what, (*pointer, "by_branch", reference))
        if attribute.default is not None and attribute.default != "never":
            yield from chance_prior_faults(document, attribute.default, ("yes", "no"), what, (*pointer, "default"))


def _quantity_faults(document: Document, tree: Tree) -> Iterator[Fault]:
    for name, quantity in document.quantities.items():
        pointer: Pointer = ("quantities", name)
        for operand in quantity.operands():
            if operand not in document.quantities:
                yield Fault(pointer, f"quantity '{name}' uses '{operand}', which is not a quantity: state it")
        if quantity.operands():
            if _is_circular(document.quantities, name):
                yield Fault(pointer, f"quantity '{name}' is computed from itself: break the circle")
            continue
        yield from _by_branch_faults(
            tree, dict(quantity.by_branch), quantity.default is not None, f"quantity '{name}'", pointer
        )
        for value in (quantity.default, *quantity.by_branch.values()):
            if isinstance(value, ByAttribute) and value.attribute not in document.attributes:
                yield Fault(pointer, f"quantity '{name}': there is no attribute '{value.attribute}': state it")


def _reach_faults(document: Document) -> Iterator[Fault]:
    """Yield each quantity that lies where it cannot be computed with; not those that are computed from such ones."""
    for name in doubtful(document.quantities):
        try:
            reach(document.quantities, name)
        except ReachError as error:
            if error.name == name:
                pointer: Pointer = ("quantities", name)
                yield Fault((*pointer, "power") if isinstance(error, NoPowerError) else pointer, str(error))


def _is_circular(quantities: dict[str, Quantity], name: str) -> bool:
    seen: set[str] = set()
    waiting = list(quantities[name].operands())
    while waiting:
        operand = waiting.pop()
        if operand == name:
            return True
        if operand in quantities and operand not in seen:
            seen.add(operand)
            waiting.extend(quantities[operand].operands())
    return False


def _headline_faults(document: Document, tree: Tree) -> Iterator[Fault]:
    owner: dict[str, str] = {}
    sound = bool(document.headline)
    for name, references in document.headline.items():
        for i, reference in enumerate(references):
            pointer: Pointer = ("headline", name, i)
            faults = list(reference_faults(tree, reference, pointer))
            yield from faults
            if faults:
                sound = False
                continue
            for outcome in tree.outcomes_below(tree.resolve(reference)):
                if outcome in owner:
                    yield Fault(
                        pointer,
                        f"outcome '{outcome}' is counted under '{owner[outcome]}' and under '{name}': a headline "
                        "partition counts each outcome once",
                    )
                owner[outcome] = name
    branches = (branch for node in document.nodes.values() for branch in node.branches.values())
    if PENDING in document.headline and any(branch.eventually for branch in branches):
        yield Fault(
            ("headline", PENDING),
            f"the headline's own part '{PENDING}' holds what an 'eventually' branch leaves under way at the horizon: "
            "give this part another name",
        )
    missing = sorted(set(tree.outcomes) - set(owner))
    if sound and missing:
        yield Fault(("headline",), f"the headline leaves out {listed(missing)}: every outcome must be counted once")


def _chain_faults(document: Document, tree: Tree) -> Iterator[Fault]:
    edges = []
    for i, reference in enumerate(document.chain):
        faults = list(reference_faults(tree, reference, ("chain", i)))
        yield from faults
        if faults:
            return
        edges.append(tree.resolve(reference))
    for i, edge in enumerate(edges[1:], 1):
        if edges[i - 1] not in tree.path(edge.node):
            yield Fault(("chain", i), f"{edge} does not follow {edges[i - 1]} on any path: a chain goes down one path")


def _option_faults(document: Document, tree: Tree, name: str, question: MultipleChoiceQuestion) -> Iterator[Fault]:
    if sum(event == REST for event in question.options.values()) > 1:
        yield Fault(("questions", name, "options"), "only one option can be the rest")
    for label, event in question.options.items():
        if event != REST:
            yield from event_faults(document, tree, event, ("questions", name, "options", label))
