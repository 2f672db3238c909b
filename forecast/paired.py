"""The residuals of every mean of a run, by place: from them follow MC errors of differences between runs."""

from forecast.arrays import FloatArray
from forecast.readings.measures import CONDITIONAL_SIDES, GIVEN, Key
from forecast.result import ConditionalAnswer
from forecast.run import MeasuredRun


def residuals_by_place(found: MeasuredRun) -> dict[str, FloatArray]:
    """Return the residuals of each mean of a forecast, by its place as ``forecast.comparison.figures`` names it."""
    measured, totals = found.measured, found.totals
    of_beliefs = totals.beliefs.mean_residuals().T[: len(measured.plans)]
    residuals = dict(zip(map(_place, measured.plans), of_beliefs, strict=True))
    if measured.counted:
        residuals |= zip(map(_place, measured.counted), totals.events.mean_residuals().T, strict=True)
    residuals |= {_place(("quantities", name)): totals.numbers[name].residuals() for name in measured.quantities}
    for name, answer in found.forecast.questions.items():
        if isinstance(answer, ConditionalAnswer):
            residuals |= _conditional(found, ("questions", name), answer)
    return residuals


def _conditional(found: MeasuredRun, key: Key, answer: ConditionalAnswer) -> dict[str, FloatArray]:
    """Return the residuals of both sides of a conditional answer; a side without a mean has none."""
    measured, totals = found.measured, found.totals
    counted = (*key, GIVEN) in measured.counted
    merged, keys = (totals.events, list(measured.counted)) if counted else (totals.beliefs, list(measured.plans))
    return {
        _place((*key, side)): merged.ratio_residuals(keys.index((*key, part)), keys.index((*key, whole)))
        for side, (part, whole) in CONDITIONAL_SIDES.items()
        if getattr(answer, side).mean is not None
    }


def _place(key: Key) -> str:
    return ".".join(key)
