"""Ours against others: what communities and markets said, scored as ours is, over the time in which both stood."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np

from forecast.resolutions import ChoiceResolution, DateResolution, NumericResolution, Settled
from forecast.scorecards.parts import came_about, chance_of_part, part_in_words
from forecast.scorecards.records import Against, Peers, finite
from forecast.scorecards.rules import chance_of, rows_of, scored, scores_of_quantiles
from forecast.scorecards.stated import Chance, Options, Stated, UnscoredError
from forecast.scorecards.windows import end_of
from forecast.scores.lives import Life, LifeScore, Standing, Stretch, average_of, side_by_side, stretches
from forecast.scores.metaculus import peer_scores_over_life
from forecast.tournaments.listings import DayPart, Part

OURS = "ours"
"""Who we are among the peers; a source's name has a blank, and so is another."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Level → quantile of a number, in its unit."""

    values: Mapping[float, float]


@dataclass(frozen=True, slots=True)
class OutsideQuote:
    """What a source said of a place, from a moment on until it said something else.

    source : its name and its own id of the question, such as ``manifold Ab3dEf``
    part : the part of our answer that it is of; None of the whole
    said : probability of yes or of the part; our option → probability; or quantiles
    valid_at : since when it said so
    recorded_at : when that was put on record
    """

    source: str
    part: Part | None
    said: float | Mapping[str, float] | Quantiles
    valid_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Ours:
    """What a forecast of ours says of the whole, and how good that is."""

    stated: Stated
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Prediction:
    """A prediction of either side: its scores, and the chance that it gave to what came about, None of a number."""

    scores: Mapping[str, float]
    chance: float | None


_History = Sequence[Standing[_Prediction]]
_Before = TypeVar("_Before")
_After = TypeVar("_After")


@dataclass(frozen=True, slots=True)
class _Pair:
    """Ours and a source's predictions of the same; ``quotes`` are theirs, in order."""

    ours: _History
    theirs: _History
    quotes: Sequence[Standing[OutsideQuote]]


def against(
    settled: Settled,
    quotes: Sequence[OutsideQuote],
    ours: Sequence[Standing[Ours]],
    life: Life,
    *,
    in_order: bool = False,
) -> dict[str, Against]:
    """Return ours beside each source: both scored by the same rules over the time in which both stood.

    Parameters
    ----------
    settled : Settled
        What happened.
    quotes : sequence of OutsideQuote
        Each stands until the next of its source. Of those since one moment, the last recorded counts.
    ours : sequence of Standing
        Our predictions that could be scored, in order.
    life : Life
    in_order : bool
        Whether options of multiple-choice questions are in order.

    Returns
    -------
    dict
        Source → scores; a source that speaks of a part has it after a comma.
    """
    found: dict[str, Against] = {}
    for part, sources in _by_part(quotes).items():
        own = _life_of(part, life)
        pairs: dict[str, _Pair] = {}
        for source, theirs in sources.items():
            name = source if part is None else f"{source}, {part_in_words(part)}"
            try:
                pairs[name] = _pair(settled, part, theirs, ours, in_order)
            except UnscoredError as error:
                found[name] = _nothing(part, str(error))
        peers = _peers(pairs, own)
        found |= {name: _compared(part, pair, own, peers[name]) for name, pair in pairs.items()}
    return dict(sorted(found.items()))


def _life_of(part: Part | None, life: Life) -> Life | None:
    """Return the life of a part: one that asks by a day ends with it; None if that was before ours began."""
    if not isinstance(part, DayPart):
        return life
    end = end_of(part.by)
    if end <= life.opens:
        return None
    return Life(life.opens, min(life.closes, end), min(life.planned_close or life.closes, end))


def _by_part(quotes: Sequence[OutsideQuote]) -> dict[Part | None, dict[str, list[Standing[OutsideQuote]]]]:
    """Return part → source → when each of its quotes stood: until the next of the source, whatever that is of."""
    by_source: dict[str, dict[datetime, OutsideQuote]] = {}
    for each in sorted(quotes, key=lambda quote: (quote.valid_at, quote.recorded_at)):
        by_source.setdefault(each.source, {})[each.valid_at] = each
    found: dict[Part | None, dict[str, list[Standing[OutsideQuote]]]] = {}
    for source, of_source in by_source.items():
        for each, until in zip(of_source.values(), [*list(of_source)[1:], None], strict=True):
            found.setdefault(each.part, {}).setdefault(source, []).append(Standing(each, each.valid_at, until))
    return found


def _pair(
    settled: Settled,
    part: Part | None,
    theirs: Sequence[Standing[OutsideQuote]],
    ours: Sequence[Standing[Ours]],
    in_order: bool,
) -> _Pair:
    return _Pair(_ours(settled, part, ours), _theirs(settled, part, theirs, in_order), theirs)


def _ours(settled: Settled, part: Part | None, ours: Sequence[Standing[Ours]]) -> _History:
    if part is None:
        return [_stood(each, _Prediction(each.value.scores, chance_of(each.value.stated))) for each in ours]
    happened = came_about(settled.value, part)
    return _scored(_told(ours, lambda own: Chance(chance_of_part(own.stated, part), happened)), "binary")


def _theirs(settled: Settled, part: Part | None, theirs: Sequence[Standing[OutsideQuote]], in_order: bool) -> _History:
    if part is None and isinstance(settled.value, NumericResolution):
        value = settled.value.value
        return _told(theirs, lambda quote: _Prediction(_scores_of_quantiles(quote, value), None))
    told = _told(theirs, lambda quote: _stated(settled, part, quote))
    return _scored(told, settled.value.type if part is None else "binary", in_order=in_order)


def _told(history: Sequence[Standing[_Before]], read: Callable[[_Before], _After]) -> list[Standing[_After]]:
    """Return what a history tells, with a gap where it does not tell.

    Raises
    ------
    UnscoredError
        If it never does.
    """
    found: list[Standing[_After]] = []
    why: UnscoredError | None = None
    for each in history:
        try:
            found.append(_stood(each, read(each.value)))
        except UnscoredError as error:
            why = error
    if why is not None and not found:
        raise why
    return found


def _stood(each: Standing[_Before], value: _After) -> Standing[_After]:
    return Standing(value, each.since, each.until)


def _scored(told: Sequence[Standing[Stated]], kind: str, *, in_order: bool = False) -> _History:
    scores = scored([each.value for each in told], kind, in_order=in_order)
    pairs = [_stood(each, (each.value, found)) for each, found in zip(told, scores, strict=True)]
    return _told(pairs, lambda pair: _prediction(*pair))


def _prediction(stated: Stated, scores: dict[str, float] | str) -> _Prediction:
    if isinstance(scores, str):
        raise UnscoredError(scores)
    return _Prediction(scores, chance_of(stated))


def _stated(settled: Settled, part: Part | None, quote: OutsideQuote) -> Stated:
    if isinstance(quote.said, float):
        return Chance(quote.said, came_about(settled.value, part))
    if isinstance(settled.value, DateResolution) and isinstance(quote.said, Quantiles):
        raise UnscoredError("quantiles of a day cannot be held against probabilities by days")
    if not isinstance(settled.value, ChoiceResolution) or isinstance(quote.said, Quantiles):
        raise UnscoredError(f"what was quoted does not answer a question that resolved as '{settled.value.type}'")
    if settled.value.option not in quote.said:
        raise UnscoredError(f"among the options that were quoted there is no '{settled.value.option}'")
    return Options(quote.said, settled.value.option)


def _scores_of_quantiles(quote: OutsideQuote, value: float) -> dict[str, float]:
    if not isinstance(quote.said, Quantiles):
        raise UnscoredError("what was quoted does not answer a question that resolved as 'numeric'")
    quantiles = np.array([list(quote.said.values.values())])
    return rows_of(scores_of_quantiles(quantiles, list(quote.said.values), np.array([value])))[0]


def _nothing(part: Part | None, why: str) -> Against:
    return Against(
        part=part,
        quotes=0,
        after_the_fact=0,
        covered=0.0,
        ours={},
        theirs={},
        difference={},
        peers=None,
        unscored=why,
    )


def _compared(part: Part | None, pair: _Pair, life: Life | None, peers: Peers | None) -> Against:
    if life is None:
        return _nothing(part, "the day was past before ours could be scored")
    both = [each for each in side_by_side({OURS: pair.ours, "theirs": pair.theirs}, life) if len(each.value) == 2]
    if not both:
        return _nothing(part, "nothing that it said stood while ours did")
    own, other = (_averages(both, who, life) for who in (OURS, "theirs"))
    since = [each.since for each in pair.quotes]
    stood = [pair.quotes[i].value for i in sorted({bisect_right(since, each.start) - 1 for each in both})]
    return Against(
        part=part,
        quotes=len(stood),
        after_the_fact=sum(each.recorded_at >= life.closes for each in stood),
        covered=math.fsum(life.share(each.start, each.end) for each in both),
        ours={name: finite(score) for name, score in own.items()},
        theirs={name: finite(score) for name, score in other.items()},
        difference={
            name: score - other[name]
            for name, score in own.items()
            if math.isfinite(score) and math.isfinite(other[name])
        },
        peers=peers,
        unscored=None,
    )


def _averages(both: Sequence[Stretch[dict[str, _Prediction]]], who: str, life: Life) -> dict[str, float]:
    """Return the scores of one side that every prediction of both sides has, averaged over the time of both."""
    shared = [name for name in both[0].value[who].scores if all(_has(each, name) for each in both)]
    averages = {
        name: average_of([Stretch(each.start, each.end, each.value[who].scores[name]) for each in both], life).mean
        for name in shared
    }
    return {name: mean for name, mean in averages.items() if mean is not None}


def _has(each: Stretch[dict[str, _Prediction]], name: str) -> bool:
    return all(name in prediction.scores for prediction in each.value.values())


def _peers(pairs: Mapping[str, _Pair], life: Life | None) -> dict[str, Peers | None]:
    """Return the peer scores among ours and all sources that speak of the same; None of numbers."""
    if life is None:
        return dict.fromkeys(pairs)
    histories = {name: pair.theirs for name, pair in pairs.items()}
    if pairs:
        histories[OURS] = next(iter(pairs.values())).ours
    chances = {
        who: [Standing(each.value.chance, each.since, each.until) for each in history if each.value.chance is not None]
        for who, history in histories.items()
    }
    if not any(chances[name] for name in pairs):
        return dict.fromkeys(pairs)
    never = [who for who, history in chances.items() if any(each.value == 0.0 for each in stretches(history, life))]
    if never:
        why = f"'{never[0]}' gave no chance to what came about, and peers cannot be compared with that"
        return dict.fromkeys(pairs, Peers(ours=None, theirs=None, unscored=why))
    found: Mapping[str, LifeScore] = peer_scores_over_life(chances, life)
    ours = found[OURS].with_gaps_as_zero
    return {name: Peers(ours=ours, theirs=found[name].with_gaps_as_zero, unscored=None) for name in pairs}
