"""The vivid chain: how likely each link is given the one before, and which groups hold its end by other paths."""

from collections.abc import Mapping
from math import isclose

from api.wording.figures import WHOLE_PERCENT
from forecast.result import Chain, Probability
from forecast.words import percent

LONELY = (
    "No group holds this end by other paths too: state one under 'groups', for a vivid chain that stands alone looks "
    "likelier than it is."
)
"""What is said of a chain without company."""


def conditionals(chain: Chain) -> list[str]:
    """Return each link's probability given the link before, in percent.

    A ratio a / b is off by no more than (MC error of a + MC error of b times the ratio) / b.
    """
    said, before, before_error = [], 1.0, 0.0
    for link in chain.links:
        up_to = link.cumulative
        error = (up_to.mc_error + before_error * link.conditional) / before if before > 0.0 else 0.0
        said.append(percent(min(link.conditional, 1.0), min(error, WHOLE_PERCENT)))
        before, before_error = up_to.mean, up_to.mc_error
    return said


def other_paths(chain: Chain) -> Mapping[str, Probability]:
    """Return the groups that hold the chain's end however it is reached.

    A group that is one of the links says nothing about other paths.
    """
    links = [link.cumulative.mean for link in chain.links]
    return {name: p for name, p in chain.same_end.items() if not any(isclose(p.mean, mean) for mean in links)}
