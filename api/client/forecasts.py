"""Recorded forecasts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, Unpack

from pydantic import BaseModel

from api.client.addresses import v1
from api.client.answers import RecordedForecast
from api.client.downloads import To, download
from api.client.run_settings import Moment, RunArguments
from api.client.runs import Progress, Runs
from api.client.server import Ask, Server
from api.http.pages import MOST
from api.messages.forecasts import RUNS, ForecastGlance, RunPage
from api.routes.comparison import ComparisonPage, ExplanationPage
from api.routes.forecasts import ForecastList

Format: TypeAlias = Literal["csv", "npy", "parquet"]


class _Made(BaseModel):
    """What a forecast and the run that will make it have in common."""

    id: str
    href: str


@dataclass(frozen=True, slots=True)
class Forecasts:
    """The recorded forecasts of a server."""

    server: Server

    def create(
        self,
        scenario: str,
        *,
        reason: str | None = None,
        version: int | None = None,
        author: str | None = None,
        progress: Progress | None = None,
        **settings: Unpack[RunArguments],
    ) -> RecordedForecast:
        """Make a forecast of a stored scenario, wait for it, and return it as it was recorded.

        ``progress`` is called while it takes its time.

        Raises
        ------
        AnswerError
            If it cannot be made, or its run was cancelled.
        """
        body = {"scenario": scenario, "version": version, "reason": reason, "author": author, **settings}
        made = self.server.write(_Made, "POST", v1("forecasts"), body)
        if made.href.startswith(RUNS):
            done = Runs(self.server).wait(made.id, progress=progress)
            assert done.forecast is not None
            return self.get(done.forecast.rpartition("/")[2])
        return self.get(made.id)

    def order(
        self,
        scenario: str,
        *,
        reason: str | None = None,
        version: int | None = None,
        author: str | None = None,
        **settings: Unpack[RunArguments],
    ) -> RunPage:
        """Order a forecast of a stored scenario, and return the run that will make it, however small it is."""
        body = {"scenario": scenario, "version": version, "reason": reason, "author": author, **settings}
        return self.server.write(RunPage, "POST", v1("forecasts"), body, Prefer="respond-async")

    def list(self, *, scenario: str | None = None, as_of: Moment | None = None) -> Iterator[ForecastGlance]:
        """Yield what has been recorded, newest first: up to now, or up to a moment."""
        return self.server.pages(
            ForecastList,
            lambda page: (page.forecasts, page.next),
            v1("forecasts"),
            scenario=scenario,
            as_of=as_of,
            limit=MOST,
        )

    def get(self, forecast: str) -> RecordedForecast:
        """Return a forecast whole, with its scenario and where it comes from."""
        return self.server.get(RecordedForecast, v1("forecasts", forecast), include="document")

    def latest(self, scenario: str, *, as_of: Moment | None = None) -> RecordedForecast:
        """Return the newest forecast of a scenario, or the one that stood at a moment."""
        path = v1("scenarios", scenario, "forecasts", "latest")
        return self.server.get(RecordedForecast, path, include="document", as_of=as_of)

    def compare(self, before: str, after: str) -> ComparisonPage:
        """Return what moved from one forecast to another."""
        return self.server.get(ComparisonPage, v1("forecasts", before, "comparison"), **{"with": after})

    def explain(self, before: str, after: str, *, draws: int | None = None) -> ExplanationPage:
        """Return why one forecast moved to another, cause by cause."""
        return self.server.get(ExplanationPage, v1("forecasts", before, "explanation"), draws=draws, **{"with": after})

    def file(self, forecast: str, to: To) -> None:
        """Write a forecast as `branchcast replay` and `branchcast compare` read it."""
        download(self.server, Ask("GET", v1("forecasts", forecast, "file")), to)

    def report(self, forecast: str, to: To) -> None:
        """Write the report of a forecast: one HTML page that stands alone."""
        download(self.server, Ask("GET", v1("forecasts", forecast, "report")), to)

    def draws(self, forecast: str, to: To, *, format: Format = "csv") -> None:
        """Write the draws of a forecast, one row each."""
        download(self.server, Ask("GET", v1("forecasts", forecast, "draws"), {"format": format}), to)

    def worlds(self, forecast: str, to: To, *, format: Format = "csv") -> None:
        """Write the worlds of a forecast, one row each."""
        download(self.server, Ask("GET", v1("forecasts", forecast, "worlds"), {"format": format}), to)
