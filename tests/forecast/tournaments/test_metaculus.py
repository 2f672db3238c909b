"""What is sent to Metaculus: probabilities and options within bounds, one value each; comments; refusals."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from forecast.predictions.kinds import Prediction
from forecast.tournaments.exports import ExportError
from forecast.tournaments.formats import NoSettings
from forecast.tournaments.metaculus import FORMAT, MetaculusListing, withdrawal
from forecast.tournaments.metaculus.rules import (
    least_step,
    most_step,
    require_cdf,
    require_options,
    require_probability,
)
from forecast.tournaments.scales import Scaling
from tests.forecast.tournaments.metaculus_checks import (
    NEW_YEAR_2026,
    NEW_YEAR_2027,
    START,
    binary,
    choice,
    day,
    exported,
    items,
    listing,
    number,
    pair,
    platform_faults,
    predicted,
    scaling,
)

THREE = {"none": 0.0, "deal": 0.25, "war": 0.75}


def of_labels(labels: list[str], **parts: Any) -> MetaculusListing:  # noqa: ANN401 -- as a document has them
    return listing("multiple_choice", labels=labels, **parts)


@given(st.floats(0.0, 1.0))
@example(0.0)
@example(0.0009999)
@example(0.9990001)
@example(1.0)
def test_a_probability_moves_to_the_nearest_that_is_taken(probability: float) -> None:
    asked = listing("binary")
    export = exported(binary(probability), asked)
    [item] = items(export)
    assert item == {"question": 101, "probability_yes": min(max(probability, 0.001), 0.999)}
    assert platform_faults(item, asked) == []
    moved = abs(item["probability_yes"] - probability)
    if moved > 1e-7:
        [found] = export.distortions
        assert found.figures == {"probability": probability, "exported": item["probability_yes"], "moved": moved}
        way = "raised to 0.001, the least" if probability < 0.5 else "lowered to 0.999, the most"
        assert found.reason == f"the probability was {way} that the platform takes"
    elif moved == 0.0:
        assert export.distortions == ()


@given(st.integers(2, 100), st.integers(0, 1 << 32))
@example(100, 0)
def test_options_are_taken_whatever_they_are(count: int, seed: int) -> None:
    random = np.random.Generator(np.random.PCG64(seed))
    weights = random.choice([0.0, 0.0, 1e-12, 1e-9, 1e-4, 1.0, 1e4], size=count)
    weights[random.integers(count)] += 1.0
    options = dict(zip([f"option {i}" for i in range(count)], (weights / weights.sum()).tolist(), strict=True))
    asked = of_labels(list(reversed(options)))
    export = exported(choice(options), asked)
    [item] = items(export)
    sent = item["probability_yes_per_category"]
    assert platform_faults(item, asked) == []
    assert abs(math.fsum(sent.values()) - 1.0) < 1e-12
    assert tuple(sent) == asked.labels
    # What is likelier stays likelier.
    ranked = sorted(options, key=lambda label: options[label])
    assert all(sent[a] <= sent[b] for a, b in pairwise(ranked))
    changes = [sent[label] - options[label] for label in options]
    for found in export.distortions:
        assert found.figures["mass_moved"] == pytest.approx(sum(map(abs, changes)) / 2, abs=1e-15)
        assert found.figures["largest_change"] == pytest.approx(max(map(abs, changes)), abs=1e-15)
        assert found.figures["options_raised"] == sum(p < 0.001 for p in options.values())
    assert export.distortions or max(map(abs, changes)) <= 1e-8


def test_the_least_likely_option_is_raised_at_the_cost_of_the_others_alike() -> None:
    """0, 1/4, 3/4: the first rises by 0.001, and each of the others gives half of it."""
    export = exported(choice(THREE), of_labels(["none", "deal", "war"]))
    [item] = items(export)
    assert item["probability_yes_per_category"] == pytest.approx({"none": 0.001, "deal": 0.2495, "war": 0.7495})
    [found] = export.distortions
    assert found.figures == pytest.approx(
        {"mass_moved": 0.001, "largest_change": 0.001, "least_probability": 0.0, "options_raised": 1.0}
    )
    assert found.reason == "1 of 3 options was raised to 0.001, the least, and the others gave way"


def test_options_go_by_the_platforms_names() -> None:
    asked = of_labels(["Krieg", "Ничего", "deal"], options={"Krieg": "war", "Ничего": "none"})
    export = exported(choice({"none": 0.2, "deal": 0.3, "war": 0.5}), asked)
    assert items(export)[0]["probability_yes_per_category"] == {"Krieg": 0.5, "Ничего": 0.2, "deal": 0.3}
    assert "Ничего".encode() in export.documents[0].content


def test_each_half_of_a_pair_is_a_question() -> None:
    halves = [listing("binary", id=7, part={"given": True}), listing("binary", id=8, part={"given": False})]
    assert items(exported(pair(0.8, 0.1), *halves)) == [
        {"question": 7, "probability_yes": 0.8},
        {"question": 8, "probability_yes": 0.1},
    ]


def test_days_of_a_date_answer_a_group() -> None:
    days = [listing("binary", id=n, part={"by": date(2026, 1, n)}) for n in (1, 11, 31)]
    found = items(exported(day(np.array([0.0, 10.0, 40.0, 50.0]), np.ones(4)), *days))
    assert [each["probability_yes"] for each in found] == [0.25, 0.5, 0.5]


def test_a_list_of_forecasts_is_one_document_that_ends_as_files_do() -> None:
    listings = [listing("binary", id=n, part=None) for n in (3, 2, 1)]
    export = exported(binary(0.5), *listings)
    [document] = export.documents
    assert (export.format, document.name, document.media_type) == ("metaculus", "forecasts.json", "application/json")
    assert document.content == (
        b'[{"question": 3, "probability_yes": 0.5}, {"question": 2, "probability_yes": 0.5}, '
        b'{"question": 1, "probability_yes": 0.5}]\n'
    )


def test_a_forecast_ends_itself_when_it_is_told_to() -> None:
    berlin = timezone(timedelta(hours=2))
    for end in (datetime(2026, 6, 1, 14, tzinfo=berlin), "2026-06-01T14:00:00+02:00", "2026-06-01T12:00:00Z"):
        [item] = items(exported(binary(0.5), listing("binary", end_time=end)))
        assert item["end_time"] == "2026-06-01T12:00:00+00:00"


def test_withdrawals_are_a_list_of_questions() -> None:
    listings = [listing("binary", id=3), listing("binary", id=4)]
    now = withdrawal(listings)
    assert (now.name, now.content) == ("withdrawals.json", b'[{"question": 3}, {"question": 4}]\n')
    later = withdrawal(listings[:1], datetime(2026, 6, 1, tzinfo=UTC))
    assert json.loads(later.content) == [{"question": 3, "withdraw_at": "2026-06-01T00:00:00+00:00"}]


YEAR = scaling(NEW_YEAR_2026, NEW_YEAR_2027, open_upper_bound=True)
COMMENTED: list[tuple[Prediction, dict[str, Any], list[str]]] = [
    (binary(0.25), {"type": "binary"}, ["Will they meet?", "Probability 0.25."]),
    (choice(THREE), {"type": "multiple_choice", "labels": ["war", "deal", "none"]}, ["war: 0.75", "none: 0"]),
    (pair(0.8, None), {"type": "binary", "part": {"given": True}}, ["Will they, if?", "Probability 0.8."]),
    (
        number(np.array([1.0, 2.0, 3.0, np.nan]), np.array([1.0, 2.0, 1.0, 1.0])),
        {"type": "numeric", "scaling": scaling(0, 10)},
        ["Quantiles: 5% 1 persons, 25% 2 persons, 50% 2 persons, 75% 3 persons, 95% no value."],
    ),
    (
        day(np.array([0.0, 31.0, np.nan]), np.array([0.3, 0.5, 0.2])),
        {"type": "date", "scaling": YEAR},
        ["5% 2026-01-01, 25% 2026-01-01, 50% 2026-02-01, 75% 2026-02-01, 95% not by 2026-12-31."],
    ),
]


@pytest.mark.parametrize(("prediction", "parts", "said"), COMMENTED)
def test_a_comment_is_private_and_says_what_was_predicted(
    prediction: Prediction, parts: dict[str, Any], said: list[str]
) -> None:
    asked = MetaculusListing.model_validate({"question": "q", "id": 101, "post": 55, "comment": True, **parts})
    export = exported(prediction, asked)
    forecasts, comment = export.documents
    assert (forecasts.name, comment.name) == ("forecasts.json", "comments/101.json")
    body = json.loads(comment.content)
    assert {key: body[key] for key in body if key != "text"} == {
        "on_post": 55,
        "is_private": True,
        "included_forecast": True,
    }
    for words in [*said, "From the scenario 'Korea' as of 2026-01-01, forecast 0123abcd."]:
        assert words in body["text"]
    assert ("What is sent differs" in body["text"]) == bool(export.distortions)


def test_a_comment_gives_the_rationales() -> None:
    asked = listing("binary", post=55, comment=True)
    made = replace(predicted(binary(0.3)), rationales={"q": ("summit: ten of eleven", "terms: never yet")})
    body = json.loads(FORMAT.export([asked], made, NoSettings()).documents[1].content)
    assert "Probability 0.3.\n\nsummit: ten of eleven\n\nterms: never yet\n\nFrom the scenario" in body["text"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "20261-01-01T00:00:00Z"])
def test_an_end_beyond_the_calendar_is_refused(moment: str) -> None:
    with pytest.raises(ValidationError, match="moment that a forecast could end at|not an instant"):
        listing("binary", end_time=moment)


def test_a_comment_says_what_the_form_could_not() -> None:
    asked = listing("binary", post=55, comment=True)
    body = json.loads(exported(binary(0.0), asked).documents[1].content)
    assert body["text"].endswith(
        "What is sent differs: the probability was raised to 0.001, the least that the platform takes "
        "(probability 0, exported 0.001, moved 0.001)."
    )


def test_only_what_wants_a_comment_has_one() -> None:
    listings = [listing("binary", id=n, post=9, comment=n == 2) for n in (1, 2, 3)]
    assert [each.name for each in exported(binary(0.5), *listings).documents] == ["forecasts.json", "comments/2.json"]


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: exported(binary(0.5)), "metaculus: no question is listed: list one"),
    (lambda: withdrawal([]), "no question is listed: list one [a list has at least one forecast]"),
    (
        lambda: exported(binary(0.5), listing("binary"), listing("binary")),
        "question 101 is listed for 'q' already, and the later forecast would end the earlier one: keep one of them",
    ),
    (
        lambda: exported(binary(0.5), listing("binary", status="closed")),
        "question 101 is closed: leave the listing out",
    ),
    (
        lambda: exported(binary(0.5), listing("binary", end_time="2025-12-31T23:59:59Z")),
        "2025-12-31T23:59:59+00:00 lies before 2026-01-01, the day the forecast speaks from: state a later one",
    ),
    (lambda: withdrawal([listing("binary")], datetime(2026, 6, 1)), "2026-06-01T00:00:00 has none: state it in UTC"),  # noqa: DTZ001
    (lambda: exported(binary(math.nan), listing("binary")), "probabilities are from 0 to 1"),
    (lambda: exported(binary(1.1), listing("binary")), "[1.1, -0.10000000000000009] are predicted"),
    (lambda: exported(choice(THREE), listing("binary")), "state part: {option: …}"),
    (lambda: exported(binary(0.5), of_labels(["a", "b"])), "options are asked for, and all of a binary question"),
    (lambda: exported(choice(THREE), of_labels(["none", "Deal", "war"])), "nothing of ours stands for 'Deal'"),
    (lambda: exported(choice(THREE), of_labels(["none", "war"])), "the platform has no option 'deal'"),
    (
        lambda: exported(choice({"a": 0.7, "b": 0.4}), of_labels(["a", "b"])),
        "ours add up to 1.1",
    ),
    (
        lambda: exported(choice({"A": 0.2, "B": 0.3, "C": 0.5}), of_labels(["A", "C"], options={"A": "B"})),
        "the platform has no option 'A'",
    ),
    (lambda: exported(pair(0.8, None), listing("binary", part={"given": False})), "the condition always holds"),
]


@pytest.mark.parametrize(("made", "said"), REFUSED)
def test_what_the_platform_would_refuse_is_refused_first(made: Callable[[], object], said: str) -> None:
    with pytest.raises(ExportError) as refused:
        made()
    assert said in str(refused.value)


NO_LISTINGS: list[tuple[dict[str, Any], str]] = [
    ({"type": "multiple_choice"}, "'labels' belongs to a question of type multiple_choice: state 'labels'"),
    ({"type": "binary", "labels": ["a", "b"]}, "leave 'labels' out"),
    ({"type": "numeric"}, "'scaling' belongs to a question of type numeric or date or discrete: state 'scaling'"),
    ({"type": "binary", "scaling": scaling(0, 1)}, "leave 'scaling' out"),
    ({"type": "binary", "comment": True}, "state 'post', which is not the 'id' of the question"),
    ({"type": "multiple_choice", "labels": ["a", "a"]}, "an option is listed twice in 'labels': state each once"),
    ({"type": "multiple_choice", "labels": ["a"]}, "at least 2"),
    ({"type": "multiple_choice", "labels": ["a", "b"], "options": {"c": "d"}}, "'options' speaks of 'c'"),
    ({"type": "discrete", "scaling": scaling(0, 9)}, "state 'inbound_outcome_count'"),
    (
        {"type": "discrete", "scaling": scaling(1, 9, zero_point=0, inbound_outcome_count=8)},
        "a discrete question has equal steps: leave 'zero_point' out",
    ),
    ({"type": "date", "scaling": scaling(0, 1_798_761_600_000)}, "state seconds since 1970, in UTC"),
    ({"type": "binary", "end_time": "2026-06-01T00:00:00"}, "write 2026-06-01T00:00:00Z if it is UTC"),
    ({"type": "binary", "end_time": "soon"}, "'soon' is not an instant: write it as 2026-12-31T12:00:00Z"),
    ({"type": "binary", "id": 0}, "greater than 0"),
    ({"type": "conditional"}, "Input should be 'binary', 'multiple_choice', 'numeric', 'date' or 'discrete'"),
]


@pytest.mark.parametrize(("parts", "said"), NO_LISTINGS)
def test_a_listing_that_is_none_is_refused(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        MetaculusListing.model_validate({"question": "q", "id": 101, **parts})
    assert said in str(refused.value)


def test_a_listing_survives_being_written_and_read() -> None:
    asked = listing("date", post=4, scaling=YEAR, end_time="2026-06-01T00:00:00Z", title="When?")
    assert MetaculusListing.model_validate_json(asked.model_dump_json()) == asked
    assert asked.platform == FORMAT.name == "metaculus"
    assert FORMAT.listing is MetaculusListing
    assert FORMAT.settings is NoSettings


def test_one_bad_question_spoils_the_list() -> None:
    """The platform refuses such a list whole."""
    with pytest.raises(ExportError, match="nothing"):
        FORMAT.export(
            [listing("binary"), listing("binary", id=2, question="nothing")], predicted(binary(0.5)), NoSettings()
        )


def test_a_forecast_may_end_on_the_day_it_speaks_from() -> None:
    end = datetime(START.year, START.month, START.day, 18, tzinfo=UTC)
    assert items(exported(binary(0.5), listing("binary", end_time=end)))[0]["end_time"].startswith("2026-01-01T18")


# Answers of the platform's own code to these, as they were observed when it was run.
STEP = 5e-5
EVEN = [i * 0.005 for i in range(201)]


def moved(*steps: float) -> list[float]:
    """Return an even CDF whose first steps are these; the next takes what they leave."""
    return [0.0, *np.cumsum(steps), *EVEN[len(steps) + 1 :]]


TAKEN = [moved(STEP), moved(4.99996e-5), moved(0.195, *[STEP] * 60), [*EVEN[:-1], 0.99999999999]]
NOT_TAKEN = [
    (moved(4.9999e-5), "step 1 is 4.9999e-05, not from 5e-05 to 0.2"),
    ([0.0, *[0.21 + i * (0.79 / 199) for i in range(200)]], "step 1 is 0.21"),
    ([*EVEN[:-1], 0.999999999], "the CDF is 0.999999999 at the upper end"),
    ([1e-9, *EVEN[1:]], "the CDF is 1e-09 at the lower end"),
    (EVEN[:-1], "there are 200: state one per grid point"),
    ([*EVEN[:100], math.nan, *EVEN[101:]], "step 100 is nan"),
]


@pytest.mark.parametrize("cdf", TAKEN)
def test_cdfs_that_the_platform_takes_pass(cdf: list[float]) -> None:
    require_cdf("here", cdf, Scaling.model_validate(scaling(0, 1)))


@pytest.mark.parametrize(("cdf", "said"), NOT_TAKEN)
def test_cdfs_that_the_platform_refuses_do_not_pass(cdf: list[float], said: str) -> None:
    with pytest.raises(ExportError, match=said):
        require_cdf("here", cdf, Scaling.model_validate(scaling(0, 1)))


@pytest.mark.parametrize("probability", [0.0009999, 0.9990001, 0.0, 1.0, -1.0, 2.0, math.nan])
def test_probabilities_that_the_platform_refuses_do_not_pass(probability: float) -> None:
    with pytest.raises(ExportError, match="probabilities lie from 0.001 to 0.999"):
        require_probability("here", probability)
    with pytest.raises(ExportError, match="probabilities lie from 0.001 to 0.999"):
        require_options("here", {"a": probability, "b": 1.0 - probability}, ["a", "b"])


def test_steps_are_bounded_by_the_number_of_cells() -> None:
    """As the platform has them: 200 cells, and 11, where rounding leads up and nothing is too much; 7 lead down."""
    assert (least_step(200), most_step(200)) == (5e-5, 0.2)
    assert (least_step(11), round(most_step(11), 2)) == (0.000909091, 3.64)
    seven = Scaling.model_validate(scaling(0, 7, inbound_outcome_count=7))
    require_cdf("here", [0.0, *[0.001428571 * i for i in range(1, 7)], 1.0], seven)


def test_open_ends_hold_a_thousandth() -> None:
    wide = Scaling.model_validate(scaling(0, 1, open_lower_bound=True, open_upper_bound=True))
    require_cdf("here", [0.001 + 0.998 * each for each in EVEN], wide)
    with pytest.raises(ExportError, match="0.001 or more lies beyond an open bound"):
        require_cdf("here", [0.0009 + 0.998 * each for each in EVEN], wide)
    with pytest.raises(ExportError, match="the CDF is 0.9991 at the upper end"):
        require_cdf("here", [0.001 + 0.9981 * each for each in EVEN], wide)


def test_options_that_the_platform_refuses_do_not_pass() -> None:
    with pytest.raises(ExportError, match="they sum to 1.1"):
        require_options("here", {"a": 0.5, "b": 0.6}, ["a", "b"])
    with pytest.raises(ExportError, match="state all and no other"):
        require_options("here", {"a": 0.5, "b": 0.5}, ["a", "b", "c"])
