"""Results as a page of Markdown tables: what was measured, with the aims beside it."""

import math
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.aims import Aim, aims
from benchmarks.contenders import Contender, Way
from benchmarks.figures import Accuracy, Growth, Results, SpeedTable


def render(results: Results, contenders: Sequence[Contender]) -> str:
    """Write the whole page."""
    counts_paths = [one.name for one in contenders if one.way is Way.PATHS]
    parts = (
        _head(results),
        aims_table(aims(results, counts_paths)),
        _contenders(contenders),
        *(_speed(table) for table in results.speed),
        _memory(results),
        _equal_time(results),
        _equal_error(results),
        _growth(results.growth),
    )
    return "\n".join(line for part in parts for line in part)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> Iterator[str]:
    """Yield a Markdown table and an empty line: ``texts`` columns set left, the numbers after them right."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * texts}{'---:|' * (len(heads) - texts)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def number(value: float | None, digits: int = 3) -> str:
    """Write three significant digits, a dash for nothing, thousands separated, exponents only below 0.001."""
    if value is None:
        return "–"
    if math.isinf(value):
        return "∞"
    if value and abs(value) < 1e-3:
        return f"{value:.{digits - 1}e}"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:#.{digits}g}".rstrip(".")


def duration(seconds: float) -> str:
    """Write a time in the unit that reads best."""
    for limit, factor, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms"), (600.0, 1.0, "s"), (36_000.0, 1 / 60, "min")):
        if seconds < limit:
            return f"{number(seconds * factor)} {unit}"
    return f"{number(seconds / 3600)} h"


def _head(results: Results) -> Iterator[str]:
    machine = results.machine
    yield "# Benchmark results"
    yield ""
    if results.quick:
        yield "**A quick run: sizes far too small to mean anything.**"
        yield ""
    yield f"Taken {results.taken} by `python -m benchmarks`; how to read it: [README](README.md)."
    yield f"{machine.processor}, {machine.cores} cores, load {machine.load:.2f} at the start."
    yield ", ".join(f"{name} {version}" for name, version in machine.versions) + "."
    yield ""


def aims_table(rows: Iterable[Aim]) -> Iterator[str]:
    """Yield the aims with what was measured of each."""
    words = {True: "met", False: "**not met**", None: "not measured"}
    yield "## Aims"
    yield ""
    yield from table(
        ("what", "measured", "aim", ""),
        (
            (
                aim.what,
                "–" if aim.figure is None else f"{number(aim.figure)} {aim.unit}".strip(),
                f"{'≤' if aim.at_most else '≥'} {aim.bound:,g} {aim.unit}".strip(),
                words[aim.met],
            )
            for aim in rows
        ),
    )


def _contenders(contenders: Sequence[Contender]) -> Iterator[str]:
    yield "## Contenders"
    yield ""
    yield from table(
        ("contender", "way", "intervals", "threads", "work"),
        (
            (one.name, one.way.value, "yes" if one.gives_intervals else "no", str(one.threads), one.note)
            for one in contenders
        ),
        texts=5,
    )


def _speed(measured: SpeedTable) -> Iterator[str]:
    yield f"## {measured.tree}: {measured.draws:,} draws of {measured.nodes:,} nodes, {measured.branches:,} branches"
    yield ""
    yield f"Least and median of {len(measured.floor.seconds)} rounds in turns. * = fewer draws run, time scaled up."
    yield ""
    yield from table(
        ("contender", "least", "median", "over floor", "ns per branch and draw", "draws run"),
        (
            (
                row.contender,
                duration(row.least),
                duration(row.median),
                f"{number(row.least / measured.floor.least)} ×",
                number(1e9 * row.least / (measured.draws * measured.branches)),
                f"{row.draws:,}{' *' if row.scaled else ''}",
            )
            for row in (measured.floor, *measured.rows)
        ),
    )


def _memory(results: Results) -> Iterator[str]:
    yield "## Peak memory above imports"
    yield ""
    yield "Each run in a process of its own."
    yield ""
    yield from table(
        ("contender", "tree", "draws", "MiB"),
        ((row.contender, row.tree, f"{row.draws:,}", number(row.mebibytes)) for row in results.memory),
        texts=2,
    )


def _accuracy_rows(rows: Iterable[Accuracy]) -> Iterator[Sequence[str]]:
    for row in rows:
        yield row.contender, f"{row.draws:,}", duration(row.seconds), number(row.means), number(row.ends)


def _equal_time(results: Results) -> Iterator[str]:
    heads = ("contender", "draws", "median time", "rms error of means", "rms error of 5/95 % ends")
    yield "## Error in equal time"
    yield ""
    yield "8-node tree; over all outcomes and several seeds, against exact means and quantiles."
    yield ""
    yield from table(heads, _accuracy_rows(results.equal_time))
    yield "## Error by number of draws"
    yield ""
    yield from table(heads, _accuracy_rows(results.convergence))


def _equal_error(results: Results) -> Iterator[str]:
    yield "## Time to equal error"
    yield ""
    yield "Peers: extrapolated from the table of equal time by error ~ 1/√draws and time ~ draws."
    yield ""
    yield from table(
        ("contender", "of", "rms error", "draws", "time", ""),
        (
            (
                row.contender,
                row.quantity,
                number(row.target),
                f"{row.draws:,.0f}" if math.isfinite(row.draws) else "–",
                duration(row.seconds) if math.isfinite(row.seconds) else "not reached",
                "extrapolated" if row.extrapolated else "measured",
            )
            for row in results.equal_error
        ),
        texts=2,
    )


def _growth(rows: Sequence[Growth]) -> Iterator[str]:
    yield "## Growth"
    yield ""
    yield "Least time of each size. Exponent: time ~ size^exponent, over all sizes and over the three largest."
    yield ""
    for row in rows:
        whole, end = number(row.exponent()), number(row.exponent(3))
        yield f"**{row.contender}** by {row.over}: exponent {whole}, at the end {end}"
        yield ""
        times = [("time", *(duration(seconds) for seconds in row.seconds))]
        if row.first:
            times.append(("first call", *(duration(seconds) for seconds in row.first)))
        yield from table((row.over, *(f"{size:,}" for size in row.sizes)), times)
