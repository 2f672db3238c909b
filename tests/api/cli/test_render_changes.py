"""How a change of a scenario is told, where the commands' own tests do not come by."""

import io

import pytest
from rich.console import Console

from api.cli.render_changes import revised
from api.client import Client, TaggedRevision
from api.messages.versions import MovedPage
from tests.api.live import LiveServer


@pytest.fixture
def revision(live_server: LiveServer) -> TaggedRevision:
    """Return what a server answers to a new prior."""
    with Client(live_server.url) as client:
        noun = client.prior("minimal", "opening")
        prior = {"family": "beta", "branch": "opens", "a": 4, "b": 6}
        return noun.set(prior, reason="frost", if_match=noun.get().tag)


def _told(revision: TaggedRevision) -> str:
    console = Console(file=io.StringIO(), width=200, highlight=False, markup=False)
    revised(console, revision, everything=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_comments_that_were_lost_are_said(revision: TaggedRevision) -> None:
    assert "without its comments" not in _told(revision)
    assert "without its comments" in _told(revision.model_copy(update={"yaml_rewritten": True}))


def test_a_version_that_says_the_same_is_said(revision: TaggedRevision) -> None:
    told = _told(revision.model_copy(update={"changes": []}))
    assert "Nothing that the scenario says has changed." in told


def test_why_nothing_was_computed_is_said(revision: TaggedRevision) -> None:
    dear = MovedPage(comparison=None, reason="the run costs 9,000, more than 5,000.")
    assert "Not computed: the run costs 9,000, more than 5,000.\n" in _told(revision.model_copy(update={"moved": dear}))
