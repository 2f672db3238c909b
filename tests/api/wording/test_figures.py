"""Numbers as text: no digit too many, nothing rounded into something else."""

import pytest

from api.wording.figures import chance, estimate, frequency, interval, number, times, word
from api.wording.glyphs import ASCII, UNICODE
from forecast.result import Probability


def probability(
    mean: float,
    mc_error: float = 0.0,
    ends: tuple[float, float] | None = None,
    end_errors: float = 0.0,
    counted: bool = False,
) -> Probability:
    """Return a probability with what matters here."""
    levels = None if ends is None else {"0.05": ends[0], "0.95": ends[1]}
    return Probability(
        mean=mean,
        mc_error=mc_error,
        sd=None,
        quantiles=levels,
        quantile_mc_errors=None if levels is None else dict.fromkeys(levels, end_errors),
        exact=None,
        exact_sd=None,
        exact_reason=None,
        exact_sd_reason=None,
        method="counted over worlds" if counted else "exact in each draw",
    )


@pytest.mark.parametrize(
    ("mean", "mc_error", "percentage", "often"),
    [
        (0.00714, 1e-6, "0.71 %", "1 in 140"),
        (0.00709, 0.0, "0.71 %", "1 in 141"),
        (0.00709, 2e-4, "0.7 %", "1 in 140"),
        (0.00709, 2e-3, "1 %", "1 in 100"),
        (0.99291, 2e-4, "99.3 %", "139 in 140"),
        (0.5, 0.02, "50 %", "1 in 2"),
        (0.0, 0.0, "0 %", "never"),
        (1.0, 0.0, "100 %", "always"),
        (1.0 - 1e-12, 0.0, "100 %", "always"),
        (0.99999, 0.0, "> 99.99 %", "99,999 in 100,000"),
    ],
)
def test_digits_end_where_the_simulation_error_begins(
    mean: float, mc_error: float, percentage: str, often: str
) -> None:
    p = probability(mean, mc_error)
    assert (chance(p, 1000), frequency(p, 1000)) == (percentage, often)


def test_what_no_sampled_world_had_is_a_bound() -> None:
    """None of 1,000 worlds bounds the probability by 3 in 1,000, at 95 %; it does not make it 0."""
    none, each = probability(0.0, counted=True), probability(1.0, counted=True)
    assert (chance(none, 1000), frequency(none, 1000)) == ("< 0.30 %", "under 1 in 333")
    assert (chance(each, 1000), frequency(each, 1000)) == ("> 99.70 %", "over 332 in 333")
    assert chance(each, 1_000_000) == "> 99.99 %"


@pytest.mark.parametrize(
    ("mean", "said"),
    [
        (0.5, "roughly even chance"),
        (0.0072, "almost no chance*"),
        (0.999, "almost certain*"),
        (0.0499999, "very unlikely"),
        (0.0099999, "almost no chance"),
    ],
)
def test_words_go_with_the_number_as_printed(mean: float, said: str) -> None:
    """A mean of 4.99999 % is printed as 5.00 %, so its word is that of 5 %; outside the table it is marked."""
    assert word(probability(mean)) == said


@pytest.mark.parametrize(
    ("ends", "errors", "shown"),
    [
        ((0.0587, 0.9612), 0.0, ("5.9", "96")),
        ((0.00004, 0.0184), 0.0, ("<0.01", "1.8")),
        ((0.00068, 0.146), 0.0, ("0.07", "15")),
        ((0.9912, 0.99951), 0.0, ("99.1", "99.95")),
        ((0.0587, 0.9612), 0.004, ("6", "96")),
        ((0.44, 0.46), 0.1, ("44", "46")),
        ((0.0, 1.0), 0.0, ("0", "100")),
    ],
)
def test_interval_ends_have_two_digits_or_fewer(
    ends: tuple[float, float], errors: float, shown: tuple[str, str]
) -> None:
    assert interval(probability(0.5, ends=ends, end_errors=errors)) == shown


def test_counted_probabilities_have_no_interval() -> None:
    assert interval(probability(0.5, counted=True)) == ("", "")


@pytest.mark.parametrize(
    ("value", "mc_error", "text"),
    [
        (27617.58, 2.3, "27,620"),
        (-0.0561, 0.0, "-0.0561"),
        (3.5, 0.0, "3.5"),
        (0.0, 1.0, "0"),
        (119.7, 300.0, "100"),
        (1.5e-9, 0.0, "1.500e-09"),
        (2.0e18, 0.0, "2.000e+18"),
        (999999.0, 0.0, "1,000,000"),
    ],
)
def test_numbers_keep_the_digits_that_are_supported(value: float, mc_error: float, text: str) -> None:
    assert number(value, mc_error) == text


def test_a_rough_mean_shows_its_error() -> None:
    assert estimate(119.7, 19.6, UNICODE) == "120 ±20"
    assert estimate(119.7, 19.6, ASCII) == "120 +/-20"
    assert estimate(119.7, 0.02, UNICODE) == "119.7"


def test_ratios_have_two_digits() -> None:
    assert [times(ratio) for ratio in (1.01, 9.9, 17.6, 1234.5, 0.033)] == ["1.0", "9.9", "18", "1,200", "0.033"]
