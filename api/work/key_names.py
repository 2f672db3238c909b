"""Names of keys: the audit log tells people apart by them, so no two may look the same for what cannot be seen."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator

from forecast.fields import Label, first_invisible


def _distinct(name: str) -> str:
    if name != name.strip():
        msg = f"'{name}' begins or ends with blanks: write it as '{name.strip()}'"
        raise ValueError(msg)
    found = first_invisible(name)
    if found is not None:
        msg = f"the character U+{ord(name[found]):04X} cannot be seen in a name: remove it"
        raise ValueError(msg)
    return name


KeyName = Annotated[Label, AfterValidator(_distinct)]
"""A short name without blanks at its ends, every character of which can be seen."""


def alike(name: str) -> str:
    """Return what two names have in common that people take for one: case and forms of letters do not count.

    Examples
    --------
    >>> alike("Ana") == alike("ana"), alike("Ana") == alike("Ann")
    (True, False)
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded)
