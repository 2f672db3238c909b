"""``docs/reference/formats.md`` has a place for every field of every format, and its examples are listings.

That they export as the page shows, ``test_documents`` sees to, as of any page.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from api.cli.listing_files import ListingFile, read_listings
from forecast.resolutions import Resolution, read_resolution
from forecast.tournaments.listings import Listing, Part
from forecast.tournaments.registry import FORMATS
from tests.docs.test_documents import FENCED, ROOT

PAGE = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
REST = (ROOT / "docs" / "reference" / "rest.md").read_text(encoding="utf-8")


def _section(heading: str) -> str:
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def _rows(heading: str) -> set[str]:
    """Return the names in code in the first column of a section's tables."""
    prose = FENCED.sub("", _section(heading))
    first = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+)", prose, re.MULTILINE)
    return {name for cell in first for name in re.findall(r"`([^`]+)`", cell)}


def _said(heading: str) -> set[str]:
    """Return every word in code in a section."""
    code = " ".join(re.findall(r"`([^`\n]+)`", FENCED.sub("", _section(heading))))
    return set(re.findall(r"[A-Za-z_]\w*", code))


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation speaks of, and those that they speak of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from _models(field.annotation)
    for part in get_args(annotation):
        yield from _models(part)


def _fields_below(model: type[BaseModel]) -> set[str]:
    """Return the fields of the models that a model's own fields are made of, but for parts, which all have."""
    common = set(_models(Part))
    below = {each for field in model.model_fields.values() for each in _models(field.annotation)} - common
    return {name for each in below for name in each.model_fields}


def test_fields_of_every_listing_have_their_rows() -> None:
    assert set(Listing.model_fields) <= _rows("Every listing")
    parts = {name for model in _models(Part) for name in model.model_fields}
    assert parts <= _said("Every listing")


@pytest.mark.parametrize("name", FORMATS)
def test_every_field_and_setting_of_a_format_has_its_row(name: str) -> None:
    form = FORMATS[name]
    own = set(form.listing.model_fields) - set(Listing.model_fields)
    assert own | set(form.settings.model_fields) <= _rows(name)
    assert _fields_below(form.listing) | _fields_below(form.settings) <= _said(name)


def test_no_other_format_is_described() -> None:
    assert re.findall(r"^## (.+)$", PAGE, re.MULTILINE) == ["Every listing", *FORMATS]


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[ListingFile]:
    """Return the files of listings that the page shows, as the command line reads them."""
    folder: Path = tmp_path_factory.mktemp("formats")
    blocks = [(*block["info"].split(), block["body"]) for block in FENCED.finditer(PAGE) if block["info"] != "console"]
    for kind, name, body in blocks:
        assert kind in ("yaml", "json")
        (folder / name).write_text(body, encoding="utf-8")
    return [read_listings(str(folder / name)) for kind, name, _ in blocks if kind == "yaml"]


def test_every_format_has_an_example_that_is_accepted(examples: list[ListingFile]) -> None:
    assert [each.platform for each in examples] == list(FORMATS)
    assert all(each.listings for each in examples)


def test_what_the_page_calls_the_default_is_the_default() -> None:
    """Of settings and fields whose default is a number, a word or true or false."""
    for name, form in FORMATS.items():
        rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$(?!\n\|---)", _section(name), re.MULTILINE))
        for model in (form.listing, form.settings):
            for field, told in rows.items():
                info: Any = model.model_fields.get(field)
                if info is not None and (info.is_required() or isinstance(info.default, bool | int | float | str)):
                    shown = str(info.default).lower() if isinstance(info.default, bool) else str(info.default)
                    assert told.strip("`") == ("needed" if info.is_required() else shown), (name, field)


def test_every_kind_of_resolution_is_shown_as_it_is_sent() -> None:
    shapes = re.findall(r"^\| `(\{\"type\": .*\})` \|", REST, re.MULTILINE)
    kinds = [read_resolution(json.loads(shape)).type for shape in shapes]
    assert sorted(set(kinds)) == sorted(
        str(get_args(model.model_fields["type"].annotation)[0]) for model in _models(Resolution)
    )
