"""Send examples to an app and note what comes back."""

import json
from typing import Any

import httpx
from fastapi import FastAPI

from api.examples import Example


async def answer_to(app: FastAPI, example: Example) -> httpx.Response:
    """Send one example to an app whose lifespan has begun."""
    headers, content = dict(example.headers), example.raw
    if example.body is not None:
        headers, content = {**headers, "Content-Type": "application/json"}, json.dumps(example.body).encode()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://example") as client:
        return await client.request(example.method, example.path, headers=headers, content=content)


def as_recorded(answer: httpx.Response) -> dict[str, Any]:
    """Return status, media type and body in the form in which answers are kept."""
    media_type = answer.headers["content-type"].partition(";")[0] if answer.content else None
    is_json = media_type is not None and media_type.endswith("json")
    body = (answer.json() if is_json else answer.text) if media_type else None
    return {"status": answer.status_code, "media_type": media_type, "body": body}
