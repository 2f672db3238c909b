"""What every part of a shown forecast needs: the forecast, the console, the document's words, how much to show."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from rich.console import Console

from api.cli.consoles import glyphs
from api.wording.figures import draws_behind
from api.wording.folding import largest
from api.wording.glyphs import Glyphs
from api.wording.labels import Labels
from forecast.result import Forecast


@dataclass(frozen=True)
class Page:
    """A forecast on its way to a console."""

    forecast: Forecast
    console: Console
    everything: bool = False

    @cached_property
    def labels(self) -> Labels:
        """Return the document's titles and order."""
        return Labels(self.forecast)

    @cached_property
    def glyphs(self) -> Glyphs:
        """Return the marks the console can show."""
        return glyphs(self.console)

    @property
    def draws(self) -> int:
        """Return the draws behind every number, as many as carry weight."""
        return draws_behind(self.forecast)

    def folded(self, sizes: Mapping[str, float]) -> list[str]:
        """Return the names to show, in their own order: all of them, or the largest where there are too many."""
        return list(sizes) if self.everything else largest(sizes)
