"""The kinds of problem can be looked up."""

import httpx
import pytest

from api.http.problem_kinds import KINDS

pytestmark = pytest.mark.anyio


async def test_every_kind_is_listed(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/problems")).json()
    assert [each["type"] for each in listed] == [f"/problems/{slug}" for slug in KINDS]
