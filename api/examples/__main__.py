"""``python -m api.examples`` records the answer to every example anew."""

import asyncio
import json
from pathlib import Path

from api.app import create_app
from api.catalogue import FileCatalogue, read_catalogue
from api.examples import EXAMPLES, RECORDED, SCENARIO
from api.examples.recording import answer_to, as_recorded
from api.settings import PACKAGED


async def record() -> None:
    """Send every example to an app that knows the one scenario, and write what comes back."""
    app = create_app(catalogue=FileCatalogue({SCENARIO: read_catalogue([PACKAGED]).get(SCENARIO)}))
    async with app.router.lifespan_context(app):
        answers = {example.key: as_recorded(await answer_to(app, example)) for example in EXAMPLES}
    text = json.dumps(answers, indent=1, ensure_ascii=False)
    Path(__file__).with_name(RECORDED).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(record())
