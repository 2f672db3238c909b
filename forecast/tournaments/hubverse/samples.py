"""Samples: equal-weight draws of whole worlds, so that what is joint in the forecast stays joint in the file.

One id is one world: under it stand the values of that world in all tasks that the hub wants drawn together, such as
the horizons of one target. Ids differ between tasks that are drawn apart, and count up through the file from 1.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.arrays import FloatArray, IntArray
from forecast.predictions.empirical import Empirical, empirical
from forecast.predictions.kinds import Predicted
from forecast.tournaments.exports import Distortion, ExportError
from forecast.tournaments.hubverse.hub import OutputType, Round, SampleRules
from forecast.tournaments.hubverse.matching import TaskTexts, Wanted
from forecast.tournaments.hubverse.numbers import HubNumber, fitted, hub_number, in_worlds, outside
from forecast.tournaments.hubverse.table import Row, value_text


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A task that samples are asked for: what its number is in every world, shape (worlds,)."""

    wanted: Wanted
    output: OutputType
    rules: SampleRules
    number: HubNumber
    worlds: FloatArray


def sample_rows(
    wanted: Sequence[Wanted], round_: Round, predicted: Predicted, size: int | None
) -> tuple[list[Row], list[Distortion]]:
    """Return the samples of all listings.

    Parameters
    ----------
    wanted : what is to be submitted
    size : samples per task; as many as all of the tasks take if None

    Raises
    ------
    ExportError
        If a question is about no number or date, its worlds were not kept, or no number of samples suits all tasks.
    """
    groups = _groups(wanted, round_)
    every = [rules for group in groups for _, _, rules in group]
    if not every:
        return [], []
    number = _size(every, size)
    rows: list[Row] = []
    distortions: list[Distortion] = []
    for place, group in enumerate(groups):
        drawn = [_drawn(each, output, rules, predicted) for each, output, rules in group]
        chosen = spread_sample(predicted.worlds.weight, _order(drawn, predicted.worlds.weight), number)
        for each in drawn:
            found, moved = _sampled(each, chosen, first_id=place * number + 1)
            rows.extend(found)
            distortions.append(moved)
    return rows, distortions


def spread_sample(weight: FloatArray, order: FloatArray, size: int) -> IntArray:
    """Choose worlds of equal weight that stand for weighted ones, without chance.

    The worlds are put in order, the unit interval is cut into pieces of their weights, and the worlds are taken in
    whose pieces the midpoints of ``size`` equal strata lie: u_k = (k - 1/2)/size, the deterministic form of stratified
    resampling of Kitagawa 1996 (J. Comput. Graph. Stat. 5, appendix). A world of weight w is taken size·w times,
    rounded down or up. The share of the sample that comes up to any place in the order is within 1/(2·size) of the
    weight that does, and that between two places within 1/size. For a set of worlds that the order does not keep
    together the error is, as in a random sample, about √(p(1 - p)/size).

    Parameters
    ----------
    weight : not negative, shape (worlds,)
    order : what the worlds are put in order by; equal ones keep their places, shape (worlds,)
    size : worlds to choose; the same one more than once if need be

    Returns
    -------
    ndarray, shape (size,)
        Places of worlds, ascending, all of positive weight.

    Examples
    --------
    >>> spread_sample(np.array([1.0, 2.0, 1.0, 0.0]), np.array([3.0, 2.0, 1.0, 0.0]), 4).tolist()
    [0, 1, 1, 2]
    """
    places = np.argsort(order, kind="stable")
    cumulated = np.cumsum(weight[places])
    points = (np.arange(size) + 0.5) / size * cumulated[-1]
    # Not in the order that spread them: whoever uses the first few ids only would get all of the low ones.
    return np.sort(places[np.searchsorted(cumulated, points, side="left")])


def _groups(wanted: Sequence[Wanted], round_: Round) -> list[list[tuple[Wanted, OutputType, SampleRules]]]:
    """Gather the tasks that are drawn together: of one model task, and alike in its compound task ids."""
    groups: dict[tuple[int, TaskTexts], list[tuple[Wanted, OutputType, SampleRules]]] = {}
    for each in wanted:
        for task, output in each.outputs:
            if output.samples is not None:
                key = (task.number, _compound(each.tasks, output.samples, round_))
                groups.setdefault(key, []).append((each, output, output.samples))
    return list(groups.values())


def _compound(tasks: TaskTexts, rules: SampleRules, round_: Round) -> TaskTexts:
    # A derived task id follows from the others; where it is listed as compound, it parts nothing more.
    return tuple(tasks[i] for i in round_.telling if round_.task_ids[i] in rules.compound)


def _size(rules: Sequence[SampleRules], asked: int | None) -> int:
    """Return the number of samples of every task: the hub wants it the same throughout a file (``spl_n``)."""
    least, most = max(each.least for each in rules), min(each.most for each in rules)
    size = most if asked is None else asked
    if least > most:
        said = f"one task asks for at least {least} samples and another for at most {most}: list fewer tasks at once"
        raise ExportError("hubverse, tasks.json", "spl_n", said)
    if not least <= size <= most:
        said = f"{size} samples are asked for, and the hub takes {least} to {most}: state such a number in 'samples'"
        raise ExportError("hubverse, settings", "spl_n", said)
    return size


def _drawn(wanted: Wanted, output: OutputType, rules: SampleRules, predicted: Predicted) -> _Drawn:
    number = hub_number(wanted.listing, predicted.by_question)
    return _Drawn(wanted, output, rules, number, in_worlds(wanted.listing, number, predicted))


def _order(drawn: Sequence[_Drawn], weight: FloatArray) -> FloatArray:
    """Return the sum of each world's ranks in the tasks that are drawn together, shape (worlds,).

    One number is thereby spread as evenly as can be. Of several, such as horizons that rise and fall together, each
    is spread the better the more they do.
    """
    return np.asarray(sum(_ranks(each.worlds, weight) for each in drawn))


def _ranks(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Return P(X < x) + P(X = x)/2 for the value of each world, shape (worlds,); infinite values come last."""
    _, place = np.unique(values, return_inverse=True)
    held = np.bincount(place, weights=weight)
    return np.asarray((np.cumsum(held) - held / 2.0)[place] / held.sum())


def _sampled(drawn: _Drawn, chosen: IntArray, first_id: int) -> tuple[list[Row], Distortion]:
    wanted, output = drawn.wanted, drawn.output
    exact = drawn.worlds[chosen]
    values = fitted(exact, output, drawn.number)
    rows = [
        Row(wanted.listing.place, wanted.tasks, output.name, sample_id, value_text(value, output))
        for sample_id, value in zip(_ids(drawn, first_id, len(chosen)), values.tolist(), strict=True)
    ]
    return rows, _distortion(drawn, values)


def _ids(drawn: _Drawn, first: int, size: int) -> Iterator[str]:
    longest = drawn.rules.longest_id
    for number in range(first, first + size):
        if longest is not None and len(str(number)) > longest:
            said = f"the id '{number}' has more than {longest} characters: list fewer tasks, or ask for fewer samples"
            raise ExportError(drawn.wanted.listing.place, "sample: max_length", said)
        yield str(number)


def _distortion(drawn: _Drawn, values: FloatArray) -> Distortion:
    """Report how far the sample is from the prediction: the largest change of a cumulative probability, and the mean.

    A date is predicted with worlds weighted anew, so that it agrees with the probabilities by each day; a sample has
    the worlds as they are, because they must stay joint. That difference is in the figures too.
    """
    number, output = drawn.number, drawn.output
    sample = empirical(values, np.ones(len(values)))
    figures = {"samples": float(len(values)), "moved": largest_change(number.distribution, sample, output.integer)}
    if number.distribution.never == 0.0:
        figures |= {"mean": number.distribution.mean(), "exported_mean": sample.mean()}
    reason = f"{output.name}: {len(values)} draws stand for all worlds"
    return Distortion(number.place, reason, figures | outside(number, output))


def largest_change(before: Empirical, after: Empirical, integer: bool) -> float:
    """Return the largest difference of two distribution functions: at any point, or at whole numbers only."""
    points = np.unique(np.concatenate([before.values, after.values]))
    if integer:
        points = np.unique(np.concatenate([np.floor(points), np.ceil(points)]))
        return float(np.abs(before.at_most(points) - after.at_most(points)).max())
    at, below = before.at_most(points) - after.at_most(points), before.below(points) - after.below(points)
    return float(max(np.abs(at).max(), np.abs(below).max()))
