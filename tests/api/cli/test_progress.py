"""The progress bar: for those who wait and watch, and for nobody else."""

import io
import threading

import pytest
from rich.console import Console

from api.cli.progress import LateProgress


class WatchedStream(io.StringIO):
    """A stream that tells when the bar has been drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = threading.Event()

    def write(self, text: str) -> int:
        if "Computing" in text:
            self.drawn.set()
        return super().write(text)


def console(stream: io.StringIO, *, terminal: bool = True) -> Console:
    """Return a console that takes the stream for a terminal, or not."""
    return Console(file=stream, width=100, force_terminal=terminal, _environ={"TERM": "xterm"})


def test_a_run_that_takes_long_shows_how_far_it_is() -> None:
    """The bar appears by itself, even if the engine has not reported yet, and is gone in the end."""
    stream = WatchedStream()
    with LateProgress(console(stream), enabled=True, patience=0.0) as progress:
        assert stream.drawn.wait(30.0)
        progress.update(500, 1000)
    shown = stream.getvalue()
    assert "500/1000" in shown
    assert shown.endswith("\x1b[2K"), shown[-40:]


@pytest.mark.parametrize(
    ("enabled", "terminal", "patience"), [(True, True, 1e6), (False, True, 0.0), (True, False, 0.0)]
)
def test_short_runs_machines_and_files_see_nothing(enabled: bool, terminal: bool, patience: float) -> None:
    stream = io.StringIO()
    with LateProgress(console(stream, terminal=terminal), enabled=enabled, patience=patience) as progress:
        progress.update(1, 2)
    assert stream.getvalue() == ""


def test_an_error_passes_through() -> None:
    with pytest.raises(ValueError, match="inside"), LateProgress(console(io.StringIO()), enabled=True, patience=1e6):
        raise ValueError("inside")
