"""Imports only point downward, and the engine stays pure: held by reading the source, not by running it."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# From the ground up. A module may import from its own floor and from those above it in this list.
# A name stands for the module and, if it is a package inside `forecast` or `api`, for all it holds.
FLOORS: tuple[tuple[str, ...], ...] = (
    # what every floor speaks of
    ("forecast.version", "forecast.errors", "forecast.arrays", "forecast.dates", "forecast.fields", "forecast.words"),
    ("forecast.spelling",),
    ("forecast.schedules",),
    # plain arithmetic on arrays
    ("forecast.numerics",),
    ("forecast.distributions",),
    # the scenario document, from its parts to the whole
    ("forecast.statements",),
    ("forecast.structure",),
    ("forecast.scenario",),
    ("forecast.documents", "forecast.advice"),
    # flat arrays, draws, inference
    ("forecast.settings",),
    ("forecast.draws",),
    # what is read off the draws
    ("forecast.readings",),
    # the stages strung together, and what is made of a forecast
    ("forecast.result", "forecast.preparation", "forecast.engine", "forecast.summaries", "forecast.run"),
    ("forecast.scores", "forecast.sensitivity", "forecast.comparison", "forecast.revisions", "forecast.samples"),
    ("forecast.paired",),
    ("forecast.whatif", "forecast.predictions", "forecast.resolutions", "forecast.attribution", "forecast.decay"),
    ("forecast.contradictions",),
    ("forecast.tournaments", "forecast.scorecards"),
    ("forecast", "api"),
    # the shell: errors, the store, settings
    ("api.errors", "api.logs", "api.suggestions", "api.examples", "api.whole_files", "api.memory", "api.processors"),
    ("api.platforms.variables",),
    ("api.store",),
    ("api.settings", "api.metrics", "api.wording", "api.tabular", "api.processes.errors", "api.processes.signals"),
    ("api.processes.peers", "api.processes.sockets"),
    ("api.processes.assignment", "api.processes.supervisor"),
    ("api.report", "api.platforms"),
    # what every request passes through
    ("api.http", "api.http.conditional", "api.http.methods", "api.http.problem_kinds", "api.http.strict_json"),
    ("api.http.problems", "api.http.bodies", "api.http.tags", "api.http.moments", "api.http.pages", "api.http.answers"),
    ("api.http.request_log", "api.http.metrics", "api.http.openapi_parts", "api.http.access", "api.http.addresses"),
    ("api.http.parameters",),
    ("api.http.routers",),
    # what is done when it is asked for
    ("api.work", "api.work.computations", "api.work.kept", "api.work.scenario_files", "api.work.keyring"),
    ("api.work.first_key", "api.work.housekeeping", "api.work.archives"),
    ("api.work.timing", "api.work.streams", "api.http.streamed"),
    ("api.work.stored_scenarios", "api.work.limits", "api.work.prepared_database", "api.work.runner", "api.work.basis"),
    ("api.work.carrying",),
    ("api.work.listings", "api.work.deliveries", "api.work.courier", "api.work.sources"),
    ("api.work.asked_scenario", "api.work.ledgers", "api.work.pairs", "api.work.prepared_scenarios"),
    ("api.work.forecasting", "api.work.moves"),
    ("api.service",),
    ("api.http.writes", "api.work.previews", "api.work.whatifs", "api.work.diffs", "api.work.samples"),
    ("api.work.predictions", "api.work.explanations"),
    ("api.work.exports", "api.work.quoted_parts", "api.work.outside_views"),
    (
        "api.messages",
        "api.work.revising",
        "api.work.ledger_changes",
        "api.work.panels",
        "api.work.submitting",
    ),
    ("api.work.scorecards", "api.work.resolving"),
    ("api.work.quotes", "api.work.quoted_values", "api.work.quoted_statements"),
    # the routes, their description, the app, the commands
    ("api.routes", "api.http.openapi"),
    ("api.app", "api.client"),
    ("api.server", "api.examples.recording", "api.examples.__main__"),
    ("api.processes", "api.processes.child"),
    ("api.cli",),
)

# What reaches outside the process, tells the time, or draws hidden randomness has no place in the engine.
BANNED_IN_FORECAST = {
    *("api", "fastapi", "starlette", "uvicorn", "httpx", "click", "rich", "requests"),
    *("asyncio", "http", "multiprocessing", "os", "random", "secrets", "socket", "sqlite3", "ssl", "sqlalchemy"),
    *("subprocess", "tempfile", "time", "urllib", "uuid"),
}
BANNED_ATTRIBUTES = {
    *("date.today", "datetime.now", "datetime.today", "datetime.utcnow"),
    *("random.default_rng", "random.seed", "random.RandomState"),
}


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {
    _module_name(path): path for package in ("forecast", "api") for path in sorted((ROOT / package).rglob("*.py"))
}
ENGINE = [name for name in SOURCES if name.split(".")[0] == "forecast"]
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in SOURCES.items()}


def _absolute(node: ast.ImportFrom, importer: str) -> str:
    """Spell out a relative import."""
    if node.level == 0:
        return node.module or ""
    package = importer if SOURCES[importer].name == "__init__.py" else importer.rpartition(".")[0]
    base = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def _imports(name: str) -> list[str]:
    """List what a module imports anywhere in its text, each as the longest name that is a module."""
    found: set[str] = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, name)
            inner = {f"{source}.{alias.name}" for alias in node.names}
            found.update(inner & SOURCES.keys())
            if not inner <= SOURCES.keys():
                found.add(source)
    return sorted(found)


def _floor(name: str) -> int | None:
    """Give the floor a module is listed on; the entry that says most wins."""
    entries = [
        (len(entry), floor)
        for floor, names in enumerate(FLOORS)
        for entry in names
        if name == entry or ("." in entry and name.startswith(f"{entry}."))
    ]
    return max(entries)[1] if entries else None


def _attributes(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node), node.lineno


def test_every_module_has_one_floor() -> None:
    """A new module is placed on purpose, and a removed one leaves the list."""
    entries = [entry for names in FLOORS for entry in names]
    unplaced = [name for name in SOURCES if _floor(name) is None]
    assert not unplaced, f"on no floor; add to FLOORS in tests/test_floors.py: {', '.join(unplaced)}"
    missing = [entry for entry in entries if entry not in SOURCES]
    assert not missing, f"listed in FLOORS in tests/test_floors.py but not there: {', '.join(missing)}"
    assert len(entries) == len(set(entries)), "a module is listed on two floors"


def test_imports_point_downward() -> None:
    """No module imports from a floor above its own."""
    upward = [
        f"{name} imports {target}"
        for name in SOURCES
        for target in _imports(name)
        if (own := _floor(name)) is not None and (other := _floor(target)) is not None and other > own
    ]
    assert not upward, "imports from above: " + "; ".join(upward)


def test_imports_form_no_cycle() -> None:
    """Modules of one floor may use one another, but never in a circle."""
    graph = {name: {target for target in _imports(name) if target in SOURCES and target != name} for name in SOURCES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(reversed(error.args[1]))}")


def test_engine_imports_nothing_impure() -> None:
    """The engine imports neither the shell nor anything with a clock, a network, an environment or a database."""
    impure = [
        f"{name} imports {target}"
        for name in ENGINE
        for target in _imports(name)
        if target.split(".")[0] in BANNED_IN_FORECAST
    ]
    assert not impure, "the engine is pure: " + "; ".join(impure)


def test_engine_reaches_nothing_impure() -> None:
    """The engine asks no clock and seeds no generator that its caller does not name."""
    impure = [
        f"{SOURCES[name].relative_to(ROOT)}:{line} uses {spelled}"
        for name in ENGINE
        for spelled, line in _attributes(TREES[name])
        if any(f".{spelled}".endswith(f".{banned}") for banned in BANNED_ATTRIBUTES)
    ]
    assert not impure, "the engine is pure: " + "; ".join(impure)
