"""Tokens are read from the environment, or from a file that nobody else may read."""

from pathlib import Path

import pytest

from api.platforms.errors import PlatformSettingsError
from api.platforms.tokens import MOST_BYTES, find_tokens
from api.platforms.variables import CULTIVATE_TOKEN, MANIFOLD_KEY, METACULUS_TOKEN, SECRETS

ONE, OTHER = "0123456789abcdef0123456789abcdef01234567", "7f4a9c3e-1b2d-4e5f-8a6b-0c1d2e3f4a5b"


def secrets_file(tmp_path: Path, text: str, mode: int = 0o600) -> dict[str, str]:
    path = tmp_path / "secrets"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return {SECRETS: str(path)}


def test_the_environment_states_tokens() -> None:
    found = find_tokens({METACULUS_TOKEN: ONE, MANIFOLD_KEY: OTHER, "HOME": "/root"})
    assert {name: secret.reveal() for name, secret in found.items()} == {METACULUS_TOKEN: ONE, MANIFOLD_KEY: OTHER}
    assert find_tokens({}) == {}


def test_a_file_states_tokens(tmp_path: Path) -> None:
    environ = secrets_file(
        tmp_path, f"# ours\n\n{METACULUS_TOKEN}={ONE}\n  {CULTIVATE_TOKEN} = a=b=c0123456789abc== \n"
    )
    found = find_tokens({**environ, MANIFOLD_KEY: OTHER})
    assert {name: secret.reveal() for name, secret in found.items()} == {
        METACULUS_TOKEN: ONE,
        CULTIVATE_TOKEN: "a=b=c0123456789abc==",
        MANIFOLD_KEY: OTHER,
    }


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o601, 0o777])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(PlatformSettingsError, match="open to others than its owner: chmod 600"):
        find_tokens(secrets_file(tmp_path, f"{METACULUS_TOKEN}={ONE}", mode))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ONE, "line 1 .* is not NAME=value"),
        (f"\n{ONE}=", "line 2 .* states none of the tokens that are read"),
        (f"BRANCHCAST_METACULUS_TOKN={ONE}", "states none of the tokens that are read: BRANCHCAST_METACULUS_TOKEN"),
        (f"{METACULUS_TOKEN}={ONE}\n{METACULUS_TOKEN}={ONE}", "line 2 .* a second time"),
        (f"{METACULUS_TOKEN}={ONE} {OTHER}", f"{METACULUS_TOKEN} in line 1 .* holds no token"),
        (f"{METACULUS_TOKEN}=", "holds no token"),
        (f"{METACULUS_TOKEN}={ONE[:15]}", "holds no token"),
        ("#" * (MOST_BYTES + 1), "more than 10,000 bytes"),
    ],
)
def test_a_line_that_states_no_token_is_named_and_not_repeated(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PlatformSettingsError, match=said) as refused:
        find_tokens(secrets_file(tmp_path, text))
    assert ONE[:15] not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_token_in_two_places_is_refused(tmp_path: Path) -> None:
    environ = secrets_file(tmp_path, f"{METACULUS_TOKEN}={ONE}")
    with pytest.raises(PlatformSettingsError, match="state it in one place") as refused:
        find_tokens({**environ, METACULUS_TOKEN: ONE})
    assert ONE not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(PlatformSettingsError, match="cannot be read"):
            find_tokens({SECRETS: str(path)})


def test_a_token_that_cannot_be_one_is_not_repeated() -> None:
    with pytest.raises(PlatformSettingsError, match=f"{METACULUS_TOKEN} holds no token") as refused:
        find_tokens({METACULUS_TOKEN: "my secret token of two words"})
    assert "words" not in str(refused.value).replace("one word", "")
