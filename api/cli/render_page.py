"""What every part of a shown forecast needs: the forecast, the console, the document's words, how much to show."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from rich.console import Console

from api.cli.consoles import Glyphs, glyphs
from api.cli.render_labels import Labels
from forecast.result import Forecast

FOLD_AT = 24
"""Longer lists show their largest entries only, unless all are asked for."""


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
        return max(int(self.forecast.sampling.effective_sample_size), 1)

    def folded(self, sizes: Mapping[str, float]) -> list[str]:
        """Return the names to show, in their own order: all of them, or the largest where there are too many."""
        if self.everything or len(sizes) <= FOLD_AT:
            return list(sizes)
        kept = set(heapq.nlargest(FOLD_AT - 4, sizes, key=lambda name: sizes[name]))
        return [name for name in sizes if name in kept]
