"""What must hold between the parts of a document, checked in the order in which later checks rely on earlier ones."""

import itertools

from forecast.errors import MAX_FAULTS, Fault
from forecast.statements.document_parts import Document
from forecast.statements.tree import Tree
from forecast.structure.answers import answer_faults
from forecast.structure.beliefs import belief_faults
from forecast.structure.calendar import calendar_faults
from forecast.structure.geometry import geometry_faults
from forecast.structure.ledger import ledger_faults


def structural_faults(document: Document) -> list[Fault]:
    """Return the faults between parts; only those of the tree's shape if it has no shape to check the rest on.

    Stops at the first fault beyond ``MAX_FAULTS``: looking for what a misspelt name may have meant takes time.
    """
    faults = geometry_faults(document)
    if faults:
        return faults
    tree = Tree(document.nodes, document.root)
    found = itertools.chain(
        calendar_faults(document),
        belief_faults(document, tree),
        answer_faults(document, tree),
        ledger_faults(document, tree),
    )
    return list(itertools.islice(found, MAX_FAULTS + 1))
