"""From an order to a recorded forecast: priced, pinned, run, and recorded once with everything needed to make it again.

A forecast always comes from a run. A small one is held by the process that was asked, from the start; a
dear one is queued, and whichever process is free takes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from api.errors import BusyError, RunCancelledError
from api.http.problems import (
    MEDIA_TYPE,
    Problem,
    broken_run_problem,
    given_up_problem,
    is_told,
    problem_body,
    problem_of,
)
from api.logs import logger
from api.metrics import Metrics
from api.settings import Settings
from api.store import audit, documents, forecasts, idempotency, runs
from api.store.database import Database
from api.store.forecasts import ForecastCard
from api.store.idempotency import Ticket
from api.store.ids import new_id
from api.store.runs import Run, RunOrder
from api.work.computations import StoppedError, Stopper
from api.work.limits import Budget, parts_of
from api.work.runner import LostRunError
from api.work.stored_scenarios import StoredScenario
from forecast.engine import Progress
from forecast.errors import RunError
from forecast.result import Forecast
from forecast.run import run as run_scenario
from forecast.scenario import Scenario, parse_scenario
from forecast.settings import RunSettings, as_json, from_json

_RETRY_AFTER_SECONDS = 5
_LOG = logger("runs")


def speaking_day(scenario: Scenario, now: datetime) -> date:
    """Return the day that a forecast speaks from unless another is stated: today, or the scenario's own if later."""
    return max(scenario.as_of, now.date())


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a forecast and why; ``actor`` is the name of the key."""

    actor: str
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A forecast that may be made: of which version, with which settings, at what price, and who asks."""

    stored: StoredScenario
    settings: RunSettings
    price: int
    asker: Asker

    def pin(self, connection: Connection) -> str:
        """Keep the scenario as it is now, evidence included, and return the digest that names it."""
        return documents.put(connection, self.stored.scenario.model_dump(mode="json", exclude_none=True))

    def order(self, run_id: str, document: str, key: str | None) -> RunOrder:
        """Return the order of a run for it; ``key`` is the Idempotency-Key that its forecast is to answer."""
        return RunOrder(
            id=run_id,
            scenario_id=self.stored.card.scenario_id,
            version=self.stored.card.version,
            document=document,
            settings=as_json(self.settings),
            price=self.price,
            draws=self.settings.whole_draws,
            author=self.asker.author,
            reason=self.asker.reason,
            actor=self.asker.actor,
            key=key,
        )


def plan(stored: StoredScenario, settings: Mapping[str, Any], now: datetime, limit: int, asker: Asker) -> Plan:
    """Return the plan of a forecast; nothing is computed yet.

    Raises
    ------
    RunError
        If a setting is not possible; its pointer names it.
    TooMuchWorkError
        If it is dearer than ``limit``.
    """
    day = settings["as_of"] or speaking_day(stored.scenario, now)
    if not stored.scenario.as_of <= day < stored.scenario.horizon:
        raise RunError(
            ("as_of",),
            f"as_of is {day}: scenario '{stored.card.scenario_id}' speaks from {stored.scenario.as_of} about the time "
            f"up to {stored.scenario.horizon}; state a day from the first and before the second",
        )
    asked = RunSettings(**{**settings, "as_of": day})
    parts = parts_of(stored.scenario, asked.dates)
    budget = Budget(parts, limit)
    budget.require(asked.whole_draws)
    return Plan(stored, asked, budget.price(asked.whole_draws), asker)


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes orders for forecasts and sees to it that each is recorded once."""

    database: Database
    settings: Settings
    metrics: Metrics

    def start(self, planned: Plan, ticket: Ticket | None, holder: str, lease: timedelta) -> Run | None:
        """Store a run that ``holder`` does at once; None, storing nothing, if another request has the ticket."""
        with self.database.writing() as connection:
            now = self.database.now(connection)
            run_id = new_id(now)
            if ticket is not None and not idempotency.claim(connection, now, ticket, run_id):
                return None
            order = planned.order(run_id, planned.pin(connection), None if ticket is None else ticket.key)
            runs.create(connection, now, order, holder, lease)
            return self._audited(connection, now, run_id, "run.start")

    def enqueue(self, connection: Connection, now: datetime, planned: Plan) -> Run:
        """Store a run that waits for a process.

        Raises
        ------
        BusyError
            If as many runs as may are waiting.
        """
        if runs.queued(connection) >= self.settings.max_queued:
            raise BusyError(
                f"{self.settings.max_queued:,} runs are waiting, as many as may: ask again later", _RETRY_AFTER_SECONDS
            )
        order = planned.order(new_id(now), planned.pin(connection), None)
        runs.create(connection, now, order, None, timedelta())
        return self._audited(connection, now, order.id, "run.queue")

    def _audited(self, connection: Connection, now: datetime, run_id: str, action: str) -> Run:
        stored = runs.get(connection, run_id)
        audit.append(connection, now, stored.actor, *runs.audited(stored, action))
        return stored

    def carry_out(self, run: Run, progress: Progress) -> None:
        """Do a run that nobody waits for, and record what it comes to: a forecast, or why there is none."""
        try:
            self._carry_out(run, progress)
        except Exception:  # counted and passed on: the caller logs why, and the run is taken over after its lease
            self._count("broken")
            raise

    def _carry_out(self, run: Run, progress: Progress) -> None:
        if run.cancel_requested:
            self._end(run, "cancelled")
            return
        if run.attempt > runs.MAX_ATTEMPTS:
            self._end(run, "failed", given_up_problem(runs.MAX_ATTEMPTS))
            return
        try:
            self.record(run, self._made(run, progress))
        except LostRunError:
            self._end(run, "cancelled")
        except StoppedError:
            self._hand_back(run)
        except BusyError:
            raise
        except Exception as error:
            if not is_told(error):
                # Told before the run is ended: that may fail too, if it is the database that is amiss.
                _LOG.exception("run broke off", run=run.id)
            self._fail(run, error)

    def carry_out_now(
        self, run: Run, progress: Progress, stop_if_asked: Stopper
    ) -> tuple[ForecastCard, Forecast] | None:
        """Do a run that its asker waits for; blocks, so call it in a thread.

        None if another process has taken the run over, because this one was held up for longer than its
        lease. If the asker leaves, the run is cancelled; if they left an Idempotency-Key, with which they
        may come back, it is queued instead.

        Raises
        ------
        RunError, EvidenceError, TooMuchWorkError
            As the engine and the budget raise them; the run has failed.
        RunCancelledError
            If it was cancelled.
        Exception
            If the server failed; so has the run, as another attempt would fail alike.
        """

        def watched(done: int, draws: int) -> None:
            stop_if_asked()
            progress(done, draws)

        try:
            made = self._made(run, watched)
            card = self.record(run, made)
        except LostRunError as error:
            if self._end(run, "cancelled"):
                raise _cancelled(run) from error
            return None
        except StoppedError:
            if run.key is None:
                self._end(run, "cancelled")
            else:
                self._hand_back(run)
            raise
        except BusyError:
            raise
        except Exception as error:
            self._fail(run, error)
            raise
        return None if card is None else (card, made)

    def _made(self, run: Run, progress: Progress) -> Forecast:
        with self.database.reading() as connection:
            scenario = parse_scenario(documents.get(connection, run.document))
        asked = from_json(run.settings)
        limit = max(self.settings.max_work, self.settings.max_run_work)
        budget = Budget(parts_of(scenario, asked.dates), limit)

        def within_budget(done: int, draws: int) -> None:
            progress(done, draws)
            budget.require(draws)

        # Preparing a large scenario takes long, and is not begun for nobody.
        within_budget(0, asked.whole_draws)
        return run_scenario(scenario, asked, progress=within_budget)

    def record(self, run: Run, made: Forecast) -> ForecastCard | None:
        """Record a run's forecast; None, recording nothing, if the run has been lost to another process."""
        with self.database.writing() as connection:
            now = self.database.now(connection)
            forecast_id, draws = new_id(now), made.sampling.draws
            # First of all: nothing may be kept of a run that was lost, not even a document that nobody names.
            if not runs.finish(connection, now, run.claim, "done", forecast_id=forecast_id, draws=draws):
                self._count("lost")
                return None
            card = ForecastCard(
                id=forecast_id,
                run_id=run.id,
                scenario_id=run.scenario_id,
                version=run.version,
                document=documents.put(connection, made.document),
                as_of=made.as_of.isoformat(),
                seed=made.sampling.seed,
                draws=draws,
                digest=made.digest,
                author=run.author,
                reason=run.reason,
                recorded_at=now,
            )
            digests = forecasts.record(connection, card, made)
            audit.append(connection, now, run.actor, *forecasts.audited(card, digests))
        assert run.started_at is not None
        self._count("done", (now - run.started_at).total_seconds())
        return card

    def _count(self, end: str, seconds: float | None = None) -> None:
        self.metrics.count_run(end, seconds)
        _LOG.info("run ended", end=end, seconds=seconds)

    def _fail(self, run: Run, error: Exception) -> None:
        """End a run with the problem that an error amounts to; what is not told is the server's own failure."""
        self._end(run, "failed", problem_of(error) if is_told(error) else broken_run_problem(run.id))

    def _end(self, run: Run, status: str, problem: Problem | None = None) -> bool:
        """End a run without a forecast; whoever repeats the request that it was asked for with is told why.

        False, and nothing changes, if the run has been lost to another process.
        """
        with self.database.writing() as connection:
            now = self.database.now(connection)
            told = None if problem is None else problem.model_dump(exclude_none=True)
            ended = runs.finish(connection, now, run.claim, status, problem=told)
            if ended:
                _settle(connection, run, problem or problem_of(_cancelled(run)))
        self._count(status if ended else "lost")
        return ended

    def _hand_back(self, run: Run) -> None:
        with self.database.writing() as connection:
            runs.hand_back(connection, run.claim)
        self._count("handed_back")

    def cancel(self, connection: Connection, now: datetime, run_id: str, actor: str) -> Run:
        """Cancel a run that waits, or ask whoever works on it to stop; a finished one stays as it is."""
        before, after = runs.request_cancel(connection, now, run_id)
        if after.status == "cancelled":
            _settle(connection, after, problem_of(_cancelled(after)))
        if not before.finished:
            audit.append(connection, now, actor, "run.cancel", runs.subject(run_id), {"was": before.status})
        return after


def _cancelled(run: Run) -> RunCancelledError:
    return RunCancelledError(f"run {run.id} was cancelled")


def _settle(connection: Connection, run: Run, problem: Problem) -> None:
    """Answer whoever repeats the request that a run was asked for with: it has ended, and is not begun anew."""
    if run.key is not None:
        kept = problem.status, {"Content-Type": MEDIA_TYPE}, problem_body(problem)
        idempotency.settle_run(connection, run.actor, run.key, run.id, *kept)
