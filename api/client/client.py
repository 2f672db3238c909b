"""The client: a server and its nouns."""

import os
import random
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, Unpack

import httpx

from api.client.addresses import v1
from api.client.environment import find_key, server_address
from api.client.evidence import Evidence
from api.client.forecasts import Forecasts
from api.client.keys import Keys
from api.client.patience import Patience
from api.client.quotes import Quotes
from api.client.resolutions import Resolutions
from api.client.run_settings import Day, Moment, RunArguments
from api.client.runs import Runs
from api.client.scenarios import Prior, Scenarios
from api.client.server import Server
from api.client.statements import Statements
from api.client.tournaments import Listings, Submissions
from api.routes.history import MOST_POINTS, HistoryPage, HistoryPoint, PlaceList
from api.routes.scores import CalibrationPage, ScorePage
from forecast.result import Forecast
from forecast.scorecards.groups import By
from forecast.scorecards.records import Each
from forecast.version import VERSION
from forecast.whatif import WhatIf

CONNECT_SECONDS = 10.0


class _Key(httpx.Auth):
    """Sends a key with each request, and shows it to nobody else."""

    def __init__(self, key: str) -> None:
        self._header = f"Bearer {key}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


class Client:
    """A branchcast server, asked from Python.

    What it answers with are frozen values; what goes wrong is a ``ClientError``. A change is sent with a
    key of its own until an answer to it comes, so that it is made once even where answers get lost.
    Safe to share by threads.

    Parameters
    ----------
    server : address, such as ``"https://forecasts.example"``; else that of ``BRANCHCAST_SERVER``, else this machine's
    key : key to ask with; better stated by ``key_file``, ``BRANCHCAST_KEY`` or ``BRANCHCAST_KEY_FILE``
    key_file : path of the file that holds the key, which nobody but its owner may read
    timeout : seconds without a sign of the server after which a request counts as lost
    patience : how long and how often to repeat what may be answered later
    sleep, chance : wait so many seconds; a random number from 0 to 1

    Raises
    ------
    ClientSettingsError
        If the address or the key cannot be used.

    Examples
    --------
    >>> with Client("http://127.0.0.1:8000", key="bc_secret") as client:
    ...     print(client)
    Client('http://127.0.0.1:8000')
    """

    def __init__(
        self,
        server: str | None = None,
        *,
        key: str | None = None,
        key_file: str | os.PathLike[str] | None = None,
        timeout: float = 60.0,
        patience: Patience = Patience(),  # noqa: B008 -- a frozen value
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        found = find_key(key, key_file, os.environ)
        self._http = httpx.Client(
            base_url=server_address(server, os.environ),
            auth=None if found is None else _Key(found),
            headers={"User-Agent": f"branchcast/{VERSION}"},
            timeout=httpx.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout)),
            follow_redirects=False,
        )
        self._server = Server(self._http, patience, sleep, chance)
        self.scenarios = Scenarios(self._server)
        self.forecasts = Forecasts(self._server)
        self.runs = Runs(self._server)
        self.keys = Keys(self._server)
        self.submissions = Submissions(self._server)

    def prior(self, scenario: str, node: str) -> Prior:
        """Return the noun of one node's prior; nothing is asked yet."""
        return Prior(self._server, scenario, node)

    def evidence(self, scenario: str) -> Evidence:
        """Return the noun of a scenario's evidence; nothing is asked yet."""
        return Evidence(self._server, scenario)

    def statements(self, scenario: str, node: str) -> Statements:
        """Return the noun of what experts stated for a node; nothing is asked yet."""
        return Statements(self._server, scenario, node)

    def listings(self, scenario: str) -> Listings:
        """Return the noun of what is listed where; nothing is asked yet."""
        return Listings(self._server, scenario)

    def quotes(self, scenario: str) -> Quotes:
        """Return the noun of what others say of a scenario's questions; nothing is asked yet."""
        return Quotes(self._server, scenario)

    def resolutions(self, scenario: str) -> Resolutions:
        """Return the noun of what happened in a scenario; nothing is asked yet."""
        return Resolutions(self._server, scenario)

    def scores(
        self,
        scenario: str,
        *,
        of: str | None = None,
        by: By | None = None,
        opens: Day | None = None,
        base_rate: float | None = None,
        ordered: bool = False,
        each: Each = "every",
        as_of: Moment | None = None,
    ) -> ScorePage:
        """Return how good the forecasts of a scenario were at what has resolved, or ``of`` one place in full."""
        return self._server.get(
            ScorePage,
            v1("scenarios", scenario, "scores"),
            of=of,
            by=by,
            opens=opens,
            base_rate=base_rate,
            ordered=ordered,
            each=each,
            as_of=as_of,
        )

    def calibration(self, *, each: Each = "every", as_of: Moment | None = None) -> CalibrationPage:
        """Return how often things happened that were said to be about as likely, over all scenarios."""
        return self._server.get(CalibrationPage, v1("scores"), each=each, as_of=as_of)

    def history(self, scenario: str, of: str, *, as_of: Moment | None = None) -> Iterator[HistoryPoint]:
        """Yield one figure of each forecast of a scenario, newest first; ``of`` is its place, ``"outcomes.deal"``."""
        path = v1("scenarios", scenario, "history")
        return self._server.pages(
            HistoryPage, lambda page: (page.points, page.next), path, of=of, as_of=as_of, limit=MOST_POINTS
        )

    def places(self, scenario: str, *, as_of: Moment | None = None) -> Sequence[str]:
        """Return the places of the figures whose history can be asked for."""
        return self._server.get(PlaceList, v1("scenarios", scenario, "history"), as_of=as_of).places

    def preview(
        self,
        scenario: str | Mapping[str, Any],
        *,
        version: int | None = None,
        priors: Mapping[str, Mapping[str, Any]] | None = None,
        **settings: Unpack[RunArguments],
    ) -> Forecast:
        """Return the forecast of a stored scenario, or of a document, under other priors; nothing is kept."""
        body = {"scenario": scenario, "version": version, "priors": priors, "include": ["document"], **settings}
        return self._server.compute(Forecast, v1("preview"), body)

    def what_if(
        self,
        scenario: str | Mapping[str, Any],
        *,
        base: Mapping[str, object] | None = None,
        version: int | None = None,
        priors: Mapping[str, Mapping[str, Any]] | None = None,
        **settings: Unpack[RunArguments],
    ) -> WhatIf:
        """Return what moves under other priors, assumptions, interventions, evidence or another day; nothing is kept.

        ``base`` states the same of the other side, which is the scenario as it is if left out.
        """
        body = {
            "scenario": scenario,
            "version": version,
            "priors": priors,
            "base": base,
            "include": ["document"],
            **settings,
        }
        return self._server.compute(WhatIf, v1("what-if"), body)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __repr__(self) -> str:
        return f"Client({self._server.address!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
