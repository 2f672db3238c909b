"""Scenario files: folders of them read, and stored where the database does not hold their scenarios yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from api.errors import ConflictError
from api.settings import PACKAGED
from api.store import audit, scenarios
from api.store.database import Database
from forecast.documents import read_scenario
from forecast.errors import ScenarioError
from forecast.scenario import Scenario

AUTHOR = audit.SERVICE
"""Who stores what is read from files."""


class ScenarioFileError(Exception):
    """Scenario files that cannot be stored; the message has a line for each fault."""


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A scenario, the text it was read from, and what its file is called."""

    scenario: Scenario
    text: str
    name: str


def read_folders(folders: Sequence[str]) -> tuple[ScenarioFile, ...]:
    """Read every ``*.yaml`` file of the folders; ``packaged`` stands for the scenarios shipped with branchcast.

    Raises
    ------
    ScenarioFileError
        If a file is not a scenario, or two files hold scenarios of the same id.
    """
    found: dict[str, ScenarioFile] = {}
    faults: list[str] = []
    for file, name in _files(folders):
        try:
            text = file.read_bytes().decode("utf-8")
            scenario = read_scenario(text, name=name)
        except UnicodeDecodeError as error:
            faults.append(f"{name}: byte {error.start + 1} is not UTF-8: save the file as UTF-8")
        except ScenarioError as error:
            faults += [f"{name}:{fault.line}:{fault.column}: {fault.message}" for fault in error.faults]
        else:
            read = found.setdefault(scenario.scenario, ScenarioFile(scenario, text, name))
            if read.name != name:
                faults.append(
                    f"{name}: scenario '{scenario.scenario}' is already in {read.name}: rename one or remove it"
                )
    if faults:
        raise ScenarioFileError("\n".join(faults))
    return tuple(found.values())


def store_new(database: Database, found: Sequence[ScenarioFile]) -> tuple[str, ...]:
    """Store the scenarios that the database does not hold; return their ids.

    What it holds is left alone, whatever a file says: analysts may have gone on from there.
    """
    with database.reading() as connection:
        missing = [file for file in found if not scenarios.exists(connection, file.scenario.scenario)]
    stored = [file.scenario.scenario for file in missing if _store(database, file)]
    return tuple(stored)


def _store(database: Database, file: ScenarioFile) -> bool:
    draft = scenarios.Draft(file.scenario, file.text, AUTHOR, f"read from {Path(file.name).name}")
    try:
        with database.writing() as connection:
            now = database.now(connection)
            card = scenarios.create(connection, now, draft)
            audit.append(connection, now, AUTHOR, *scenarios.audited(card, file.text))
    except ConflictError:  # another process was first
        return False
    return True


def _files(folders: Sequence[str]) -> Iterator[tuple[Traversable, str]]:
    """Yield each scenario file once, with the name to call it by, in the order of folders and names."""
    for folder in dict.fromkeys(folders):
        root: Traversable = files("priors") if folder == PACKAGED else Path(folder)
        for file in sorted(root.iterdir(), key=lambda each: each.name):
            if file.is_file() and file.name.endswith(".yaml"):
                yield file, str(file)
