"""``docs/reference/python.md`` names everything that the client can be asked for."""

import inspect
import re
from pathlib import Path

import pytest

from api.client import Client, Patience
from api.client.evidence import Evidence
from api.client.forecasts import Forecasts
from api.client.keys import Keys
from api.client.quotes import Quotes
from api.client.resolutions import Resolutions
from api.client.runs import Runs
from api.client.scenarios import Prior, Scenarios
from api.client.statements import Statements
from api.client.tournaments import Listings, Submissions

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
SAID = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", PAGE.split("\n## Client\n")[1]))))


NOUNS = (
    *(Client, Scenarios, Prior, Statements, Evidence, Forecasts, Runs, Keys),
    *(Listings, Submissions, Quotes, Resolutions),
)


@pytest.mark.parametrize("noun", NOUNS)
def test_every_method_is_in_the_reference(noun: type) -> None:
    methods = {name for name, _ in inspect.getmembers(noun, callable) if not name.startswith("_")} - {"close"}
    assert methods <= SAID


def test_every_setting_of_the_client_is_in_the_reference() -> None:
    """What tests hand in instead of the clock and of chance is no setting."""
    settings = inspect.signature(Client).parameters.keys() - {"sleep", "chance"}
    assert settings <= SAID
    assert {"tries", "seconds"} <= SAID & Patience.__dataclass_fields__.keys()
