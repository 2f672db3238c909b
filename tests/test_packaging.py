"""What is installed is what was meant: locks, the wheel's contents, files of a readable size."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sqlalchemy import inspect

from api.store.database import Database, database_url
from api.store.schema import NEWEST, revision
from api.store.tables import METADATA

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-bench.lock")
LONGEST_FILE = 500

with (ROOT / "pyproject.toml").open("rb") as file:
    PYPROJECT = tomllib.load(file)

GROUPS = PYPROJECT["dependency-groups"]
RUNTIME = PYPROJECT["project"]["dependencies"]
PROMISED = {
    "requirements.lock": [*RUNTIME, *GROUPS["test"], *GROUPS["lint"], *GROUPS["build"]],
    "requirements-bench.lock": [*RUNTIME, *PYPROJECT["project"]["optional-dependencies"]["bench"], *GROUPS["build"]],
}


def _pins(lock: str) -> list[Requirement]:
    """Read the pins of a lock, without their hashes and comments."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return [Requirement(line.removesuffix("\\")) for line in lines if line and line[0] not in " #"]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_place(lock: str) -> None:
    """A lock says what to install and never from where, so any mirror can serve it."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert " @ " not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_hashed(lock: str) -> None:
    """What is installed can be told byte for byte."""
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text(encoding="utf-8"))
    for entry in entries:
        assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==[^ ]+( ; .+)? \\\n", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_keeps_every_promise(lock: str) -> None:
    """Each dependency of pyproject.toml is pinned within its bounds; otherwise run ``make lock``."""
    pins = _pins(lock)
    for wanted in map(Requirement, PROMISED[lock]):
        versions = [
            next(iter(pin.specifier)).version
            for pin in pins
            if canonicalize_name(pin.name) == canonicalize_name(wanted.name)
        ]
        assert versions, f"{lock} lacks {wanted.name}: make lock"
        assert all(map(wanted.specifier.contains, versions)), f"{lock} has {wanted.name} {versions}, wanted {wanted}"


def test_both_locks_agree() -> None:
    """Measurements run on the very versions the tests ran on."""
    main, bench = ({(pin.name, str(pin.marker)): str(pin.specifier) for pin in _pins(lock)} for lock in LOCKS)
    assert {name: (main[name], bench[name]) for name in main.keys() & bench.keys() if main[name] != bench[name]} == {}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with what is already installed: no network, no build environment of its own."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_wheel_carries_code_and_scenarios(wheel: Path) -> None:
    """Every module and scenario of the checkout is in the wheel, and nothing of its tests."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    code = {
        str(path.relative_to(ROOT))
        for package in ("forecast", "api", "priors")
        for path in (ROOT / package).rglob("*.py")
    }
    scenarios = {str(path.relative_to(ROOT)) for path in (ROOT / "priors").glob("*.yaml")}
    assert "priors/trump-kim-2025.yaml" in scenarios
    assert code | scenarios | {"priors/README.md", "priors/scenario.schema.json"} <= names
    assert {name.split("/")[0] for name in names} == {
        "forecast",
        "api",
        "priors",
        f"branchcast-{PYPROJECT['project']['version']}.dist-info",
    }


def test_wheel_carries_what_the_code_reads(wheel: Path) -> None:
    """Steps of the database and their template, pages of the report, recorded answers: whatever is not a module."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    files = {
        str(path.relative_to(ROOT))
        for package in ("forecast", "api")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    migrations = "api/store/migrations"
    assert {f"{migrations}/script.py.mako", "api/report/templates/report.html", "api/py.typed"} <= files
    assert files | {f"{migrations}/env.py", f"{migrations}/versions/0001_first.py"} <= names


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the wheel in a folder of its own."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _branchcast(unpacked: Path, *arguments: str) -> str:
    """Run the command that the wheel names from the wheel's own files; return what it prints."""
    module, function = PYPROJECT["project"]["scripts"]["branchcast"].split(":")
    script = f"import {module} as m, sys; sys.argv = ['branchcast', *sys.argv[1:]]; print(m.__file__); m.{function}()"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=unpacked, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(unpacked)), done.stdout
    return done.stdout


def test_unpacked_wheel_runs_without_the_checkout(unpacked: Path) -> None:
    _branchcast(unpacked, "check", str(unpacked / "priors" / "trump-kim-2025.yaml"))


def test_unpacked_wheel_brings_a_database_up_to_date(unpacked: Path, tmp_path: Path) -> None:
    """Its steps are found where they were installed; a second time there is nothing left to do."""
    stored = tmp_path / "team.db"
    for _ in range(2):
        _branchcast(unpacked, "db", "upgrade", "--database", str(stored))
    database = Database(database_url(str(stored)))
    with database.reading() as connection:
        assert revision(connection) == NEWEST
        assert set(inspect(connection).get_table_names()) == {*METADATA.tables, "alembic_version"}
    database.close()


@pytest.mark.parametrize("folder", ["forecast", "api", "priors", "tests", "benchmarks"])
def test_no_file_is_too_long_to_read(folder: str) -> None:
    """A file has one subject; past this length it has two."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
    }
    assert lengths, f"{folder}/ holds no Python file"
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}
