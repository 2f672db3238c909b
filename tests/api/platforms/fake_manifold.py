"""A stand-in for Manifold, with the statuses and bodies that its code gives."""

from typing import Any

from tests.api.platforms.fakes import Asked, FakePlatform, Reply
from tests.api.platforms.world import World

KEY = "7f4a9c3e-1b2d-4e5f-8a6b-0c1d2e3f4a5b"

_KEYS = {
    *("contractId", "amount", "outcome", "answerId", "limitProb", "expiresAt", "expiresMillisAfter", "silent"),
    *("replyToCommentId", "deps", "deterministic", "dryRun"),
}


class FakeManifold(FakePlatform):
    """Takes orders and cancellations, and lists bets. ``closed`` names markets that are closed."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.bets: list[dict[str, Any]] = []
        self.closed: set[str] = set()
        self.balance = 1_000.0

    def answer(self, asked: Asked) -> Reply:
        match asked.method, asked.path.strip("/").split("/"):
            case "GET", ["v0", "bets"]:
                return self._list(asked)
            case _, ["v0", *_] if asked.headers.get("authorization") != f"Key {KEY}":
                key = asked.headers.get("authorization", "").partition(" ")[2]
                return Reply(401, {"message": f"No private user exists with API key {key}."})
            case "GET", ["v0", "me"]:
                return Reply(200, {"id": "user-1", "username": "branchcast"})
            case "POST", ["v0", "bet"]:
                return self._bet(asked.json())
            case "POST", ["v0", "bet", "cancel", number]:
                return self._cancel(number)
        return Reply(404, {"message": "This is the Manifold API server. You have reached an unknown endpoint."})

    def _bet(self, body: dict[str, Any]) -> Reply:
        faults: list[dict[str, str | None]] = [
            {"field": None, "error": f"Unrecognized key(s) in object: '{key}'"} for key in body.keys() - _KEYS
        ]
        if body["amount"] < 1:
            faults.append({"field": "amount", "error": "Number must be greater than or equal to 1"})
        if faults:
            return Reply(400, {"message": "Error validating request.", "details": faults})
        if body["contractId"] in self.closed:
            return Reply(403, {"message": "Trading is closed."})
        if body["amount"] > self.balance:
            return Reply(403, {"message": "Insufficient balance."})
        if body.get("dryRun"):
            return Reply(200, {**body, "betId": "dry-run"})
        bet = {
            "id": f"bet-{len(self.bets) + 1}",
            "userId": "user-1",
            "createdTime": int(self.now().timestamp() * 1_000),
            "orderAmount": body["amount"],
            "isFilled": False,
            "isCancelled": False,
            **{key: value for key, value in body.items() if key in ("contractId", "answerId", "outcome", "limitProb")},
            "amount": 0.25 * body["amount"],
        }
        self.bets.append(bet)
        self.balance -= body["amount"]
        return Reply(200, {**bet, "betId": bet["id"]})

    def _cancel(self, number: str) -> Reply:
        for bet in self.bets:
            if bet["id"] == number:
                if bet["isCancelled"]:
                    return Reply(403, {"message": "Bet already cancelled"})
                bet["isCancelled"] = True
                return Reply(200, bet)
        return Reply(404, {"message": "Bet not found"})

    def _list(self, asked: Asked) -> Reply:
        asks = asked.query
        if "id" in asks:
            return Reply(200, [bet for bet in self.bets if bet["id"] == asks["id"]])
        listed = [
            bet
            for bet in reversed(self.bets)
            if bet["userId"] == asks["userId"]
            and bet["contractId"] == asks["contractId"]
            and bet["createdTime"] > int(asks["afterTime"])
        ]
        return Reply(200, listed[: int(asks["limit"])])
