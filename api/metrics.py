"""What a server process counts, in a registry of its own, for Prometheus to fetch.

Every label has few values that are known beforehand: addresses are counted by the template of their route,
never as they were asked for. ``docs/reference/metrics.md`` explains each metric.
"""

import platform
from collections.abc import Iterable, Mapping, Sequence

import numpy
import scipy
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.errors import UnauthenticatedError
from api.store.observing import READ, WRITE, Transaction
from forecast.version import VERSION

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

NO_ROUTE = "none"
"""Label of requests that reached no route: unknown addresses, and whoever was stopped before."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "other"

PROCESS = "process"
"""Label of every sample where several processes share a port."""

UP, UP_MEANING = "branchcast_process_up", "Whether the process told its metrics: 1 if it did, 0 if not."

RUN_ENDS = ("done", "failed", "cancelled", "handed_back", "lost", "broken")
"""What an attempt at a run may come to in this process."""

REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
TRANSACTION_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
RUN_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0)


class Metrics:
    """The metrics of one app; several in one process do not meet.

    Parameters
    ----------
    process : number of this process where several share a port, which then labels every sample
    """

    def __init__(self, process: int | None = None) -> None:
        self._labels = {} if process is None else {PROCESS: str(process)}
        self.registry = CollectorRegistry()
        self._count_requests()
        self._count_work()
        self._count_store()
        build = {"version": VERSION, "python": platform.python_version()}
        libraries = {"numpy": numpy.__version__, "scipy": scipy.__version__}
        Info("branchcast_build", "Versions that compute.", registry=self.registry).info({**build, **libraries})
        ProcessCollector(registry=self.registry)
        self._gauge(UP, UP_MEANING).set(1)

    def _count_requests(self) -> None:
        self.requests = self._counter("branchcast_http_requests", "Requests answered.", ("method", "route", "status"))
        self.request_seconds = self._histogram(
            "branchcast_http_request_duration_seconds",
            "Time from a request to the end of its answer.",
            REQUEST_SECONDS,
            ("route",),
        )
        self.requests_in_progress = self._gauge("branchcast_http_requests_in_progress", "Requests being answered.")
        self.response_bytes = self._counter("branchcast_http_response_bytes", "Bytes of answers' bodies.", ("route",))
        self.replays = self._counter("branchcast_idempotent_replays", "Answers that an Idempotency-Key brought back.")
        self.keys_refused = self._counter(
            "branchcast_keys_refused", "Requests refused for want of a key that works.", ("reason",)
        )
        for reason in UnauthenticatedError.REASONS:
            self.keys_refused.labels(reason)

    def _count_work(self) -> None:
        self.computations = self._gauge("branchcast_computations", "Computations that requests wait for.", ("state",))
        self.runs_held = self._gauge("branchcast_runs_held", "Runs that this process works on.")
        self.runs_queued = self._gauge(
            "branchcast_runs_queued", "Runs of the whole database that wait for a process; NaN if it does not answer."
        )
        self.runs_ended = self._counter("branchcast_runs_ended", "Attempts at runs, by what they came to.", ("end",))
        for end in RUN_ENDS:
            self.runs_ended.labels(end)
        self.run_seconds = self._histogram(
            "branchcast_run_duration_seconds", "Time from taking a run to recording its forecast.", RUN_SECONDS
        )

    def _count_store(self) -> None:
        self.transaction_seconds = self._histogram(
            "branchcast_store_transaction_duration_seconds",
            "Time of transactions, waiting for a connection and for locks included.",
            TRANSACTION_SECONDS,
            ("kind",),
        )
        self.store_failures = self._counter(
            "branchcast_store_failures", "Transactions that the database did not carry out.", ("kind",)
        )
        for kind in (READ, WRITE):
            self.transaction_seconds.labels(kind)
            self.store_failures.labels(kind)
        self.connections = self._gauge("branchcast_store_connections", "Connections to the database in use.")

    def _counter(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(name, meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, buckets: Sequence[float], labels: Sequence[str] = ()) -> Histogram:
        return Histogram(name, meaning, labels, buckets=buckets, registry=self.registry)

    def count_transaction(self, done: Transaction) -> None:
        """Count a transaction of the store."""
        self.transaction_seconds.labels(done.kind).observe(done.seconds)
        if done.failed:
            self.store_failures.labels(done.kind).inc()

    def count_run(self, end: str, seconds: float | None = None) -> None:
        """Count an attempt at a run by its end, one of ``RUN_ENDS``; with its time if it came to a forecast."""
        self.runs_ended.labels(end).inc()
        if seconds is not None:
            self.run_seconds.observe(seconds)

    def text(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        return generate_latest(_Told(self.registry, self._labels))


class _Told(Collector):
    """A registry with labels on every sample, and without the moments at which its series began.

    Those would be as many series again, that nobody asks for.
    """

    def __init__(self, registry: CollectorRegistry, labels: Mapping[str, str]) -> None:
        self._registry, self._labels = registry, labels

    def collect(self) -> Iterable[Metric]:
        for metric in self._registry.collect():
            metric.samples = [
                sample._replace(labels={**sample.labels, **self._labels})
                for sample in metric.samples
                if not sample.name.endswith("_created")
            ]
            yield metric


def not_heard(process: int) -> bytes:
    """Return what is told for a process that does not tell its metrics."""
    return f'# HELP {UP} {UP_MEANING}\n# TYPE {UP} gauge\n{UP}{{{PROCESS}="{process}"}} 0.0\n'.encode()


def joined(texts: Iterable[bytes]) -> bytes:
    r"""Return the texts of several processes as one, in which every metric is explained once.

    Examples
    --------
    >>> one, other = (f'# HELP a What.\n# TYPE a gauge\na{{process="{n}"}} 1.0\n'.encode() for n in "12")
    >>> print(joined([one, other]).decode(), end="")
    # HELP a What.
    # TYPE a gauge
    a{process="1"} 1.0
    a{process="2"} 1.0
    """
    explained: dict[bytes, dict[bytes, bytes]] = {}
    samples: dict[bytes, list[bytes]] = {}
    for text in texts:
        name = b""
        for line in text.splitlines(keepends=True):
            if line.startswith(b"# "):
                _, kind, name, _ = line.split(b" ", 3)
                explained.setdefault(name, {}).setdefault(kind, line)
            else:
                samples.setdefault(name, []).append(line)
    return b"".join(b"".join([*lines.values(), *samples.get(name, ())]) for name, lines in explained.items())
