"""The table of problems is complete, and the framework's own errors are answered in the same shape."""

import httpx
import pytest
from fastapi import FastAPI, HTTPException

import api.errors
import api.tabular
import forecast.errors
from api.errors import ClientGoneError, ServiceError
from api.http.problem_kinds import KINDS, TABLE
from api.http.problems import install_problem_handlers
from api.tabular import MissingExtraError
from forecast.errors import BranchcastError, ForecastFileError
from forecast.tournaments import exports

pytestmark = pytest.mark.anyio

NEVER_ANSWERED = {
    ServiceError,  # the base
    BranchcastError,  # the base
    ClientGoneError,  # nobody is there
    ForecastFileError,  # a recorded forecast that was altered is a failure of the server
}

OF_OTHERS = {MissingExtraError}
"""Errors of parts that know nothing of the service, and have their row all the same."""


async def test_every_deliberate_error_has_its_row() -> None:
    """A new exception is answered on purpose, not as a failure of the server."""
    deliberate = {
        each
        for module in (api.errors, api.tabular, forecast.errors, exports)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, ServiceError | BranchcastError)
    }
    assert (deliberate - NEVER_ANSWERED) | OF_OTHERS == set(TABLE)


async def test_every_row_leads_to_a_listed_kind() -> None:
    assert set(TABLE.values()) <= set(KINDS.values())
    assert all(kind.slug == slug and kind.type == f"/problems/{slug}" for slug, kind in KINDS.items())


@pytest.fixture
def strange() -> FastAPI:
    """Return an app with routes as they may come to be: with query parameters and errors of the framework."""
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/page")
    async def page(limit: int) -> int:
        return limit

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418, "short and stout", headers={"X-Handle": "here"})

    return app


@pytest.mark.parametrize(
    ("query", "said"),
    [("", "the address lacks 'limit': state it"), ("?limit=many", "'limit' is 'many', but must be a whole number")],
)
async def test_parameters_are_named(strange: FastAPI, query: str, said: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(strange), base_url="http://localhost") as client:
        answer = await client.get("/page" + query)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/invalid-request"
    (error,) = answer.json()["errors"]
    assert error["parameter"] == "limit"
    assert error["detail"] == said


async def test_a_status_without_a_kind_is_about_blank(strange: FastAPI) -> None:
    """RFC 9457 §4.2.1: the title is then the status's own phrase."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(strange), base_url="http://localhost") as client:
        answer = await client.get("/teapot")
    assert answer.json() == {
        "type": "about:blank",
        "title": "I'm a Teapot",
        "status": 418,
        "detail": "short and stout",
    }
    assert answer.headers["x-handle"] == "here"
