"""Answers that a client may keep: an entity tag for every representation, 304 while it has not changed."""

from collections.abc import Callable, Mapping
from hashlib import blake2b

from fastapi import Request, Response

NO_CACHE = {"Cache-Control": "no-cache"}
"""A copy may be kept, but must be checked before it is used."""


def conditional(request: Request, body: bytes, media_type: str) -> Response:
    """Return the body with its entity tag, or 304 without it if the client holds that very representation."""
    return conditional_by(request, f'"{blake2b(body, digest_size=16).hexdigest()}"', lambda: body, media_type)


def conditional_by(
    request: Request, tag: str, body: Callable[[], bytes], media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return what has a tag of its own, or 304 if the client holds it; ``body`` is asked only if it is needed."""
    held = not_modified(request, tag)
    if held is not None:
        return held
    return Response(body(), headers={**tagged(tag), **(headers or {})}, media_type=media_type)


def not_modified(request: Request, tag: str) -> Response | None:
    """Return the answer 304 if the client holds the representation of this tag, else None."""
    if _holds(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=tagged(tag))
    return None


def tagged(tag: str) -> dict[str, str]:
    """Return the headers of a representation with a tag."""
    return {"ETag": tag, **NO_CACHE}


def _holds(if_none_match: str, tag: str) -> bool:
    """Compare weakly, as RFC 9110 §13.1.2 asks for: a proxy that compresses may have weakened the tag."""
    stated = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return "*" in stated or tag in stated
