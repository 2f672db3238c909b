"""Prior families: what an analyst may say about ONE node's branches, given that it is reached.

Each family is one class. It checks its own numbers at the door and answers one question, ``sticks``:
which stick-breaking law the branch probabilities follow. Two families choose among other priors:
``by_state`` by the state of a discrete driver, ``panel`` by the expert. A new family is one class
here, its name in the union ``Prior``, and a row in the contract test.
"""

import math
from abc import abstractmethod
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from forecast.fields import (
    SUM_TOLERANCE,
    Concentration,
    Name,
    Positive,
    Probability,
    Quantiles,
    Share,
    Statement,
)
from forecast.numerics.elicitation import beta_from_best_and_interval, fit_beta, fit_dirichlet_marginal
from forecast.numerics.pooling import log_pool_categories, neyman_roughgarden_factor
from forecast.numerics.sticks import BetaStick, Sticks, dirichlet_sticks, fixed_sticks
from forecast.words import likelihood_band

EXPERTS = "experts"
"""Name of the discrete driver that a panel pooled as a mixture selects by."""


def require_sum_of_one(values: dict[str, float], what: str) -> None:
    """Raise ``ValueError`` with the amount if stated probabilities do not sum to 1."""
    total = math.fsum(values.values())
    if abs(total - 1.0) > SUM_TOLERANCE:
        msg = (
            f"{what} sum to {total:.12g}, not to 1: they are {1.0 - total:+.6g} off; "
            "correct the numbers, nothing is renormalised"
        )
        raise ValueError(msg)


class SinglePrior(Statement):
    """Base of the families that give one law, whatever the state of the drivers."""

    @abstractmethod
    def branches(self) -> set[str] | None:
        """Return the branches spoken of, or None if the family names only one of two."""

    def single_branch(self) -> str | None:
        """Return the one branch of two that the statement is about, None if it names all."""
        return None

    def sum_of_means(self) -> float | None:
        """Return what separate statements about the branches add up to, None if they cannot disagree."""
        return None

    @abstractmethod
    def sticks(self, branches: tuple[str, ...]) -> Sticks:
        """Return the law of the probabilities of ``branches``."""

    def equivalent_sample_size(self) -> float | None:
        """Return the number of observations the statement is worth, None for a fixed one."""
        return None


def _two_branch_sticks(branch: str, branches: tuple[str, ...], a: float, b: float) -> Sticks:
    (other,) = (name for name in branches if name != branch)
    return Sticks((branch, other), (BetaStick(a, b),))


class FixedPrior(SinglePrior):
    """Probabilities known exactly: ``p`` per branch."""

    family: Literal["fixed"]
    p: Annotated[dict[Name, Probability], Field(min_length=1)]

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        require_sum_of_one(self.p, "the probabilities p")
        return self

    def branches(self) -> set[str]:
        return set(self.p)

    def sticks(self, branches: tuple[str, ...]) -> Sticks:
        return fixed_sticks(self.p)


class DirichletPrior(SinglePrior):
    """Dirichlet: ``alpha`` per branch, or ``mean`` per branch with ``equivalent_sample_size``."""

    family: Literal["dirichlet"]
    alpha: Annotated[dict[Name, Concentration], Field(min_length=1)] | None = None
    mean: Annotated[dict[Name, Share], Field(min_length=2)] | None = None
    equivalent_sample_size_: Annotated[Positive | None, Field(alias="equivalent_sample_size")] = None

    @model_validator(mode="after")
    def _one_parametrisation(self) -> Self:
        by_mean = self.mean is not None and self.equivalent_sample_size_ is not None
        if (self.alpha is not None) == by_mean or (self.alpha is not None and (self.mean or by_mean)):
            msg = "state either alpha, or mean together with equivalent_sample_size"
            raise ValueError(msg)
        if self.mean is not None:
            require_sum_of_one(self.mean, "the means")
        return self

    def _alpha(self) -> dict[str, float]:
        if self.alpha is not None:
            return self.alpha
        assert self.mean is not None
        assert self.equivalent_sample_size_ is not None
        return {name: mean * self.equivalent_sample_size_ for name, mean in self.mean.items()}

    def branches(self) -> set[str]:
        return set(self._alpha())

    def sticks(self, branches: tuple[str, ...]) -> Sticks:
        return dirichlet_sticks(self._alpha())

    def equivalent_sample_size(self) -> float:
        return math.fsum(self._alpha().values())


class ConnorMosimannPrior(SinglePrior):
    """Generalised Dirichlet by the conditional method: Beta(a, b) per branch in a stated order.

    Each entry is the share of what the branches before it leave; the branch not listed takes the
    rest (Elfadaly & Garthwaite 2017; ``order`` is the order of elicitation).
    """

    family: Literal["conditional"]
    order: Annotated[tuple[Name, ...], Field(min_length=2, strict=False)]
    a: dict[Name, Concentration]
    b: dict[Name, Concentration]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = set(self.order[:-1])
        if len(set(self.order)) != len(self.order):
            msg = f"order names a branch twice: {', '.join(self.order)}"
            raise ValueError(msg)
        if set(self.a) != needed or set(self.b) != needed:
            msg = f"a and b need exactly the branches {', '.join(self.order[:-1])}; the last of order takes the rest"
            raise ValueError(msg)
        return self

    def branches(self) -> set[str]:
        return set(self.order)

    def sticks(self, branches: tuple[str, ...]) -> Sticks:
        return Sticks(self.order, tuple(BetaStick(self.a[n], self.b[n]) for n in self.order[:-1]))


class BetaPrior(SinglePrior):
    """Beta for one of two branches: ``a`` and ``b``, or ``mean`` with ``equivalent_sample_size``."""

    family: Literal["beta"]
    branch: Name = "yes"
    a: Concentration | None = None
    b: Concentration | None = None
    mean: Share | None = None
    equivalent_sample_size_: Annotated[Positive | None, Field(alias="equivalent_sample_size")] = None

    @model_validator(mode="after")
    def _one_parametrisation(self) -> Self:
        given = (self.a, self.b, self.mean, self.equivalent_sample_size_)
        if tuple(value is not None for value in given) not in {
            (True, True, False, False),
            (False, False, True, True),
        }:
            msg = "state either a and b, or mean and equivalent_sample_size"
            raise ValueError(msg)
        return self

    def _parameters(self) -> tuple[float, float]:
        if self.a is not None and self.b is not None:
            return self.a, self.b
        assert self.mean is not None
        assert self.equivalent_sample_size_ is not None
        size = self.equivalent_sample_size_
        return self.mean * size, (1.0 - self.mean) * size

    def branches(self) -> None:
        return None

    def single_branch(self) -> str:
        return self.branch

    def sticks(self, branches: tuple[str, ...]) -> Sticks:
        return _two_branch_sticks(self.branch, branches, *self._parameters())

    def equivalent_sample_size(self) -> float:
        return math.fsum(self._parameters())


class FittedPrior(SinglePrior):
    """Base of the families that fit a Beta to each branch, then a Dirichlet to the Betas (SHELF).

    With one branch stated of two, the Beta is the answer. With all branches stated, the marginal
    method: ``fit`` chooses the equivalent sample size (``opt``, ``min`` or ``mean``).
    """

    fit: Literal["opt", "min", "mean"] = "opt"

    @abstractmethod
    def betas(self) -> dict[str, tuple[float, float]]:
        """Return the fitted Beta of each branch spoken of."""

    def branches(self) -> set[str] | None:
        betas = self.betas()
        return None if len(betas) == 1 else set(betas)

    def single_branch(self) -> str | None:
        betas = self.betas()
        return next(iter(betas)) if len(betas) == 1 else None

    def sum_of_means(self) -> float | None:
        betas = self.betas()
        if len(betas) == 1:
            return None
        return fit_dirichlet_marginal(list(betas.values()), self.fit).sum_of_means

    def sticks(self, branches: tuple[str, ...]) -> Sticks:
        betas = self.betas()
        if len(betas) == 1:
            ((branch, (a, b)),) = betas.items()
            return _two_branch_sticks(branch, branches, a, b)
        fitted = fit_dirichlet_marginal(list(betas.values()), self.fit)
        return dirichlet_sticks(dict(zip(betas, map(float, fitted.alpha), strict=True)))

    def equivalent_sample_size(self) -> float:
        betas = self.betas()
        if len(betas) == 1:
            return math.fsum(next(iter(betas.values())))
        return fit_dirichlet_marginal(list(betas.values()), self.fit).equivalent_sample_size


class QuantilesPrior(FittedPrior):
    """Quantiles of each branch's probability: ``branches: {deal: {0.25: 0.2, 0.75: 0.4}}``."""

    family: Literal["quantiles"]
    branches_: Annotated[dict[Name, Quantiles], Field(alias="branches", min_length=1)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.betas()
        return self

    def betas(self) -> dict[str, tuple[float, float]]:
        return {
            branch: fit_beta([stated[level] for level in sorted(stated)], sorted(stated))
            for branch, stated in sorted(self.branches_.items())
        }


class Interval(Statement):
    """Low, best and high value of a probability, and the confidence that the truth lies between."""

    low: Share
    best: Share
    high: Share
    confidence: Annotated[float, Field(ge=0.5, le=0.999)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.best < self.high:
            msg = f"low < best < high must hold, but {self.low}, {self.best}, {self.high} are stated"
            raise ValueError(msg)
        return self


class IntervalPrior(FittedPrior):
    """Low / best / high with confidence for each branch (four-step question of the IDEA protocol)."""

    family: Literal["interval"]
    branches_: Annotated[dict[Name, Interval], Field(alias="branches", min_length=1)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.betas()
        return self

    def betas(self) -> dict[str, tuple[float, float]]:
        return {
            branch: beta_from_best_and_interval(said.low, said.best, said.high, said.confidence)
            for branch, said in sorted(self.branches_.items())
        }


class VerbalPrior(FittedPrior):
    """ICD 203 terms: the term's band becomes the central 90 % interval of a Beta."""

    family: Literal["verbal"]
    branches_: Annotated[dict[Name, str], Field(alias="branches", min_length=1)]

    @model_validator(mode="after")
    def _known_terms(self) -> Self:
        self.betas()
        return self

    def betas(self) -> dict[str, tuple[float, float]]:
        return {
            branch: fit_beta(list(likelihood_band(term)), [0.05, 0.95])
            for branch, term in sorted(self.branches_.items())
        }


PlainPrior = Annotated[
    FixedPrior | DirichletPrior | ConnorMosimannPrior | BetaPrior | QuantilesPrior | IntervalPrior | VerbalPrior,
    Field(discriminator="family"),
]


class ByStatePrior(Statement):
    """One prior per state of a discrete driver; the driver's state selects in every draw."""

    family: Literal["by_state"]
    driver: Name
    states: Annotated[dict[Name, PlainPrior], Field(min_length=2)]


class PanelPrior(Statement):
    """Several experts' priors for the same node.

    ``mixture`` (default): the expert is an index drawn once per draw, the same for every node, with
    the weights of the scenario's ``experts``. ``log_pool``: the weighted geometric mean of the
    experts' mean probabilities. ``extremised``: that pool with its log-odds multiplied by
    ``exponent``, a number above 1 or ``neyman_roughgarden`` (factor for n experts, Neyman &
    Roughgarden 2021). The two pools become a Dirichlet worth the experts' weighted average
    equivalent sample size, or fixed probabilities if every expert states fixed ones.
    """

    family: Literal["panel"]
    pool: Literal["mixture", "log_pool", "extremised"] = "mixture"
    exponent: Annotated[float, Field(gt=0.0, le=10.0)] | Literal["neyman_roughgarden"] | None = None
    experts: Annotated[dict[Name, PlainPrior], Field(min_length=2)]

    @model_validator(mode="after")
    def _exponent_with_extremised(self) -> Self:
        if (self.pool == "extremised") != (self.exponent is not None):
            msg = "exponent goes with pool: extremised, and is needed there"
            raise ValueError(msg)
        return self

    def pooled(self, branches: tuple[str, ...], weights: dict[str, float]) -> Sticks:
        """Return the law of a log pool or an extremised one; ``weights`` per expert sum to 1."""
        names = sorted(self.experts)
        laws = {name: self.experts[name].sticks(branches) for name in names}
        order = tuple(sorted(branches))
        means = [dict(zip(laws[n].order, map(float, laws[n].mean()), strict=True)) for n in names]
        exponent = 1.0
        if self.exponent == "neyman_roughgarden":
            exponent = neyman_roughgarden_factor(len(names))
        elif self.exponent is not None:
            exponent = self.exponent
        pooled = log_pool_categories(
            [[mean[branch] for branch in order] for mean in means],
            weights=[weights[name] for name in names],
            exponent=exponent,
        )
        sizes = [self.experts[name].equivalent_sample_size() for name in names]
        probabilities = dict(zip(order, map(float, pooled), strict=True))
        stated = [(weights[n], size) for n, size in zip(names, sizes, strict=True) if size is not None]
        if not stated:
            return fixed_sticks(probabilities)
        share = math.fsum(weight for weight, _ in stated)
        size = math.fsum(weight * size for weight, size in stated) / share
        return dirichlet_sticks({branch: p * size for branch, p in probabilities.items()})


ChancePrior = Annotated[PlainPrior | ByStatePrior | PanelPrior, Field(discriminator="family")]
"""Any prior over branches without a clock; an attribute's prior is one over ``yes`` and ``no``."""
