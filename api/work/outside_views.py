"""The outside view beside ours: what each source says last of a question, how old that is, and how far from ours."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection

from api.platforms.quotes.parts import read_part
from api.service import Service
from api.store import forecasts, quotes, runs, scenarios
from api.store.forecasts import ForecastCard
from api.store.quotes import Quoted
from api.work.computations import Stopper
from api.work.predictions import predicted
from api.work.quoted_parts import OurPart, ours_of
from forecast.predictions.kinds import Predictions
from forecast.result import Answer, BinaryAnswer, MultipleChoiceAnswer
from forecast.scorecards.windows import why_hypothetical

MOST_PASSED_OVER = 200
"""Newest forecasts of a scenario among which one is looked for that answers its questions."""

_DAY = timedelta(days=1)

Difference = float | Mapping[str, float]
"""Theirs less ours, as a probability; of options by option."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """What one place says last.

    age_days : since then, to a quarter of an hour; not below 0, as clocks differ by minutes
    ours : our probability of the part of our answer that it is of; None of the whole
    difference : None where nothing of ours can be subtracted
    """

    quoted: Quoted
    age_days: float
    ours: OurPart | None
    difference: Difference | None


@dataclass(frozen=True, slots=True)
class Beside:
    """Ours and theirs of one question; ``ours`` is None where our forecast does not answer it."""

    question: str
    ours: Answer | None
    theirs: Sequence[Theirs]


@dataclass(frozen=True, slots=True)
class OutsideView:
    """Every question that is quoted; ``forecast`` is None where there is none that answers the scenario's questions."""

    forecast: ForecastCard | None
    questions: Sequence[Beside]


def outside_view(service: Service, scenario_id: str, moment: datetime | None, stop_if_asked: Stopper) -> OutsideView:
    """Return ours beside theirs, now or as on record at a moment; blocks, so call it in a thread.

    Raises
    ------
    UnknownScenarioError
        If there is no such scenario, or there was none at the moment.
    ForecastFileError
        If our forecast was altered.
    """
    with service.database.reading() as connection:
        scenarios.head(connection, scenario_id, moment)
        now = service.database.now(connection)
        at = now if moment is None else min(moment, now)
        standing = quotes.standing(connection, scenario_id, moment)
        card = _newest_answering(connection, scenario_id, moment)
        answers = {} if card is None or not standing else forecasts.whole(connection, card).questions

    def predictions() -> Predictions:
        assert card is not None
        return predicted(service, card, stop_if_asked).by_question

    by_question = groupby(standing, key=lambda each: each.question)
    return OutsideView(card, [_beside(name, answers.get(name), list(of), at, predictions) for name, of in by_question])


def _newest_answering(connection: Connection, scenario_id: str, moment: datetime | None) -> ForecastCard | None:
    """Return the newest forecast that assumes nothing and speaks from its own day."""
    for card in forecasts.page(connection, MOST_PASSED_OVER, scenario_id=scenario_id, moment=moment):
        spoken_from = date.fromisoformat(scenarios.get(connection, scenario_id, card.version).card["as_of"])
        settings = runs.get(connection, card.run_id).settings
        if why_hypothetical(settings, date.fromisoformat(card.as_of), card.recorded_at, spoken_from) is None:
            return card
    return None


def _beside(
    name: str,
    ours: Answer | None,
    theirs: Sequence[Quoted],
    at: datetime,
    predictions: Callable[[], Predictions],
) -> Beside:
    return Beside(name, ours, [_theirs(each, ours, at, predictions) for each in theirs])


def _theirs(quoted: Quoted, ours: Answer | None, at: datetime, predictions: Callable[[], Predictions]) -> Theirs:
    part = read_part(quoted.value.get("part"))
    if part is None or ours is None:
        return Theirs(quoted, _age(quoted, at), None, _difference(quoted, None if part else ours))
    own = ours_of(part, ours, quoted.question, predictions)
    apart = None if own.probability is None else float(quoted.value["said"]["probability"]) - own.probability
    return Theirs(quoted, _age(quoted, at), own, apart)


def _age(quoted: Quoted, at: datetime) -> float:
    return round(max((at - quoted.valid_at) / _DAY, 0.0), 2)


def _difference(quoted: Quoted, ours: Answer | None) -> Difference | None:
    """Return theirs less ours; None where they are of different kinds, as after a question was changed."""
    said = quoted.value["said"]
    if isinstance(ours, BinaryAnswer) and said["kind"] == "probability":
        return float(said["probability"]) - ours.mean
    if isinstance(ours, MultipleChoiceAnswer) and said["kind"] == "options":
        options: Mapping[str, float] = said["options"]
        return {label: options[label] - mine.mean for label, mine in ours.options.items() if label in options}
    return None
