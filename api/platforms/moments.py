"""Times as platforms write them, read as aware moments in UTC; and our moments on the clock of a platform."""

from datetime import UTC, datetime, timedelta

from api.platforms.errors import PayloadError
from api.platforms.said import Said

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""A moment outside is in another unit than it was read in."""

SLACK = timedelta(seconds=5)
"""How far before we sent a request its effect may be dated: an HTTP date has whole seconds, and answers travel."""


def from_seconds(said: Said) -> datetime:
    """Return a moment in seconds since 1970, as Metaculus writes those of forecasts.

    Raises
    ------
    PayloadError
        If it is none between 2000 and 2200, as milliseconds read so are not.
    """
    return _since_1970(said, said.number())


def from_milliseconds(said: Said) -> datetime:
    """Return a moment in milliseconds since 1970, as Manifold writes them.

    Raises
    ------
    PayloadError
        If it is none between 2000 and 2200, as seconds read so are not.
    """
    return _since_1970(said, said.number() / 1_000.0)


def _since_1970(said: Said, seconds: float) -> datetime:
    if not EARLIEST.timestamp() <= seconds < LATEST.timestamp():
        raise PayloadError(f"{said.path} is {said.value}, which is no moment of this century: is its unit another?")
    return datetime.fromtimestamp(seconds, UTC)


def from_iso(said: Said) -> datetime:
    """Return a moment in ISO 8601 with its zone.

    Raises
    ------
    PayloadError
        If it is none between 2000 and 2200, or has no zone.
    """
    try:
        moment = datetime.fromisoformat(said.text())
    except ValueError:
        raise PayloadError(f"{said.path} is no moment in ISO 8601: {said.text()[:100]!a}") from None
    if moment.tzinfo is None:
        raise PayloadError(f"{said.path} has no zone, so that nobody knows when it was: {said.text()[:100]!a}")
    if not EARLIEST <= moment < LATEST:
        raise PayloadError(f"{said.path} is {said.text()[:40]}, which is no moment of this century")
    return moment.astimezone(UTC)


def on_their_clock(moment: datetime, date: datetime | None, received: datetime) -> datetime:
    """Return when it was on a platform's clock, as far as an answer of it tells.

    Parameters
    ----------
    moment : by our clock
    date : ``Date`` of an answer, by theirs; without one, both clocks count as equal
    received : when it was received, by ours
    """
    return moment if date is None else moment + (date - received)
