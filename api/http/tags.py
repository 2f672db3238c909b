"""Entity tags of stored things, and what If-Match says of them (RFC 9110 §13.1.1)."""

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated

from fastapi import Header

from api.errors import ParameterError, UnconditionalError

_ANY_TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
"""RFC 9110 §8.8.3."""

_TAG = re.compile(r'"([vp])(\d{1,9})-[0-9a-f]{16}"')


def version_tag(version: int, document: str) -> str:
    """Return the tag of a scenario's version; ``document`` is the digest of what it says."""
    return f'"v{version}-{_short(document)}"'


def prior_tag(version: int, node: str, document: str) -> str:
    """Return the tag of a node's prior: it changes when the prior does, whatever else the scenario says.

    ``version`` and ``document`` are those of the version that the prior is from.
    """
    return f'"p{version}-{_short(f"{document} {node}")}"'


def _short(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def version_in(tag: str) -> int | None:
    """Return the number of the version that a tag of ours speaks of, None if it is not one."""
    found = _TAG.fullmatch(tag)
    return None if found is None else int(found[2])


@dataclass(frozen=True, slots=True)
class IfMatch:
    """What a change says it was based on."""

    tags: tuple[str, ...]

    def holds(self, *today: str) -> bool:
        """Tell whether one of today's tags is among those stated; ``*`` stands for whatever is there."""
        return "*" in self.tags or any(tag in self.tags for tag in today)

    def seen(self) -> int | None:
        """Return the number of the version that the change was based on, if a tag tells."""
        return next((version for tag in self.tags if (version := version_in(tag)) is not None), None)


def if_match(stated: str | None, way_out: str) -> IfMatch:
    """Read the header.

    Raises
    ------
    UnconditionalError
        If it is missing; ``way_out`` says where to find the tag.
    ParameterError
        If it holds what is no tag, or a weak one, which never matches (RFC 9110 §13.1.1).
    """
    tags = tuple(tag.strip() for tag in (stated or "").split(",") if tag.strip())
    if not tags:
        raise UnconditionalError(f"send the header If-Match with the ETag that your change is based on: {way_out}")
    for tag in tags:
        if tag.startswith("W/"):
            raise ParameterError(
                "If-Match", f"{tag[:100]} is a weak tag, which no change can be based on: leave W/ out"
            )
        if tag != "*" and not _ANY_TAG.fullmatch(tag):
            raise ParameterError(
                "If-Match", f"'{tag[:100]}' is no ETag: send it as it was given, in its quotation marks; {way_out}"
            )
    return IfMatch(tags)


IfMatchHeader = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="ETag of what the change is based on; 412 if it has changed since, 428 without it.",
    ),
]
"""Type of a route's parameter that receives the header; required, but its absence is answered with 428."""
