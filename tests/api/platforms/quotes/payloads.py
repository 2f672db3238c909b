"""Answers of sources of quotes, written from their documentation, and when they were fetched."""

import json
from datetime import UTC, datetime

FETCHED = datetime(2026, 8, 20, 9, 30, tzinfo=UTC)
SINCE = datetime(2026, 8, 20, 8, tzinfo=UTC)


def as_bytes(value: object) -> bytes:
    return json.dumps(value).encode()
