"""What observations teach: a Dirichlet after counts, exchangeable rounds, and how far evidence moved a forecast.

Observing a branch in one history sets that branch (``inference``); observing how EARLIER rounds of the
same kind went changes the prior for future rounds, which is what stands here. Rounds that share an
unknown frequency are exchangeable, not independent: each makes the next of its kind likelier.
"""

import math
from collections.abc import Mapping


def learned_alpha(alpha: Mapping[str, float], counts: Mapping[str, int]) -> dict[str, float]:
    """Return the Dirichlet after observing how often each branch was taken: α_b + n_b.

    Parameters
    ----------
    alpha : per branch, the prior's parameter
    counts : per branch, how many rounds took it; branches left out count 0

    Raises
    ------
    ValueError
        If a count is negative, or is of a branch that ``alpha`` does not know.

    Examples
    --------
    >>> learned_alpha({"deal": 3.0, "no_deal": 7.0}, {"no_deal": 2})
    {'deal': 3.0, 'no_deal': 9.0}
    """
    _require_counts(alpha, counts)
    return {branch: value + counts.get(branch, 0) for branch, value in alpha.items()}


def sequence_probability(alpha: Mapping[str, float], counts: Mapping[str, int]) -> float:
    """Return the probability that the next rounds go one way after another, in one stated order.

    Π_b α_b^(n_b) / A^(n) with rising factorials x^(n) = x·(x+1)···(x+n−1), A = Σ α and n = Σ n_b: the
    order does not matter, so the counts are enough (Pólya's urn).

    Parameters
    ----------
    alpha, counts : as for ``learned_alpha``

    Raises
    ------
    ValueError
        As ``learned_alpha``.

    Examples
    --------
    >>> round(sequence_probability({"deal": 5.0, "no_deal": 7.0}, {"no_deal": 3}), 4)  # not (7/12)³ = .1985
    0.2308
    """
    _require_counts(alpha, counts)
    total = math.fsum(alpha.values())
    logs = [_log_rising(alpha[branch], count) for branch, count in counts.items()]
    return math.exp(math.fsum(logs) - _log_rising(total, sum(counts.values())))


def counts_probability(alpha: Mapping[str, float], counts: Mapping[str, int]) -> float:
    """Return the Dirichlet–multinomial probability of these counts in Σ n_b rounds, in whatever order.

    Parameters
    ----------
    alpha, counts : as for ``learned_alpha``

    Raises
    ------
    ValueError
        As ``learned_alpha``.
    """
    orders = math.factorial(sum(counts.values())) // math.prod(math.factorial(count) for count in counts.values())
    return orders * sequence_probability(alpha, counts)


def kullback_leibler(posterior: Mapping[str, float], prior: Mapping[str, float]) -> float:
    """Return Σ q·ln(q/p) in nats: how much the evidence taught.

    Parameters
    ----------
    posterior, prior : probability per outcome, q and p

    Raises
    ------
    ValueError
        If the posterior gives weight to an outcome that the prior holds impossible.
    """
    _require_possible(posterior, prior)
    return math.fsum(q * math.log(q / prior[name]) for name, q in posterior.items() if q > 0.0)


def effective_share(posterior: Mapping[str, float], prior: Mapping[str, float]) -> float:
    """Return the limit of ESS/N if outcomes were drawn from the prior and weighted: (E w)²/E[w²] = 1/Σ q²/p.

    This is what reweighting sampled histories would leave of the draws. A run does better, because it
    infers exactly within each draw and weights only by how likely each draw's beliefs made the evidence.

    Parameters
    ----------
    posterior, prior : probability per outcome, q and p

    Raises
    ------
    ValueError
        If the posterior gives weight to an outcome that the prior holds impossible.
    """
    _require_possible(posterior, prior)
    return 1.0 / math.fsum(q * q / prior[name] for name, q in posterior.items() if q > 0.0)


def _log_rising(x: float, n: int) -> float:
    return math.fsum(math.log(x + i) for i in range(n))


def _require_counts(alpha: Mapping[str, float], counts: Mapping[str, int]) -> None:
    for branch, count in counts.items():
        if branch not in alpha:
            raise ValueError(
                f"branch '{branch}' was counted, but the prior knows only {', '.join(alpha)}: add it there"
            )
        if count < 0:
            raise ValueError(f"branch '{branch}' was counted {count} times: state how often it was taken, 0 or more")


def _require_possible(posterior: Mapping[str, float], prior: Mapping[str, float]) -> None:
    for name, q in posterior.items():
        if q > 0.0 and prior.get(name, 0.0) <= 0.0:
            raise ValueError(f"outcome '{name}' has posterior {q} but no prior probability: correct the prior")
