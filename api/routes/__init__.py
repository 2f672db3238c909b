"""One file per noun; a new one is a file and its line in ``_ROUTERS``."""

from api.routes import (
    audit,
    comparison,
    diff,
    evidence,
    forecasts,
    health,
    history,
    keys,
    metrics,
    panels,
    preview,
    priors,
    problems,
    report,
    runs,
    samples,
    scenarios,
    statements,
    whatif,
)

# What is asked most stands first: the framework tries one route after the other.
_ROUTERS = (
    preview.router,
    forecasts.router,
    scenarios.router,
    priors.router,
    statements.router,
    panels.router,
    evidence.router,
    diff.router,
    history.router,
    comparison.router,
    samples.router,
    report.router,
    runs.router,
    whatif.router,
    keys.router,
    audit.router,
    problems.router,
    metrics.router,
    health.router,
)

ROUTES = tuple(route for router in _ROUTERS for route in router.routes)
"""What every app is made of. An app that included the routers would make each route anew, and look for it twice."""
