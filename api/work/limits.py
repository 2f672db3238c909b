"""What one request may cost: its price is known before it runs, and watched while it does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from api.errors import TooMuchWorkError
from api.work.computations import Stopper
from forecast.scenario import Scenario
from forecast.settings import most_whole_draws
from forecast.statements.events import atoms
from forecast.statements.questions import DateQuestion, events_of
from forecast.statements.tree import Edge

LEAST_DRAWS = 4_096
"""A smaller run is charged as if it had this many draws: setting it up costs as much as drawing them."""


def parts_of(scenario: Scenario, dates: Iterable[date] = ()) -> int:
    """Return how much of a scenario every draw has to go through.

    Each branch counts, and each thing that is read off the tree: attributes, quantities, groups, headline
    entries, what questions ask about, and each branch that has dates once for every day to report before
    the horizon: the scenario's checkpoints, and ``dates``, the run's own.
    """
    branches = sum(len(node.branches) for node in scenario.nodes.values())
    named = len(scenario.attributes) + len(scenario.quantities) + len(scenario.groups) + len(scenario.headline)
    asked = sum(
        max(1, sum(1 for event in events_of(question) for _ in atoms(event)))
        for question in scenario.questions.values()
    )
    days = {*scenario.checkpoints, *dates} - {scenario.horizon}
    return branches + named + asked + len(days) * len(_dated_branches(scenario))


def _dated_branches(scenario: Scenario) -> set[Edge]:
    """Return the branches whose dates are reported, as ``forecast.readings.measures`` chooses them."""
    own = {
        Edge(node, name)
        for node, stated in scenario.nodes.items()
        for name, branch in stated.branches.items()
        if branch.lag is not None or getattr(stated.prior, "event", None) == name
    }
    questions = (each for each in scenario.questions.values() if isinstance(each, DateQuestion))
    return own | {scenario.tree.resolve(question.branch) for question in questions}


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that a run over ``parts`` may cost, in draws × parts."""

    parts: int
    limit: int

    def price(self, draws: int) -> int:
        """Return what so many draws cost."""
        return max(draws, LEAST_DRAWS) * self.parts

    def require(self, draws: int) -> None:
        """Refuse a run that is too dear.

        Raises
        ------
        TooMuchWorkError
            With the price, the limit, and how many draws would be affordable.
        """
        price = self.price(draws)
        if price > self.limit:
            affordable = self.limit // self.parts
            way_out = (
                f"ask for at most {most_whole_draws(affordable):,} draws"
                if affordable >= LEAST_DRAWS
                else "the scenario itself is too large for this server: leave out what is not needed now"
            )
            raise TooMuchWorkError(
                price,
                self.limit,
                f"{draws:,} draws × {self.parts:,} parts of the scenario cost {price:,}, "
                f"but one request may cost {self.limit:,}: {way_out}",
            )

    def watch(self, stop_if_asked: Stopper) -> "Watch":
        """Return a progress callback that stops a run which grows too dear, or which nobody waits for."""
        return Watch(self, stop_if_asked)


@dataclass(frozen=True, slots=True)
class Watch:
    """A progress callback: little weight after the evidence makes the engine take more draws than were asked for."""

    budget: Budget
    stop_if_asked: Stopper

    def __call__(self, done: int, draws: int) -> None:
        """Look at a run that has done so many of so many draws."""
        self.stop_if_asked()
        self.budget.require(draws)
