"""When something is due: a cron expression, read on the clocks of a time zone.

Ticks follow Debian's cron: where clocks go forward, what falls into the hour that is left out comes right after it;
where they go back, what is due at a stated time comes once, and what is due every so many minutes or hours goes on
through both hours (cronsim's rules). All moments are in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from forecast.errors import BranchcastError
from forecast.spelling import nearest

FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")


class RuleError(BranchcastError):
    """A cron expression or a time zone that is none; ``field`` is ``cron`` or ``zone``."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Rule:
    """A cron expression of five fields and an IANA time zone, both checked.

    Raises
    ------
    RuleError
        If one of them is none, or the expression is never due.

    Examples
    --------
    >>> rule = Rule("30 7 * * MON", "Asia/Seoul")
    >>> [tick.isoformat() for tick in rule.first(2, datetime(2026, 1, 1, tzinfo=UTC))]
    ['2026-01-04T22:30:00+00:00', '2026-01-11T22:30:00+00:00']
    """

    cron: str
    zone: str

    def __post_init__(self) -> None:
        if self.zone not in _zones():
            meant = nearest(self.zone, _zones())
            hint = f"did you mean '{meant}'?" if meant else "write it as Europe/Paris or UTC"
            raise RuleError("zone", f"'{self.zone[:60]}' is no IANA time zone: {hint}")
        fields = self.cron.split()
        if len(fields) != len(FIELDS):
            raise RuleError(
                "cron",
                f"'{self.cron[:60]}' has {len(fields)} fields, not five: {', '.join(FIELDS)}, as 30 7 * * MON",
            )
        try:
            next(self.after(datetime(2000, 1, 1, tzinfo=UTC)))
        except CronSimError as error:
            raise RuleError("cron", f"'{self.cron[:60]}' is no cron expression: {_said(error)}") from error
        except StopIteration:
            raise RuleError("cron", f"'{self.cron[:60]}' is never due: is the day in the month?") from None

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the ticks after a moment, each once, in order."""
        yield from _in_utc(CronSim(" ".join(self.cron.split()), self._local(moment)), moment, later=True)

    def until(self, moment: datetime) -> Iterator[datetime]:
        """Yield the ticks up to and with a moment, the last one first."""
        found = next(self.after(moment), None)
        start = moment if found is None else found
        yield from _in_utc(CronSim(" ".join(self.cron.split()), self._local(start), reverse=True), start, later=False)

    def first(self, count: int, moment: datetime) -> tuple[datetime, ...]:
        """Return the first ticks after a moment."""
        return tuple(islice(self.after(moment), count))

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone))


@cache
def _zones() -> frozenset[str]:
    """Return the names of all zones, which are files to be looked for."""
    return frozenset(available_timezones())


def _in_utc(ticks: Iterator[datetime], moment: datetime, *, later: bool) -> Iterator[datetime]:
    """Yield ticks in UTC from the first that lies on the right side of the moment."""
    for tick in ticks:
        found = tick.astimezone(UTC)
        if found != moment and (found > moment) == later:
            yield found


def _said(error: CronSimError) -> str:
    return f"{str(error)[:1].lower()}{str(error)[1:]}"
