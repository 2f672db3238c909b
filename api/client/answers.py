"""Answers that hold what the server says beside the body, or hold it in one piece."""

from typing import Annotated

from pydantic import Field

from api.messages.forecasts import ForecastGlance
from api.messages.versions import RevisionPage, VersionPage
from api.routes.priors import PriorPage
from forecast.result import Forecast

Tag = Annotated[str, Field(description="Entity tag: what a change of it is based on.")]


class TaggedVersion(VersionPage):
    """A version of a scenario with its tag."""

    tag: Tag


class TaggedRevision(RevisionPage):
    """A new version with its tag."""

    tag: Tag


class TaggedPrior(PriorPage):
    """A node's prior with its tag."""

    tag: Tag


class RecordedForecast(ForecastGlance):
    """A recorded forecast, whole: `branchcast replay` takes `forecast.to_json()`."""

    forecast: Forecast
