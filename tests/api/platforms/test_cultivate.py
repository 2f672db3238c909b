"""Prediction sets at Cultivate Forecasts: what is accepted and refused, and which set of ours is the one sent."""

import json
from datetime import timedelta

import pytest

from api.platforms.answers import Accepted, Refused, Unclear
from api.platforms.cultivate import MOST_PAGES, Cultivate, prediction_set_request
from api.platforms.errors import PlatformRequestError
from api.platforms.faults import PlatformFault
from api.platforms.found import Arrived, LookAgain, NotArrived, Undecided
from api.platforms.platform import Sending
from api.platforms.requests import PlatformRequest
from api.platforms.sought import SoughtPredictionSet
from tests.api.platforms.connecting import connected
from tests.api.platforms.fake_cultivate import TOKEN, FakeCultivate
from tests.api.platforms.fakes import Reply
from tests.api.platforms.world import START, World

SENT = Sending(START, START)
PATH = "api/v1/questions/123/prediction_sets"


def predictions(*probabilities: float, rationale: str = "By the scenario.") -> PlatformRequest:
    entries = [{"answer_id": 140 + n, "forecasted_probability": p} for n, p in enumerate(probabilities)]
    body = {"prediction_set": {"rationale": rationale, "predictions_attributes": entries}}
    return prediction_set_request(PATH, json.dumps(body), membership=5)


def test_a_prediction_set_is_accepted_with_its_id(cultivate: Cultivate, cultivate_site: FakeCultivate) -> None:
    request = predictions(0.42, 0.58)
    assert request.sought == (SoughtPredictionSet(123, 5, {140: 0.42, 141: 0.58}),)
    outcome = cultivate.submit(request)
    assert isinstance(outcome, Accepted)
    assert outcome.ids == {"prediction_set": "50"}
    (asked,) = cultivate_site.asked
    assert (asked.path, asked.headers["authorization"]) == (f"/{PATH}", f"Bearer {TOKEN}")
    assert asked.body.decode() == request.body


@pytest.mark.parametrize(
    ("body", "ids"),
    [({}, {}), ({"id": 9}, {"prediction_set": "9"}), ({"prediction_set": {"id": 9}}, {"prediction_set": "9"})],
)
def test_what_an_acceptance_says_is_not_documented(
    cultivate: Cultivate, cultivate_site: FakeCultivate, body: dict[str, object], ids: dict[str, str]
) -> None:
    for status in (200, 201):
        cultivate_site.script = [Reply(status, body)]
        outcome = cultivate.submit(predictions(0.42))
        assert isinstance(outcome, Accepted)
        assert outcome.ids == ids
    cultivate_site.script = [Reply(202, body)]
    assert isinstance(cultivate.submit(predictions(0.42)), Unclear)


def test_a_refusal_says_what_is_wrong(cultivate: Cultivate, cultivate_site: FakeCultivate) -> None:
    outcome = cultivate.submit(predictions(0.42, rationale=""))
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.status) == ("invalid", 422)
    assert outcome.faults == (PlatformFault("can't be blank", field="rationale"),)
    with connected(Cultivate, cultivate_site, token="0" * 64) as platform:
        outcome = platform.submit(predictions(0.42))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "credentials"


@pytest.mark.parametrize("as_text", [False, True])
def test_a_set_is_found_with_probabilities_as_numbers_or_as_text(
    cultivate: Cultivate, cultivate_site: FakeCultivate, world: World, as_text: bool
) -> None:
    cultivate_site.as_text = as_text
    cultivate.submit(predictions(0.3333, 0.6667))
    world.sleep(120)
    assert cultivate.read_back(predictions(0.3333, 0.6667), SENT) == Arrived({"prediction_set": "50"})
    assert cultivate.read_back(predictions(0.3334, 0.6666), SENT) == NotArrived((0,))
    assert cultivate.read_back(predictions(0.3333), SENT) == Arrived({"prediction_set": "50"})
    assert cultivate.read_back(predictions(0.3333, 0.6667, 0.0), SENT) == NotArrived((0,))


def test_a_set_is_found_on_a_later_page(cultivate: Cultivate, cultivate_site: FakeCultivate, world: World) -> None:
    cultivate.submit(predictions(0.1))
    for probability in (0.2, 0.3, 0.4, 0.5):
        cultivate.submit(predictions(probability))
    world.sleep(120)
    assert cultivate.read_back(predictions(0.1), SENT) == Arrived({"prediction_set": "50"})
    assert [asked.query["page"] for asked in cultivate_site.sent("GET")] == ["0", "1", "2"]
    assert cultivate.read_back(predictions(0.1), Sending(START, START, {"50"})) == NotArrived((0,))


def test_sets_of_others_and_from_before_are_not_what_was_sent(
    cultivate: Cultivate, cultivate_site: FakeCultivate, world: World
) -> None:
    cultivate_site.ahead = timedelta(minutes=30)
    cultivate.submit(predictions(0.42))
    everybodys = [{"answer_id": 140, "forecasted_probability": 0.42}]
    world.sleep(60)
    later = Sending(world.now(), world.now())
    cultivate_site.add(123, 6, everybodys)
    cultivate_site.add(124, 5, everybodys)
    world.sleep(119)
    assert isinstance(cultivate.read_back(predictions(0.42), later), LookAgain)
    world.sleep(1)
    assert cultivate.read_back(predictions(0.42), later) == NotArrived((0,))
    everything = {"prediction_sets": list(cultivate_site.sets)}
    cultivate_site.script = [Reply(200, everything), Reply(200, {"prediction_sets": []})]
    assert cultivate.read_back(predictions(0.42), later) == NotArrived((0,)), "also where the site filters nothing"


def test_what_did_not_arrive_is_sent_as_it_was(cultivate: Cultivate) -> None:
    request = predictions(0.42, 0.58)
    assert cultivate.rest(request, (0,)) is request


def test_a_site_that_never_comes_to_an_end_is_left_to_a_person(
    cultivate: Cultivate, cultivate_site: FakeCultivate, world: World
) -> None:
    cultivate.submit(predictions(0.1))
    world.sleep(120)
    cultivate_site.script = [Reply(200, {"prediction_sets": list(cultivate_site.sets)})] * MOST_PAGES
    assert isinstance(cultivate.read_back(predictions(0.42), SENT), Undecided)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("api/v1/questions/1/scores", '{"prediction_set": {"predictions_attributes": []}}'),
        ("//elsewhere/api/v1/questions/1/prediction_sets", "{}"),
        (PATH, "{}"),
        (PATH, '{"prediction_set": {"predictions_attributes": []}}'),
        (PATH, '{"prediction_set": {"predictions_attributes": [{"answer_id": 1, "forecasted_probability": "1"}]}}'),
        (
            PATH,
            '{"prediction_set": {"predictions_attributes": [{"answer_id": 1, "forecasted_probability": 0.5},'
            '{"answer_id": 1, "forecasted_probability": 0.5}]}}',
        ),
    ],
)
def test_what_is_no_prediction_set_is_refused(path: str, body: str) -> None:
    with pytest.raises(PlatformRequestError):
        prediction_set_request(path, body, membership=5)
