"""What every section is made from: the forecast, the document's names, the draws that carry weight."""

from dataclasses import dataclass
from functools import cached_property

from api.report.names import Names
from api.wording.figures import draws_behind
from forecast.result import Forecast


@dataclass(frozen=True)
class Source:
    """A forecast on its way to a page."""

    forecast: Forecast

    @cached_property
    def names(self) -> Names:
        """Return what the document calls its parts."""
        return Names(self.forecast)

    @cached_property
    def draws(self) -> int:
        """Return the draws behind every number, as many as carry weight."""
        return draws_behind(self.forecast)
