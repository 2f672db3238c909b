"""Listings read from posts: as the platform returns them, single, grouped and conditional, on its own grid."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from forecast.tournaments.exports import ExportError
from forecast.tournaments.listings import DayPart, HalfPart
from forecast.tournaments.metaculus import MetaculusListing, listings_of, platform_sides
from tests.forecast.tournaments.metaculus_checks import NEW_YEAR_2026, NEW_YEAR_2027

Json = dict[str, Any]


def question(number: int, kind: str, **parts: Any) -> Json:  # noqa: ANN401 -- as the platform has them
    """Return a question as the server writes it, with some of what listings do not need."""
    nothing = {"range_min": None, "range_max": None, "zero_point": None, "continuous_range": None}
    stated = {
        "id": number,
        "post_id": 40,
        "title": f"Question {number}",
        "type": kind,
        "status": "open",
        "options": None,
        "scaling": nothing,
        "my_forecasts": {"history": [], "latest": None},
    }
    return {**stated, **parts}


def post(**parts: Any) -> Json:  # noqa: ANN401 -- as the platform has them
    return {"id": 40, "status": "open", "slug": "a-post", "projects": {}, **parts}


def told_scaling(low: float, high: float, count: int | None = None, zero: float | None = None) -> Json:
    """Return a scaling as the server computes it, with its formula as it is written."""
    at = np.linspace(0.0, 1.0, (count or 200) + 1)
    if zero is None:
        points = low + (high - low) * at
    else:
        ratio = (high - zero) / (low - zero)
        points = low + (high - low) * (ratio**at - 1) / (ratio - 1)
    return {
        "range_min": low,
        "range_max": high,
        "nominal_min": low,
        "nominal_max": high,
        "zero_point": zero,
        "open_lower_bound": False,
        "open_upper_bound": True,
        "inbound_outcome_count": count,
        "continuous_range": points.tolist(),
    }


def told_dates() -> Json:
    scaling = told_scaling(NEW_YEAR_2026, NEW_YEAR_2027)
    moments = [datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z") for at in scaling["continuous_range"]]
    return {**scaling, "continuous_range": moments}


NUMERIC = post(question=question(7, "numeric", scaling=told_scaling(1, 1e6, zero=0.0)))


def one(told: Json, **ours: Any) -> MetaculusListing:  # noqa: ANN401 -- as a document has them
    [found] = listings_of(told, {7: {"question": "ours", **ours}})
    return found


def test_a_question_is_read_with_what_forecasts_need() -> None:
    found = one(post(question=question(7, "binary")))
    assert (found.id, found.post, found.type, found.title) == (7, 40, "binary", "Question 7")
    assert (found.question, found.status, found.part, found.scaling, found.labels) == ("ours", "open", None, None, None)


def test_options_keep_their_order_and_letters() -> None:
    told = post(question=question(7, "multiple_choice", options=["Zwei", "ein", "0 or none"]))
    found = one(told, options={"ein": "one"})
    assert found.labels == ("Zwei", "ein", "0 or none")
    assert found.options == {"ein": "one"}


@pytest.mark.parametrize(
    "scaling",
    [
        told_scaling(0, 30_000),
        told_scaling(1, 1e6, zero=0.0),
        told_scaling(0, 1, zero=-1e-6),
        told_scaling(0, 1, zero=-1e7),
        told_scaling(-0.5, 92.5, 93),
    ],
)
def test_the_grid_is_the_platforms(scaling: Json) -> None:
    found = one(post(question=question(7, "numeric", scaling=scaling))).scaling
    assert found is not None
    assert found.model_dump() == {key: value for key, value in scaling.items() if key in type(found).model_fields}


def test_dates_are_read_in_seconds() -> None:
    found = one(post(question=question(7, "date", scaling=told_dates()))).scaling
    assert found is not None
    assert (found.range_min, found.range_max, found.outcomes) == (NEW_YEAR_2026, NEW_YEAR_2027, 200)


def test_a_grid_and_a_title_need_not_be_told() -> None:
    found = one(without(without(NUMERIC, "question", "scaling", "continuous_range"), "question", "title"))
    assert found.title is None
    assert found.scaling == one(NUMERIC).scaling


def test_bounds_that_do_not_say_are_closed() -> None:
    """The server tests for truth: what is null is not open."""
    silent = {**told_scaling(0, 1), "open_lower_bound": None, "open_upper_bound": None}
    found = one(post(question=question(7, "numeric", scaling=silent))).scaling
    assert found is not None
    assert not found.open_lower_bound
    assert not found.open_upper_bound


def test_questions_of_a_group_are_listed_as_far_as_they_are_answered() -> None:
    group = {"questions": [question(n, "binary") for n in (5, 6, 7)]}
    ours = {
        7: {"question": "when", "part": {"by": "2026-06-30"}},
        5: {"question": "when", "part": {"by": "2026-03-31"}},
    }
    found = listings_of(post(group_of_questions=group), ours)
    assert [(each.id, each.part) for each in found] == [
        (5, DayPart(by=date(2026, 3, 31))),
        (7, DayPart(by=date(2026, 6, 30))),
    ]


def test_halves_of_a_pair_ask_for_their_part() -> None:
    pair = {
        "condition": question(1, "binary"),
        "condition_child": question(2, "binary"),
        "question_yes": question(3, "binary"),
        "question_no": question(4, "binary"),
    }
    found = listings_of(post(conditional=pair), {3: {"question": "if"}, 4: {"question": "if"}})
    assert [(each.id, each.part) for each in found] == [(3, HalfPart(given=True)), (4, HalfPart(given=False))]


@pytest.mark.parametrize(
    ("of_post", "of_question", "known"),
    [
        ("open", "open", "open"),
        ("open", "resolved", "resolved"),
        ("closed", "open", "closed"),
        ("pending", "upcoming", "pending"),
        ("open", "upcoming", "upcoming"),
        ("upcoming", None, "upcoming"),
        (None, None, "open"),
    ],
)
def test_what_is_closed_in_one_place_is_closed(of_post: str | None, of_question: str | None, known: str) -> None:
    told = post(question=question(7, "binary", status=of_question), status=of_post)
    assert platform_sides(told)[7]["status"] == known


def without(told: Json, *path: str) -> Json:
    changed = deepcopy(told)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return changed


def scaled(**parts: Any) -> Json:  # noqa: ANN401 -- as the platform has them
    return post(question=question(7, "numeric", scaling={**told_scaling(0, 200), **parts}))


UNREADABLE: list[tuple[Callable[[], object], str]] = [
    (lambda: one(post(notebook={})), "metaculus, post 40: it holds no question, group or conditional pair"),
    (lambda: one(without(NUMERIC, "id")), "metaculus, post None: it cannot be read: id: Field required"),
    (lambda: one(without(NUMERIC, "question", "type")), "question.type: Field required"),
    (lambda: one(post(question=question(7, "ranking"))), "question.type: Input should be 'binary', 'multiple_choice'"),
    (lambda: one(without(NUMERIC, "question", "scaling")), "post 40, question 7: its scaling cannot be read"),
    (lambda: one(post(question=question(7, "numeric"))), "its scaling cannot be read: range_min: Input should be"),
    (lambda: one(post(question=question(7, "multiple_choice"))), "it cannot be made: "),
    (lambda: one(scaled(continuous_range=[0.0, 1.0])), "it has 2 of them, and ours are 201: read the post again"),
    (lambda: one(scaled(inbound_outcome_count=100)), "it has 201 of them, and ours are 101"),
    (lambda: one(scaled(zero_point=-1e3)), "the scale is of a kind that is not known here"),
    (
        lambda: one(scaled(continuous_range=[*range(100), 100.002, *range(101, 201)])),
        "point 101 lies at 100.002, and ours at 100.0",
    ),
    (lambda: listings_of(NUMERIC, {8: {"question": "q"}}), "it has no question '8': its questions are '7'"),
    (lambda: one(NUMERIC, type="date"), "the platform tells 'type' itself: leave it out of our side"),
    (lambda: one(NUMERIC, labels=["a", "b"]), "it cannot be made: Value error, 'labels' belongs to a question"),
    (lambda: one(NUMERIC, comments=True), "it cannot be made: comments: Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("made", "said"), UNREADABLE)
def test_what_cannot_be_read_is_refused_with_its_place(made: Callable[[], object], said: str) -> None:
    with pytest.raises(ExportError) as refused:
        made()
    assert said in str(refused.value)


def test_a_grid_may_lose_digits_as_the_platforms_does() -> None:
    """A thousandth of a cell is neither another scale nor worth a refusal."""
    one(scaled(continuous_range=[*range(100), 100.0005, *range(101, 201)]))
