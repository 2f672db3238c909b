"""ForecastBench: one forecast set per round, as a JSON file for the team's folder.

A listing is one row: of a market question, which has no resolution date, or of a dataset question on one of the days
it resolves on. ForecastBench drops a bad row in silence and scores 0.5 in its place, and a single duplicate or text
for a number spoils the whole file; so all of that is refused here. What a question set asks and nothing is listed for
is scored as 0.5 too, and reported in numbers.

Rules as in forecastingresearch/forecastbench: src/resolve/_prepare.py drops and raises,
src/external-submissions/functions/common/validation.py checks an outside team's file, its name included.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, Self, get_args

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from forecast.errors import listed
from forecast.fields import SUM_TOLERANCE, Day, Label, Statement, Text
from forecast.predictions.kinds import Predicted, Predictions
from forecast.tournaments.asked import asked_probability, require_asked_probability
from forecast.tournaments.exports import Distortion, Document, Export, ExportError
from forecast.tournaments.formats import Format
from forecast.tournaments.listings import DayPart, Listing

MarketSource = Literal["infer", "kalshi", "manifold", "metaculus", "polymarket"]
DatasetSource = Literal["acled", "dbnomics", "fred", "wikipedia", "yfinance"]
Source = MarketSource | DatasetSource

MARKETS: frozenset[str] = frozenset(get_args(MarketSource))
DATASETS: frozenset[str] = frozenset(get_args(DatasetSource))

HORIZONS = (7, 30, 90, 180, 365, 1095, 1825, 3650)
"""Days after the due date on which dataset questions resolve; rows for other days are dropped."""

_DATES = f"dates are {', '.join(map(str, HORIZONS))} days after due"
_CORRECT = "correct the listing"

COVERAGE = 0.95
"""Share of the market questions, and of the dataset questions, that a set must answer to be on the leaderboard."""

IMPUTED = 0.5
"""What is scored where a set has no row."""

Row = dict[str, object]
_Key = tuple[object, object, object]


class ForecastBenchListing(Listing):
    """A row of the forecast set.

    id : the question's, as text
    source : in lower case
    resolution_date : of a dataset question; left out, the day of ``part``. None for a market question
    reasoning : for people
    """

    platform: Literal["forecastbench"] = "forecastbench"
    id: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    source: Source
    resolution_date: Day | None = None
    reasoning: Text | None = None

    @model_validator(mode="after")
    def _dated_if_dataset(self) -> Self:
        if self.source in MARKETS and self.resolution_date is not None:
            raise ValueError(f"'{self.source}' is a market, whose questions resolve when they do: leave the date out")
        if self.source in DATASETS and self.resolves_on is None:
            raise ValueError(f"a question of '{self.source}' resolves on several days: state a resolution_date")
        return self

    @property
    def resolves_on(self) -> date | None:
        """The day of a dataset question's row, None for a market question."""
        if self.source in MARKETS:
            return None
        return self.part.by if self.resolution_date is None and isinstance(self.part, DayPart) else self.resolution_date


class PublishedQuestion(Statement):
    """As much of a question of a published question set as says which rows are scored; the rest is let pass."""

    model_config = ConfigDict(extra="ignore")

    id: str
    source: str
    resolution_dates: Annotated[tuple[Day, ...], Field(strict=False)] | Literal["N/A"] = "N/A"


class QuestionSet(Statement):
    """A published question set, such as ``2026-08-16-llm.json``, as it is read from its file."""

    model_config = ConfigDict(extra="ignore")

    question_set: str
    questions: Annotated[tuple[PublishedQuestion, ...], Field(strict=False)]

    def rows(self, *, dated: bool) -> frozenset[_Key]:
        """Return what is scored, as (id, source, date): of dataset questions, which are dated, or of market ones."""
        return frozenset(
            (question.id, question.source, None if day is None else day.isoformat())
            for question in self.questions
            if dated != (question.resolution_dates == "N/A")
            for day in ((None,) if question.resolution_dates == "N/A" else question.resolution_dates)
        )


class ForecastBenchSettings(Statement):
    """What holds for the whole set.

    organization : the team, as it is registered
    model, model_organization : what forecasts, and whose it is
    question_set : the name of the set that is answered; it begins with the due date
    number : which of the team's sets of this round; three may be handed in
    file_name : ``{due date}.{organization}.{number}.json`` if left out
    published : the question set itself, to check the rows against
    """

    organization: Label
    model: Label
    model_organization: Label
    question_set: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}-[a-z]+\.json$")]
    number: Annotated[int, Field(ge=1, le=3)] = 1
    file_name: Label | None = None
    published: QuestionSet | None = None

    @model_validator(mode="after")
    def _of_one_set(self) -> Self:
        try:
            date.fromisoformat(self.question_set[:10])
        except ValueError as error:
            raise ValueError(
                f"'{self.question_set}' does not begin with a calendar day: write its file's name"
            ) from error
        if self.published is not None and self.published.question_set != self.question_set:
            said = f"the published set is '{self.published.question_set}', and '{self.question_set}' is to be answered"
            raise ValueError(f"{said}: state the same")
        return self

    @property
    def due(self) -> date:
        """The day on which the set is handed in, in UTC."""
        return date.fromisoformat(self.question_set[:10])


def require_file_name(name: str, due: date) -> None:
    """Refuse the name of a file that the platform's check would refuse.

    Raises
    ------
    ExportError
        If it is not ``{due date}.{organization}.{number}.json``.
    """
    parts = name.removesuffix(".json").split(".")
    fits = name.endswith(".json") and len(parts) >= 3 and parts[0] == due.isoformat() and parts[-1].isdecimal()
    if not fits or "/" in name or name.count(".json") > 1:
        rule = "the file is named {due date}.{organization}.{number}.json"
        raise ExportError("forecastbench", rule, f"'{name}' is not named so: state another file_name")


def require_rows(rows: Sequence[Mapping[str, object]], settings: ForecastBenchSettings) -> None:
    """Refuse rows that ForecastBench would drop, or that would spoil the file.

    Raises
    ------
    ExportError
        If there is none, one is a duplicate, or one has a forecast, source or date that the platform does not take.
    """
    if not rows:
        raise ExportError("forecastbench", "a set has forecasts", "there are no listings: state at least one")
    days = [(settings.due + timedelta(days=horizon)).isoformat() for horizon in HORIZONS]
    due = f"{settings.question_set} is due on {settings.due}, and resolves on {', '.join(days)}"
    seen: set[_Key] = set()
    for row in rows:
        key, source, day = _key(row), row["source"], row["resolution_date"]
        place, value = f"forecastbench, {source} '{row['id']}'", row["forecast"]
        rules = (
            (type(row["id"]) is str, "an id is text", row["id"], _CORRECT),
            (source in MARKETS | DATASETS, "sources are the platform's, in lower case", source, _CORRECT),
            (type(value) is float and 0.0 <= value <= 1.0, "a forecast is a number from 0 to 1", value, _CORRECT),
            (source not in MARKETS or day is None, "a market question has no resolution date", day, _CORRECT),
            (source not in DATASETS or day in days, _DATES, day, f"{due}: state one of those days"),
            (key not in seen, "a question and date has one row", day, _CORRECT),
        )
        for holds, rule, found, way in rules:
            if not holds:
                raise ExportError(place, rule, f"{found!r} would be dropped or spoil the file: {way}")
        seen.add(key)


def _export(listings: Sequence[ForecastBenchListing], predicted: Predicted, settings: ForecastBenchSettings) -> Export:
    name = settings.file_name or f"{settings.due}.{settings.organization}.{settings.number}.json"
    require_file_name(name, settings.due)
    rows = [_row(listing, predicted.by_question) for listing in listings]
    require_rows(rows, settings)
    distortions = () if settings.published is None else _unanswered(rows, settings.published)
    content = {
        "organization": settings.organization,
        "model": settings.model,
        "model_organization": settings.model_organization,
        "question_set": settings.question_set,
        "forecasts": rows,
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    return Export("forecastbench", (Document(name, "application/json", text.encode()),), distortions)


def _row(listing: ForecastBenchListing, predictions: Predictions) -> Row:
    day = listing.resolves_on
    return {
        "id": listing.id,
        "source": listing.source,
        "forecast": _within(asked_probability(predictions, listing)),
        "resolution_date": None if day is None else day.isoformat(),
        "reasoning": listing.reasoning,
    }


def _within(p: float) -> float:
    """Sums in double precision may pass 0 or 1 by their last digit, and the platform drops what does."""
    nearest = min(max(p, 0.0), 1.0)
    return float(nearest if abs(nearest - p) <= SUM_TOLERANCE else p)


def _key(row: Mapping[str, object]) -> _Key:
    return row["id"], row["source"], row["resolution_date"]


def _unanswered(rows: Sequence[Row], published: QuestionSet) -> tuple[Distortion, ...]:
    """Check rows against the question set, and say what of it is left to be imputed."""
    markets, datasets = published.rows(dated=False), published.rows(dated=True)
    answered = {_key(row) for row in rows}
    strange = [f"{source} {name} {day or ''}".strip() for name, source, day in answered - markets - datasets]
    if strange:
        rule = "rows are of the question set"
        said = f"{published.question_set} does not ask {listed(set(strange))}: correct its id, source or date"
        raise ExportError("forecastbench", rule, said)
    left = (markets | datasets) - answered
    if not left:
        return ()
    figures = {
        "imputed": IMPUTED,
        "market_rows": float(len(markets)),
        "market_rows_unanswered": float(len(markets - answered)),
        "dataset_rows": float(len(datasets)),
        "dataset_rows_unanswered": float(len(datasets - answered)),
        "market_coverage": _coverage(markets, answered),
        "dataset_coverage": _coverage(datasets, answered),
    }
    named = {f"{source} {name}" for name, source, _ in left}
    least = f"below a coverage of {COVERAGE:.0%} of either kind a set is not on the leaderboard"
    reason = f"what has no row is scored as {IMPUTED}: {listed(named)}; {least}"
    return (Distortion("forecastbench", reason, figures),)


def _coverage(asked: frozenset[_Key], answered: set[_Key]) -> float:
    """Return the share of the questions that have a row, as the platform counts: whatever the number of days."""
    questions = {key[:2] for key in asked}
    return len(questions & {key[:2] for key in answered}) / len(questions) if questions else 1.0


FORMAT = Format(
    name="forecastbench",
    title="ForecastBench: a forecast set",
    listing=ForecastBenchListing,
    settings=ForecastBenchSettings,
    export=_export,
    named_by=("source", "id"),
    require_fit=require_asked_probability,
)
