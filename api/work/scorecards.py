"""Scores of stored scenarios: the forecasts that count, what each said at what has resolved, and how good that was."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from api.errors import ParameterError, TooMuchWorkError
from api.platforms.quotes.parts import read_part
from api.service import Service
from api.store import forecasts, listings, quotes, resolutions, runs, scenarios
from api.store.forecasts import ForecastCard
from api.store.resolutions import Resolved
from api.suggestions import did_you_mean
from api.work.computations import Stopper
from forecast.resolutions import (
    QUESTIONS,
    BinaryResolution,
    ChoiceResolution,
    ConditionalResolution,
    Settled,
    places,
    read_resolution,
)
from forecast.result import Forecast
from forecast.scenario import Scenario
from forecast.scorecards.against import OutsideQuote, Quantiles
from forecast.scorecards.calibrations import Said, calibration
from forecast.scorecards.cards import Manner, Recorded, scorecard
from forecast.scorecards.groups import By, averages
from forecast.scorecards.records import Calibration, Each, GroupAverage, Scorecard, Way
from forecast.scorecards.stated import said_in
from forecast.scorecards.ways import way_so_far
from forecast.scorecards.windows import life_end, why_hypothetical
from forecast.statements.questions import MultipleChoiceQuestion

MOST_FORECASTS = 5_000
"""Forecasts of one scenario that one request scores."""

MOST_QUOTES = 100_000
"""Quotes of one question that one request holds against ours."""

_RUNS_AT_A_TIME = 1_000
_SCENARIOS_AT_A_TIME = 200


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A forecast that answers something else than the scenario's questions, and what."""

    forecast: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counted:
    """The recorded forecasts of a scenario, in the order in which they were recorded, and those left out."""

    cards: Sequence[ForecastCard]
    left_out: Sequence[LeftOut]


@dataclass(frozen=True, slots=True)
class Scores:
    """How good the forecasts of a scenario were; ``unresolved`` lists the places that nobody has resolved."""

    cards: Sequence[Scorecard]
    averages: Sequence[GroupAverage] | None
    way: Way | None
    calibration: Calibration | None
    left_out: Sequence[LeftOut]
    unresolved: Sequence[str]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about the scores of a scenario.

    moment : as recorded up to then; None for now
    of : one place only; None for all
    by : what to average by; None for no averages
    manner : how places are scored
    each : which predictions count for the calibration
    """

    moment: datetime | None
    of: str | None
    by: By | None
    manner: Manner
    each: Each


def settled(resolved: Resolved) -> Settled:
    """Return a resolution as the scores take it."""
    return Settled(resolved.place, read_resolution(resolved.value), date.fromisoformat(resolved.happened_on))


def scores(service: Service, scenario_id: str, asked: Question, stop_if_asked: Stopper) -> Scores:
    """Return how good the forecasts of a scenario were; blocks, so call it in a thread.

    Raises
    ------
    UnknownScenarioError
        If there is none of this id, or there was none at the moment.
    ParameterError
        If the place asked for has not been resolved.
    TooMuchWorkError
        If there are more forecasts or quotes than one request may score.
    """
    with service.database.reading() as connection:
        scenario = service.stored.find(connection, scenario_id, moment=asked.moment).scenario
        known = _in_force(connection, scenario_id, asked.moment)
        chosen = known if asked.of is None else {asked.of: _asked_for(asked.of, known, scenario)}
        counted = forecasts_that_count(connection, scenario_id, asked.moment)
        recorded = read(connection, scenario, counted.cards, chosen.values(), stop_if_asked)
        groups = _groups(connection, scenario, asked)
        said = _said(connection, scenario, counted.cards, chosen.values(), asked.moment)
        outside = {each.place: quoted(connection, scenario, each, asked.moment) for each in chosen.values()}
    cards = []
    for each in chosen.values():
        stop_if_asked()
        cards.append(scorecard(scenario, each, recorded, asked.manner, outside[each.place]))
    return Scores(
        cards=cards,
        averages=None if asked.by is None else averages(cards, asked.by, groups),
        way=way_so_far(scenario, chosen, recorded),
        calibration=calibration(said, asked.each),
        left_out=counted.left_out,
        unresolved=[place for place in places(scenario) if place not in known],
    )


@dataclass(frozen=True, slots=True)
class Overall:
    """Calibration over scenarios, and how many have something that counts for it."""

    scenarios: int
    calibration: Calibration | None


def overall(service: Service, each: Each, moment: datetime | None, stop_if_asked: Stopper) -> Overall:
    """Return the calibration over all scenarios; blocks, so call it in a thread.

    Raises
    ------
    TooMuchWorkError
        If a scenario has more forecasts than one request may score.
    """
    found: list[Said] = []
    with_some = 0
    with service.database.reading() as connection:
        for scenario_id in _scenario_ids(connection, moment):
            stop_if_asked()
            known = [one for one in _in_force(connection, scenario_id, moment).values() if _is_said(one)]
            if not known:
                continue
            scenario = service.stored.find(connection, scenario_id, moment=moment).scenario
            counted = forecasts_that_count(connection, scenario_id, moment)
            said = _said(connection, scenario, counted.cards, known, moment)
            # Names of questions are the scenario's own.
            found += [Said(f"{scenario_id} {one.question}", one.probabilities, one.happened) for one in said]
            with_some += bool(said)
    return Overall(with_some, calibration(found, each))


def _scenario_ids(connection: Connection, moment: datetime | None) -> list[str]:
    found: list[str] = []
    while True:
        page = scenarios.page(connection, _SCENARIOS_AT_A_TIME, found[-1] if found else None, moment)
        found += [card.scenario_id for card in page]
        if len(page) < _SCENARIOS_AT_A_TIME:
            return found


def _in_force(connection: Connection, scenario_id: str, moment: datetime | None) -> dict[str, Settled]:
    found = resolutions.in_force(connection, scenario_id, moment)
    return {place: settled(each) for place, each in found.items()}


def _asked_for(of: str, known: Mapping[str, Settled], scenario: Scenario) -> Settled:
    if of in known:
        return known[of]
    if of in places(scenario):
        raise ParameterError("of", f"'{of}' has not been resolved: POST …/resolutions says what happened")
    hint = did_you_mean(of, known, "resolved are") if known else ": nothing has been resolved"
    raise ParameterError("of", f"the scenario has no place '{of[:100]}'{hint}")


def forecasts_that_count(connection: Connection, scenario_id: str, moment: datetime | None) -> Counted:
    """Return the recorded forecasts that answer a scenario's questions, and why others do not.

    Raises
    ------
    TooMuchWorkError
        If there are more than one request may score.
    """
    cards = forecasts.page(connection, MOST_FORECASTS + 1, scenario_id=scenario_id, moment=moment)
    if len(cards) > MOST_FORECASTS:
        raise TooMuchWorkError(
            len(cards),
            MOST_FORECASTS,
            f"scenario '{scenario_id}' has more than {MOST_FORECASTS:,} forecasts, as many as one request scores: "
            "ask with as_of about an earlier moment",
            pointer=None,
        )
    settings = _settings(connection, scenario_id, {card.run_id for card in cards})
    versions = scenarios.numbered(connection, scenario_id, {card.version for card in cards})
    counting, left_out = [], []
    for card in reversed(cards):
        spoken_from = date.fromisoformat(versions[card.version].card["as_of"])
        reason = why_hypothetical(settings[card.run_id], date.fromisoformat(card.as_of), card.recorded_at, spoken_from)
        if reason is None:
            counting.append(card)
        else:
            left_out.append(LeftOut(card.id, reason))
    return Counted(counting, left_out)


def _settings(connection: Connection, scenario_id: str, run_ids: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    before: tuple[datetime, str] | None = None
    while len(found) < len(run_ids):
        page = runs.page(connection, _RUNS_AT_A_TIME, before, scenario_id)
        found |= {run.id: run.settings for run in page if run.id in run_ids}
        before = page[-1].created_at, page[-1].id
    return found


def read(
    connection: Connection,
    scenario: Scenario,
    cards: Sequence[ForecastCard],
    places_settled: Collection[Settled],
    stop_if_asked: Stopper,
) -> Sequence[Recorded]:
    """Return what forecasts say at places that have resolved; of one that is late everywhere, only that it is there."""
    last_end = max((life_end(scenario, each) for each in places_settled), default=None)
    found = []
    for card in cards:
        stop_if_asked()
        late = last_end is None or card.recorded_at >= last_end
        said = {} if late else said_in(_whole(connection, card), places_settled)
        found.append(Recorded(card.id, card.author, card.recorded_at, said))
    return found


def quoted(connection: Connection, scenario: Scenario, one: Settled, moment: datetime | None) -> Sequence[OutsideQuote]:
    """Return what others said of a place while it lived, as recorded up to a moment.

    Raises
    ------
    TooMuchWorkError
        If they are more than one request may score.
    """
    if not one.place.startswith(QUESTIONS):
        return ()
    question, end = one.place.removeprefix(QUESTIONS), life_end(scenario, one)
    found = quotes.course(connection, scenario.scenario, question, end, MOST_QUOTES + 1, moment)
    if len(found) > MOST_QUOTES:
        raise TooMuchWorkError(
            len(found),
            MOST_QUOTES,
            f"question '{question}' has more than {MOST_QUOTES:,} quotes, as many as one request holds against ours: "
            "ask with as_of about an earlier moment, or with of about another place",
            pointer=None,
        )
    return [
        OutsideQuote(
            source=f"{each.source} {each.place}",
            part=read_part(each.value.get("part")),
            said=_said_outside(each.value["said"]),
            valid_at=each.valid_at,
            recorded_at=each.recorded_at,
        )
        for each in found
    ]


def _said_outside(said: Mapping[str, Any]) -> float | Mapping[str, float] | Quantiles:
    if said["kind"] == "quantiles":
        return Quantiles({float(level): value for level, value in said["quantiles"].items()})
    return dict(said["options"]) if said["kind"] == "options" else float(said["probability"])


def _whole(connection: Connection, card: ForecastCard) -> Forecast:
    """Return a forecast; its document, which nothing here reads, is left empty."""
    result = forecasts.result_text(connection, card)
    return Forecast.model_validate_json(f'{result[:-1]},"document":{{}}}}')


def _groups(connection: Connection, scenario: Scenario, asked: Question) -> Mapping[str, Collection[str]]:
    """Return by place what it shares with others, where scorecards do not say so themselves."""
    if asked.by == "topic":
        return {f"{QUESTIONS}{name}": question.topics for name, question in scenario.questions.items()}
    return _platforms(connection, scenario.scenario, asked.moment) if asked.by == "platform" else {}


def _platforms(connection: Connection, scenario_id: str, moment: datetime | None) -> Mapping[str, Collection[str]]:
    found: dict[str, set[str]] = {}
    for each in listings.in_force(connection, scenario_id, moment).values():
        body = each.body or {}
        found.setdefault(f"{QUESTIONS}{body['question']}", set()).add(body["platform"])
    return found


def _is_said(one: Settled) -> bool:
    return isinstance(one.value, BinaryResolution | ChoiceResolution | ConditionalResolution)


def _said(
    connection: Connection,
    scenario: Scenario,
    cards: Sequence[ForecastCard],
    places_settled: Collection[Settled],
    moment: datetime | None,
) -> Sequence[Said]:
    """Return the probabilities of yes that have resolved: of questions, of options, of halves of pairs."""
    counting = {card.id for card in cards}
    found = []
    for one in places_settled:
        end = life_end(scenario, one)
        for place, happened in _yes_or_no(scenario, one):
            points = forecasts.series(connection, scenario.scenario, place, MOST_FORECASTS + 1, moment=moment)
            # A half of a pair is the ratio of two means, which may lie a rounding outside.
            means = [
                min(max(p.mean, 0.0), 1.0)
                for p in reversed(points)
                if p.forecast_id in counting and p.recorded_at < end
            ]
            if means:
                found.append(Said(one.place, means, happened))
    return found


def _yes_or_no(scenario: Scenario, one: Settled) -> list[tuple[str, bool]]:
    """Return the place of each probability of yes that has resolved, and how."""
    if isinstance(one.value, BinaryResolution):
        return [(one.place, one.value.happened)]
    if isinstance(one.value, ConditionalResolution):
        # The other half is void.
        return [(f"{one.place}.{'if_true' if one.value.given else 'if_false'}", one.value.happened)]
    if not isinstance(one.value, ChoiceResolution):
        return []
    question = scenario.questions.get(one.place.removeprefix(QUESTIONS))
    options = question.options if isinstance(question, MultipleChoiceQuestion) else {one.value.option: None}
    return [(f"{one.place}.{label}", label == one.value.option) for label in options]
