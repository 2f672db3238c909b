"""A quote as what one expert of a panel states: only where an analyst says so, and told with where it is from."""

from collections.abc import Sequence
from typing import Any

from api.platforms.quotes.licences import Licence
from api.platforms.quotes.normal import divided
from api.platforms.quotes.parts import read_part
from api.store.quotes import Quoted
from api.suggestions import did_you_mean
from api.wording.text import one_line
from api.work.asked_scenario import unknown_node
from api.work.basis import Basis
from api.work.panels import check_statement
from api.work.quoted_values import refusal
from forecast.errors import ScenarioError, listed
from forecast.scorecards.parts import part_in_words

Prior = dict[str, Any]


def prior_of(at: Basis, node: str, quoted: Quoted, branch: str | None, size: float | None) -> Prior:
    """Return a quote as a prior that the node could have by itself.

    Parameters
    ----------
    at : the scenario
    node : name of the node
    quoted : a probability, or options that are called as the node's branches are
    branch : of two, the one that a probability is of; None for options
    size : how many observations it is worth; None to take it as known exactly

    Raises
    ------
    UnknownRecordError
        If there is no such node.
    RequestRefusedError
        If the quote is none of the node's branches, or the size does not go with it.
    """
    if node not in at.scenario.nodes:
        raise unknown_node(node, at.scenario.nodes)
    branches = list(at.scenario.nodes[node].branches)
    said = quoted.value["said"]
    match said["kind"]:
        case "probability":
            prior = _of_two(said["probability"], branches, branch, size)
        case "options":
            prior = _of_all(said["options"], branches, branch, size)
        case kind:
            raise refusal(("quote",), f"it quotes {kind}, and a node has probabilities: choose another quote")
    return _checked(at, node, prior, size)


def _of_two(probability: float, branches: Sequence[str], branch: str | None, size: float | None) -> Prior:
    if len(branches) != 2:
        why = f"it quotes one probability, and the node has the branches {listed(branches)}: choose a quote of each"
        raise refusal(("quote",), why)
    if branch not in branches:
        why = "say which branch it is the probability of" if branch is None else f"the node has no branch '{branch}'"
        hint = f": one of {listed(branches)}" if branch is None else did_you_mean(branch, branches, "the branches are")
        raise refusal(("branch",), f"{why}{hint}")
    if size is None:
        return {
            "family": "fixed",
            "p": {name: probability if name == branch else 1.0 - probability for name in branches},
        }
    return {"family": "beta", "branch": branch, "mean": probability, "equivalent_sample_size": size}


def _of_all(options: dict[str, float], branches: Sequence[str], branch: str | None, size: float | None) -> Prior:
    if branch is not None:
        raise refusal(("branch",), f"it quotes each of {listed(list(options))}: leave the branch out")
    if options.keys() != set(branches):
        why = (
            f"it quotes {listed(list(options))}, and the node's branches are {listed(branches)}: they must be the same"
        )
        raise refusal(("quote",), why)
    if size is None:
        return {"family": "fixed", "p": {name: options[name] for name in branches}}
    mean = {name: options[name] for name in branches}
    return {"family": "dirichlet", "mean": mean, "equivalent_sample_size": size}


def _checked(at: Basis, node: str, prior: Prior, size: float | None) -> Prior:
    try:
        check_statement(at, node, prior)
    except ScenarioError as error:
        # Whoever asks wrote no prior, but the size that it does not go with.
        pointer = ("quote",) if size is None else ("equivalent_sample_size",)
        message = error.faults[0].message
        way_out = "" if size is None else "; leave the size out to take the quote as known exactly"
        raise refusal(pointer, f"the quote makes no prior of the node: {message}{way_out}") from error
    return prior


def reason_of(quoted: Quoted) -> str:
    """Return why an expert states what a source says: whose question, since when, on which terms."""
    said = quoted.value["said"]
    numbers = said.get("options") or {"": said["probability"]}
    told = ", ".join(f"{name} {number:.6g}".strip() for name, number in numbers.items())
    division = divided(said.get("stated_sum", 1.0))
    told += "" if division is None else f" ({division})"
    part = read_part(quoted.value.get("part"))
    of = "" if part is None else f" of {quoted.question}, {part_in_words(part)},"
    return one_line(
        f"{quoted.source} {quoted.place} said {told}{of} at {quoted.valid_at:%Y-%m-%d %H:%M} UTC "
        f"(quote {quoted.id}): {quoted.value['wording']} — Terms: {Licence[quoted.licence].value}"
    )
