"""Platforms connected to their stand-ins, as the registry connects them to the world."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import httpx

from api.platforms.platform import Platform
from api.platforms.registry import PLATFORMS, connect
from api.platforms.secret import Secret
from tests.api.platforms import fake_cultivate, fake_manifold, fake_metaculus
from tests.api.platforms.fakes import FakePlatform

TOKENS = {
    "metaculus": fake_metaculus.TOKEN,
    "manifold": fake_manifold.KEY,
    "cultivate": fake_cultivate.TOKEN,
}

Kind = TypeVar("Kind", bound=Platform)


@contextmanager
def connected(
    kind: type[Kind],
    fake: FakePlatform,
    *,
    token: str | None = None,
    timeout: float = 60.0,
    transport: httpx.BaseTransport | None = None,
) -> Iterator[Kind]:
    """Yield a platform that sends to a stand-in."""
    entry, outside = PLATFORMS[kind.name], fake.world.outside()
    outside = replace(outside, timeout=timeout, transport=transport)
    secrets = {entry.token_variable: Secret(token or TOKENS[kind.name])}
    platform: Platform = connect(kind.name, {entry.address_variable: fake.url}, secrets, outside)
    assert isinstance(platform, kind)
    try:
        yield platform
    finally:
        platform.close()
