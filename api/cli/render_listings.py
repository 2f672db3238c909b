"""Listings as people read them: what is asked of ours, and what the platform calls it.

They are read as they were recorded, since a release that checks more must still be able to show them.
"""

from collections.abc import Mapping
from typing import Any

from api.routes.listings import ListingPage
from api.wording.text import one_line
from forecast.tournaments.registry import FORMATS


def asked_of_ours(page: ListingPage) -> str:
    """Return our question, with the part of its answer if not all of it is asked for."""
    said = page.listing or {}
    part = said.get("part")
    return one_line(f"{said.get('question', '')}{f' ({_in_words(part)})' if part else ''}")


def platform_of(page: ListingPage) -> str:
    """Return the platform of a listing."""
    return one_line(str((page.listing or {}).get("platform", "")))


def their_id(page: ListingPage) -> str:
    """Return the platform's own name of what it asks, such as the number of a question; empty where it has none."""
    form = FORMATS.get(platform_of(page))
    said = page.listing or {}
    named = [said[field] for field in (form.named_by if form else ()) if field in said]
    return one_line(" ".join(_in_words(each) if isinstance(each, Mapping) else str(each) for each in named))


def _in_words(said: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {_plain(value)}" for name, value in said.items() if value is not None)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
