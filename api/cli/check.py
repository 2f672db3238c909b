"""``branchcast check``: every fault of scenario files, then what an analyst should consider."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass

import click
from rich.console import Console
from rich.text import Text

from api.cli.consoles import output
from api.cli.exits import Exit, epilog
from api.cli.files import STANDARD, UnreadableError, called, expand, located, read_text, write_text
from forecast.advice import advise
from forecast.documents import read_located
from forecast.errors import Fault, ScenarioError
from forecast.scenario import Scenario

HELP = """Say everything that is wrong with scenario files.

Each fault is one line, `file:line:column: what is wrong: the way out`, all of them at once. Files without faults are
read again for what analysts should consider, marked `warning`: no branch for everything else, a prior stronger than
its cases, a certainty, a claim without a date, and the like. Warnings do not fail the check unless --strict is given.

FILE is a path, a folder (its .yaml and .yml files and those of the folders inside), a wildcard in quotes, the id of a
scenario that comes with branchcast, or - for standard input.

\b
Examples:
  branchcast check my-scenario.yaml
  branchcast check scenarios/ --strict     for continuous integration
  branchcast check trump-kim-2025          one that comes with branchcast
  cat my-scenario.yaml | branchcast check -
  branchcast check scenarios/ --json | jq '.files[].faults[].message'
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one file; ``scenario`` is None if it has faults."""

    source: str
    scenario: Scenario | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


@click.command("check", help=HELP, epilog=epilog(Exit.OK, Exit.FAULT, Exit.USAGE, Exit.INTERRUPTED, Exit.NOBODY_READS))
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], strict: bool, as_json: bool) -> None:
    """Check files and end with 1 if any has a fault."""
    reports: list[Report] = []
    console = output()
    for source in expand(files):
        reports.append(_examine(source))
        if not as_json:
            _show(console, reports[-1])
    faults = sum(len(report.faults) for report in reports)
    warnings = sum(len(report.warnings) for report in reports)
    if as_json:
        write_text(STANDARD, _json(reports, faults, warnings))
    else:
        counts = (_counted(len(reports), "file"), _counted(faults, "fault"), _counted(warnings, "warning"))
        console.print(Text(": ".join((counts[0], ", ".join(counts[1:]))), style="bold"), soft_wrap=True)
    ctx.exit(Exit.FAULT if faults or (strict and warnings) else Exit.OK)


def _examine(source: str) -> Report:
    if os.path.isdir(source):
        return Report(source, None, (Fault((), "this folder holds no .yaml or .yml file: name another"),), ())
    try:
        read = read_located(read_text(source), name=called(source))
    except UnreadableError as error:
        return Report(source, None, (error.fault,), ())
    except ScenarioError as error:
        return Report(source, None, error.faults, ())
    advice = (Fault(a.pointer, a.message, *read.locate(a.pointer)) for a in advise(read.scenario))
    return Report(source, read.scenario, (), tuple(sorted(advice, key=lambda a: (a.line or 0, a.column or 0))))


def _show(console: Console, report: Report) -> None:
    for fault in report.faults:
        _line(console, located(report.source, fault), fault.message, "bold red")
    for warning in report.warnings:
        _line(console, located(report.source, _marked(warning)), warning.message, "yellow")
    if report.scenario is not None and not report.warnings:
        nodes, outcomes = len(report.scenario.nodes), len(report.scenario.tree.outcomes)
        size = f"{_counted(nodes, 'node')}, {_counted(outcomes, 'outcome')}"
        console.print(Text(f"{called(report.source)}: no fault ({size})"), soft_wrap=True)


def _marked(warning: Fault) -> Fault:
    return Fault(warning.pointer, f"warning: {warning.message}", warning.line, warning.column)


def _line(console: Console, line: str, message: str, style: str) -> None:
    """Print one finding on one line, however long, its place and mark set off from the message."""
    place = line.removesuffix(message)
    console.print(Text.assemble((place, style), message), soft_wrap=True)


def _json(reports: Iterable[Report], faults: int, warnings: int) -> str:
    found = [
        {
            "file": called(report.source),
            "scenario": None if report.scenario is None else report.scenario.scenario,
            "faults": [_entry(fault) for fault in report.faults],
            "warnings": [_entry(warning) for warning in report.warnings],
        }
        for report in reports
    ]
    return json.dumps({"files": found, "faults": faults, "warnings": warnings}, indent=2, ensure_ascii=False) + "\n"


def _entry(fault: Fault) -> dict[str, object]:
    return {"line": fault.line, "column": fault.column, "pointer": fault.path, "message": fault.message}


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
