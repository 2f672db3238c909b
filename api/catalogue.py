"""Where scenarios come from: what a catalogue must answer, and one that reads folders of scenario files.

Routes know the protocol only, so that stored scenarios can take the place of files.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Protocol

from api.errors import UnknownScenarioError
from api.settings import PACKAGED
from api.suggestions import did_you_mean
from forecast.documents import read_scenario
from forecast.errors import ScenarioError
from forecast.scenario import Scenario


class CatalogueError(Exception):
    """Scenario files that cannot be served; the message has a line for each fault."""


@dataclass(frozen=True, slots=True)
class StoredScenario:
    """One version of a scenario: as it was written, and as it was understood."""

    scenario: Scenario
    version: int
    text: str

    @property
    def id(self) -> str:
        """Name of the scenario, the same for all its versions."""
        return self.scenario.scenario

    @property
    def digest(self) -> str:
        """SHA-256 of what the document says."""
        return self.scenario.digest


class ScenarioCatalogue(Protocol):
    """What the service asks of the place where scenarios are kept. Methods may block: call them in a thread."""

    def list(self) -> Sequence[StoredScenario]:
        """Return the newest version of every scenario, sorted by id."""
        ...

    def get(self, scenario_id: str) -> StoredScenario:
        """Return the newest version of a scenario.

        Raises
        ------
        UnknownScenarioError
            If there is none of this id.
        """
        ...


class FileCatalogue:
    """Scenarios read once from files; each has one version, and an edited file is served after a restart."""

    def __init__(self, stored: Mapping[str, StoredScenario]) -> None:
        self._stored = dict(sorted(stored.items()))

    def list(self) -> Sequence[StoredScenario]:
        return tuple(self._stored.values())

    def get(self, scenario_id: str) -> StoredScenario:
        if scenario_id not in self._stored:
            hint = did_you_mean(scenario_id, self._stored, "the catalogue holds")
            raise UnknownScenarioError(f"there is no scenario '{scenario_id[:100]}'{hint}")
        return self._stored[scenario_id]


def read_catalogue(folders: Sequence[str]) -> FileCatalogue:
    """Read every ``*.yaml`` file of the folders; ``packaged`` stands for the scenarios shipped with branchcast.

    Raises
    ------
    CatalogueError
        If a file is not a scenario, or two files hold scenarios of the same id.
    """
    stored: dict[str, StoredScenario] = {}
    origin: dict[str, str] = {}
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
            first = origin.setdefault(scenario.scenario, name)
            if first != name:
                faults.append(f"{name}: scenario '{scenario.scenario}' is already in {first}: rename one or remove it")
            stored[scenario.scenario] = StoredScenario(scenario, 1, text)
    if faults:
        raise CatalogueError("\n".join(faults))
    return FileCatalogue(stored)


def _files(folders: Sequence[str]) -> Iterator[tuple[Traversable, str]]:
    """Yield each scenario file once, with the name to call it by, in the order of folders and names."""
    for folder in dict.fromkeys(folders):
        root: Traversable = files("priors") if folder == PACKAGED else Path(folder)
        for file in sorted(root.iterdir(), key=lambda each: each.name):
            if file.is_file() and file.name.endswith(".yaml"):
                yield file, str(file)
