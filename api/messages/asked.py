"""Fields of request bodies that say which scenario is meant: stored or sent along, with some priors replaced."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from api.http.openapi_parts import DOCUMENT_SCHEMA, PRIOR_SCHEMA
from api.messages.run_settings import RunBody
from forecast.fields import Name, first_unprintable

_OPTIONAL = frozenset({"document"})


def _id_or_document(value: object) -> object:
    if isinstance(value, dict) or (isinstance(value, str) and first_unprintable(value) is None):
        return value
    msg = "state the id of a stored scenario, or a whole document"
    raise ValueError(msg)


IdOrDocument = Annotated[
    Any,
    BeforeValidator(_id_or_document),
    WithJsonSchema({"anyOf": [{"type": "string"}, DOCUMENT_SCHEMA]}),
    Field(description="Id of a stored scenario, or a whole document."),
]
Priors = Annotated[
    dict[Name, dict[str, Any]],
    WithJsonSchema({"type": "object", "additionalProperties": PRIOR_SCHEMA}),
    Field(description="Node → prior that takes the place of the scenario's own; the whole is validated again."),
]


class AskedBody(RunBody):
    """What to forecast without keeping anything; everything but the scenario has a default."""

    scenario: IdOrDocument
    version: Annotated[
        int | None,
        Field(ge=1, le=1_000_000_000, description="Which version of a stored scenario; the newest if left out."),
    ] = None
    priors: Priors = {}
    include: Annotated[
        list[Literal["document"]],
        Field(max_length=1, description="`document` adds the scenario, so that the forecast can be replayed."),
    ] = []

    @property
    def leave_out(self) -> frozenset[str]:
        """Keys of a forecast that are left out of the answer."""
        return _OPTIONAL - set(self.include)
