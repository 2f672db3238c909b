"""Scenario files as commands read them."""

from api.cli.exits import Exit, Refusal
from api.cli.files import UnreadableError, called, located, read_text
from forecast.documents import read_scenario
from forecast.errors import ScenarioError
from forecast.scenario import Scenario


def read_source(source: str, cannot: str) -> tuple[Scenario, str]:
    """Return the scenario of a file and its text.

    Raises
    ------
    Refusal
        If it cannot be read, or with all its faults; ``cannot`` says what then cannot be done with the scenario.
    """
    try:
        text = read_text(source)
        return read_scenario(text, name=called(source)), text
    except UnreadableError as error:
        raise Refusal(located(source, error.fault), Exit.FAULT) from error
    except ScenarioError as error:
        faults = [located(source, fault) for fault in error.faults]
        raise Refusal(f"the scenario cannot be {cannot}\n" + "\n".join(faults), Exit.FAULT) from error
