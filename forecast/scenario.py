"""The scenario: the analyst's document as one frozen value whose parts fit together.

A ``Scenario`` that exists is a valid event tree: whoever holds one need check nothing again. The door
is ``parse_scenario``, which collects every fault before it refuses.
"""

import hashlib
import json
from functools import cached_property
from typing import Self

from pydantic import ValidationError, model_validator

from forecast.errors import MAX_FAULTS, ScenarioError
from forecast.statements.document_parts import Document
from forecast.statements.tree import Tree
from forecast.statements.wording import faults_of
from forecast.structure import structural_faults


class Scenario(Document):
    """One branching future: event tree, priors, drivers, attributes, quantities, questions and evidence."""

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        faults = structural_faults(self)
        if faults:
            raise ScenarioError(faults[:MAX_FAULTS], more=len(faults[MAX_FAULTS:]))
        return self

    @cached_property
    def tree(self) -> Tree:
        """Return the tree's geometry: root, paths, references."""
        return Tree(self.nodes, self.root)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the document says: independent of key order, comments and layout."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, allow_nan=False)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def parse_scenario(data: object) -> Scenario:
    """Turn plain data (from YAML or JSON) into a Scenario.

    Raises
    ------
    ScenarioError
        With the faults found: of the parts first; of how they fit together once all parts are sound.
    """
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        more = max(0, error.error_count() - MAX_FAULTS)
        raise ScenarioError(faults_of(error, data), more) from error
