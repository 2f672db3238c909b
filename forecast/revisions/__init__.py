"""What changed between two versions of a scenario, part by part, in words and in data."""

from forecast.revisions.changes import Change, revisions

__all__ = ["Change", "revisions"]
