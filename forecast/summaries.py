"""From totals to the forecast: names put to numbers, exact values beside the sampled ones, warnings."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from forecast.draws.model import Model
from forecast.engine import Totals
from forecast.readings.accumulate import LEVEL_NAMES, LEVELS, Merged
from forecast.readings.exact import Exact
from forecast.readings.exact_values import ExactValues
from forecast.readings.measures import CONDITIONAL_SIDES, GIVEN, Key, Measures, report_days
from forecast.readings.numbers import NumberTotal
from forecast.readings.plans import Plan
from forecast.result import (
    Answer,
    Atom,
    BinaryAnswer,
    Chain,
    ChainLink,
    ConditionalAnswer,
    ConditionalProbability,
    DateAnswer,
    DateSummary,
    Forecast,
    Histogram,
    MultipleChoiceAnswer,
    NumericAnswer,
    Probability,
    QuantitySummary,
    Request,
    Sampling,
    Versions,
)
from forecast.settings import as_json
from forecast.statements.questions import (
    BinaryQuestion,
    ConditionalQuestion,
    DateQuestion,
    MultipleChoiceQuestion,
    NumericQuestion,
)
from forecast.statements.tree import Edge

DISAGREEMENT = 5.0
"""MC errors between a sampled mean and its exact value beyond which the forecast says so."""

CORRECTION_TOLERANCE = 1e-4
"""What the drivers' corrections promise of a stated probability."""

HISTOGRAM_BINS = 64


class _Reader:
    """Looks up what a run has measured by key."""

    def __init__(self, model: Model, measured: Measures, totals: Totals, exact: ExactValues) -> None:
        self.model, self.measured, self.totals, self.exact = model, measured, totals, exact
        beliefs = totals.beliefs
        self._row = {key: i for i, key in enumerate(measured.plans)}
        self._branch_row = {edge: len(self._row) + i for i, edge in enumerate(measured.branches)}
        self._counted_row = {key: i for i, key in enumerate(measured.counted)}
        self._means, self._errors = beliefs.means().tolist(), beliefs.mean_errors().tolist()
        self._sds, self._quantiles = beliefs.deviations().tolist(), beliefs.quantiles().tolist()
        self._quantile_errors = beliefs.quantile_errors().tolist()
        self.warnings: list[str] = []

    def probability(self, key: Key) -> Probability:
        if key in self._counted_row:
            return self._counted(key)
        i = self._row[key]
        exact = self.exact.probabilities[key]
        mean, error = _clipped(self._means[i]), self._errors[i]
        self._compare(key, mean, error, exact)
        return Probability(
            mean=mean,
            mc_error=error,
            sd=self._sds[i],
            quantiles=_by_level(self._quantiles[i]),
            quantile_mc_errors=_by_level(self._quantile_errors[i]),
            exact=exact.mean,
            exact_sd=exact.sd,
            exact_reason=exact.reason,
            exact_sd_reason=exact.sd_reason,
            method="exact in each draw",
        )

    def _counted(self, key: Key) -> Probability:
        i = self._counted_row[key]
        events = self.totals.events
        reason = "the event depends on dates or quantities that are drawn, not computed"
        return Probability(
            mean=_clipped(events.means()[i]),
            mc_error=float(events.mean_errors()[i]),
            sd=None,
            quantiles=None,
            quantile_mc_errors=None,
            exact=None,
            exact_sd=None,
            exact_reason=reason,
            exact_sd_reason=reason,
            method="counted over worlds",
        )

    def _compare(self, key: Key, mean: float, error: float, exact: Exact) -> None:
        if exact.mean is None:
            return
        allowed = DISAGREEMENT * error + (CORRECTION_TOLERANCE if self.model.drivers.continuous else 1e-6)
        if abs(mean - exact.mean) > allowed:
            self.warnings.append(
                f"{'.'.join(key)}: the sampled mean {mean:.6g} and the exact {exact.mean:.6g} differ by more than "
                f"{DISAGREEMENT:.0f} MC errors: use more draws and tell the maintainers"
            )

    def section(self, name: str, order: Mapping[str, object] | None = None) -> dict[str, Probability]:
        """Return one section's probabilities in the order of the document."""
        names = [key[1] for key in self.measured.plans if key[0] == name]
        ordered = [n for n in order or () if n in names] + [n for n in names if n not in (order or ())]
        return {n: self.probability((name, n)) for n in ordered}

    def ratio(self, part: Key, whole: Key) -> ConditionalProbability:
        """Return one measured probability over another."""
        row = self._counted_row if part in self._counted_row else self._row
        totals: Merged = self.totals.events if part in self._counted_row else self.totals.beliefs
        mean, error = totals.ratio(row[part], row[whole])
        exact = None
        if part in self._row:
            top, bottom = (self.exact.probabilities[key].mean for key in (part, whole))
            exact = top / bottom if top is not None and bottom else None
        if math.isnan(mean):
            return ConditionalProbability(mean=None, mc_error=None, exact=None)
        return ConditionalProbability(mean=mean, mc_error=error, exact=exact)

    def nodes(self) -> dict[str, dict[str, float]]:
        """Return, given that its node is reached, the posterior mean of each branch and of what is pending of it."""
        found: dict[str, dict[str, float]] = {}
        for name, node in self.model.scenario.nodes.items():
            means: dict[str, float] = {}
            for branch, said in node.branches.items():
                edge = Edge(name, branch)
                means[branch] = self._means[self._branch_row[edge]]
                if said.eventually:
                    means[edge.pending] = self._means[self._row["outcomes", edge.pending]]
            reached = math.fsum(means.values())
            found[name] = {b: m / reached if reached > 0.0 else 0.0 for b, m in means.items()}
        return found


def _clipped(mean: float) -> float:
    return min(max(float(mean), 0.0), 1.0)


def _by_level(values: Sequence[float]) -> dict[str, float]:
    return dict(zip(LEVEL_NAMES, values, strict=True))


def forecast_from(model: Model, measured: Measures, totals: Totals, exact: ExactValues, versions: Versions) -> Forecast:
    """Assemble the forecast; its digest is still to be set."""
    reader = _Reader(model, measured, totals, exact)
    scenario = model.scenario
    quantities = {name: _quantity(reader, name) for name in scenario.quantities}
    dates = {name: _dates(reader, name) for name in measured.dated}
    outcome_order = dict.fromkeys(_outcomes_in_document_order(model))
    effective = totals.beliefs.effective_sample_size
    draws = totals.blocks * totals.block_size
    return Forecast(
        scenario=scenario.scenario,
        title=scenario.title,
        scenario_digest=scenario.digest,
        prior_version=scenario.prior_version,
        as_of=model.as_of_date,
        horizon=scenario.horizon,
        headline=reader.section("headline", scenario.headline),
        groups=reader.section("groups", scenario.groups),
        outcomes=reader.section("outcomes", outcome_order),
        attributes=reader.section("attributes", scenario.attributes),
        quantities=quantities,
        dates=dates,
        questions={name: _answer(reader, name, quantities, dates) for name in scenario.questions},
        chain=_chain(reader),
        nodes=reader.nodes(),
        evidence=model.known.entries,
        warnings=(*_warnings(model, effective, draws), *reader.warnings),
        sampling=Sampling(
            draws=draws,
            blocks=totals.blocks,
            block_size=totals.block_size,
            sampler=model.settings.sampler,
            seed=model.seed,
            effective_sample_size=effective,
            weighted=model.weighted,
        ),
        request=Request.model_validate(as_json(model.settings)),
        document=scenario.model_dump(mode="json", exclude_none=True),
        versions=versions,
        digest="",
    )


def _outcomes_in_document_order(model: Model) -> list[str]:
    tree = model.scenario.tree
    found, waiting = [], [tree.root]
    while waiting:
        node = waiting.pop()
        children = []
        for name, branch in model.scenario.nodes[node].branches.items():
            if branch.to is None:
                found.append(branch.outcome or name)
            else:
                children.append(branch.to)
        waiting.extend(reversed(children))
    return found


def _warnings(model: Model, effective: float, draws: int) -> list[str]:
    if model.weighted and effective < 0.05 * draws:
        return [
            f"only {effective / draws:.1%} of the draws carry weight after the evidence: "
            "the prior and the evidence disagree strongly"
        ]
    return []


def _quantity(reader: _Reader, name: str) -> QuantitySummary:
    quantity = reader.model.scenario.quantities[name]
    total = reader.totals.numbers[name]
    exact = reader.exact.quantities[name]
    return QuantitySummary(
        unit=quantity.unit,
        mean=total.mean,
        mc_error=total.mc_error,
        sd=total.sd,
        quantiles=_by_level(total.quantiles(LEVELS).tolist()),
        exact=exact.mean,
        exact_sd=exact.sd,
        exact_reason=exact.reason,
        atoms=tuple(Atom(value=value, probability=p) for value, p in total.atoms().items()),
        histogram=_histogram(total),
    )


def _histogram(total: NumberTotal) -> Histogram:
    """Coarsen the grid to a picture's size, from the first to the last bin that holds anything.

    The outermost bins of the grid hold what lies on its ends and beyond, so that nothing but the atoms is left out.
    """
    above = len(total.grid.edges)
    bins = total.slots[1:above].copy()
    bins[0] += total.slots[0]
    bins[-1] += total.slots[above]
    held = np.flatnonzero(bins)
    if held.size == 0:
        return Histogram(edges=(), probabilities=())
    first, last = int(held[0]), int(held[-1]) + 1
    step = max(1, -(-(last - first) // HISTOGRAM_BINS))
    starts = np.arange(first, last, step)
    edges = total.grid.edges[np.append(starts, min(int(starts[-1]) + step, len(bins)))]
    shares = np.add.reduceat(bins, starts) if len(starts) else bins
    upto = min(int(starts[-1]) + step, len(bins))
    shares[-1] = bins[starts[-1] : upto].sum()
    return Histogram(
        edges=tuple(map(float, edges)), probabilities=tuple(float(share) / total.weight for share in shares)
    )


def _dates(reader: _Reader, name: str) -> DateSummary:
    model = reader.model
    by = {day: reader.probability(("dates", name, day)) for day in report_days(model)}
    total = reader.totals.numbers[f"date {name}"]
    taken = by[model.scenario.horizon.isoformat()].mean
    return DateSummary(
        by=by,
        quantiles={
            label: _day(model.scenario.as_of, total, level, taken)
            for label, level in zip(LEVEL_NAMES, LEVELS, strict=True)
        },
        not_by_horizon=1.0 - taken,
    )


def _day(start: date, total: NumberTotal, level: float, taken: float) -> date | None:
    """Return the first day by which the branch is taken with probability ``level``; None if not by the horizon."""
    if level > taken:
        return None
    return start + timedelta(days=round(float(total.quantiles(np.array([level / taken]))[0])))


def _answer(
    reader: _Reader, name: str, quantities: Mapping[str, QuantitySummary], dates: Mapping[str, DateSummary]
) -> Answer:
    question = reader.model.scenario.questions[name]
    text = question.text
    if isinstance(question, BinaryQuestion):
        return BinaryAnswer(type="binary", text=text, **dict(reader.probability(("questions", name))))
    if isinstance(question, MultipleChoiceQuestion):
        options = {label: reader.probability(("questions", name, label)) for label in question.options}
        total = math.fsum(option.mean for option in options.values())
        if abs(total - 1.0) > 1e-6:
            reader.warnings.append(
                f"questions.{name}: the options add up to {total:.6g}: make them exclude each other and add 'rest'"
            )
        return MultipleChoiceAnswer(type="multiple_choice", text=text, options=options, sum=total)
    if isinstance(question, NumericQuestion):
        answer = dict(quantities[question.quantity])
        return NumericAnswer(type="numeric", text=text, quantity=question.quantity, **answer)
    if isinstance(question, DateQuestion):
        edge = reader.model.scenario.tree.resolve(question.branch)
        dated = next(label for label, (own, _) in reader.measured.dated.items() if own == edge)
        return DateAnswer(type="date", text=text, branch=question.branch, **dict(dates[dated]))
    assert isinstance(question, ConditionalQuestion)
    key = ("questions", name)
    return ConditionalAnswer(
        type="conditional",
        text=text,
        given=reader.probability((*key, GIVEN)),
        **{side: reader.ratio((*key, part), (*key, whole)) for side, (part, whole) in CONDITIONAL_SIDES.items()},
    )


def _chain(reader: _Reader) -> Chain | None:
    """Return the stated chain link by link, beside the groups that its last link brings about.

    A group that an earlier link makes certain is not the same end: all the rest of the chain is no part of it.
    """
    model, scenario = reader.model, reader.model.scenario
    if not scenario.chain:
        return None
    edges = [scenario.tree.resolve(reference) for reference in scenario.chain]
    links, before = [], 1.0
    for reference, edge in zip(scenario.chain, edges, strict=True):
        cumulative = reader.probability(("chain", str(edge)))
        conditional = cumulative.mean / before if before > 0.0 else 0.0
        links.append(ChainLink(branch=reference, conditional=conditional, cumulative=cumulative))
        before = cumulative.mean
    same_end = {}
    for name in scenario.groups:
        leaves = _leaves_of(reader.measured.plans["groups", name])
        brought_about = [model.leaves_below[edge] <= leaves for edge in edges]
        if brought_about[-1] and not any(brought_about[:-1]):
            same_end[name] = reader.probability(("groups", name))
    return Chain(links=tuple(links), same_end=same_end)


def _leaves_of(plan: Plan) -> frozenset[int]:
    """Leaves on which the event holds whatever the open facts."""
    return frozenset().union(*(term.members for term in plan.terms if not term.facts))
