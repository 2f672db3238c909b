"""The aims of the project for the service, each set beside what was measured; nothing fails by them."""

from dataclasses import replace

from benchmarks.aims import Aim
from benchmarks.service.cases import ENGINE, PREVIEW, SPREAD
from benchmarks.service.figures import Load, Results

MANY = 16
"""Clients of the aim that is a number of requests per second."""

REFERENCE_FLOOR = 0.34
"""Seconds per 10⁶ draws that the floor took on the machine for which the aims were set."""


def aims(results: Results) -> tuple[Aim, ...]:
    """Every aim, and what of it the engine alone takes in one process: no service could do with less there."""
    alone, engine = (results.find(case, 1) for case in (PREVIEW, ENGINE))
    many, engines = (results.find(case, MANY) for case in (SPREAD, ENGINE))
    return (
        Aim("preview alone, p50", _milliseconds(alone, 0.5), 6.0, at_most=True, unit="ms"),
        Aim("preview alone, p99", _milliseconds(alone, 0.99), 15.0, at_most=True, unit="ms"),
        Aim(f"previews with {MANY} clients, a process per core", _rate(many), 300.0, at_most=False, unit="/s"),
        Aim("the engine alone, p50", _milliseconds(engine, 0.5), 6.0, at_most=True, unit="ms"),
        Aim(f"the engine alone with {MANY} clients, one process", _rate(engines), 300.0, at_most=False, unit="/s"),
    )


def at_reference_pace(results: Results) -> tuple[Aim, ...]:
    """Every aim beside what would have been measured on a machine as fast as the one the aims were set for."""
    pace = REFERENCE_FLOOR / results.floor
    return tuple(_scaled(aim, pace if aim.at_most else 1.0 / pace) for aim in aims(results))


def _scaled(aim: Aim, factor: float) -> Aim:
    return aim if aim.figure is None else replace(aim, figure=factor * aim.figure)


def _milliseconds(found: Load | None, level: float) -> float | None:
    return None if found is None else 1e3 * found.at(level)


def _rate(found: Load | None) -> float | None:
    return None if found is None else found.rate
