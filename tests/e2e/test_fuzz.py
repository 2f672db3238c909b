"""The service keeps to its own description, whatever it is asked; ``make fuzz`` asks for longer."""

from pathlib import Path

import pytest

from tests.e2e.fuzz import fuzz_each_scope


@pytest.mark.parametrize(("scope", "seconds"), [("read", 8), ("write", 8), ("admin", 24)])
def test_nothing_is_found_with_a_key_of_each_scope(tmp_path: Path, scope: str, seconds: int) -> None:
    """The bound of time keeps the suite short; the seed makes what is asked within it the same each time."""
    found = fuzz_each_scope(tmp_path, [scope], seconds, ["--seed", "1", "--generation-database", "none"])
    assert not found, "\n".join(found)[-20_000:]
