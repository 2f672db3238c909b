"""Texts of documents and bodies: what may be said in them, and what they must at least hold."""

import pytest
from pydantic import TypeAdapter, ValidationError

from forecast.fields import Label, Remark, Text

TEXT: TypeAdapter[str] = TypeAdapter(Text)
REMARK: TypeAdapter[str] = TypeAdapter(Remark)
LABEL: TypeAdapter[str] = TypeAdapter(Label)
ALL = [TEXT, REMARK, LABEL]
STEERING = [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("text", [" ", "   ", "\n\t", "\u3000", "\u200b", " \u200b\u00ad\u2060 "])
def test_text_of_which_nothing_can_be_seen_is_none(kind: TypeAdapter[str], text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        kind.validate_python(text)
    (error,) = caught.value.errors()
    assert error["type"] == "text_blank"


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("text", [" a ", "\u200b.", "\u0645\u06cc\u200c\u062e\u0648\u0627", "\u65e5\u672c", "0"])
def test_text_of_which_something_can_be_seen_is_kept_as_it_is(kind: TypeAdapter[str], text: str) -> None:
    """Also with joiners and blanks, which have their uses between letters."""
    assert kind.validate_python(text) == text


@pytest.mark.parametrize("kind", [REMARK, LABEL])
@pytest.mark.parametrize("character", STEERING)
def test_remarks_and_labels_cannot_turn_the_line_that_they_stand_in(kind: TypeAdapter[str], character: str) -> None:
    with pytest.raises(ValidationError, match=f"the character U.{ord(character):04X} turns the direction of what"):
        kind.validate_python(f"safe {character}evil")


@pytest.mark.parametrize("character", STEERING)
def test_prose_may_set_its_direction(character: str) -> None:
    """A page that shows it takes care of what stands beside it."""
    assert TEXT.validate_python(f"a {character}b") == f"a {character}b"


@pytest.mark.parametrize("kind", ALL)
def test_a_schema_says_that_something_must_be_seen(kind: TypeAdapter[str]) -> None:
    assert kind.json_schema()["pattern"] == r"\S"
