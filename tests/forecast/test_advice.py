"""Advice: each rule speaks where it should, keeps silent where it should, and points at the right place."""

from pathlib import Path

import pytest

from forecast.advice import Advice, advise
from forecast.documents import read_located, read_scenario

PRIORS = Path(__file__).parents[2] / "priors"

QUIET = """\
scenario: quiet
title: Does it open?
as_of: 2025-01-01
horizon: 2026-01-01
nodes:
  opening:
    branches: {opens: weather, not_opens: null}
    prior: {family: beta, branch: opens, a: 7.0, b: 3.0}
    analogues: 10
    rationale: seven of ten comparable cases
  weather:
    branches: [dry, wet, other]
    prior: {family: dirichlet, mean: {dry: 0.5, wet: 0.3, other: 0.2}, equivalent_sample_size: 8.0}
    rationale: ten years of records
quantities:
  visits: {unit: visits, default: {family: poisson, mean: 4.0, variance: 4.2}}
questions:
  opens_2025: {type: binary, text: Does it open in 2025?, resolution: local press, event: opens}
evidence:
  poll: {date: 2025-02-01, what: a poll, author: ann, likelihood_ratio: {opens: 2.0}}
"""


def _advice(*changes: tuple[str, str]) -> list[Advice]:
    text = QUIET
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} must occur once"
        text = text.replace(old, new)
    return advise(read_scenario(text))


def test_sound_scenario_gets_no_advice() -> None:
    """A scenario that states what analysts should state is left alone."""
    assert _advice() == []


@pytest.mark.parametrize(
    ("old", "new", "pointer", "said"),
    [
        pytest.param(
            "[dry, wet, other]\n    prior: {family: dirichlet, mean: {dry: 0.5, wet: 0.3, other: 0.2}",
            "[dry, wet, foggy]\n    prior: {family: dirichlet, mean: {dry: 0.5, wet: 0.3, foggy: 0.2}",
            ("nodes", "weather", "branches"),
            "nothing says that dry, wet, foggy cover every case: add a branch such as",
            id="no branch for everything else",
        ),
        pytest.param(
            "analogues: 10",
            "analogues: 9",
            ("nodes", "opening", "analogues"),
            "a prior worth 10 observations rests on 9 analogues",
            id="more observations than cases",
        ),
        pytest.param(
            "{family: beta, branch: opens, a: 7.0, b: 3.0}",
            "{family: hazard, event: opens, rate: {family: gamma, shape: 12.0, rate_years: 5.0}}",
            ("nodes", "opening", "analogues"),
            "a prior worth 11.5 observations rests on 10 analogues",
            id="more events than cases",
        ),
        pytest.param(
            "{family: beta, branch: opens, a: 7.0, b: 3.0}",
            "{family: hazard, event: opens, rate: {family: by_date, by: 2025-07-01, a: 8.0, b: 4.0}}",
            ("nodes", "opening", "analogues"),
            "a prior worth 12 observations rests on 10 analogues",
            id="more trials than cases",
        ),
        pytest.param(
            "event: opens}",
            "event: opens}\nexperts: {ann: 0.6, bob: 0.4}",
            ("experts",),
            "no prior is a panel, so the experts have no say",
            id="experts without a panel",
        ),
        pytest.param(
            "Does it open in 2025?",
            "Does it open?",
            ("questions", "opens_2025"),
            "question 'opens_2025' names no day: state 'by' in its event, 'closes', or the day in its text",
            id="undated claim",
        ),
        pytest.param(
            "    rationale: ten years of records\n",
            "",
            ("nodes", "weather"),
            "node 'weather' states neither rationale nor source",
            id="numbers from nowhere",
        ),
        pytest.param(
            "mean: 4.0, variance: 4.2",
            "mean: 4.0, variance: 36.0",
            ("quantities", "visits", "default", "variance"),
            "a Poisson count with mean 4 has variance 4, but 36 is stated: use negative_binomial",
            id="overdispersed count",
        ),
        pytest.param(
            "mean: 4.0, variance: 4.2",
            "mean: 4.0, variance: 1.0",
            ("quantities", "visits", "default", "variance"),
            "but 1 is stated: use quantiles or a mixture",
            id="underdispersed count",
        ),
        pytest.param(
            "{family: poisson, mean: 4.0, variance: 4.2}",
            "{family: mixture, parts: [{weight: 1, of: {family: poisson, mean: 4, variance: 9}}]}",
            ("quantities", "visits", "default", "parts", 0, "of", "variance"),
            "but 9 is stated",
            id="overdispersed count in a mixture",
        ),
        pytest.param(
            "{family: poisson, mean: 4.0, variance: 4.2}",
            "{family: quantiles, fit: normal, values: {0.05: 0.0, 0.5: 1.0, 0.95: 50.0}}",
            ("quantities", "visits", "default"),
            "off in probability: choose another fit",
            id="distribution that misses its quantiles",
        ),
        pytest.param(
            "{family: dirichlet, mean: {dry: 0.5, wet: 0.3, other: 0.2}, equivalent_sample_size: 8.0}",
            "{family: quantiles, branches: {dry: {0.25: 0.5, 0.75: 0.6}, wet: {0.25: 0.25, 0.75: 0.4}, "
            "other: {0.25: 0.15, 0.75: 0.25}}}",
            ("nodes", "weather", "prior"),
            "add up to 1.08 on average, so each is scaled by 0.924: revise them together",
            id="statements that do not add up",
        ),
        pytest.param(
            "likelihood_ratio: {opens: 2.0}",
            "likelihood_ratio: {opens: 12.0}",
            ("evidence", "poll", "likelihood_ratio", "opens"),
            "a ratio of 12 for 'opens' is strong: say 'why' it is",
            id="strong evidence without a reason",
        ),
        pytest.param(
            "likelihood_ratio: {opens: 2.0}",
            "likelihood_ratio: {opens: 0}",
            ("evidence", "poll", "likelihood_ratio", "opens"),
            "a ratio of 0 for 'opens' is strong",
            id="evidence that rules out",
        ),
        pytest.param("author: ann, ", "", ("evidence", "poll"), "neither author nor source", id="evidence from nobody"),
        pytest.param(
            "questions:\n",
            "drivers: {mood: {title: mood}}\nquestions:\n",
            ("drivers", "mood"),
            "driver 'mood' moves no node",
            id="driver that moves nothing",
        ),
        pytest.param(
            "questions:\n",
            "attributes:\n  strike: {default: {family: beta, a: 1, b: 9}, analogues: 4}\nquestions:\n",
            ("attributes", "strike", "analogues"),
            "attribute 'strike': a prior worth 10 observations rests on 4 analogues",
            id="attribute worth more than its cases",
        ),
    ],
)
def test_one_reason_gives_one_piece_of_advice(old: str, new: str, pointer: tuple[str | int, ...], said: str) -> None:
    """It names the thing, the value and the way out, and its pointer can be found in the text."""
    (piece,) = _advice((old, new))
    assert piece.pointer == pointer
    assert said in piece.message


@pytest.mark.parametrize(
    "rate",
    [
        "{family: fixed, per_year: 0.5}",
        "{family: by_date, by: 2025-07-01, p: 0.3}",
        "{family: gamma, shape: 10.5, rate_years: 5.0}",
    ],
)
def test_rates_may_be_worth_as_much_as_their_cases(rate: str) -> None:
    """A fixed rate claims no sample; the half event of Jeffreys' prior needs no case behind it."""
    hazard = f"{{family: hazard, event: opens, rate: {rate}}}"
    assert _advice(("{family: beta, branch: opens, a: 7.0, b: 3.0}", hazard)) == []


def test_nearly_certain_is_not_certain() -> None:
    """A small probability leaves room for evidence; the analyst's business, not ours."""
    fixed = "{family: fixed, p: {opens: 0.001, not_opens: 0.999}}"
    assert _advice(("{family: beta, branch: opens, a: 7.0, b: 3.0}", fixed)) == []


def test_certainty_is_named_for_every_branch() -> None:
    """Cromwell's rule holds for priors of nodes, of attributes, and for weights."""
    advice = _advice(
        ("{family: beta, branch: opens, a: 7.0, b: 3.0}", "{family: fixed, p: {opens: 1.0, not_opens: 0.0}}"),
        (
            "questions:\n",
            "drivers:\n  era: {states: {calm: 1, wild: 0}}\n"
            "attributes:\n  strike:\n    default:\n      family: by_state\n      driver: era\n      states:\n"
            "        calm: {family: fixed, p: {yes: 0, no: 1}}\n        wild: {family: beta, a: 1, b: 1}\n"
            "questions:\n",
        ),
    )
    assert [piece.pointer for piece in advice] == [
        ("nodes", "opening", "prior", "p", "opens"),
        ("nodes", "opening", "prior", "p", "not_opens"),
        ("attributes", "strike", "default", "states", "calm", "p", "yes"),
        ("attributes", "strike", "default", "states", "calm", "p", "no"),
        ("drivers", "era", "states", "wild"),
    ]
    assert "'opens' has probability 1, which no evidence can move" in advice[0].message
    assert "driver 'era': state 'wild' has weight 0, so no draw uses it" in advice[4].message


@pytest.mark.parametrize(
    ("branches", "complete"),
    [
        ("[dry, wet, other]", True),
        ("[dry, wet, other_weather]", True),
        ("[dry, wet, none-of-these]", True),
        ("[no, sunny, wet]", True),
        ("[no_rain, light_rain, heavy_rain]", True),
        ("[no_rain, heavy_rain, snow]", False),
        ("[dry, wet, brother]", False),
        ("[dry, wet, northern]", False),
    ],
)
def test_names_can_say_that_nothing_is_left_out(branches: str, complete: bool) -> None:
    """A catch-all word, or the negation of what all the others are kinds of, closes the list."""
    first, second, third = branches.strip("[]").split(", ")
    advice = _advice(
        ("[dry, wet, other]", branches),
        ("mean: {dry: 0.5, wet: 0.3, other: 0.2}", f"mean: {{{first}: 0.5, {second}: 0.3, {third}: 0.2}}"),
    )
    assert (advice == []) is complete


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("resolution: local press", "resolution: local press at the horizon"),
        ("resolution: local press", "resolution: local press, closes: 2025-12-01"),
    ],
)
def test_a_day_may_be_named_in_several_ways(old: str, new: str) -> None:
    """The text, its clause or the closing day will do."""
    assert _advice(("Does it open in 2025?", "Does it open?"), (old, new)) == []


def test_a_deadline_in_the_event_is_a_day() -> None:
    """What the event itself says about time counts."""
    dated = _advice(
        ("Does it open in 2025?", "Does it open?"),
        ("event: opens}", "event: {not: {branch: opens, by: 2025-06-01}}}"),
        (
            "{opens: weather, not_opens: null}",
            "{opens: {to: weather, lag: {family: exponential, rate: 2}}, not_opens: }",
        ),
    )
    assert dated == []


def test_a_stated_reason_silences_advice() -> None:
    """'exhaustive' and 'why' are the ways out that the advice names."""
    assert (
        _advice(
            ("[dry, wet, other]\n", "[dry, wet, foggy]\n    exhaustive: as the weather service counts\n"),
            ("0.3, other: 0.2}", "0.3, foggy: 0.2}"),
            ("{opens: 2.0}", "{opens: 20.0}, why: official announcement"),
        )
        == []
    )


def test_trump_kim_scenario_needs_little_advice() -> None:
    """The shipped scenario gets only advice that its readers should hear: thin history behind firm numbers."""
    located = read_located((PRIORS / "trump-kim-2025.yaml").read_text(encoding="utf-8"))
    advice = advise(located.scenario)
    assert len(advice) <= 6
    assert all("analogue" in piece.message for piece in advice)
    assert all(located.locate(piece.pointer)[0] > 1 for piece in advice)
