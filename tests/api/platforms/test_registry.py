"""All platforms by name: their addresses, tokens and limits."""

import pytest

from api.platforms.cultivate import Cultivate
from api.platforms.errors import PlatformSettingsError
from api.platforms.manifold import Manifold
from api.platforms.metaculus import Metaculus
from api.platforms.quotes.sources import open_wire
from api.platforms.registry import PLATFORMS, connect
from api.platforms.secret import Secret
from api.platforms.variables import VARIABLES
from api.platforms.wire import Outside
from forecast.tournaments.registry import FORMATS
from tests.api.platforms.world import World

TOKEN = Secret("0123456789abcdef0123456789abcdef01234567")


def test_each_platform_has_a_format_that_makes_its_bodies() -> None:
    assert list(PLATFORMS) == ["metaculus", "manifold", "cultivate"]
    assert PLATFORMS.keys() <= FORMATS.keys()


def test_each_platform_is_where_and_how_it_says() -> None:
    """Least intervals are the published limits; where none is published, that is said."""
    assert {name: (entry.address, entry.scheme) for name, entry in PLATFORMS.items()} == {
        "metaculus": ("https://www.metaculus.com", "Token"),
        "manifold": ("https://api.manifold.markets", "Key"),
        "cultivate": ("https://www.gjopen.com", "Bearer"),
    }
    assert PLATFORMS["manifold"].least_interval == 60 / 500
    assert PLATFORMS["metaculus"].least_interval >= 10 / 8
    for name in ("metaculus", "cultivate"):
        assert PLATFORMS[name].interval_from.startswith("suggested")


@pytest.mark.parametrize("kind", [Metaculus, Manifold, Cultivate])
def test_a_platform_is_connected_to_where_it_is(kind: type[Metaculus | Manifold | Cultivate]) -> None:
    entry = PLATFORMS[kind.name]
    platform = connect(kind.name, {}, {entry.token_variable: TOKEN}, Outside())
    assert type(platform) is kind
    assert repr(platform) == f"{kind.__name__}('{entry.address}')"
    platform.close()


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_platform_without_a_token_says_how_to_state_it(name: str) -> None:
    variable = PLATFORMS[name].token_variable
    with pytest.raises(PlatformSettingsError, match=f"needs a token: set {variable}, or .* BRANCHCAST_SECRETS"):
        connect(name, {}, {}, World().outside())


def test_a_platform_that_is_none_names_those_that_are() -> None:
    with pytest.raises(PlatformSettingsError, match="choose metaculus, manifold, cultivate"):
        connect("forecastbench", {}, {}, World().outside())
    with pytest.raises(PlatformSettingsError, match="choose manifold, polymarket, kalshi"):
        open_wire("metaculus", {}, World().outside())


@pytest.mark.parametrize(
    ("stated", "address"),
    [
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("http://localhost:8123/", "http://localhost:8123"),
        ("http://[::1]:8123/site", "http://[::1]:8123/site"),
        ("https://dev.metaculus.example/", "https://dev.metaculus.example"),
    ],
)
def test_the_environment_states_another_address(stated: str, address: str) -> None:
    entry = PLATFORMS["metaculus"]
    environ = {"BRANCHCAST_METACULUS_URL": stated}
    platform = connect("metaculus", environ, {entry.token_variable: TOKEN}, World().outside())
    assert repr(platform) == f"Metaculus('{address}')"
    platform.close()


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("http://metaculus.example", "anybody could read the token: use https"),
        ("http://127.0.0.1.example", "use https"),
        ("metaculus.example", "no usable address"),
        ("ftp://metaculus.example", "no usable address"),
        ("https://", "no usable address"),
        ("https://ann:hunter2@metaculus.example", "no usable address"),
        ("https://metaculus.example/?a=hunter2", "no usable address"),
        ("https://metaculus.example:99999", "no usable address"),
        ("", "no usable address"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_and_not_repeated(stated: str, said: str) -> None:
    tokens = {PLATFORMS["metaculus"].token_variable: TOKEN}
    with pytest.raises(PlatformSettingsError, match=said) as refused:
        connect("metaculus", {"BRANCHCAST_METACULUS_URL": stated}, tokens, World().outside())
    assert "hunter2" not in str(refused.value)
    assert "BRANCHCAST_METACULUS_URL" in str(refused.value)


def test_every_variable_that_is_read_is_listed() -> None:
    """Whoever refuses variables that nobody reads has to know them."""
    read = {name for entry in PLATFORMS.values() for name in (entry.token_variable, entry.address_variable)}
    assert read < VARIABLES
    assert VARIABLES - read == {"BRANCHCAST_SECRETS", "BRANCHCAST_POLYMARKET_URL", "BRANCHCAST_KALSHI_URL"}
