"""The JSON Schema of scenario documents, for editors that complete and check while an analyst writes."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from forecast.scenario import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    """Leaves out titles that repeat the key and ``default: null``, and closes maps of names against other keys."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        said = super().default_schema(schema)
        return {key: value for key, value in said.items() if (key, value) != ("default", None)}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        said = super().dict_schema(schema)
        return said | {"additionalProperties": False} if "patternProperties" in said else said


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12), generated from the same model that reads documents.

    It accepts every valid document. What must hold between parts (a dangling target, probabilities that
    do not sum to 1) no schema can say; ``read_scenario`` does.
    """
    schema = Scenario.model_json_schema(schema_generator=_Generator)
    return {"$schema": DIALECT, **schema, "title": "branchcast scenario"}
