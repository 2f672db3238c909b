"""Moments: a day is its end in UTC, a time has its zone, and nothing else is guessed at."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError

from api.errors import ParameterError
from api.http.moments import AsOf, Moment, moment_of
from api.http.problems import install_problem_handlers

pytestmark = pytest.mark.anyio

NEW_YEAR = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)


def test_a_day_is_its_last_instant() -> None:
    """Whatever was recorded on that day in UTC counts, and nothing of the next."""
    assert moment_of("2026-08-20") == datetime(2026, 8, 20, 23, 59, 59, 999_999, tzinfo=UTC)
    assert moment_of("2024-02-29") == datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    "stated",
    [
        "2026-12-31T23:00:00Z",
        "2026-12-31T23:00:00+00:00",
        "2027-01-01T00:00:00+01:00",
        "2027-01-01T00:00:00 01:00",
        "2026-12-31T18:00:00.000000-05:00",
        "2026-12-31T23:00Z",
    ],
)
def test_a_time_is_read_by_its_zone(stated: str) -> None:
    """Also where the plus sign of the zone was not escaped in the address, and arrives as a space."""
    moment = moment_of(stated)
    assert (moment, moment.tzinfo) == (NEW_YEAR, UTC)


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "now",
        "2026-02-30",
        "2026-8-20",
        "20260820",
        "2026-W34-4",
        "２０２６-08-20",
        "2026-08-20T09:30:00",
        "2026-08-20T25:00:00Z",
        "2026-08-20T09:30:00+25:00",
        "1787216400",
        "0000-01-01",
    ],
)
def test_what_states_no_moment_is_refused(stated: str) -> None:
    """No time of day is filled in, and no zone is assumed."""
    with pytest.raises(ParameterError, match="write a day such as 2026-08-20, or a moment with its zone") as caught:
        moment_of(stated)
    assert caught.value.parameter == "as_of"
    assert f"as_of is '{stated}'" in str(caught.value)


def test_the_calendar_ends_with_its_last_day() -> None:
    assert moment_of("9999-12-31") == datetime.max.replace(tzinfo=UTC)
    assert moment_of("0001-01-01T00:00:00Z") == datetime.min.replace(tzinfo=UTC)


BEYOND = ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"]


@pytest.mark.parametrize("stated", BEYOND)
def test_a_moment_beyond_the_calendar_is_told_apart_from_a_misspelt_one(stated: str) -> None:
    """Its form is right: to write it otherwise would not help."""
    with pytest.raises(ParameterError, match="in UTC lies outside the years 0001 to 9999") as caught:
        moment_of(stated)
    assert "write a day" not in str(caught.value)
    with pytest.raises(ValidationError, match="in UTC lies outside the years 0001 to 9999"):
        TypeAdapter(Moment).validate_python(stated)


@pytest.fixture
async def asked() -> Any:  # noqa: ANN401 -- an asynchronous function
    """Return a function that asks a route about a moment, in the words of an address."""
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/then")
    async def then(moment: AsOf) -> datetime | None:
        return moment

    async def ask(query: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return await client.get(f"/then{query}")

    return ask


async def test_a_route_is_asked_about_now_unless_a_moment_is_stated(asked: Any) -> None:  # noqa: ANN401
    assert (await asked("")).json() is None
    assert (await asked("?as_of=2027-01-01T00:00:00%2B01:00")).json() == "2026-12-31T23:00:00Z"
    assert (await asked("?as_of=2027-01-01T00:00:00+01:00")).json() == "2026-12-31T23:00:00Z"


@pytest.mark.parametrize("query", ["?as_of=", "?as_of=yesterday", f"?as_of={'9' * 41}"])
async def test_a_moment_that_cannot_be_read_is_a_fault_of_its_parameter(asked: Any, query: str) -> None:  # noqa: ANN401
    answer = await asked(query)
    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == ["as_of"]


@pytest.mark.parametrize(
    "stated", ["2026-12-31T23:00:00Z", "2026-12-31t23:00:00z", "2027-01-01T00:00:00+01:00", "2026-12-31T23:00:00.0Z"]
)
def test_a_body_states_a_moment_as_rfc_3339_writes_it(stated: str) -> None:
    moment = TypeAdapter(Moment).validate_python(stated)
    assert (moment, moment.tzinfo) == (NEW_YEAR, UTC)


@pytest.mark.parametrize(
    "stated",
    [
        None,
        1_787_216_400,
        "2026-12-31",
        "2026-12-31T23:00:00",
        "2026-12-31 23:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-12-31T23:59:60Z",
    ],
)
def test_a_body_that_states_none_is_told_how(stated: object) -> None:
    with pytest.raises(ValidationError, match="is not a moment: write it with its zone"):
        TypeAdapter(Moment).validate_python(stated)
