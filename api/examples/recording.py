"""Send examples to an app and note what comes back."""

import json
from typing import Any

import httpx
from fastapi import FastAPI

from api.app import create_app
from api.catalogue import FileCatalogue, read_catalogue
from api.examples import EXAMPLES, SCENARIO, Example
from api.settings import PACKAGED


async def answer_to(app: FastAPI, example: Example) -> httpx.Response:
    """Send one example to an app whose lifespan has begun."""
    headers, content = dict(example.headers), example.raw
    if example.body is not None:
        headers, content = {**headers, "Content-Type": "application/json"}, json.dumps(example.body).encode()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://example") as client:
        return await client.request(example.method, example.path, headers=headers, content=content)


def as_recorded(answer: httpx.Response) -> dict[str, Any]:
    """Return status, media type and body in the form in which answers are kept."""
    media_type = answer.headers["content-type"].partition(";")[0]
    body = answer.json() if media_type.endswith("json") else answer.text
    return {"status": answer.status_code, "media_type": media_type, "body": body}


async def recorded_answers() -> str:
    """Send every example to an app that knows the one scenario, and return what comes back, as JSON by key."""
    app = create_app(catalogue=FileCatalogue({SCENARIO: read_catalogue([PACKAGED]).get(SCENARIO)}))
    async with app.router.lifespan_context(app):
        answers = {example.key: as_recorded(await answer_to(app, example)) for example in EXAMPLES}
    return json.dumps(answers, indent=1, ensure_ascii=False) + "\n"
