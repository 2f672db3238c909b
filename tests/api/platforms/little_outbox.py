"""The smallest thing that delivers a request: it does what outcomes and verdicts allow, and nothing else."""

from collections.abc import Collection
from dataclasses import dataclass

from api.platforms.answers import Accepted, Outcome, Refused, TryAgain, Unclear
from api.platforms.found import Arrived, Found, LookAgain, NotArrived, Undecided
from api.platforms.platform import Platform, Sending
from api.platforms.requests import PlatformRequest, read_request
from tests.api.platforms.world import World

MOST_STEPS = 60


@dataclass(frozen=True)
class Delivered:
    """How a delivery ended, and everything that was learnt on the way."""

    end: Accepted | Refused | Arrived | Undecided
    told: tuple[Outcome | Found, ...]

    @property
    def ids(self) -> dict[str, str]:
        return dict(self.end.ids) if isinstance(self.end, Accepted | Arrived) else {}


def deliver(
    platform: Platform, request: PlatformRequest, world: World, known: Collection[str] = frozenset()
) -> Delivered:
    """Send a request until it is settled, and keep it as JSON in between, as a database would."""
    told: list[Outcome | Found] = []
    kept, first, last, attempt = request.to_json(), None, world.now(), 0
    unclear = False
    while len(told) < MOST_STEPS:
        attempt += 1
        step: Outcome | Found
        if unclear:
            assert first is not None
            step = platform.read_back(read_request(kept), Sending(first, last, known), attempt=attempt)
        else:
            last = world.now()
            first = first or last
            step = platform.submit(read_request(kept), attempt=attempt)
        told.append(step)
        match step:
            case Accepted() | Refused() | Arrived() | Undecided():
                return Delivered(step, tuple(told))
            case TryAgain() | LookAgain():
                world.sleep(step.seconds)
            case Unclear():
                unclear = True
                world.sleep(step.seconds)
            case NotArrived():
                unclear = False
                kept = platform.rest(read_request(kept), step.missing).to_json()
    raise AssertionError(f"not settled after {MOST_STEPS} steps: {told}")
