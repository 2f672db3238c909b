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
b2,"Who, if any?",options,Ann,0.4,0.02,,{WHEN}
c3,How many tests?,quantiles,0.75,14,,tests,{WHEN}
b2,"Who, if any?",options,Ben,0.60,,,{WHEN}
c3,How many tests?,quantiles,0.25,3,,tests,2026-08-20T08:00:00Z
"""


def test_each_kind_is_read() -> None:
    payload = FILE.encode()
    first, second, third = parse(payload, FETCHED)
    assert isinstance(first, Quote)
    assert first == Quote(
        "csv", "a1", "Will they meet?", QuotedProbability(0.62, 0.04), SINCE, FETCHED, Licence.OWN, payload
    )
    assert isinstance(second, Quote)
    assert second.value == QuotedOptions({"Ann": 0.4, "Ben": 0.6}, 1.0, {"Ann": 0.02})
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
        (f"a1,Q,probability,,62,,,{WHEN}", "line 2: the value is 62.0, which is no share of 1"),
        (f"a1,Q,probability,,0.6,2,,{WHEN}", "line 2: the spread is 2.0"),
        (f"a1,Q,probability,,nan,,,{WHEN}", "which is no number"),
        (f"a1,Q,probability,x,0.62,,,{WHEN}", "a probability is one line without an item"),
        (f"a1,Q,probability,,0.6,,,{WHEN}\na1,Q,probability,,0.7,,,{WHEN}", "line 3: a probability is one line"),
        (f"a1,Q,odds,,0.62,,,{WHEN}", "line 2: 'odds' is none of probability, options, quantiles"),
        ("a1,Q,probability,,0.62,,,2026-08-20T08:00:00", "valid_at of line 2 has no zone, .*: '2026-08-20T08:00:00'"),
        ("a1,Q,probability,,0.62,,,yesterday", "valid_at of line 2 is no moment in ISO 8601: 'yesterday'"),
        ("a1,Q,probability,,0.62,,,2027-08-20T08:00:00Z", "line 2: csv a1: .* cannot be from 2027"),
        (f",Q,probability,,0.62,,,{WHEN}", "line 2 has no place or no question"),
        (f"a1,,probability,,0.62,,,{WHEN}", "line 2 has no place or no question"),
        (
            f"b2,Q,options,Ann,0.5,,,{WHEN}\nb2,Q,options,Ann,0.5,,,{WHEN}",
            "line 3 has no item, or one that stands above",
        ),
        (f"b2,Q,options,,0.5,,,{WHEN}", "line 2 has no item"),
        (f"b2,Q,options,Ann,-0.5,,,{WHEN}\nb2,Q,options,Ben,1.5,,,{WHEN}", "line 2: the value is -0.5, which"),
        (f"b2,Q,options,Ann,0.5,,,{WHEN}\nb2,R,options,Ben,0.5,,,{WHEN}", "line 3 has another question than line 2"),
        (f"c3,Q,quantiles,0.25,9,,,{WHEN}\nc3,Q,quantiles,0.5,3,,,{WHEN}", "lines 2, 3: .* not in ascending order"),
        (f"c3,Q,quantiles,50,9,,,{WHEN}", "line 2: .* do not lie between 0 and 1"),
        (f"c3,Q,quantiles,0.5,9,,,{WHEN}\nc3,Q,quantiles,0.50,9,,,{WHEN}", "lines 2, 3: two of them are of one level"),
        (f"c3,Q,quantiles,0.25,3,,,{WHEN}\nc3,Q,quantiles,0.5,9,,t,{WHEN}", "line 3 has another unit than line 2"),
        (f"b2,Q,options,Ann,0.5,7,,{WHEN}\nb2,Q,options,Ben,0.5,,,{WHEN}", "line 2: the spread is 7.0"),
        (f"c3,Q,quantiles,half,9,,,{WHEN}", "item is 'half', which is no number"),
        ("a1,Q,probability", "line 2 has 3 cells, and there are 8 columns"),
        ('a1,"Q,probability', "is no CSV"),
    ],
)
def test_a_line_that_says_nothing_is_named(lines: str, said: str) -> None:
    with pytest.raises(PayloadError, match=said):
        parse(f"{HEADER}{lines}\n".encode(), FETCHED)


def _options(*values: str) -> bytes:
    lines = [f"b2,Which?,options,{chr(ord('a') + i)},{value},,,{WHEN}\n" for i, value in enumerate(values)]
    return f"{HEADER}{''.join(lines)}".encode()


@pytest.mark.parametrize(
    "values",
    [
        ("0.33", "0.33", "0.33"),  # a third each, to hundredths
        ("0.67", "0.17", "0.17"),  # 4 : 1 : 1, to hundredths
        ("0.333", "0.333", "0.333"),
        ("1", "0"),
        ("0.7", "0.30000000000000004"),  # what a program writes for 0.1 + 0.2
    ],
)
def test_options_that_were_rounded_are_divided_by_their_sum(values: tuple[str, ...]) -> None:
    (quote,) = parse(_options(*values), FETCHED)
    assert isinstance(quote, Quote)
    assert isinstance(quote.value, QuotedOptions)
    total = sum(map(float, values))
    assert quote.value.stated_sum == pytest.approx(total)
    assert list(quote.value.options.values()) == pytest.approx([float(value) / total for value in values])


@pytest.mark.parametrize(
    ("values", "total"),
    [
        (("0.5", "0.4", "0.2"), "1.1"),
        (("0.3", "0.3", "0.3"), "0.9"),
        (("0.33", "0.33", "0.31"), "0.97"),
        (("0.333", "0.333", "0.33"), "0.996"),
        (("0", "0"), "0"),
        (("0.5",), "0.5"),
    ],
)
def test_options_that_no_rounding_takes_so_far_from_one_are_refused(values: tuple[str, ...], total: str) -> None:
    with pytest.raises(PayloadError, match=f"the options of 'b2' sum to {total}, which is farther from 1 than"):
        parse(_options(*values), FETCHED)


@pytest.mark.parametrize(
    "header", ["", "place,question,kind,item,value", "place,place,question,kind,item,value,valid_at", HEADER + ",odds"]
)
def test_columns_that_are_missing_or_strange_are_named(header: str) -> None:
    with pytest.raises(PayloadError, match="state place, question, kind, item, value, valid_at once each"):
        parse(header.replace("\n,", ",").encode(), FETCHED)


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(PayloadError, match="no text in UTF-8"):
        parse(b"\xff\xfe\x00", FETCHED)
