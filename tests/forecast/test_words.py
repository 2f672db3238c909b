"""Words, frequencies and percentages for probabilities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.words import ICD_203, likelihood_band, likelihood_word, one_in, percent

probabilities = st.floats(0, 1)


@given(probabilities, probabilities)
def test_words_follow_the_order_of_probabilities(p: float, q: float) -> None:
    """A higher probability never has a lower word."""
    terms = [band.term for band in ICD_203]
    low, high = sorted([p, q])
    assert terms.index(likelihood_word(low).term) <= terms.index(likelihood_word(high).term)


def test_bands_of_terms_of_either_row() -> None:
    """An analyst may use either row, in any capitals; the band is the same."""
    assert likelihood_band("unlikely") == likelihood_band(" Improbable ") == (0.20, 0.45)
    for band in ICD_203:
        assert likelihood_band(band.term) == likelihood_band(band.alternative) == (band.low, band.high)


def test_unknown_expression_is_refused_with_the_table() -> None:
    """The message lists what can be said."""
    with pytest.raises(ValueError, match=r"'fair chance' is no ICD 203 .* roughly even chance / roughly even odds"):
        likelihood_band("fair chance")


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "never"),
        (1e-15, "under 1 in 1,000,000,000,000"),
        (0.0000123, "1 in 81,000"),
        (1 / 1004, "1 in 1,000"),
        (0.00724, "1 in 138"),
        (0.0718, "1 in 14"),
        (0.0999, "1 in 10"),
        (0.1, "1 in 10"),
        (0.287, "2 in 7"),
        (0.3, "3 in 10"),
        (0.507, "1 in 2"),
        (2 / 3, "2 in 3"),
        (0.9, "9 in 10"),
        (0.95, "19 in 20"),
        (1 - 0.00724, "137 in 138"),
        (0.9999, "9,999 in 10,000"),
        (1 - 1e-15, "over 999,999,999,999 in 1,000,000,000,000"),
        (1.0, "always"),
    ],
)
def test_frequency(p: float, text: str) -> None:
    """Each rule, and where one passes into the next."""
    assert one_in(p) == text


@given(st.floats(1e-11, 1 - 1e-11))
def test_frequency_is_near_the_probability(p: float) -> None:
    """Read back as a fraction it is within 6 % of the odds' smaller side, or 0.05 in the middle."""
    part, whole = (int(number.replace(",", "")) for number in one_in(p).split(" in "))
    assert 0 < part < whole
    near_end = min(p, 1 - p) < 0.1
    assert abs(part / whole - p) <= (0.06 * min(p, 1 - p) if near_end else 0.05)


@pytest.mark.parametrize(
    ("p", "mc_error", "text"),
    [
        (0.028734, 0.00001, "2.87 %"),
        (0.028734, 0.00005, "2.87 %"),
        (0.028734, 0.0001, "2.9 %"),
        (0.028734, 0.002, "3 %"),
        (0.028734, 0.0, "2.87 %"),
        (0.5074, 0.0002, "50.7 %"),
        (0.5, 0.0, "50.00 %"),
        (0.0007, 0.000001, "0.07 %"),
        (0.000011, 0.0, "0.0011 %"),
        (0.000011, 0.0000001, "0.0011 %"),
        (0.000011, 0.000002, "0.001 %"),
        (0.000011, 0.00001, "< 0.01 %"),
        (0.0000996, 0.0, "0.010 %"),
        (0.0003, 0.001, "< 1 %"),
        (0.3, 0.4, "30 %"),
        (0.99999, 0.0, "> 99.99 %"),
        (0.9999, 0.001, "> 99 %"),
        (1e-300, 0.0, "< 0.0000000001 %"),
        (0.0, 0.0, "0 %"),
        (1.0, 0.0, "100 %"),
    ],
)
def test_percentage(p: float, mc_error: float, text: str) -> None:
    """No more digits than the Monte Carlo error supports, and no false 0 or 100."""
    assert percent(p, mc_error) == text


@given(probabilities, st.floats(0, 0.01))
def test_percentage_is_within_its_last_digit(p: float, mc_error: float) -> None:
    """What is printed differs from the probability by half a unit of the last digit, or is a bound it keeps."""
    text = percent(p, mc_error)
    sign, number = (text[0], text[2:-2]) if text[0] in "<>" else ("", text[:-2])
    tens = 200 * mc_error > 1 + 1e-9
    unit = 10.0 if tens else 10.0 ** -len(number.partition(".")[2])
    if sign == "<":
        assert 0 < 100 * p < float(number)
    elif sign == ">":
        assert float(number) < 100 * p < 100
    else:
        assert abs(float(number) - 100 * p) <= unit / 2 * (1 + 1e-9)
        assert p in (0, 1) or unit >= 200 * mc_error * (1 - 1e-6)


@pytest.mark.parametrize("p", [-0.1, 1.1, 30, float("nan")])
def test_numbers_that_are_no_probability_are_refused(p: float) -> None:
    """30 means 0.3, and the message says so."""
    for say in (likelihood_word, one_in, percent):
        with pytest.raises(ValueError, match=r"write 30 % as 0\.3"):
            say(p)


@pytest.mark.parametrize("mc_error", [-0.1, float("nan"), float("inf")])
def test_impossible_errors_are_refused(mc_error: float) -> None:
    """An error is a finite distance."""
    with pytest.raises(ValueError, match="Monte Carlo error"):
        percent(0.5, mc_error)
