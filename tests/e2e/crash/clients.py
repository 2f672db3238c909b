"""Clients that write while servers die: each keeps a ledger of its own of everything that was acknowledged."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.crash.beliefs import NODES, QUESTION, SHARED, beta, entry, scenario
from tests.e2e.crash.platform import asked_of

REPLAYED = "idempotent-replayed"
ANSWER_SECONDS = 60.0
RETRY_SECONDS = 0.1

IMPATIENT = 0.15
"""Share of the writes whose sender leaves before an answer can be expected, within so many seconds."""

IMPATIENT_SECONDS = 0.1

PATIENCE = 600.0
"""Seconds in which a request must be answered, over all its repetitions."""


@dataclass(frozen=True, slots=True)
class Request:
    """A write, the same bytes each time it is sent; ``key`` is its Idempotency-Key and its reason."""

    kind: str
    key: str
    method: str
    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A request that was answered with success, and the answer."""

    request: Request
    status: int
    body: bytes


@dataclass
class Ledger:
    """What a client knows: what was acknowledged, what was refused as stale, and how it went."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    stale: list[Request] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


class Client:
    """One client: writes until it is told to stop, and repeats each request until it is answered."""

    def __init__(self, number: int, urls: Sequence[str], seed: int) -> None:
        self.ledger = Ledger()
        self._number, self._urls, self._chance = number, urls, random.Random(f"{seed}/{number}")
        self._name = f"of-client-{number}"
        self._http = httpx.Client()
        self._given_up = threading.Event()
        self._own: list[str] = []
        self._sent = 0

    def write_until(self, stopping: threading.Event) -> None:
        """Write, one request after another, at least one of each kind; all are answered when this returns."""
        actions: Sequence[tuple[Callable[[], None], int]] = (
            (self._set_prior, 6),
            (self._add_evidence, 3),
            (self._forecast_now, 4),
            (self._forecast_later, 3),
            (self._submit, 2),
            (self._store_scenario, 1),
        )
        self._list()
        choices, weights = zip(*actions, strict=True)
        for act in self._chance.sample(choices, len(choices)):
            act()
        while not stopping.is_set():
            (act,) = self._chance.choices(choices, weights)
            act()
        self._http.close()

    def give_up(self) -> None:
        """Stop waiting for servers that will not come back; what is being asked then fails."""
        self._given_up.set()

    def _next_key(self) -> str:
        self._sent += 1
        return f"client-{self._number}-{self._sent:05}"

    def _set_prior(self) -> None:
        """Change a prior that others change too; who is second is told so, and changes nothing."""
        path = f"/v1/scenarios/{self._chance.choice(SHARED)}/nodes/{self._chance.choice(NODES)}/prior"
        seen = self._repeated("GET", path).headers["etag"]
        key = self._next_key()
        # No two are equal: a prior that stays what it was keeps its tag.
        stated = beta(round(self._chance.uniform(1.0, 9.0), 6), round(self._chance.uniform(1.0, 9.0), 6))
        body = {"prior": stated, "reason": key}
        self._write(Request("prior", key, "PUT", path, body, {"If-Match": seen}))

    def _add_evidence(self) -> None:
        key = self._next_key()
        path = f"/v1/scenarios/{self._any_scenario()}/evidence"
        said = entry(self._chance.choice(NODES), self._chance.choice((0.9, 1.1)))
        self._write(Request("evidence", key, "POST", path, {"name": key, "entry": said, "reason": key}))

    def _list(self) -> None:
        """Say where the shared scenarios are asked about: each client forecasts on questions of its own."""
        for scenario_id in SHARED:
            key = self._next_key()
            listing = {"platform": "metaculus", "question": QUESTION, **asked_of(scenario_id, self._number)}
            path = f"/v1/scenarios/{scenario_id}/listings/{self._name}"
            self._write(Request("listing", key, "PUT", path, {"listing": listing, "reason": key}))

    def _submit(self) -> None:
        """Have a new forecast sent to the platform."""
        made = self._forecast_of(self._chance.choice(SHARED))
        if made.status_code == 201:
            key = self._next_key()
            body = {"platform": "metaculus", "listings": [self._name], "dry_run": False, "reason": key}
            self._write(Request("submission", key, "POST", f"/v1/forecasts/{made.json()['id']}/submissions", body))

    def _forecast_now(self) -> None:
        self._forecast_of(self._any_scenario())

    def _forecast_of(self, scenario_id: str) -> httpx.Response:
        key = self._next_key()
        body = {"scenario": scenario_id, "draws": 4_096, "reason": key}
        return self._write(Request("forecast", key, "POST", "/v1/forecasts", body))

    def _forecast_later(self) -> None:
        key = self._next_key()
        body = {"scenario": self._any_scenario(), "draws": self._chance.choice((4_096, 131_072)), "reason": key}
        self._write(Request("run", key, "POST", "/v1/forecasts", body, {"Prefer": "respond-async"}))

    def _store_scenario(self) -> None:
        key = self._next_key()
        body = {"document": scenario(key), "reason": key}
        self._write(Request("scenario", key, "POST", "/v1/scenarios", body))
        self._own.append(key)

    def _any_scenario(self) -> str:
        return self._chance.choice([*SHARED, *self._own[-8:]])

    def _write(self, request: Request) -> httpx.Response:
        self.ledger.counts["requests"] += 1
        answer = self.repeated(request)
        if answer.headers.get(REPLAYED) == "true":
            self.ledger.counts["replays"] += 1
        if answer.status_code in (200, 201, 202):
            self.ledger.acknowledged.append(Acknowledged(request, answer.status_code, answer.content))
        elif answer.status_code == 412:
            self.ledger.stale.append(request)
        else:
            self.ledger.faults.append(f"{request.key}: {answer.status_code} {answer.text[:500]}")
        return answer

    def repeated(self, request: Request) -> httpx.Response:
        """Send a write, with its key, until it is answered."""
        headers = {**request.headers, "Idempotency-Key": request.key}
        return self._repeated(request.method, request.path, headers, request.body)

    def _repeated(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: object = None
    ) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE
        seconds = self._chance.uniform(0.0, IMPATIENT_SECONDS) if self._chance.random() < IMPATIENT else ANSWER_SECONDS
        while time.monotonic() < deadline:
            url = self._chance.choice(self._urls) + path
            try:
                answer = self._http.request(method, url, headers=headers, json=body, timeout=seconds)
            except httpx.TimeoutException:
                self.ledger.counts["gave up waiting"] += 1
                seconds = ANSWER_SECONDS
            except httpx.TransportError:
                self.ledger.counts["lost connections"] += 1
            else:
                if not self._is_for_later(answer):
                    return answer
            if self._given_up.wait(RETRY_SECONDS):
                break
        raise AssertionError(f"{method} {path} was not answered")

    def _is_for_later(self, answer: httpx.Response) -> bool:
        if answer.status_code == 500:
            self.ledger.faults.append(f"500 {answer.text[:500]}")
        if answer.status_code >= 500:
            self.ledger.counts[f"answers {answer.status_code}"] += 1
            return True
        if answer.status_code == 409 and answer.json()["type"] == "/problems/in-flight":
            self.ledger.counts["answers 409 in flight"] += 1
            return True
        return False
