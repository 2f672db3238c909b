"""One file per noun; a new one is a file and its line in ``ROUTERS``."""

from api.routes import health, preview, problems, scenarios

ROUTERS = (scenarios.router, preview.router, problems.router, health.router)
