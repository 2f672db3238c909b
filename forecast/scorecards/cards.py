"""The scorecard of a place: every prediction scored, and the scores averaged over the time that each stood."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from forecast.resolutions import (
    NODES,
    QUESTIONS,
    Annulled,
    BinaryResolution,
    NodeResolution,
    Settled,
    kind_at,
)
from forecast.scenario import Scenario
from forecast.scorecards.against import Ours, OutsideQuote, against
from forecast.scorecards.records import PredictionScore, Scorecard, Scores, Skill, finite
from forecast.scorecards.rules import BASELINE, chance_of, scored
from forecast.scorecards.stated import Chance, Dated, Stated, UnscoredError
from forecast.scorecards.windows import life_end, planned_close
from forecast.scores.base_rates import DecayingBaseRate, skill_over_life
from forecast.scores.lives import Life, Standing, Stretch, average_of, in_utc, stretches
from forecast.statements.questions import NumericQuestion


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded forecast that answers the scenario's questions: no what-if, and of its own day.

    said : place → what it says there, or why nothing there can be scored; as `stated.said_in` returns it
    """

    id: str
    author: str
    recorded_at: datetime
    said: Mapping[str, Stated | UnscoredError]


@dataclass(frozen=True, slots=True)
class Manner:
    """How places are scored.

    opens : when their lives begin; with the first forecast if None, which says nothing of time before it
    base_rate : probability at the opening of the base rate that skill is measured against; the first forecast's if None
    in_order : whether options of multiple-choice questions are in order
    with_history : whether each prediction is to be told
    """

    opens: datetime | None = None
    base_rate: float | None = None
    in_order: bool = False
    with_history: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    """One forecast at a place: what it says and how good that is, or why that cannot be told."""

    made: Recorded
    stated: Stated | None
    scores: dict[str, float]
    unscored: str | None


def scorecard(
    scenario: Scenario,
    settled: Settled,
    recorded: Sequence[Recorded],
    manner: Manner = Manner(),
    quotes: Sequence[OutsideQuote] = (),
) -> Scorecard:
    """Return how good the forecasts of one place were.

    Parameters
    ----------
    scenario : Scenario
        As it is now: it says when the question closes.
    settled : Settled
        What happened.
    recorded : sequence of Recorded
        All that answer the scenario's questions, in the order in which they were recorded; those after the life of the
        place, which are late, do not count.
    manner : Manner
    quotes : sequence of OutsideQuote
        What others said of the place.
    """
    opens, closes = manner.opens, life_end(scenario, settled)
    in_time = _last_of_each_moment([each for each in recorded if each.recorded_at < closes])
    entries = [] if _void(settled) else _entries(settled, in_time, manner)
    counting = [each for each in entries if each.unscored is None]
    if opens is None and counting:
        opens = counting[0].made.recorded_at
    planned = planned_close(scenario, settled.place)
    life = Life(opens, closes, planned) if opens is not None and opens < closes else None
    whole = None if life is None else _averages(entries, life)
    return Scorecard(
        place=settled.place,
        type=_kind(scenario, settled),
        resolution=settled.value,
        settled_on=settled.on,
        depth=_depth(scenario, settled.place),
        unit=_unit(scenario, settled.place),
        opens=opens,
        closes=closes,
        planned_close=planned,
        covered=0.0 if whole is None else whole.covered,
        predictions=len(counting),
        late=sum(each.recorded_at >= closes for each in recorded),
        scores={} if whole is None else whole.scores,
        by_analyst={} if life is None else _by_analyst(entries, life),
        skill=None if life is None or whole is None else _skill(entries, life, settled, manner),
        against={} if life is None else against(settled, quotes, _ours(entries), life, in_order=manner.in_order),
        unscored=None if whole is not None else _why_not(settled, entries, life, closes),
        history=tuple(map(_told, entries)) if manner.with_history else None,
    )


def _void(settled: Settled) -> str | None:
    """Return why there is nothing to score, None if there is."""
    if isinstance(settled.value, Annulled):
        return "annulled"
    if isinstance(settled.value, NodeResolution) and settled.value.branch is None:
        return "never reached, which is void and not 0"
    return None


def _why_not(settled: Settled, entries: Sequence[_Entry], life: Life | None, closes: datetime) -> str:
    void = _void(settled)
    if void is not None:
        return void
    if not entries:
        return f"no forecast was recorded before {closes.isoformat()}, when its life ended"
    if all(each.unscored is not None for each in entries):
        return f"none of {len(entries)} forecasts could be scored; the last: {entries[-1].unscored}"
    if life is None:
        return f"its life ended at {closes.isoformat()}, before it opens: state an earlier opening"
    return "no prediction stood while it was open"


def _last_of_each_moment(recorded: Sequence[Recorded]) -> list[Recorded]:
    return list({each.recorded_at: each for each in recorded}.values())


def _entries(settled: Settled, recorded: Sequence[Recorded], manner: Manner) -> list[_Entry]:
    said = [made.said[settled.place] for made in recorded]
    there = {i: stated for i, stated in enumerate(said) if not isinstance(stated, UnscoredError)}
    days = _days_to_come(settled, recorded, manner.opens)
    scores = scored(list(there.values()), settled.value.type, in_order=manner.in_order, days=days)
    found = dict(zip(there, scores, strict=True))
    return [_entry(settled, made, found.get(i)) for i, made in enumerate(recorded)]


def _entry(settled: Settled, made: Recorded, found: dict[str, float] | str | None) -> _Entry:
    stated = made.said[settled.place]
    if isinstance(stated, UnscoredError):
        return _Entry(made, None, {}, str(stated))
    return _Entry(made, stated, found, None) if isinstance(found, dict) else _Entry(made, None, {}, found)


def _days_to_come(settled: Settled, recorded: Sequence[Recorded], opens: datetime | None) -> frozenset[str] | None:
    """Return the days that part time into the spans over which every forecast of a date is scored.

    They are reported by all of these, and lie after the day on which the first of them began to count: what was past
    by then could be told neither well nor badly, and would only make the mean smaller.
    """
    said = [(each.recorded_at, each.said[settled.place]) for each in recorded]
    dated = [(moment, stated.by) for moment, stated in said if isinstance(stated, Dated)]
    if not dated:
        return None
    first = dated[0][0]
    begins = in_utc(first if opens is None else max(first, opens), "opening").date().isoformat()
    common = frozenset.intersection(*(frozenset(by) for _, by in dated))
    return frozenset(day for day in common if day > begins)


def _kind(scenario: Scenario, settled: Settled) -> str:
    if not isinstance(settled.value, Annulled):
        return settled.value.type
    try:
        return kind_at(scenario, settled.place)
    except LookupError:  # an older version had the place
        return settled.value.type


def _depth(scenario: Scenario, place: str) -> int | None:
    node = place.removeprefix(NODES)
    return len(scenario.tree.path(node)) + 1 if place.startswith(NODES) and node in scenario.nodes else None


def _unit(scenario: Scenario, place: str) -> str | None:
    question = scenario.questions.get(place.removeprefix(QUESTIONS))
    return scenario.quantities[question.quantity].unit if isinstance(question, NumericQuestion) else None


def _standing(entries: Sequence[_Entry]) -> list[Standing[_Entry]]:
    """Return when which prediction stood: until the next forecast, even if that one cannot be scored."""
    following = (*entries[1:], None)
    return [
        Standing(each, each.made.recorded_at, None if after is None else after.made.recorded_at)
        for each, after in zip(entries, following, strict=False)  # nothing follows where nothing was said
        if each.unscored is None
    ]


def _ours(entries: Sequence[_Entry]) -> list[Standing[Ours]]:
    return [
        Standing(Ours(each.value.stated, each.value.scores), each.since, each.until)
        for each in _standing(entries)
        if each.value.stated is not None
    ]


@dataclass(frozen=True, slots=True)
class _Averages:
    """Scores averaged over a life, and the share of it that predictions covered."""

    scores: Scores
    covered: float


def _averages(entries: Sequence[_Entry], life: Life) -> _Averages | None:
    """Return each score that all predictions have, averaged over the time that they stood; None if none ever did."""
    stood = stretches(_standing(entries), life)
    if not stood:
        return None
    names = [name for name in stood[0].value.scores if all(name in each.value.scores for each in stood)]
    averages = {
        name: average_of([Stretch(each.start, each.end, each.value.scores[name]) for each in stood], life)
        for name in names
    }
    scores = {name: each.with_gaps_as_zero if name == BASELINE else each.mean for name, each in averages.items()}
    return _Averages(
        scores={name: finite(score) for name, score in scores.items() if score is not None},
        covered=math.fsum(life.share(each.start, each.end) for each in stood),
    )


def _by_analyst(entries: Sequence[_Entry], life: Life) -> dict[str, Scores]:
    authors = sorted({each.made.author for each in entries})
    own = {author: _averages([each for each in entries if each.made.author == author], life) for author in authors}
    return {author: found.scores for author, found in own.items() if found is not None}


def _skill(entries: Sequence[_Entry], life: Life, settled: Settled, manner: Manner) -> Skill | None:
    """Return the skill of a binary question against the decaying base rate, None where that rate cannot decay."""
    if not isinstance(settled.value, BinaryResolution):
        return None
    history = [
        Standing(each.value.stated.probability, each.since, each.until)
        for each in _standing(entries)
        if isinstance(each.value.stated, Chance)
    ]
    base = history[0].value if manner.base_rate is None else manner.base_rate
    if base >= 1.0:  # no hazard gives certainty
        return None
    baseline = DecayingBaseRate(base, life.opens, life.planned_close or life.closes)
    found = skill_over_life(history, life, settled.value.happened, baseline)
    return Skill(
        base_probability=base,
        brier=found.brier,
        base_rate_brier=found.baseline_brier,
        skill=found.skill() if found.baseline_brier > 0.0 else None,
    )


def _told(entry: _Entry) -> PredictionScore:
    return PredictionScore(
        forecast=entry.made.id,
        author=entry.made.author,
        recorded_at=entry.made.recorded_at,
        chance=None if entry.stated is None else chance_of(entry.stated),
        scores={name: finite(score) for name, score in entry.scores.items()},
        unscored=entry.unscored,
    )
