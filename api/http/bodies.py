"""Request bodies: read within a limit, as strict JSON, and checked with every fault located.

The class of a route's body derives from ``Body``; the framework then still sees a typed parameter and documents it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from email.message import Message
from typing import Any, Self

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from api.errors import BodyTooLargeError, BodyTooSlowError, ClientGoneError, MediaTypeError, RequestRefusedError
from api.http.strict_json import read_json
from api.suggestions import hints
from forecast.errors import MAX_FAULTS, Fault
from forecast.statements.wording import faults_of

READ_AT_ONCE_BYTES = 32_768
"""Bodies up to this size are read on the event loop; longer ones would hold it up, so a thread reads them."""

BODY_SECONDS = 30.0
"""Time in which a whole body must arrive: a client that stops midway must not hold a connection for ever."""


class Body(BaseModel):
    """Base of request bodies: no unknown keys, no silent conversion of types, faults in the engine's words."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _located(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, dict):
            raise RequestRefusedError([Fault((), "the body must be a JSON object: {…}")])
        strange = [key for key in data if key not in cls.model_fields]
        unknown = _unknown_keys(strange[:MAX_FAULTS], cls)
        known = {key: value for key, value in data.items() if key in cls.model_fields}
        try:
            body = handler(known)
        except ValidationError as error:
            raise RequestRefusedError([*unknown, *map(_about_body, faults_of(error, known))]) from error
        if unknown:
            raise RequestRefusedError(unknown, more=len(strange) - len(unknown))
        return body


def _about_body(fault: Fault) -> Fault:
    """Say "the body" where the engine, which knows documents only, says "the document"."""
    return fault if fault.pointer else Fault((), fault.message.replace("the document", "the body", 1))


def _unknown_keys(keys: Sequence[str], body: type[Body]) -> list[Fault]:
    ends = hints(keys, body.model_fields, "the body may have")
    return [Fault((key,), f"unknown key '{key}'{end}") for key, end in zip(keys, ends, strict=True)]


class JsonRoute(APIRoute):
    """A route that reads its body by ``read_json``, not by the framework's reader, and refuses one it does not take."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        takes_body = self.body_field is not None
        if not takes_body and self.methods == {"GET"}:
            return handle

        async def read_and_handle(request: Request) -> Response:
            if takes_body:
                _require_json(request)
            text = await body_of(request)
            data = await _read_text(text) if takes_body or text.strip() else {}
            if not takes_body:
                _require_nothing(data)
            return await handle(_ReadRequest(request.scope, request.receive, text, data))

        return read_and_handle


async def _read_text(text: bytes) -> object:
    return read_json(text) if len(text) <= READ_AT_ONCE_BYTES else await run_in_threadpool(read_json, text)


def _require_nothing(data: object) -> None:
    """Refuse a body where none is taken; an empty object, which some clients always send, says nothing."""
    if data == {}:
        return
    wrong = "this request takes no body: send none, or {}"
    if not isinstance(data, dict):
        raise RequestRefusedError([Fault((), wrong)])
    strange = [Fault((key,), f"unknown key '{key}': {wrong}") for key in data]
    raise RequestRefusedError(strange[:MAX_FAULTS], more=max(0, len(strange) - MAX_FAULTS))


class _ReadRequest(Request):
    """A request whose body has been read."""

    def __init__(self, scope: Scope, receive: Receive, text: bytes, data: object) -> None:
        super().__init__(scope, receive)
        self._text, self._data = text, data

    async def body(self) -> bytes:
        return self._text

    async def json(self) -> object:
        return self._data


async def body_of(request: Request) -> bytes:
    """Return the body of a request, read within the limits of size and time if no route has read it.

    Raises
    ------
    BodyTooLargeError, BodyTooSlowError
        If it goes beyond them.
    ClientGoneError
        If the client leaves before its end.
    """
    if isinstance(request, _ReadRequest):
        return await request.body()
    return await _read(request, request.app.state.service.settings.max_body_bytes)


def _require_json(request: Request) -> None:
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    stated = request.headers.get("content-type")
    if stated is None or header.get_content_type() != "application/json":
        said = f"is '{stated}'" if stated else "is missing"
        raise MediaTypeError(f"the header Content-Type {said}: send the body as application/json")
    charset = header.get_content_charset("utf-8")
    if charset not in ("utf-8", "utf8"):
        raise MediaTypeError(f"the header Content-Type says charset={charset[:40]}: JSON is sent as UTF-8")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise MediaTypeError(f"the header Content-Encoding is '{encoding[:40]}': send the body as it is, uncompressed")


async def _read(request: Request, limit: int) -> bytes:
    """Read the body up to the limit; what the client announces beyond it is refused before anything is read."""
    announced = request.headers.get("content-length", "0").lstrip("0")
    if len(announced) > len(str(limit)) or int(announced or 0) > limit:
        raise BodyTooLargeError(limit)
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise BodyTooLargeError(limit)
                parts.append(part)
    except ClientDisconnect as error:
        raise ClientGoneError from error
    except TimeoutError as error:
        raise BodyTooSlowError(size, BODY_SECONDS) from error
    return b"".join(parts)
