"""Cultivate Forecasts, the platform of Good Judgment Open: prediction sets are sent.

Rules as in cultivate-hfc/gfc-api-docs, source/includes/_prediction_sets.md. Probabilities come back as numbers or as
text, with four decimals. Which status a new prediction set is answered with is not documented, so that both 200 and 201
count, with the set's id or without.
"""

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import ClassVar

from api.platforms.bodies import read_body
from api.platforms.errors import PayloadError, PlatformRequestError
from api.platforms.found import Fetched, Undecided
from api.platforms.moments import from_iso
from api.platforms.platform import NotReadError, Platform, Sending
from api.platforms.requests import PlatformRequest
from api.platforms.said import Said
from api.platforms.sought import SoughtPredictionSet

NAME = "cultivate"
MADE = (200, 201)

MOST_PAGES = 20
SAME = 5.1e-5
"""Probabilities that differ by less are equal: the platform shows four decimals."""

_LOOK_BACK = timedelta(days=1)
"""How far back prediction sets are listed: more than any clock is wrong."""

_PATH = re.compile(r"/?api/v1/questions/(\d{1,18})/prediction_sets")


def prediction_set_request(path: str, content: bytes | str, membership: int) -> PlatformRequest:
    """Return the request that submits a prediction set.

    Parameters
    ----------
    path : ``api/v1/questions/123/prediction_sets``, as an export's document is named
    content : JSON object with ``prediction_set``, which has ``predictions_attributes``
    membership : ours at the site, by which prediction sets are read back

    Raises
    ------
    PlatformRequestError
        If it is no such path or object.
    """
    named = _PATH.fullmatch(path)
    if named is None:
        raise PlatformRequestError(f"{path[:100]!a} is no path of prediction sets: take the name of the document")
    text, body = read_body(content, "the prediction set")
    try:
        entries = body.at("prediction_set").at("predictions_attributes").items()
        probabilities = {each.at("answer_id").whole(): each.at("forecasted_probability").number() for each in entries}
    except PayloadError as error:
        raise PlatformRequestError(str(error)) from None
    if not probabilities or len(probabilities) < len(entries):
        raise PlatformRequestError("the prediction set has no answer, or one twice: state one entry per answer")
    sought = SoughtPredictionSet(int(named[1]), membership, probabilities)
    return PlatformRequest(NAME, "forecast", "POST", f"/{path.removeprefix('/')}", text, (sought,))


class Cultivate(Platform):
    """A site of Cultivate Forecasts, with the account that a token belongs to."""

    name: ClassVar[str] = NAME
    title: ClassVar[str] = "Cultivate Forecasts"
    settle: ClassVar[float] = 120.0  # suggested: longer than what stands before a server waits for it

    def rest(self, request: PlatformRequest, missing: Collection[int]) -> PlatformRequest:
        return request

    def _ids(self, request: PlatformRequest, status: int, said: Said) -> Mapping[str, str]:
        if status not in MADE:
            raise PayloadError(f"it makes things with {MADE[0]} or {MADE[1]}, not with {status}")
        made = said.get("prediction_set") or said
        number = made.get("id")
        return {} if number is None else {"prediction_set": number.identifier()}

    def _looked_for(
        self, request: PlatformRequest, sending: Sending, attempt: int
    ) -> tuple[tuple[int, ...], dict[str, str]]:
        for sought in request.sought:
            if isinstance(sought, SoughtPredictionSet):
                number = self._prediction_set(sought, sending, attempt)
                return ((0,), {}) if number is None else ((), {"prediction_set": number})
        return (), {}

    def _prediction_set(self, sought: SoughtPredictionSet, sending: Sending, attempt: int) -> str | None:
        """Return the id of a prediction set of ours, None if it is not there."""
        query = {
            "question_id": str(sought.question),
            "membership_id": str(sought.membership),
            "created_after": (sending.first_sent - _LOOK_BACK).isoformat(),
        }
        for page in range(MOST_PAGES):
            fetched = self._read("/api/v1/prediction_sets", {**query, "page": str(page)}, attempt)
            sets = fetched.json.at("prediction_sets").items()
            if not sets:
                return None
            for each in sets:
                number = each.at("id").identifier()
                if _is_set(each, sought, sending, fetched) and number not in sending.known:
                    return number
        raise NotReadError(
            Undecided(f"question {sought.question} has more prediction sets than {MOST_PAGES} pages: look for it there")
        )


def _is_set(said: Said, sought: SoughtPredictionSet, sending: Sending, fetched: Fetched) -> bool:
    """Tell whether a prediction set is what was sent; it may have answers that the platform works out itself."""
    # A site that does not know these parameters lists everybody's.
    ours = said.at("membership_id").whole() == sought.membership and said.at("question_id").whole() == sought.question
    if not ours or not sending.could_be(from_iso(said.at("created_at")), fetched):
        return False
    theirs = {
        each.at("answer_id").whole(): each.at("forecasted_probability").decimal()
        for each in said.at("predictions").items()
    }
    return all(
        answer in theirs and abs(theirs[answer] - probability) <= SAME
        for answer, probability in sought.probabilities.items()
    )
