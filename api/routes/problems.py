"""The kinds of problem that answers may name: their type URIs lead here."""

from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from api.http.openapi_parts import problem_answers
from api.http.problem_kinds import KINDS, Kind
from api.http.routers import routes_under

router = routes_under("/problems", "service", needs=(), route_class=APIRoute)


class ProblemKind(BaseModel):
    """One kind of problem."""

    model_config = ConfigDict(frozen=True)

    type: str
    status: int
    title: str
    meaning: str


@router.get("", summary="Every kind of problem")
async def list_problem_kinds() -> list[ProblemKind]:
    """List what can go wrong."""
    return [_described(kind) for kind in KINDS.values()]


@router.get("/{slug}", summary="One kind of problem", responses=problem_answers(404))
async def get_problem_kind(slug: str) -> ProblemKind:
    """Explain the problem that a type URI stands for."""
    if slug not in KINDS:
        raise HTTPException(404)
    return _described(KINDS[slug])


def _described(kind: Kind) -> ProblemKind:
    return ProblemKind(type=kind.type, status=kind.status, title=kind.title, meaning=kind.meaning)
