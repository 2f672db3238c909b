"""A stand-in for Cultivate Forecasts, as its API documentation describes it."""

import re
from datetime import datetime
from typing import Any

from tests.api.platforms.fakes import Asked, FakePlatform, Reply
from tests.api.platforms.world import World

TOKEN = "b95b4f848cd226e55b7a42f6a8e8669350730270f5a91d64b6c70328b0156d75"

PAGE = 2


class FakeCultivate(FakePlatform):
    """Takes prediction sets and lists them, two on a page; ``as_text`` writes probabilities as text, as it once did."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.sets: list[dict[str, Any]] = []
        self.as_text = True

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(401, {"error": "The access token is invalid"})
        submitted = re.fullmatch(r"/api/v1/questions/(\d+)/prediction_sets", asked.path)
        if asked.method == "POST" and submitted:
            return self._submit(int(submitted[1]), asked.json()["prediction_set"])
        if asked.method == "GET" and asked.path == "/api/v1/prediction_sets":
            return self._list(asked)
        return Reply(404, {"error": "Not Found"})

    def _submit(self, question: int, body: dict[str, Any]) -> Reply:
        if not body.get("rationale"):
            return Reply(422, {"errors": {"rationale": ["can't be blank"]}})
        self.add(question, 5, body["predictions_attributes"])
        return Reply(201, {"prediction_set": self.sets[-1]})

    def add(self, question: int, membership: int, attributes: list[dict[str, Any]]) -> None:
        """Keep a prediction set, of us or of somebody else."""
        predictions = [
            {
                "answer_id": each["answer_id"],
                "forecasted_probability": self._written(each["forecasted_probability"]),
            }
            for each in attributes
        ]
        self.sets.append(
            {
                "id": 50 + len(self.sets),
                "membership_id": membership,
                "question_id": question,
                "created_at": self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "predictions": predictions,
            }
        )

    def _written(self, probability: float) -> str | float:
        return f"{probability:.4f}" if self.as_text else probability

    def _list(self, asked: Asked) -> Reply:
        asks = asked.query
        after = datetime.fromisoformat(asks["created_after"])
        listed = [
            each
            for each in reversed(self.sets)
            if str(each["question_id"]) == asks["question_id"]
            and str(each["membership_id"]) == asks["membership_id"]
            and datetime.fromisoformat(each["created_at"]) > after
        ]
        first = PAGE * int(asks["page"])
        return Reply(200, {"prediction_sets": listed[first : first + PAGE]})
