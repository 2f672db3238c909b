"""Settings every test shares: the same hypothesis examples on every machine, and asyncio for async tests."""

import pytest
from hypothesis import settings

settings.register_profile("branchcast", derandomize=True, deadline=None, max_examples=50, print_blob=True)
settings.load_profile("branchcast")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run tests marked ``anyio`` on asyncio, the loop the server runs on."""
    return "asyncio"
