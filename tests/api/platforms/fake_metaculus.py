"""A stand-in for Metaculus, with the statuses and bodies that its own code was seen to give."""

import math
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.api.platforms.fakes import HTML, Asked, FakePlatform, Reply
from tests.api.platforms.world import World

TOKEN = "0123456789abcdef0123456789abcdef01234567"

FORECAST, WITHDRAW = "/api/questions/forecast/", "/api/questions/withdraw/"


@dataclass
class Question:
    """One question; ``labels`` of a multiple-choice one, ``ever`` with those that were removed."""

    id: int
    post: int
    type: str = "binary"
    labels: tuple[str, ...] = ()
    ever: tuple[str, ...] = ()
    outcomes: int = 200
    closed: bool = False
    forecasts: list[dict[str, Any]] = field(default_factory=list)


class FakeMetaculus(FakePlatform):
    """Takes forecasts, withdrawals and private comments, and shows them.

    ``indexed`` : error bodies have indexes as keys, as the newer framework writes them
    ``forgets_ends`` : lets every forecast stand without an end
    ``dies_after`` : answers 500, once, when so many forecasts of a list have been made
    """

    def __init__(self, world: World, *questions: Question) -> None:
        super().__init__(world)
        self.questions = {question.id: question for question in questions}
        self.comments: list[dict[str, Any]] = []
        self.indexed = False
        self.dies_after: int | None = None
        self.forgets_ends = False

    def values(self, question: int) -> list[Any]:
        """Return the values of all forecasts of a question, in order."""
        return [forecast["forecast_values"] for forecast in self.questions[question].forecasts]

    def answer(self, asked: Asked) -> Reply:
        if not asked.path.endswith("/"):
            return Reply(301, b"", {"Location": f"{asked.path}/"})
        stated = asked.headers.get("authorization")
        if stated is None:
            return Reply(403, {"detail": "Authentication credentials were not provided."})
        if stated != f"Token {TOKEN}":
            return Reply(403, {"detail": "Invalid token."})
        match asked.method, asked.path.strip("/").split("/"):
            case "POST", ["api", "questions", "forecast"]:
                return self._forecast(asked)
            case "POST", ["api", "questions", "withdraw"]:
                return self._withdraw(asked)
            case "POST", ["api", "comments", "create"]:
                return self._comment(asked)
            case "GET", ["api", "posts", number]:
                return self._post(int(number))
            case "GET", ["api", "comments"]:
                return self._comments(asked)
            case "GET", ["api", "users", "me"]:
                return Reply(200, {"id": 41, "username": "branchcast-bot"})
            case "GET", _:
                return Reply(405, {"detail": 'Method "GET" not allowed.'})
        return Reply(404, {"detail": "Not found."})

    def _forecast(self, asked: Asked) -> Reply:
        body = asked.json()
        if not isinstance(body, list):
            return Reply(400, {"non_field_errors": [f'Expected a list of items but got type "{type(body).__name__}".']})
        if not body:
            return Reply(400, ["At least one forecast is required"])
        if any(item.get("continuous_cdf") == [] for item in body):
            return Reply(500, HTML)
        faults = [self._fault(item) for item in body]
        if any(faults):
            return Reply(400, self._listed(faults))
        for item in body:
            if self.questions[item["question"]].closed:
                return Reply(405, {"error": f"Question {item['question']} is already closed to forecasting !"})
        for count, item in enumerate(body):
            if count == self.dies_after:
                self.dies_after = None
                return Reply(500, HTML)
            self._make(self.questions[item["question"]], item)
        return Reply(201)

    def _listed(self, faults: list[dict[str, list[str]]]) -> object:
        if self.indexed:
            return {"non_field_errors": {str(place): fault for place, fault in enumerate(faults) if fault}}
        return {"non_field_errors": faults}

    def _fault(self, item: dict[str, Any]) -> dict[str, list[str]]:
        question = self.questions.get(item["question"])
        if question is None:
            said = f"question with id {item['question']} does not exist. Check if you are forecasting with the Post Id"
            return {"non_field_errors": [f"{said} accidentally instead."]}
        if question.type == "binary":
            inside = 0.001 <= item["probability_yes"] <= 0.999
            said = "probability_yes should be between 0.001 and 0.999 (inclusive)"
            return {} if inside else {"non_field_errors": [said]}
        if question.type == "multiple_choice":
            total = math.fsum(item["probability_yes_per_category"].values())
            near = abs(total - 1) <= 1.001e-5
            return {} if near else {"non_field_errors": [f"Forecast values must sum to 1.0. Received {total}"]}
        cdf, faults = item["continuous_cdf"], []
        if len(cdf) != question.outcomes + 1:
            faults.append(f"continuous_cdf for question {question.id} must have {question.outcomes + 1} values.")
        if any(b - a > 0.2 * 200 / question.outcomes for a, b in pairwise(cdf)):
            faults.append("continuous_cdf must be increasing by no more than 0.2 at every step.")
        return {"non_field_errors": ["\n".join(["CDF Invalid:", *faults, ""])]} if faults else {}

    def _make(self, question: Question, item: dict[str, Any]) -> None:
        now = self.now().timestamp()
        values: list[float | None]
        if question.type == "binary":
            values = [1 - item["probability_yes"], item["probability_yes"]]
        elif question.type == "multiple_choice":
            stated = item["probability_yes_per_category"]
            values = [stated.get(label) for label in question.ever or question.labels]
        else:
            values = [round(value, 10) for value in item["continuous_cdf"]]
        for earlier in question.forecasts:
            if earlier["end_time"] is None or earlier["end_time"] > now:
                earlier["end_time"] = now
        end = item.get("end_time")
        until = None if end is None or self.forgets_ends else datetime.fromisoformat(end).timestamp()
        question.forecasts.append({"start_time": now, "end_time": until, "forecast_values": values})

    def _withdraw(self, asked: Asked) -> Reply:
        now = self.now()
        for item in asked.json():
            at = datetime.fromisoformat(item["withdraw_at"]) if "withdraw_at" in item else now
            if at < now:
                return Reply(405, {"error": f"Withdrawal time {at} cannot be in the past"})
            question = self.questions.get(item["question"])
            if question is None:
                return Reply(400, [f"Wrong question id {None}"])
            for forecast in question.forecasts:
                if forecast["end_time"] is None or forecast["end_time"] > at.timestamp():
                    forecast["end_time"] = at.timestamp()
        return Reply(201)

    def _post(self, number: int) -> Reply:
        questions = [self._shown(each) for each in self.questions.values() if each.post == number]
        if not questions:
            return Reply(404, {"detail": "Not found."})
        post: dict[str, Any] = {"id": number, "title": "A post", "status": "open"}
        if len(questions) == 1:
            return Reply(200, {**post, "question": questions[0]})
        return Reply(200, {**post, "group_of_questions": {"questions": questions}})

    @staticmethod
    def _shown(question: Question) -> dict[str, Any]:
        return {
            "id": question.id,
            "post_id": question.post,
            "title": "A question",
            "type": question.type,
            "options": list(question.labels),
            "all_options_ever": list(question.ever or question.labels),
            "aggregations": {"recency_weighted": {"history": [], "latest": None}},
            "my_forecasts": {
                "history": list(question.forecasts),
                "latest": question.forecasts[-1] if question.forecasts else None,
                "score_data": {},
            },
        }

    def _comment(self, asked: Asked) -> Reply:
        body = asked.json()
        if not body.get("is_private"):
            said = "This account is not allowed to post public comments. Use is_private=true"
            return Reply(403, {"detail": said})
        comment = {
            "id": 900 + len(self.comments),
            "author": {"id": 41},
            "created_at": self.now().isoformat().replace("+00:00", "Z"),
            "text": body["text"].strip(),
            "on_post": body["on_post"],
            "is_private": True,
        }
        self.comments.append(comment)
        return Reply(201, comment)

    def _comments(self, asked: Asked) -> Reply:
        asks = asked.query
        if asks.get("author") != "41":
            return Reply(200, {"results": [], "next": None})
        private = asks.get("is_private") == "true"
        listed = [
            c for c in reversed(self.comments) if str(c["on_post"]) == asks["post"] and c["is_private"] == private
        ]
        return Reply(200, {"results": listed[: int(asks["limit"])], "next": "never null"})
