"""From a forecast to its predictions: one per question, all of the same draws and worlds.

A forecast keeps no worlds. They are drawn again from its seed, and are those that its own numbers were counted over.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date

import numpy as np

from forecast.arrays import FloatArray
from forecast.errors import listed
from forecast.predictions.empirical import Empirical, empirical
from forecast.predictions.kinds import (
    BinaryPrediction,
    ChoicePrediction,
    DatePrediction,
    JointWorlds,
    NumberPrediction,
    PairPrediction,
    Predicted,
    Prediction,
)
from forecast.predictions.rationales import rationales_of
from forecast.result import (
    Answer,
    BinaryAnswer,
    ConditionalAnswer,
    DateAnswer,
    Forecast,
    MultipleChoiceAnswer,
    NumericAnswer,
)
from forecast.run import settings_of
from forecast.samples import world_table
from forecast.scenario import Scenario, parse_scenario
from forecast.settings import RunSettings

MOST_WORLDS = 1 << 20
"""Worlds that are drawn again at most: the first so many, which says a probability within 0.0005."""


def predict(forecast: Forecast, stop_if_asked: Callable[[], None] = lambda: None) -> Predicted:
    """Return what a forecast answers to every question of its scenario.

    Probabilities are the forecast's means. Numbers and dates are distributed as over its worlds, of which the first
    ``MOST_WORLDS`` are drawn again. A date's worlds are weighted so that the probability by each day that the forecast
    reports is the forecast's own, which is computed and not counted: the answers to "when?" and "by then?" agree.

    Parameters
    ----------
    forecast : the forecast
    stop_if_asked : called before each batch of worlds; what it raises ends the work

    Raises
    ------
    ForecastFileError
        If the forecast was altered.
    ScenarioError, RunError
        If its document is no scenario, or its request no run, of this version of the engine.
    """
    settings = settings_of(forecast)  # refuses one that was altered, whether its worlds are drawn again or not
    scenario = parse_scenario(forecast.document)
    worlds = _joint_worlds(forecast, scenario, stop_if_asked)
    return Predicted(
        scenario=forecast.scenario,
        title=forecast.title,
        as_of=forecast.as_of,
        digest=forecast.digest,
        by_question={name: _prediction(name, answer, scenario, worlds) for name, answer in forecast.questions.items()},
        worlds=worlds,
        rationales={name: rationales_of(scenario, question) for name, question in scenario.questions.items()},
        supposed=_supposed(settings),
    )


def _supposed(settings: RunSettings) -> str:
    """Return what makes a forecast an answer to what would be, and not to what will; empty if nothing does."""
    said = []
    if settings.assume:
        said.append(f"assumes {listed(settings.assume)}")
    if settings.do:
        said.append(f"forces {listed(settings.do)}")
    if settings.evidence != "accepted":
        said.append("uses other evidence than what is accepted")
    return f"it {' and '.join(said)}" if said else ""


def _joint_worlds(forecast: Forecast, scenario: Scenario, stop_if_asked: Callable[[], None]) -> JointWorlds:
    columns = {name: _column(answer, forecast, scenario) for name, answer in forecast.questions.items()}
    wanted = {name: column for name, column in columns.items() if column is not None}
    if not wanted:
        return JointWorlds(np.empty(0), {})
    found = _read(forecast, {*wanted.values(), "weight"}, stop_if_asked)
    return JointWorlds(
        weight=found["weight"],
        values={name: _numbers(found[column], scenario.as_of) for name, column in wanted.items()},
    )


def _column(answer: Answer, forecast: Forecast, scenario: Scenario) -> str | None:
    """Return the name of the column of worlds that an answer is about, if it is about a number or a date."""
    if isinstance(answer, NumericAnswer):
        return f"quantities.{answer.quantity}"
    if isinstance(answer, DateAnswer):
        edge = scenario.tree.resolve(answer.branch)
        # A branch is dated under its own name, or with its node's where two branches share one.
        return f"dates.{edge if str(edge) in forecast.dates else edge.branch}"
    return None


def _read(forecast: Forecast, columns: Collection[str], stop_if_asked: Callable[[], None]) -> Mapping[str, np.ndarray]:
    parts: dict[str, list[np.ndarray]] = {name: [] for name in columns}
    rows = 0
    stop_if_asked()
    blocks = world_table(forecast).blocks()
    for batch in blocks:
        stop_if_asked()
        for name, kept in parts.items():
            kept.append(batch[name])
        rows += len(batch["weight"])
        if rows >= MOST_WORLDS:
            blocks.close()
            break
    return {name: np.concatenate(kept) for name, kept in parts.items()}


def _numbers(column: np.ndarray, start: date) -> FloatArray:
    """Return numbers as they are, and days as their number after the start; missing ones as NaN."""
    if column.dtype.kind != "M":
        return np.asarray(column, dtype=np.float64)
    days = (column - np.datetime64(start, "D")).astype(np.float64)
    return np.where(np.isnat(column), np.nan, days)


def _prediction(name: str, answer: Answer, scenario: Scenario, worlds: JointWorlds) -> Prediction:
    text = answer.text
    match answer:
        case BinaryAnswer():
            return BinaryPrediction(name, text, answer.mean, answer.mc_error)
        case MultipleChoiceAnswer():
            options = {label: option.mean for label, option in answer.options.items()}
            return ChoicePrediction(name, text, options, max(each.mc_error for each in answer.options.values()))
        case NumericAnswer():
            return NumberPrediction(name, text, answer.unit, empirical(worlds.values[name], worlds.weight))
        case DateAnswer():
            distribution = _of_days(worlds.values[name], worlds.weight, answer, scenario.as_of)
            reported = {date.fromisoformat(day): found.mc_error for day, found in answer.by.items()}
            return DatePrediction(name, text, scenario.as_of, scenario.horizon, distribution, reported)
        case ConditionalAnswer():
            return PairPrediction(name, text, answer.given.mean, answer.if_true.mean, answer.if_false.mean)


def _of_days(days: FloatArray, weight: FloatArray, answer: DateAnswer, start: date) -> Empirical:
    known = {float((date.fromisoformat(day) - start).days): found.mean for day, found in answer.by.items()}
    return empirical(days, weight * _corrections(days, weight, known))


def _corrections(days: FloatArray, weight: FloatArray, known: Mapping[float, float]) -> FloatArray:
    """Return a factor for each world's weight, so that the shares by the known days become the known ones.

    Between two known days the worlds keep their proportions (post-stratification). Where no world fell between
    them, the two spans are taken together, since there is nothing to weigh.

    Parameters
    ----------
    days : per world, NaN where it has not happened, shape (worlds,)
    weight : shape (worlds,)
    known : day → probability by then, ascending in both; the last is the horizon
    """
    total, factors = float(weight.sum()), np.ones(days.shape)
    last, done, counted_by = -np.inf, 0.0, 0.0
    for day, probability in sorted(known.items()):
        inside = (days > last) & (days <= day)
        counted = float(weight[inside].sum()) / total
        if counted > 0.0:
            factors[inside] = (probability - done) / counted
            last, done, counted_by = day, probability, counted_by + counted
    never = np.isnan(days)
    if counted_by < 1.0 and never.any():
        factors[never] = (1.0 - done) / (float(weight[never].sum()) / total)
    return factors
