"""Counts every request: method, route, status, time and size. It stands outside all else, so that it misses none."""

import time

from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.answers import Answer, route_of
from api.metrics import METHODS, NO_ROUTE, OTHER_METHOD, Metrics

REPLAYED = b"idempotent-replayed"


class RequestMetrics:
    """Counts requests while they pass."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, answer = time.perf_counter(), Answer()
        with self._metrics.requests_in_progress.track_inprogress():
            try:
                await self.app(scope, receive, answer.watching(send))
            finally:
                self._count(scope, answer, time.perf_counter() - started)

    def _count(self, scope: Scope, answer: Answer, seconds: float) -> None:
        metrics, route = self._metrics, route_of(scope) or NO_ROUTE
        method = scope["method"] if scope["method"] in METHODS else OTHER_METHOD
        metrics.requests.labels(method, route, answer.status).inc()
        metrics.request_seconds.labels(route).observe(seconds)
        metrics.response_bytes.labels(route).inc(answer.size)
        if any(name.lower() == REPLAYED for name, _ in answer.headers):
            metrics.replays.inc()
