"""The aims of the project for the service, each set beside what was measured; nothing fails by them."""

from benchmarks.aims import Aim
from benchmarks.service.cases import ENGINE, PREVIEW
from benchmarks.service.figures import Load, Results

MANY = 16
"""Clients of the aim that is a number of requests per second."""


def aims(results: Results) -> tuple[Aim, ...]:
    """Every aim, and what of it the engine alone takes on the same server: no service could do with less."""
    alone, engine = (results.find(case, 1) for case in (PREVIEW, ENGINE))
    many, engines = (results.find(case, MANY) for case in (PREVIEW, ENGINE))
    return (
        Aim("preview alone, p50", _milliseconds(alone, 0.5), 6.0, at_most=True, unit="ms"),
        Aim("preview alone, p99", _milliseconds(alone, 0.99), 15.0, at_most=True, unit="ms"),
        Aim(f"previews with {MANY} clients", _rate(many), 300.0, at_most=False, unit="/s"),
        Aim("the engine alone, p50", _milliseconds(engine, 0.5), 6.0, at_most=True, unit="ms"),
        Aim(f"the engine alone with {MANY} clients", _rate(engines), 300.0, at_most=False, unit="/s"),
    )


def _milliseconds(found: Load | None, level: float) -> float | None:
    return None if found is None else 1e3 * found.at(level)


def _rate(found: Load | None) -> float | None:
    return None if found is None else found.rate
