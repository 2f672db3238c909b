"""From an order to a recorded forecast: what is ordered is pinned, what comes of it is recorded once."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from api.errors import BusyError, RunCancelledError, StoreUnavailableError, TooMuchWorkError
from api.metrics import Metrics
from api.settings import Settings
from api.store import audit, documents, evidence, forecasts, idempotency, runs, scenarios, tables
from api.store.database import Database, database_url
from api.store.evidence import LedgerEntry
from api.store.forecasts import ForecastCard
from api.store.idempotency import Ticket
from api.store.runs import Claim, Run
from api.work import forecasting
from api.work.computations import StoppedError
from api.work.forecasting import Asker, Desk, Plan, plan, speaking_day
from api.work.kept import Kept
from api.work.runner import LostRunError
from api.work.stored_scenarios import KEPT_BYTES, StoredScenarios
from forecast.errors import EvidenceError, ForecastFileError, RunError
from forecast.result import Forecast
from forecast.run import run as run_scenario
from forecast.scenario import Scenario
from forecast.settings import RunSettings, from_json
from tests.api.store.support import SetClock, draft
from tests.api.stored_runs import LEASE, get_run
from tests.api.told import listening
from tests.strategies import document, fixed, node

ASKER = Asker("team", "ann", "a test")
TICKET = Ticket("team", "key-1", "what was asked")
DRAWS = 2_048
LIMIT = 1_000_000
TODAY = date(2026, 6, 1)

PLAIN: Mapping[str, Any] = {
    "draws": DRAWS,
    "seed": 5,
    "sampler": "sobol",
    "as_of": None,
    "dates": (),
    "assume": (),
    "do": (),
    "evidence": "accepted",
}


@pytest.fixture
def clock() -> SetClock:
    clock = SetClock()
    clock.forward(days=(TODAY - clock.now.date()).days, hours=12)
    return clock


@pytest.fixture
def database(database_address: str, clock: SetClock) -> Iterator[Database]:
    database = Database(database_url(database_address), clock)
    yield database
    database.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, Settings(max_queued=2), Metrics())


def _plan(database: Database, scenario_id: str = "minimal", **changes: object) -> Plan:
    with database.reading() as connection:
        stored = StoredScenarios(Kept(KEPT_BYTES)).find(connection, scenario_id)
        return plan(stored, {**PLAIN, **changes}, database.now(connection), LIMIT, ASKER)


def _start(desk: Desk, planned: Plan | None = None, ticket: Ticket | None = None) -> Run:
    run = desk.start(planned or _plan(desk.database), ticket, "here", LEASE)
    assert run is not None
    return run


def _enqueue(desk: Desk, planned: Plan | None = None) -> Run:
    with desk.database.writing() as connection:
        return desk.enqueue(connection, desk.database.now(connection), planned or _plan(desk.database))


def _claim(desk: Desk, holder: str = "there") -> Run:
    with desk.database.writing() as connection:
        run = runs.claim(connection, desk.database.now(connection), holder, LEASE)
    assert run is not None
    return run


def _recorded(database: Database) -> list[ForecastCard]:
    with database.reading() as connection:
        return list(forecasts.page(connection, 100))


def _log(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as connection:
        return [(each.actor, each.action, each.subject) for each in reversed(audit.page(connection, 1_000))]


def _go_on(done: int, draws: int) -> None:
    """Progress of a run that nothing stops."""


def _wait_on() -> None:
    """Stopper of a computation that is waited for."""


def _raiser(error: Exception) -> Any:  # noqa: ANN401 -- a stopper, or a progress callback
    def stop(*_: int) -> None:
        raise error

    return stop


def test_a_forecast_speaks_from_today_or_from_the_first_day_of_its_scenario(database: Database) -> None:
    with database.reading() as connection:
        now = database.now(connection)
    scenario = _plan(database).stored.scenario
    assert speaking_day(scenario, now) == TODAY
    assert speaking_day(scenario, now - timedelta(days=400)) == scenario.as_of


def test_a_plan_says_what_will_be_computed_and_at_what_price(database: Database) -> None:
    planned = _plan(database, draws=100_000)
    assert planned.settings == RunSettings(draws=100_000, seed=5, as_of=TODAY)
    assert planned.price == 2 * planned.settings.whole_draws


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2026, 12, 31), date(2030, 1, 1)])
def test_a_day_outside_the_scenario_is_refused(database: Database, day: date) -> None:
    with pytest.raises(RunError, match=f"as_of is {day}: scenario 'minimal' speaks from 2026-01-01") as caught:
        _plan(database, as_of=day)
    assert caught.value.pointer == ("as_of",)


def test_a_scenario_whose_time_is_over_speaks_from_a_day_that_is_stated(database: Database, clock: SetClock) -> None:
    clock.forward(days=400)
    with pytest.raises(RunError, match="as_of is 2027-07-06: scenario 'minimal'"):
        _plan(database)
    assert _plan(database, as_of=date(2026, 12, 1)).settings.as_of == date(2026, 12, 1)


def test_what_is_too_dear_is_refused_before_anything_is_stored(database: Database) -> None:
    with pytest.raises(TooMuchWorkError) as caught:
        _plan(database, draws=600_000)
    assert (caught.value.price, caught.value.limit) == (2 * RunSettings(draws=600_000).whole_draws, LIMIT)


def test_every_setting_reaches_the_run(desk: Desk) -> None:
    """What is stored with the run is read back as the same settings."""
    changes = {
        "sampler": "random",
        "as_of": date(2026, 8, 20),
        "dates": (date(2026, 9, 1), date(2026, 10, 1)),
        "assume": ("summit",),
        "do": ("opening_taken",),
        "evidence": ("a", "b"),
    }
    planned = _plan(desk.database, "trump-kim-2025", **changes)
    assert from_json(_start(desk, planned).settings) == planned.settings


def test_a_run_records_what_the_engine_says(desk: Desk) -> None:
    """The same digest as the engine called directly, and the same figures when read back."""
    planned = _plan(desk.database, "trump-kim-2025")
    card, made = _made(desk, _start(desk, planned))
    direct = run_scenario(planned.stored.scenario, planned.settings)
    assert card.digest == made.digest == direct.digest
    with desk.database.reading() as connection:
        assert forecasts.whole(connection, card) == direct
    assert _recorded(desk.database) == [card]


def _made(desk: Desk, run: Run) -> tuple[ForecastCard, Forecast]:
    done = desk.carry_out_now(run, _go_on, _wait_on)
    assert done is not None
    return done


def test_a_run_that_is_done_leads_to_its_forecast_and_back(desk: Desk, clock: SetClock) -> None:
    run = _start(desk)
    clock.forward(seconds=2)
    card, _ = _made(desk, run)
    after = get_run(desk.database, run.id)
    assert (after.status, after.forecast_id, after.done, after.finished_at) == ("done", card.id, DRAWS, clock())
    assert (card.run_id, card.scenario_id, card.version, card.as_of) == (run.id, "minimal", 1, TODAY.isoformat())
    assert (card.author, card.reason, card.recorded_at) == ("ann", "a test", clock())


def test_a_queued_run_comes_to_the_same_as_one_that_is_waited_for(desk: Desk) -> None:
    card, _ = _made(desk, _start(desk))
    _enqueue(desk)
    desk.carry_out(_claim(desk), _go_on)
    assert [each.digest for each in _recorded(desk.database)] == [card.digest] * 2


def test_the_log_names_the_key_and_not_the_author(desk: Desk) -> None:
    before = len(_log(desk.database))
    run = _enqueue(desk)
    desk.carry_out(_claim(desk), _go_on)
    (card,) = _recorded(desk.database)
    assert _log(desk.database)[before:] == [
        ("team", "run.queue", f"runs/{run.id}"),
        ("team", "forecast.record", f"forecasts/{card.id}"),
    ]


def test_a_run_computes_what_was_in_force_when_it_was_ordered(desk: Desk, clock: SetClock) -> None:
    """News that comes while a run waits is for the next one."""
    planned = _plan(desk.database)
    _enqueue(desk, planned)
    entry = {"date": "2026-03-01", "what": "a delay", "likelihood_ratio": {"opens": 0.2}}
    with desk.database.writing() as connection:
        evidence.record(connection, LedgerEntry("minimal", "delay", entry, None, "ann", "news", clock()))
    desk.carry_out(_claim(desk), _go_on)
    clock.forward(seconds=1)
    _enqueue(desk)
    desk.carry_out(_claim(desk), _go_on)
    later, earlier = _recorded(desk.database)
    assert earlier.digest == run_scenario(planned.stored.scenario, planned.settings).digest
    with desk.database.reading() as connection:
        means = [forecasts.whole(connection, card).outcomes["opens"].mean for card in (earlier, later)]
    # beta(7, 3) has mean 0.7; a likelihood ratio of 0.2 makes of it, on the means, 0.7·0.2 / (0.7·0.2 + 0.3)
    assert means == pytest.approx([0.7, 0.14 / 0.44], abs=1e-3)


def test_the_document_of_a_run_and_of_its_forecast_is_kept_once(desk: Desk) -> None:
    run = _start(desk)
    card, made = _made(desk, run)
    assert card.document == run.document
    with desk.database.reading() as connection:
        assert documents.get(connection, run.document) == made.document


def test_a_request_that_another_has_made_stores_nothing(desk: Desk) -> None:
    _start(desk, ticket=TICKET)
    assert desk.start(_plan(desk.database), TICKET, "here", LEASE) is None
    with desk.database.reading() as connection:
        assert len(runs.page(connection, 10, None, None)) == 1


def test_a_full_queue_takes_no_more(desk: Desk) -> None:
    _enqueue(desk)
    _enqueue(desk)
    with pytest.raises(BusyError, match="2 runs are waiting, as many as may") as caught:
        _enqueue(desk)
    assert caught.value.retry_after > 0
    desk.carry_out(_claim(desk), _go_on)
    _enqueue(desk)


def _impossible(database: Database) -> Plan:
    """Return the plan of a forecast that assumes what has probability 0."""
    certain = {"talks": node(["deal", "no_deal"], fixed(deal=0.0, no_deal=1.0))}
    with database.writing() as connection:
        scenarios.create(connection, database.now(connection), draft(document(certain)))
    return _plan(database, "test", assume=("deal",))


def _require_problem(database: Database, status: int, kind: str) -> None:
    """Require that whoever repeats the request is told of a problem, and no run is begun for them."""
    with database.reading() as connection:
        kept = idempotency.find(connection, TICKET)
    assert kept is not None
    assert kept.body is not None
    assert (kept.status, json.loads(kept.body)["type"]) == (status, f"/problems/{kind}")
    assert kept.headers == {"Content-Type": "application/problem+json"}


def test_what_the_engine_refuses_fails_the_run_and_answers_whoever_repeats_it(desk: Desk) -> None:
    run = _start(desk, _impossible(desk.database), TICKET)
    with pytest.raises(EvidenceError):
        desk.carry_out_now(run, _go_on, _wait_on)
    after = get_run(desk.database, run.id)
    assert (after.status, after.forecast_id) == ("failed", None)
    assert after.problem is not None
    assert (after.problem["type"], after.problem["status"]) == ("/problems/evidence-refused", 422)
    _require_problem(desk.database, 422, "evidence-refused")
    assert desk.start(_plan(desk.database), TICKET, "here", LEASE) is None
    assert _recorded(desk.database) == []


def test_a_queued_run_that_the_engine_refuses_says_why(desk: Desk) -> None:
    run = _enqueue(desk, _impossible(desk.database))
    desk.carry_out(_claim(desk), _go_on)
    after = get_run(desk.database, run.id)
    assert after.status == "failed"
    assert after.problem is not None
    assert "probability 0" in after.problem["detail"]


def test_a_run_that_grows_too_dear_is_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence that leaves little weight makes the engine take more draws than were paid for."""

    def grow(scenario: Scenario, settings: RunSettings, *, progress: Any) -> Forecast:  # noqa: ANN401
        progress(0, 10**9)
        raise AssertionError("it went on")

    monkeypatch.setattr(forecasting, "run_scenario", grow)
    run = _enqueue(desk)
    desk.carry_out(_claim(desk), _go_on)
    after = get_run(desk.database, run.id)
    assert after.problem is not None
    assert (after.status, after.problem["type"]) == ("failed", "/problems/too-much-work")


def test_a_run_whose_holders_keep_dying_is_given_up(desk: Desk, clock: SetClock) -> None:
    run = _enqueue(desk)
    for attempt in range(1, runs.MAX_ATTEMPTS + 1):
        assert _claim(desk, f"dead-{attempt}").attempt == attempt
        clock.forward(seconds=LEASE.total_seconds() + 1)
    desk.carry_out(_claim(desk, "last"), _raiser(AssertionError("it was tried again")))
    after = get_run(desk.database, run.id)
    assert after.problem is not None
    assert (after.status, after.problem["status"]) == ("failed", 500)
    assert f"{runs.MAX_ATTEMPTS} attempts ended without a result" in after.problem["detail"]


def test_the_last_attempt_may_still_succeed(desk: Desk, clock: SetClock) -> None:
    run = _enqueue(desk)
    for _ in range(runs.MAX_ATTEMPTS - 1):
        _claim(desk)
        clock.forward(seconds=LEASE.total_seconds() + 1)
    desk.carry_out(_claim(desk), _go_on)
    assert get_run(desk.database, run.id).status == "done"


def test_a_run_taken_up_from_a_dead_process_answers_the_request_that_began_it(desk: Desk, clock: SetClock) -> None:
    run = _start(desk, ticket=TICKET)
    clock.forward(seconds=LEASE.total_seconds() + 1)
    desk.carry_out(_claim(desk), _go_on)
    (card,) = _recorded(desk.database)
    with desk.database.reading() as connection:
        kept = idempotency.find(connection, TICKET)
    assert kept is not None
    assert kept.run_id == run.id
    assert get_run(desk.database, run.id).forecast_id == card.id


def test_a_cancelled_run_stays_cancelled_for_whoever_repeats_the_request(desk: Desk) -> None:
    run = _start(desk, ticket=TICKET)
    with pytest.raises(RunCancelledError, match=f"run {run.id} was cancelled"):
        desk.carry_out_now(run, _raiser(LostRunError()), _wait_on)
    assert get_run(desk.database, run.id).status == "cancelled"
    _require_problem(desk.database, 409, "run-cancelled")
    assert desk.start(_plan(desk.database), TICKET, "here", LEASE) is None


def test_a_waiting_run_that_is_cancelled_answers_whoever_comes_back(desk: Desk) -> None:
    """Its asker had left, so that it waits for a process."""
    run = _start(desk, ticket=TICKET)
    with pytest.raises(StoppedError):
        desk.carry_out_now(run, _go_on, _raiser(StoppedError()))
    assert _cancel(desk, run.id).status == "cancelled"
    _require_problem(desk.database, 409, "run-cancelled")


def test_a_run_whose_holder_died_after_it_was_cancelled_is_not_computed(desk: Desk, clock: SetClock) -> None:
    run = _start(desk, ticket=TICKET)
    _cancel(desk, run.id)
    clock.forward(seconds=LEASE.total_seconds() + 1)
    desk.carry_out(_claim(desk), _raiser(AssertionError("it was computed")))
    assert get_run(desk.database, run.id).status == "cancelled"
    _require_problem(desk.database, 409, "run-cancelled")


@pytest.mark.parametrize("failure", [ZeroDivisionError("hunter2"), ForecastFileError("hunter2")])
def test_a_queued_run_that_meets_what_nobody_foresaw_has_failed(desk: Desk, failure: Exception) -> None:
    """Another attempt would fail alike. The log has the traceback, once; the run says nothing of it."""
    run = _enqueue(desk)
    with listening() as told:
        desk.carry_out(_claim(desk), _raiser(failure))
    after = get_run(desk.database, run.id)
    assert after.problem is not None
    assert (after.status, after.problem["type"]) == ("failed", "/problems/internal-error")
    assert run.id in after.problem["detail"]
    assert "hunter2" not in str(after.problem)
    (line,) = (line for line in told.lines if "exception" in line)
    assert (line["event"], line["run"]) == ("run broke off", run.id)
    assert type(failure).__name__ in line["exception"]


@pytest.mark.parametrize("failure", [ZeroDivisionError("hunter2"), ForecastFileError("hunter2")])
def test_a_run_that_is_waited_for_fails_of_what_nobody_foresaw(desk: Desk, failure: Exception) -> None:
    """Whoever waits gets the failure itself, which is logged with their request; repeating it begins nothing anew."""
    run = _start(desk, ticket=TICKET)
    with pytest.raises(type(failure)):
        desk.carry_out_now(run, _raiser(failure), _wait_on)
    assert get_run(desk.database, run.id).status == "failed"
    _require_problem(desk.database, 500, "internal-error")


def _cancel(desk: Desk, run_id: str) -> Run:
    with desk.database.writing() as connection:
        return desk.cancel(connection, desk.database.now(connection), run_id, "boss")


def test_cancelling_is_logged_once_with_what_it_met(desk: Desk) -> None:
    run = _enqueue(desk)
    before = len(_log(desk.database))
    assert _cancel(desk, run.id).status == "cancelled"
    assert _cancel(desk, run.id).status == "cancelled"
    assert _log(desk.database)[before:] == [("boss", "run.cancel", f"runs/{run.id}")]


def test_a_run_nobody_waits_for_is_cancelled(desk: Desk) -> None:
    run = _start(desk)
    with pytest.raises(StoppedError):
        desk.carry_out_now(run, _go_on, _raiser(StoppedError()))
    assert get_run(desk.database, run.id).status == "cancelled"


def test_a_run_whose_asker_may_come_back_is_queued(desk: Desk) -> None:
    run = _start(desk, ticket=TICKET)
    with pytest.raises(StoppedError):
        desk.carry_out_now(run, _go_on, _raiser(StoppedError()))
    assert get_run(desk.database, run.id).status == "queued"
    desk.carry_out(_claim(desk), _go_on)
    assert get_run(desk.database, run.id).status == "done"


def test_a_queued_run_that_is_stopped_goes_back(desk: Desk) -> None:
    run = _enqueue(desk)
    desk.carry_out(_claim(desk), _raiser(StoppedError()))
    after = get_run(desk.database, run.id)
    assert (after.status, after.attempt, after.holder) == ("queued", 0, None)


def test_who_comes_back_after_losing_a_run_records_nothing(desk: Desk, clock: SetClock) -> None:
    """Whether it notices before the end or only when it records."""
    run = _start(desk, ticket=TICKET)
    clock.forward(seconds=LEASE.total_seconds() + 1)
    heir = _claim(desk, "heir")
    assert desk.carry_out_now(run, _raiser(LostRunError()), _wait_on) is None
    assert desk.carry_out_now(run, _go_on, _wait_on) is None
    desk.carry_out(run, _go_on)
    assert get_run(desk.database, run.id) == heir
    assert _recorded(desk.database) == []
    desk.carry_out(heir, _go_on)
    (card,) = _recorded(desk.database)
    assert get_run(desk.database, run.id).forecast_id == card.id


def test_two_that_finish_one_run_at_once_record_it_once(desk: Desk, clock: SetClock) -> None:
    run = _start(desk)
    clock.forward(seconds=LEASE.total_seconds() + 1)
    heir = _claim(desk, "heir")
    made = run_scenario(_plan(desk.database).stored.scenario, from_json(run.settings))
    with ThreadPoolExecutor(2) as both:
        cards = list(both.map(lambda held: desk.record(held, made), (run, heir)))
    assert cards == [None, *_recorded(desk.database)]


def test_a_database_that_is_away_leaves_the_run_as_it_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is neither failed nor cancelled: when its lease has ended, it is taken up again."""
    run = _enqueue(desk)
    held = _claim(desk)

    def away(*_: object, **__: object) -> bool:
        raise StoreUnavailableError("the database is away", 1)

    monkeypatch.setattr(runs, "finish", away)
    with pytest.raises(StoreUnavailableError):
        desk.carry_out(held, _go_on)
    with pytest.raises(StoreUnavailableError):
        desk.carry_out_now(held, _go_on, _wait_on)
    assert get_run(desk.database, run.id) == held


def test_nothing_of_a_forecast_is_kept_if_its_run_is_not(desk: Desk) -> None:
    """Forecast, figures, document, log entry and the end of the run are one transaction."""
    run = _start(desk)
    made = run_scenario(_plan(desk.database).stored.scenario, from_json(run.settings))
    before = _counts(desk.database)
    stranger = Run(**{**{name: getattr(run, name) for name in Run.__slots__}, "holder": "stranger"})
    assert stranger.claim == Claim(run.id, 1, "stranger")
    # As when another release writes the same scenario otherwise: a document that the run does not name.
    other = made.model_copy(update={"document": {**made.document, "title": "Said otherwise"}})
    assert desk.record(stranger, other) is None
    assert _counts(desk.database) == before


def _counts(database: Database) -> dict[str, int]:
    counted = (tables.forecast, tables.figure, tables.document, tables.audit, tables.run)
    with database.reading() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in counted
        }
