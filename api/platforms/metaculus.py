"""Metaculus: forecasts, withdrawals and private comments are sent; posts are read.

Rules as in Metaculus/metaculus: questions/views.py, questions/services/forecasts.py, comments/views/common.py. A list
of forecasts is checked as a whole before any is made, so that a refusal means that nothing was done; but they are not
made in one transaction, so that an error of the server may leave a part of them behind.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from api.platforms.answers import Outcome, Reason, Refused, TryAgain
from api.platforms.errors import PayloadError
from api.platforms.found import Fetched, Undecided
from api.platforms.judging import usual_reason
from api.platforms.metaculus_forecasts import forecast_found, is_withdrawn
from api.platforms.metaculus_posts import question_in
from api.platforms.metaculus_requests import NAME, rest_of
from api.platforms.moments import from_iso
from api.platforms.platform import NotReadError, Platform, Sending
from api.platforms.requests import PlatformRequest
from api.platforms.said import Said
from api.platforms.sought import Sought, SoughtCdf, SoughtComment, SoughtOptions, SoughtProbability, SoughtWithdrawal
from api.platforms.wire import Answered

CREATED = 201

MOST_COMMENTS = 100
"""The platform lists no more at once."""

_NAMED = re.compile(r"\bquestion (?:with )?(?:id )?(\d{1,18})\b", re.IGNORECASE)
_OF_THE_TOKEN = ("credentials", "invalid token", "token_not_valid", "token not valid")


class Metaculus(Platform):
    """Metaculus, with the account that a token belongs to."""

    name: ClassVar[str] = NAME
    title: ClassVar[str] = "Metaculus"
    settle: ClassVar[float] = 120.0  # suggested: longer than what stands before a server waits for it

    def fetch_post(self, post: int, *, with_cp: bool = False, attempt: int = 1) -> Fetched | Refused | TryAgain:
        """Read a post: its questions, our forecasts, and the community prediction if it is asked for.

        Its JSON is what the format ``metaculus`` builds listings from.
        """
        return self.fetch(_post_path(post), {"with_cp": "true"} if with_cp else {}, attempt=attempt)

    def rest(self, request: PlatformRequest, missing: Collection[int]) -> PlatformRequest:
        return rest_of(request, missing)

    def _ids(self, request: PlatformRequest, status: int, said: Said) -> Mapping[str, str]:
        if status != CREATED:
            raise PayloadError(f"it makes things with {CREATED}, not with {status}")
        if request.kind == "comment":
            return {"comment": said.at("id").identifier()}
        said.members()  # an object, which is all that it says
        return {}

    def _reason(self, answer: Answered) -> Reason:
        text = answer.text.lower()
        # It answers 403 where others answer 401.
        if answer.status in (401, 403):
            return "credentials" if any(words in text for words in _OF_THE_TOKEN) else "forbidden"
        if answer.status != 405 or ("method" in text and "not allowed" in text):
            return usual_reason(answer)
        return "invalid" if "withdrawal time" in text else "closed"

    def _refined(self, request: PlatformRequest, outcome: Outcome) -> Outcome:
        """Give each fault the item whose question it names; the platform itself does not always say which it is."""
        if not isinstance(outcome, Refused):
            return outcome
        places = {str(question): place for place, question in _questions(request)}
        faults = []
        for fault in outcome.faults:
            named = _NAMED.search(fault.message)
            item = places.get(named[1]) if named and fault.item is None else fault.item
            faults.append(replace(fault, item=item))
        return replace(outcome, faults=tuple(faults))

    def _looked_for(
        self, request: PlatformRequest, sending: Sending, attempt: int
    ) -> tuple[tuple[int, ...], dict[str, str]]:
        missing: list[int] = []
        ids: dict[str, str] = {}
        posts: dict[int, Fetched] = {}
        for place, sought in enumerate(request.sought):
            if isinstance(sought, SoughtComment):
                comment = self._comment(sought, sending, attempt)
                if comment is not None:
                    ids["comment"] = comment
                    continue
            elif isinstance(sought, SoughtProbability | SoughtOptions | SoughtCdf | SoughtWithdrawal):
                if sought.post not in posts:
                    posts[sought.post] = self._read(_post_path(sought.post), None, attempt)
                found = _found(sought, posts[sought.post], sending)
                if found is not None:
                    ids |= found
                    continue
            missing.append(place)
        return tuple(missing), ids

    def _comment(self, sought: SoughtComment, sending: Sending, attempt: int) -> str | None:
        """Return the id of a private comment of ours, None if it is not there."""
        author = self._read("/api/users/me/", None, attempt).json.at("id").identifier()
        query = {
            "post": str(sought.post),
            "author": author,
            "is_private": "true",
            "sort": "-created_at",
            "limit": str(MOST_COMMENTS),
        }
        fetched = self._read("/api/comments/", query, attempt)
        listed = fetched.json.at("results").items()
        since = [each for each in listed if sending.could_be(from_iso(each.at("created_at")), fetched)]
        for each in since:
            number = each.at("id").identifier()
            # The platform cuts white space off both ends.
            if each.at("text").text().strip() == sought.text.strip() and number not in sending.known:
                return number
        if len(since) >= MOST_COMMENTS:
            raise NotReadError(
                Undecided(
                    f"post {sought.post} has more new comments of ours than the platform lists: look for it there"
                )
            )
        return None


def _found(sought: Sought, fetched: Fetched, sending: Sending) -> dict[str, str] | None:
    """Return the ids of what is there, None if it is not."""
    match sought:
        case SoughtProbability() | SoughtOptions() | SoughtCdf():
            found = forecast_found(sought, question_in(fetched.json, sought.question), sending, fetched)
            return None if found is None else {f"forecast of {sought.question}": found}
        case SoughtWithdrawal():
            gone = is_withdrawn(sought, question_in(fetched.json, sought.question), sending, fetched)
            return {} if gone else None
    raise PayloadError(f"Metaculus has no {sought.look}")


def _questions(request: PlatformRequest) -> Iterator[tuple[int, int]]:
    for place, sought in enumerate(request.sought):
        if isinstance(sought, SoughtProbability | SoughtOptions | SoughtCdf | SoughtWithdrawal):
            yield place, sought.question


def _post_path(post: int) -> str:
    return f"/api/posts/{post}/"
