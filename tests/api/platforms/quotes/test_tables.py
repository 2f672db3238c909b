"""Quotes in a file of one's own."""

import re

import pytest

from api.platforms.errors import PayloadError
from api.platforms.quotes import tables
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.quote import Quote, QuotedOptions, QuotedProbability, QuotedQuantiles
from api.platforms.quotes.tables import ALLOWED, NEEDED, parse, requests
from tests.api.platforms.quotes.payloads import FETCHED, SINCE

HEADER = "place,question,kind,item,value,spread,unit,valid_at\n"
WHEN = "2026-08-20T08:00:00Z"
FILE = f"""{HEADER}
a1,Will they meet?,probability,,0.62,0.04,,{WHEN}
b2,"Who, if any?",options,Ann,50,2,,{WHEN}
c3,How many tests?,quantiles,0.75,14,,tests,{WHEN}
b2,"Who, if any?",options,Ben,75,,,{WHEN}
c3,How many tests?,quantiles,0.25,3,,tests,2026-08-20T08:00:00Z
"""


def test_each_kind_is_read() -> None:
    payload = FILE.replace("50,2", "0.5,0.02").replace("75,,", "0.75,,", 1).encode()
    first, second, third = parse(payload, FETCHED)
    assert isinstance(first, Quote)
    assert first == Quote(
        "csv", "a1", "Will they meet?", QuotedProbability(0.62, 0.04), SINCE, FETCHED, Licence.OWN, payload
    )
    assert isinstance(second, Quote)
    assert second.value == QuotedOptions({"Ann": 0.4, "Ben": 0.6}, 1.25, {"Ann": 0.02})
    assert isinstance(third, Quote)
    assert third.value == QuotedQuantiles({0.25: 3.0, 0.75: 14.0}, "tests")
    assert requests("a1") == ()


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_of_spreadsheets_are_read(mark: str, end: str) -> None:
    text = f"{mark}valid_at,value,item,kind,question,place\n{WHEN},0.62,,probability,Will they meet?,a1\n"
    (quote,) = parse(text.replace("\n", end).encode(), FETCHED)
    assert isinstance(quote, Quote)
    assert quote.value == QuotedProbability(0.62)


def test_a_file_without_a_line_has_no_quote() -> None:
    assert parse(HEADER.encode(), FETCHED) == ()


def test_the_columns_are_those_that_are_documented() -> None:
    assert tables.__doc__ is not None
    documented = re.findall(r"^\| `(\w+)` \|", tables.__doc__, re.MULTILINE)
    assert sorted(documented) == sorted((*NEEDED, *ALLOWED))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (f"a1,Q,probability,,62 %,,,{WHEN}", "line 2: value is '62 %', which is no number"),
        (f"a1,Q,probability,,62,,,{WHEN}", "which is no share of 1"),
        (f"a1,Q,probability,,0.6,2,,{WHEN}", "the spread is 2.0"),
        (f"a1,Q,probability,,nan,,,{WHEN}", "which is no number"),
        (f"a1,Q,probability,x,0.62,,,{WHEN}", "a probability is one line without an item"),
        (f"a1,Q,probability,,0.6,,,{WHEN}\na1,Q,probability,,0.7,,,{WHEN}", "line 3: a probability is one line"),
        (f"a1,Q,odds,,0.62,,,{WHEN}", "line 2: 'odds' is none of probability, options, quantiles"),
        ("a1,Q,probability,,0.62,,,2026-08-20T08:00:00", "valid_at of line 2 has no zone"),
        ("a1,Q,probability,,0.62,,,yesterday", "valid_at of line 2 is no moment"),
        ("a1,Q,probability,,0.62,,,2027-08-20T08:00:00Z", "cannot be from 2027"),
        (f",Q,probability,,0.62,,,{WHEN}", "line 2 has no place or no question"),
        (f"a1,,probability,,0.62,,,{WHEN}", "line 2 has no place or no question"),
        (
            f"b2,Q,options,Ann,0.5,,,{WHEN}\nb2,Q,options,Ann,0.5,,,{WHEN}",
            "line 3 has no item, or one that stands above",
        ),
        (f"b2,Q,options,,0.5,,,{WHEN}", "line 2 has no item"),
        (f"b2,Q,options,Ann,-0.5,,,{WHEN}\nb2,Q,options,Ben,1.5,,,{WHEN}", "cannot be made to sum to 1"),
        (f"b2,Q,options,Ann,0.5,,,{WHEN}\nb2,R,options,Ben,0.5,,,{WHEN}", "line 3 has another question than line 2"),
        (f"c3,Q,quantiles,0.25,9,,,{WHEN}\nc3,Q,quantiles,0.5,3,,,{WHEN}", "not in ascending order"),
        (f"c3,Q,quantiles,50,9,,,{WHEN}", "do not lie between 0 and 1"),
        (f"c3,Q,quantiles,half,9,,,{WHEN}", "item is 'half', which is no number"),
        ("a1,Q,probability", "line 2 has 3 cells, and there are 8 columns"),
        ('a1,"Q,probability', "is no CSV"),
    ],
)
def test_a_line_that_says_nothing_is_named(lines: str, said: str) -> None:
    with pytest.raises(PayloadError, match=said):
        parse(f"{HEADER}{lines}\n".encode(), FETCHED)


@pytest.mark.parametrize(
    "header", ["", "place,question,kind,item,value", "place,place,question,kind,item,value,valid_at", HEADER + ",odds"]
)
def test_columns_that_are_missing_or_strange_are_named(header: str) -> None:
    with pytest.raises(PayloadError, match="state place, question, kind, item, value, valid_at once each"):
        parse(header.replace("\n,", ",").encode(), FETCHED)


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(PayloadError, match="no text in UTF-8"):
        parse(b"\xff\xfe\x00", FETCHED)
