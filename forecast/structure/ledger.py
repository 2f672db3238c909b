"""Evidence entries against the tree and the calendar."""

from collections.abc import Iterator

from forecast.errors import Fault, Pointer
from forecast.statements.document_parts import ContinuousDriver, DiscreteDriver, Document
from forecast.statements.evidence import Evidence, Observation, Reading
from forecast.statements.tree import Edge, Tree


def ledger_faults(document: Document, tree: Tree) -> Iterator[Fault]:
    """Yield the faults of every evidence entry."""
    for name, entry in document.evidence.items():
        pointer: Pointer = ("evidence", name)
        if entry.date < document.as_of:
            yield Fault(
                (*pointer, "date"),
                f"the entry is dated {entry.date}, before the prior it would update (as_of {document.as_of}): "
                "what was known then belongs in the prior",
            )
        if entry.likelihood_ratio is not None:
            yield from _ratio_faults(document, tree, entry, entry.likelihood_ratio, pointer)
        if entry.observed is not None:
            yield from _observation_faults(document, tree, entry, entry.observed, (*pointer, "observed"))
        if entry.reading is not None:
            yield from _reading_faults(document, entry.reading, (*pointer, "reading"))


def _ratio_faults(
    document: Document, tree: Tree, entry: Evidence, ratios: dict[str, float], pointer: Pointer
) -> Iterator[Fault]:
    edges: dict[Edge, str] = {}
    for target in ratios:
        where: Pointer = (*pointer, "likelihood_ratio", target)
        if target in document.attributes:
            if entry.window is not None or entry.against == "siblings":
                yield Fault(where, f"attribute '{target}' has no date and no siblings: leave out window and against")
            continue
        try:
            edge = tree.resolve(target)
        except LookupError as error:
            yield Fault(where, f"{error.args[0]} (an attribute's name would do as well)")
            continue
        edges[edge] = target
        if entry.window is not None and not _has_own_date(document, tree, edge):
            yield Fault(
                where,
                f"a window needs a branch with its own date, a hazard's event or one with a lag, and {edge} is "
                "neither: name the branch that dates it",
            )
    for edge, target in edges.items():
        for above in tree.path(edge.node):
            if above in edges:
                yield Fault(
                    (*pointer, "likelihood_ratio", target),
                    f"{edge} lies below {above}, which the same entry speaks of: split it into two entries",
                )
    if entry.against == "siblings" and len({edge.node for edge in edges}) > 1:
        yield Fault((*pointer, "against"), "siblings share a node, but the ratios name branches of several: split them")


def _observation_faults(
    document: Document, tree: Tree, entry: Evidence, observed: Observation, pointer: Pointer
) -> Iterator[Fault]:
    if observed.attribute is not None:
        if observed.attribute not in document.attributes:
            yield Fault((*pointer, "attribute"), f"there is no attribute '{observed.attribute}': state it")
        return
    assert observed.branch is not None
    try:
        edge = tree.resolve(observed.branch)
    except LookupError as error:
        yield Fault((*pointer, "branch"), str(error.args[0]))
        return
    if tree.dated(edge) and observed.on is None and _has_own_date(document, tree, edge):
        yield Fault((*pointer, "on"), f"{edge} is an event in time: state the day on which it happened as 'on'")
    if observed.on is not None and not _has_own_date(document, tree, edge):
        yield Fault((*pointer, "on"), f"{edge} has no date of its own: leave out 'on'")
    if observed.on is not None and not document.as_of <= observed.on <= entry.date:
        yield Fault(
            (*pointer, "on"),
            f"it happened on {observed.on}, which must lie between as_of {document.as_of} and the entry's date "
            f"{entry.date}",
        )


def _has_own_date(document: Document, tree: Tree, edge: Edge) -> bool:
    event = getattr(document.nodes[edge.node].prior, "event", None)
    return tree.branch(edge).lag is not None or event == edge.branch


def _reading_faults(document: Document, reading: Reading, pointer: Pointer) -> Iterator[Fault]:
    driver = document.drivers.get(reading.driver)
    if driver is None:
        yield Fault((*pointer, "driver"), f"there is no driver '{reading.driver}': state it under drivers")
    elif isinstance(driver, ContinuousDriver) and reading.value is None:
        yield Fault(pointer, f"driver '{reading.driver}' is continuous: state value and sd")
    elif isinstance(driver, DiscreteDriver) and set(reading.likelihood or {}) != set(driver.states):
        yield Fault(
            (*pointer, "likelihood"),
            f"driver '{reading.driver}' needs a likelihood for each of its states: {', '.join(sorted(driver.states))}",
        )
