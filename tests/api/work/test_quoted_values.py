"""What a source says as an answer to our question: its kind fits, and its options and ours cover each other."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import RequestRefusedError
from api.platforms.quotes.normal import normalised
from api.platforms.quotes.quote import Quoted, QuotedOptions, QuotedProbability, QuotedQuantiles
from api.work.quoted_values import in_our_words
from forecast.scenario import parse_scenario
from tests.api.quoting import asked_coin

OURS = ("A deal", "None")


COIN = parse_scenario(asked_coin())


@given(
    st.dictionaries(st.text(max_size=5), st.floats(1e-6, 1e3), min_size=2, max_size=12),
    st.lists(st.sampled_from(OURS), min_size=12, max_size=12),
)
def test_however_options_are_bundled_all_of_the_probability_is_there(
    stated: dict[str, float], targets: list[str]
) -> None:
    """Each of ours has the sum of those mapped to it, none is above 1, and together they are 1."""
    mapped = dict(zip(stated, [*OURS, *targets], strict=False))
    said = in_our_words(normalised(stated), COIN, "which", mapped)
    assert list(said["options"]) == list(OURS)
    assert math.fsum(said["options"].values()) == pytest.approx(1.0, abs=1e-12)
    for name, probability in said["options"].items():
        part = math.fsum(number for label, number in stated.items() if mapped[label] == name)
        assert probability == pytest.approx(part / math.fsum(stated.values()))
        assert probability <= 1.0


def test_a_bundle_has_the_spreads_of_its_parts() -> None:
    """Bids of 0.1 and 0.2, asks of 0.15 and 0.3: both together are bid at 0.3 and asked at 0.45."""
    value = QuotedOptions({"x": 0.125, "y": 0.25, "None": 0.625}, 1.0, {"x": 0.05, "y": 0.1, "None": 0.02})
    said = in_our_words(value, COIN, "which", {"x": "A deal", "y": "A deal"})
    assert said["options"] == {"A deal": 0.375, "None": 0.625}
    assert said["spreads"] == pytest.approx({"A deal": 0.15, "None": 0.02})


def test_a_rounding_makes_no_option_more_than_certain() -> None:
    """0.52, 0.04 and 0.16, each divided by their sum, add up to a hair above 1."""
    value = normalised({"x": 0.52, "y": 0.04, "z": 0.16, "None": 0.0})
    assert math.fsum(value.options.values()) > 1.0
    said = in_our_words(value, COIN, "which", dict.fromkeys("xyz", "A deal"))
    assert said["options"] == {"A deal": 1.0, "None": 0.0}


def test_a_level_is_kept_to_the_last_digit() -> None:
    levels = {0.1: 1.0, math.nextafter(0.1, 1.0): 2.0, 1 / 3: 3.0}
    said = in_our_words(QuotedQuantiles(levels), COIN, "cost", {})
    assert {float(level): value for level, value in said["quantiles"].items()} == levels


@pytest.mark.parametrize("name", ["deal", "which", "cost", "when", "pair"])
def test_each_kind_answers_questions_of_its_type_alone(name: str) -> None:
    values: list[Quoted] = [
        QuotedProbability(0.3),
        normalised(dict.fromkeys(OURS, 0.5)),
        QuotedQuantiles({0.5: 1.0}, "crowns" if name == "cost" else "unix seconds"),
    ]
    fitting = {"deal": "probability", "which": "options", "cost": "quantiles", "when": "quantiles"}.get(name)
    for value in values:
        if value.kind == fitting:
            assert in_our_words(value, COIN, name, {})["kind"] == fitting
            continue
        with pytest.raises(RequestRefusedError) as refused:
            in_our_words(value, COIN, name, {})
        assert [fault.pointer for fault in refused.value.faults] == [("question",)]
