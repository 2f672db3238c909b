"""Runs in this process: taken from the database, renewed while they last, and handed back when the process ends.

Any number of processes may work on one database. Which of them carries out a run is decided there, by a
lease (``api.store.runs``); what it comes to is the same, as a run is a function of what it was ordered with.
"""

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

from structlog.contextvars import bound_contextvars

from api.errors import StoreUnavailableError
from api.logs import logger
from api.store import runs
from api.store.database import Database
from api.store.runs import Claim, Run
from api.work.computations import StoppedError
from forecast.engine import Progress

POLL_SECONDS = 0.5
"""How long a queued run waits at the most for a process that is idle."""

HEARTBEATS_PER_LEASE = 3
MOST_SECONDS_BETWEEN_HEARTBEATS = 1.0
"""Heartbeats also carry progress out and cancellations in."""

_LOG = logger("runs")


class LostRunError(Exception):
    """Raised inside a run that is to be cancelled, or that another process has taken over."""


class _Held:
    """A run that this process works on, and how far it is."""

    def __init__(self, claim: Claim, draws: int) -> None:
        self.claim = claim
        self.progress = (0, draws)
        self.lost = False


class Runner:
    """Carries out the database's runs in threads of this process.

    Parameters
    ----------
    database : where runs wait
    carry_out : what does one: called with the run and a progress callback that raises when it is to stop
    threads : how many at a time
    lease : time after which another process takes over if this one has died
    """

    def __init__(
        self, database: Database, carry_out: Callable[[Run, Progress], None], threads: int, lease: timedelta
    ) -> None:
        self.holder = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.lease = lease
        self._database, self._carry_out = database, carry_out
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="run")
        self._free = threading.Semaphore(threads)
        self._held: set[_Held] = set()
        self._lock = threading.Lock()
        self._wake, self._retiring, self._closing = threading.Event(), threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for target, name in ((self._claim_runs, "run-claims"), (self._renew_leases, "run-leases"))
        ]

    def start(self) -> None:
        """Begin to take runs."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look for runs at once: one has just been queued."""
        self._wake.set()

    @property
    def held(self) -> int:
        """Number of runs that this process works on."""
        return len(self._held)

    @contextmanager
    def holding(self, run: Run) -> Iterator[Progress]:
        """Renew a run's lease while the context lasts, and name it in what is logged; yields its progress callback."""
        held = _Held(run.claim, run.draws)
        with self._lock:
            self._held.add(held)

        def progress(done: int, draws: int) -> None:
            held.progress = (done, draws)
            if held.lost:
                raise LostRunError
            if self._closing.is_set():
                raise StoppedError

        try:
            with bound_contextvars(run=run.id):
                yield progress
        finally:
            with self._lock:
                self._held.remove(held)

    def retire(self) -> None:
        """Take no more runs, and hand back those under way that nobody waits for."""
        self._retiring.set()
        self._wake.set()

    def close(self) -> None:
        """Hand back everything that is under way, and wait for the threads to end."""
        self.retire()
        self._closing.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._pool.shutdown(wait=True)

    def _claim_runs(self) -> None:
        while not self._retiring.is_set():
            self._free.acquire()
            taken = self._claimed()
            if taken is None:
                self._free.release()
                self._wake.wait(POLL_SECONDS)
                self._wake.clear()
            else:
                self._pool.submit(self._work, taken)

    def _claimed(self) -> Run | None:
        if self._retiring.is_set():
            return None
        try:
            with self._database.reading() as connection:
                if not runs.any_free(connection, self._database.now(connection)):
                    return None
            with self._database.writing() as connection:
                return runs.claim(connection, self._database.now(connection), self.holder, self.lease)
        except StoreUnavailableError as error:
            _LOG.warning("runs cannot be claimed", reason=str(error))
        except Exception:  # if this thread ended, no run would ever be taken by this process again
            _LOG.exception("runs cannot be claimed")
        return None

    def _work(self, run: Run) -> None:
        try:
            with self.holding(run) as progress:
                self._carry_out(run, self._giving_way(progress))
        except StoreUnavailableError as error:
            # The lease ends by itself, and the run is taken up again when the database is back.
            _LOG.warning("run left to its lease", run=run.id, reason=str(error))
        except Exception:  # the pool would swallow it unseen; after the lease comes another attempt, or their cap
            _LOG.exception("run broke off", run=run.id)
        finally:
            self._free.release()

    def _giving_way(self, progress: Progress) -> Progress:
        def watched(done: int, draws: int) -> None:
            if self._retiring.is_set():
                raise StoppedError
            progress(done, draws)

        return watched

    def _renew_leases(self) -> None:
        every = min(self.lease.total_seconds() / HEARTBEATS_PER_LEASE, MOST_SECONDS_BETWEEN_HEARTBEATS)
        while not self._closing.wait(every):
            self._renew()

    def _renew(self) -> None:
        with self._lock:
            held = list(self._held)
        if not held:
            return
        try:
            with self._database.writing() as connection:
                progress = {each.claim: each.progress for each in held}
                going_on = runs.renew(connection, self._database.now(connection), self.lease, progress)
        except StoreUnavailableError as error:
            _LOG.warning("leases cannot be renewed", reason=str(error))
            return
        except Exception:  # if this thread ended, every long run of this process would be taken over
            _LOG.exception("leases cannot be renewed")
            return
        for each in held:
            each.lost = each.lost or each.claim not in going_on
