"""What runs of one scenario share: all that comes before the first draw.

A scenario is numbered, what to measure is planned, and exact values are computed once; runs that differ
in seed, sampler, draws or threads only start from there.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from forecast.draws.inference import Inference
from forecast.draws.model import Model, build_model
from forecast.draws.recentring import corrections
from forecast.readings.course import Course, course_of
from forecast.readings.exact import MeanSources
from forecast.readings.exact_values import ExactValues, exact_values
from forecast.readings.facts import QuantityClasses
from forecast.readings.measures import Measures, measures
from forecast.scenario import Scenario
from forecast.settings import RunSettings, own_seed


@dataclass(frozen=True)
class Preparation:
    """A scenario under the settings that shape its model; what follows from them is computed once asked for."""

    model: Model
    measured: Measures

    @cached_property
    def course(self) -> Course:
        """In what order the targets are read off a draw."""
        return course_of(self.model, self.measured)

    @cached_property
    def classes(self) -> QuantityClasses:
        """Which statement of each quantity holds at each leaf."""
        return QuantityClasses(self.model)

    @cached_property
    def inference(self) -> Inference:
        """Inference on the beliefs' means; a run puts it ``on`` its draws."""
        return Inference(self.model, MeanSources((0,) * len(self.model.drivers.discrete)), corrections(self.model))

    @cached_property
    def exact(self) -> ExactValues:
        """The exact values of everything measured."""
        return exact_values(self.model, self.measured)

    def model_for(self, settings: RunSettings) -> Model:
        """Return the model for a run with these settings.

        Raises
        ------
        ValueError
            If they ask for another model than the one prepared.
        """
        if shaping(settings) != shaping(self.model.settings):
            raise ValueError(f"prepared for {shaping(self.model.settings)}, asked for {shaping(settings)}")
        seed = own_seed(self.model.scenario.scenario) if settings.seed is None else settings.seed
        return replace(self.model, settings=settings, seed=seed)


def shaping(settings: RunSettings) -> RunSettings:
    """Return the part of the settings that shapes the model; what only decides how it is sampled is left at 1 or none.

    Examples
    --------
    >>> shaping(RunSettings(draws=100, seed=7)) == shaping(RunSettings(draws=4_096, sampler="random"))
    True
    >>> shaping(RunSettings(do=("summit.held",))) == shaping(RunSettings())
    False
    """
    return replace(settings, draws=1, seed=None, sampler="sobol", threads=1)


def prepare(scenario: Scenario, settings: RunSettings) -> Preparation:
    """Prepare for runs of a scenario.

    Raises
    ------
    RunError
        If the settings do not fit the scenario.
    """
    model = build_model(scenario, settings)
    return Preparation(model, measures(model))
