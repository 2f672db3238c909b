"""Answers that a client may keep: an entity tag for every representation, 304 while it has not changed."""

from hashlib import blake2b

from fastapi import Request, Response

NO_CACHE = {"Cache-Control": "no-cache"}
"""A copy may be kept, but must be checked before it is used."""


def conditional(request: Request, body: bytes, media_type: str) -> Response:
    """Return the body with its entity tag, or 304 without it if the client holds that very representation."""
    tag = f'"{blake2b(body, digest_size=16).hexdigest()}"'
    headers = {"ETag": tag, **NO_CACHE}
    if _holds(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def _holds(if_none_match: str, tag: str) -> bool:
    """Compare weakly, as RFC 9110 §13.1.2 asks for: a proxy that compresses may have weakened the tag."""
    stated = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return "*" in stated or tag in stated
