"""Scenario documents by the digest of their text, so that what many versions and forecasts say is kept once."""

import hashlib
import json
import zlib
from typing import Any

from sqlalchemy import Connection, select

from api.store.inserts import insert_new
from api.store.tables import document

Document = dict[str, Any]


def packed(text: str) -> bytes:
    """Return text compressed for keeping."""
    return zlib.compress(text.encode())


def unpacked(data: bytes) -> str:
    """Return text that was kept."""
    return zlib.decompress(data).decode()


def document_text(data: Document) -> str:
    """Return a document as the JSON text that is kept: the order of its keys is the analyst's."""
    return json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def put(connection: Connection, data: Document) -> str:
    """Keep a document, if it is not there yet, and return its digest."""
    text = document_text(data)
    digest = text_digest(text)
    if connection.execute(select(document.c.digest).where(document.c.digest == digest)).first() is None:
        insert_new(connection, document, {"digest": digest, "body": packed(text)})
    return digest


def get(connection: Connection, digest: str) -> Document:
    """Return the document of a digest that a row names."""
    body = connection.execute(select(document.c.body).where(document.c.digest == digest)).scalar_one()
    return read(body)


def read(body: bytes) -> Document:
    """Return a document from what is kept of it."""
    data: Document = json.loads(unpacked(body))
    return data
