"""On which terms a source gives its numbers away, as far as its terms were read."""

from enum import Enum


class Licence(Enum):
    """Terms of a source; the value is a sentence for people, the name a flag for programs."""

    METACULUS = (
        "Metaculus's terms forbid using its data to train or evaluate machine learning, and any commercial use, "
        "without a written agreement (docs/openapi.yml of Metaculus/metaculus)."
    )
    MANIFOLD = "Manifold forbids training commercial models on data of its API (docs/docs/api.md of its repository)."
    UNREAD = "The terms of this source were not read for branchcast: read them before you publish or train on it."
    OWN = "Stated by whoever wrote the file; its terms are theirs."
