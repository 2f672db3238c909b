"""``python -m api.examples`` records the answer to every example anew."""

import asyncio
from pathlib import Path

from api.examples import RECORDED
from api.examples.recording import recorded_answers

if __name__ == "__main__":
    Path(__file__).with_name(RECORDED).write_text(asyncio.run(recorded_answers()), encoding="utf-8")
