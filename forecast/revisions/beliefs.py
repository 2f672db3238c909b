"""Gists of priors: mean probability of each branch and how sure it is; of a hazard its stated parameters."""

import math
from collections.abc import Mapping

import numpy as np

from forecast.numerics.sticks import FixedStick, Sticks
from forecast.revisions.gists import Gist, flat_figures, number, plain
from forecast.statements.document_parts import Prior
from forecast.statements.hazards import HazardPrior, RateByState
from forecast.statements.priors import ByStatePrior, PanelPrior, PlainPrior
from forecast.words import percent

SIZE = "equivalent sample size"
SPREAD = frozenset({SIZE, "sd"})
"""The headings that say how sure a prior is."""

_TENTH_OF_A_PERCENT = 0.0005
"""The error at which ``percent`` keeps one decimal: the third significant digit from 10 % on."""


def prior_form(prior: Prior) -> str:
    """Return of which form a prior is; figures of one form cannot be set against those of another."""
    if isinstance(prior, HazardPrior):
        return "hazard"
    return {"by_state": "prior by state", "panel": "panel"}.get(prior.family, "single prior")


def prior_gist(prior: Prior, branches: tuple[str, ...], told: tuple[str, ...]) -> Gist:
    """Tell a prior over ``branches``: the mean probabilities of the branches ``told``, and the spread.

    The spread is the equivalent sample size, ``unlimited`` where probabilities are known exactly; for a
    family that has none, the standard deviation of each probability. A hazard is told as it is stated.
    """
    if isinstance(prior, HazardPrior):
        return _hazard(prior)
    if isinstance(prior, ByStatePrior):
        return {"driver": {"": prior.driver}} | _members(prior.states, "state", branches, told)
    if isinstance(prior, PanelPrior):
        exponent = {"exponent": dict(flat_figures(prior.exponent))} if prior.exponent is not None else {}
        return {"pool": {"": prior.pool}} | exponent | _members(prior.experts, "expert", branches, told)
    law = prior.sticks(branches)
    heading, figures = _spread(prior, law, told)
    return {"family": {"": prior.family}, "": _means(law, told), heading: figures}


def _members(
    members: Mapping[str, PlainPrior], who: str, branches: tuple[str, ...], told: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    """Tell several priors: the means of each, then the spread of each."""
    means: dict[str, dict[str, str]] = {}
    spreads: dict[str, dict[str, str]] = {}
    for name, member in members.items():
        law = member.sticks(branches)
        heading, figures = _spread(member, law, told)
        means[f"{who} {name}:"] = _means(law, told)
        spreads.setdefault(heading, {}).update({f"{key} for {who} {name}".strip(): f for key, f in figures.items()})
    return means | spreads


def weights_gist(weights: Mapping[str, float]) -> Gist:
    """Tell the weights of experts, or of a driver's states."""
    return {"": {name: percentage(weight) for name, weight in weights.items()}}


def percentage(p: float) -> str:
    """Return a probability in percent with three significant digits at most.

    Examples
    --------
    >>> [percentage(p) for p in (0.6, 7 / 12, 0.058333, 0.9998, 1.0)]
    ['60 %', '58.3 %', '5.83 %', '> 99.9 %', '100 %']
    """
    said = percent(p, _TENTH_OF_A_PERCENT if p >= 0.1 else 0.0).removesuffix(" %")
    return f"{said.rstrip('0').rstrip('.') if '.' in said else said} %"


def _hazard(prior: HazardPrior) -> Gist:
    gist: dict[str, dict[str, str]] = {"event": {"": prior.event}}
    if isinstance(prior.rate, RateByState):
        gist["driver"] = {"": prior.rate.driver}
    who = "state" if isinstance(prior.rate, RateByState) else "expert"
    for name, rate in prior.rates().items():
        gist[f"rate for {who} {name}:" if name else "rate"] = dict(flat_figures(plain(rate)))
    gist["never"] = dict(flat_figures(prior.never))
    gist["window"] = {f"{each.start}–{each.end}": f"× {each.multiplier:.12g}" for each in prior.windows}
    return gist


def _means(law: Sticks, told: tuple[str, ...]) -> dict[str, str]:
    # Sums in double precision miss 0 and 1 by their rounding.
    means = dict(zip(law.order, np.round(law.mean(), 12).tolist(), strict=True))
    return {branch: percentage(means[branch]) for branch in told}


def _spread(prior: PlainPrior, law: Sticks, told: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    if all(isinstance(stick, FixedStick) for stick in law.sticks):
        return SIZE, {"": "unlimited"}
    size = prior.equivalent_sample_size()
    if size is not None:
        return SIZE, {"": number(size)}
    variances = np.diag(law.second_moments()) - law.mean() ** 2
    deviations = {name: math.sqrt(max(value, 0.0)) for name, value in zip(law.order, variances.tolist(), strict=True)}
    return "sd", {f"of {branch}": percentage(deviations[branch]) for branch in told}
