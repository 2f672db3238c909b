"""The server as the nouns of the client see it: what is asked is repeated until it is answered or cannot be."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_json

from api.client.addresses import require_sendable
from api.client.errors import (
    AnswerError,
    ArgumentError,
    ChangedSinceError,
    ClientError,
    NoAnswerError,
    UnexpectedAnswerError,
)
from api.client.patience import Patience, may_pass, retry_after
from api.http.problems import MEDIA_TYPE, Problem

Model = TypeVar("Model", bound=BaseModel)
Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_SHOWN = 200
"""Characters of a strange answer that an error repeats."""

_LOST = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError)
"""What keeps an answer from arriving, and may not the next time."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; ``path`` begins with a slash, so that the key goes to this server and no other."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


class PassingError(Exception):
    """Tells ``until_settled`` of a failure that may be gone in a moment, or in ``told`` seconds."""

    def __init__(self, error: ClientError, told: float | None = None) -> None:
        self.error, self.told = error, told
        super().__init__()


class Server:
    """One branchcast server. Safe to share by threads."""

    def __init__(
        self, http: httpx.Client, patience: Patience, sleep: Callable[[float], None], chance: Callable[[], float]
    ) -> None:
        self._http, self._patience, self._sleep, self._chance = http, patience, sleep, chance

    def __repr__(self) -> str:
        return f"Server({self.address!r})"

    @property
    def address(self) -> str:
        """Where it is."""
        return str(self._http.base_url).rstrip("/")

    def get(self, model: type[Model], path: str, **query: object) -> Model:
        """Return what is at an address."""
        return self._parsed(model, Ask("GET", path, _stated(query)))

    def text(self, path: str, **query: object) -> str:
        """Return the text at an address."""
        return self.answer(Ask("GET", path, _stated(query))).text

    def pages(
        self, model: type[Model], read: Callable[[Model], tuple[Sequence[Item], str | None]], path: str, **query: object
    ) -> Iterator[Item]:
        """Yield what a list holds; each page is asked for when the one before has been read.

        ``read`` takes a page to what it holds and the address of the next.
        """
        ask = Ask("GET", path, _stated(query))
        while True:
            items, following = read(self._parsed(model, ask))
            yield from items
            if following is None:
                return
            ask = Ask("GET", following)

    def compute(self, model: type[Model], path: str, body: Mapping[str, object]) -> Model:
        """Return what is computed from a body; nothing is kept."""
        return self._parsed(model, Ask("POST", path, {}, _JSON, _json(body)))

    def write(
        self, model: type[Model], method: str, path: str, body: Mapping[str, object] | None = None, **headers: str
    ) -> Model:
        """Change something once, however often it has to be sent, and return what the server says of it.

        Names of headers are written with underscores: ``If_Match``.
        """
        stated = {name.replace("_", "-"): value for name, value in headers.items()}
        key = {"Idempotency-Key": secrets.token_urlsafe(24)}
        if body is None:
            return self._parsed(model, Ask(method, path, {}, {**stated, **key}))
        return self._parsed(model, Ask(method, path, {}, {**stated, **key, **_JSON}, _json(body)))

    def _parsed(self, model: type[Model], ask: Ask) -> Model:
        answer = self.answer(ask)
        return parsed(model, answer.content, answer)

    def answer(self, ask: Ask) -> httpx.Response:
        """Return the answer to a request.

        Raises
        ------
        NoAnswerError, AnswerError, UnexpectedAnswerError
            If there is none, or it is a problem, or nothing that this client understands.
        """

        def once() -> httpx.Response:
            with self.sent(ask) as answer:
                answer.read()
            return answer

        return self.until_settled(once)

    def until_settled(self, attempt: Callable[[], Result]) -> Result:
        """Repeat what asks the server through ``sent``, as long as it fails in a way that may pass."""
        tried, waited = 0, 0.0
        while True:
            try:
                return attempt()
            except PassingError as passing:
                tried += passing.told is None
                pause = self._patience.pause(max(tried, 1), waited, passing.told, self._chance())
                if pause is None:
                    raise passing.error from passing.__cause__
            waited += pause
            self._sleep(pause)

    @contextmanager
    def sent(self, ask: Ask) -> Iterator[httpx.Response]:
        """Yield the answer to a request that is sent once, its body not read yet; to be called in ``until_settled``."""
        if not ask.path.startswith("/") or ask.path.startswith("//"):
            raise UnexpectedAnswerError(
                f"{self.address} leads to '{ask.path[:MOST_SHOWN]}', which is no address of its own"
            )
        require_sendable(ask.headers)
        request = self._http.build_request(
            ask.method, ask.path, params=dict(ask.query) or None, headers=dict(ask.headers), content=ask.body
        )
        try:
            answer = self._http.send(request, stream=True)
            try:
                self._require_success(answer)
                yield answer
            finally:
                answer.close()
        except _LOST as error:
            raise PassingError(NoAnswerError(self._silence(error))) from error
        except httpx.HTTPError as error:
            raise NoAnswerError(self._silence(error)) from error

    def _silence(self, error: httpx.HTTPError) -> str:
        if isinstance(error, httpx.TimeoutException):
            return f"{self.address} does not answer in time: ask again later, or give it more time"
        reason = f" ({error})" if str(error) else ""
        return f"{self.address} cannot be reached{reason}: is it running, and is this its address?"

    def _require_success(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        if answer.is_redirect:
            raise UnexpectedAnswerError(
                f"{self.address} sends elsewhere, to {answer.headers.get('Location', '')[:MOST_SHOWN]}: if you trust "
                "that address, state it as the server"
            )
        answer.read()
        error = _problem_in(answer)
        if may_pass(answer, error.kind):
            raise PassingError(error, retry_after(answer))
        raise error


_JSON = {"Content-Type": "application/json"}


def _stated(values: Mapping[str, object]) -> dict[str, Any]:
    """Return what is stated of optional values, days and moments as text."""
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else value
        for name, value in values.items()
        if value is not None
    }


def _json(body: Mapping[str, object]) -> bytes:
    try:
        return to_json(_stated(body))
    except PydanticSerializationError as error:
        raise ArgumentError(f"this cannot be sent as JSON ({error}): state text, numbers, lists and maps") from error


def parsed(model: type[Model], text: str | bytes, answer: httpx.Response) -> Model:
    """Return JSON of an answer as a model; one that has a ``tag`` gets the answer's entity tag.

    Raises
    ------
    UnexpectedAnswerError
        If it is not what this client understands.
    """
    try:
        if "tag" in model.model_fields:
            return model.model_validate({**json.loads(text), "tag": answer.headers["ETag"]})
        return model.model_validate_json(text)
    except (ValueError, KeyError, TypeError) as error:
        raise UnexpectedAnswerError(
            f"{answer.request.url.copy_with(query=None)} answers what this version of branchcast does not understand: "
            "is it a branchcast server, and of this version?"
        ) from error


def _problem_in(answer: httpx.Response) -> AnswerError:
    """Return the problem that an answer states, or one that says that it states none."""
    request_id = answer.headers.get("X-Request-ID")
    problem = _stated_problem(answer) or _unstated_problem(answer.status_code)
    if answer.status_code == HTTPStatus.PRECONDITION_FAILED and "ETag" in answer.headers:
        return ChangedSinceError(problem, answer.headers["ETag"], request_id)
    return AnswerError(problem, request_id)


def _stated_problem(answer: httpx.Response) -> Problem | None:
    if answer.headers.get("Content-Type", "").partition(";")[0] != MEDIA_TYPE:
        return None
    try:
        stated = answer.json()
        return Problem.model_validate({name: stated[name] for name in Problem.model_fields if name in stated})
    except (ValueError, TypeError):
        return None


def _unstated_problem(status: int) -> Problem:
    title = _phrase(status)
    detail = f"the answer is {status} {title}, without a word on why: is this a branchcast server?"
    return Problem(type="about:blank", title=title, status=status, detail=detail)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
