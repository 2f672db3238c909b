"""What was measured over HTTP, as pages of Markdown tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks.aims import Aim
from benchmarks.figures import Machine
from benchmarks.report import aims_table, duration, number, table
from benchmarks.service.aims import REFERENCE_FLOOR, aims, at_reference_pace
from benchmarks.service.cases import BARE, ENGINE, PREVIEW
from benchmarks.service.figures import Load, Memory, Results
from benchmarks.service.growth import Leaks, Tolerance
from benchmarks.service.scaling import AIM, Scaled

_QUICK = ("**A quick run: far too short to mean anything.**", "")


def load_page(results: Results) -> str:
    """Write the page of load."""
    parts = (
        _head("The service under load", "benchmarks.service", results.machine, results.taken),
        (f"Load at the end, this measurement's own included: {results.load_after:.2f}.", ""),
        _QUICK if results.quick else (),
        aims_table(aims(results)),
        _pace(results),
        *(_loads(results, clients) for clients in dict.fromkeys(each.clients for each in results.loads)),
        _memory(results.memories),
    )
    return _page(parts)


def scale_page(found: Sequence[Scaled], machine: Machine, taken: str) -> str:
    """Write the page of reads of a large store."""
    slowest = (Aim(f"{each.database}: the slowest read, p50", each.slowest, AIM, True, "ms") for each in found)
    parts = (
        _head("Reads of a large store", "benchmarks.service.scale", machine, taken),
        aims_table(slowest),
        *(part for each in found for part in (_scaled(each), _plans(each.plans))),
    )
    return _page(parts)


def leaks_page(found: Sequence[Leaks], tolerance: Tolerance, machine: Machine, taken: str) -> str:
    """Write the page of what is held after unruly clients."""
    parts = (
        _head("Clients that leave, read slowly, or send half", "benchmarks.service.leaks", machine, taken),
        *(_leaks(each, tolerance) for each in found),
    )
    return _page(parts)


def _page(parts: Iterable[Iterable[str]]) -> str:
    return "\n".join(line for part in parts for line in part)


def _head(title: str, command: str, machine: Machine, taken: str) -> Iterator[str]:
    yield f"# {title}"
    yield ""
    yield f"Taken {taken} by `python -m {command}`; how to read it: [README](README.md#the-service)."
    yield f"{machine.processor}, {machine.cores} cores, load {machine.load:.2f} at the start."
    yield ", ".join(f"{name} {version}" for name, version in machine.versions) + "."
    yield ""


def _pace(results: Results) -> Iterator[str]:
    yield f"The floor of the engine's measurements took {results.floor:.3f} s per 10⁶ draws meanwhile, and"
    yield f"{REFERENCE_FLOOR} s where the aims were set. On a machine of that pace:"
    yield ""
    yield from list(aims_table(at_reference_pace(results)))[2:]


def _loads(results: Results, clients: int) -> Iterator[str]:
    rows = [each for each in results.loads if each.clients == clients]
    floors = {each.case: each for each in rows if each.case in (BARE, ENGINE)}
    yield f"## {clients} {'client' if clients == 1 else 'clients'}"
    yield ""
    yield f"Medians of {len(rows[0].rounds)} rounds in turns."
    yield ""
    yield from table(
        ("case", "p50", "p99", "requests/s", "p50 over floor", "server's processor time per request", "over floor"),
        (_load(each, floors[ENGINE if PREVIEW in each.case or each.case == ENGINE else BARE]) for each in rows),
    )


def _load(row: Load, floor: Load) -> Sequence[str]:
    return (
        row.case,
        duration(row.p50),
        duration(row.p99),
        number(row.rate),
        f"{number(row.p50 / floor.p50)} ×",
        duration(row.cpu),
        f"{number(row.cpu / floor.cpu)} ×",
    )


def _memory(rows: Iterable[Memory]) -> Iterator[str]:
    yield "## Memory of the servers"
    yield ""
    yield "Resident, in MiB: once it answered, after everything above, and the most meanwhile."
    yield ""
    yield from table(
        ("server", "before", "after", "peak", "threads after"),
        (
            (
                each.server,
                number(each.before.resident),
                number(each.after.resident),
                number(each.after.peak),
                str(each.after.threads),
            )
            for each in rows
        ),
    )


def _scaled(found: Scaled) -> Iterator[str]:
    yield f"## {found.database}: {found.versions:,} versions, {found.forecasts:,} forecasts, {found.figures:,} figures"
    yield ""
    yield f"One client. Filled in {duration(found.filling)}; {number(found.mebibytes)} MiB on disk."
    yield ""
    yield from table(
        ("read", "p50", "p99", "server's processor time per request", "requests"),
        (
            (each.case, duration(each.p50), duration(each.p99), duration(each.cpu), f"{each.requests:,}")
            for each in found.reads
        ),
    )


def _plans(plans: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield "Query plans:"
    yield ""
    yield "```text"
    for name, found in plans.items():
        yield name
        yield from (f"    {line}" for plan in found for line in plan.splitlines())
    yield "```"
    yield ""


def _leaks(found: Leaks, tolerance: Tolerance) -> Iterator[str]:
    first, last = found.settled, found.checks[-1]
    grown = tolerance.grown(found)
    said = ", ".join(f"{name} by {number(by)}" for name, by in grown.items())
    yield f"## {found.database}: {last.requests:,} requests"
    yield ""
    yield f"From {first.requests:,} requests on: {f'**grown**: {said}' if grown else 'flat'}."
    yield (
        f"Flat is at most {tolerance.threads} threads, {tolerance.files} files, {tolerance.sockets} sockets, "
        f"{number(tolerance.resident)} MiB and {tolerance.connections} connection in use more."
    )
    yield ""
    yield from table(
        ("requests", "threads", "open files", "of them sockets", "connections in use", "resident, MiB", "peak, MiB"),
        (
            (
                f"{each.requests:,}",
                str(each.held.threads),
                str(each.held.files),
                str(each.held.sockets),
                str(each.connections),
                number(each.held.resident),
                number(each.held.peak),
            )
            for each in found.checks
        ),
    )
