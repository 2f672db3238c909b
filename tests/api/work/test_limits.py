"""The price of a run: what counts, what is refused, and what is stopped when it grows."""

import re
from collections.abc import Mapping

import pytest

from api.errors import TooMuchWorkError
from api.work.limits import LEAST_DRAWS, Budget, parts_of
from api.work.scenario_files import ScenarioFile
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings, most_whole_draws


def test_branches_are_the_parts_of_a_bare_tree(packaged: Mapping[str, ScenarioFile]) -> None:
    assert parts_of(packaged["minimal"].scenario) == 2


def test_whatever_is_read_off_the_tree_counts(packaged: Mapping[str, ScenarioFile]) -> None:
    """Groups, headline, attributes, quantities, each event of a question, each further date."""
    document = packaged["minimal"].scenario.model_dump(mode="json", exclude_unset=True)
    asked = {"text": "?", "resolution": "."}
    richer = parse_scenario(
        {
            **document,
            "groups": {"open": ["opens"]},
            "headline": {"yes": ["opens"], "no": ["stays_closed"]},
            "attributes": {"rain": {"default": {"family": "fixed", "p": {"yes": 0.5, "no": 0.5}}}},
            "quantities": {"cost": {"unit": "EUR", "default": {"family": "fixed", "value": 1.0}}},
            "questions": {
                "both": {**asked, "type": "binary", "event": {"all": ["opens", {"attribute": "rain"}]}},
                "cost": {**asked, "type": "numeric", "quantity": "cost"},
            },
        }
    )
    assert parts_of(richer) == 2 + 1 + 2 + 1 + 1 + 2 + 1
    assert parts_of(richer, dates=3) == parts_of(richer) + 3


@pytest.mark.parametrize("draws", [1, LEAST_DRAWS, 10_000])
def test_what_is_affordable_is_allowed(draws: int) -> None:
    Budget(parts=10, limit=100_000).require(draws)


@pytest.mark.parametrize(
    ("parts", "draws", "price", "way_out"),
    [
        (10, 10_001, 100_010, "ask for at most 8,192 draws"),
        (10, 10**9, 10**10, "ask for at most 8,192 draws"),
        (25, 1, 25 * LEAST_DRAWS, "the scenario itself is too large"),
    ],
)
def test_what_is_too_dear_is_refused_with_its_price(parts: int, draws: int, price: int, way_out: str) -> None:
    with pytest.raises(TooMuchWorkError, match=re.escape(way_out)) as caught:
        Budget(parts, 100_000).require(draws)
    assert (caught.value.price, caught.value.limit) == (price, 100_000)


def test_a_run_that_grows_too_dear_is_stopped(packaged: Mapping[str, ScenarioFile]) -> None:
    """Strong evidence makes the engine double its draws; the price is watched while it does."""
    document = packaged["minimal"].scenario.model_dump(mode="json", exclude_unset=True)
    prior = {"family": "beta", "branch": "opens", "a": 0.02, "b": 2.0}
    unlikely = parse_scenario({**document, "nodes": {"opening": {**document["nodes"]["opening"], "prior": prior}}})
    budget = Budget(parts_of(unlikely), 2 * LEAST_DRAWS)
    with pytest.raises(TooMuchWorkError):
        run(unlikely, RunSettings(draws=1024, assume=("opens",)), progress=budget.watch(lambda: None))


def test_the_watch_stops_what_nobody_waits_for(packaged: Mapping[str, ScenarioFile]) -> None:
    """What the stopper raises ends the run."""

    def gone() -> None:
        raise InterruptedError

    watch = Budget(2, 10**9).watch(gone)
    with pytest.raises(InterruptedError):
        run(packaged["minimal"].scenario, RunSettings(draws=256), progress=watch)


@pytest.mark.parametrize("affordable", [4_096, 4_097, 308_641, 1_000_000, 1_048_576, 1_048_577, 12_500_000])
def test_the_number_advised_is_accepted(affordable: int) -> None:
    """What the refusal names is run as it is: nothing is rounded up beyond the limit; half of the limit is."""
    advised = most_whole_draws(affordable)
    assert RunSettings(draws=advised).whole_draws == advised
    assert affordable / 2 < advised <= affordable
