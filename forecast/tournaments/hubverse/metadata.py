"""The file that tells the hub about the model: ``model-metadata/<team>-<model>.yml``.

The hub reads it by YAML 1.1, in which ``no``, ``12:30`` and ``2026-01-03`` without quotes are not text. All text is
therefore quoted, which the writer of scenario documents, for YAML 1.2, would not do. Whether the metadata are what the
hub's own ``model-metadata-schema.json`` wants is not looked at here.
"""

import json
import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from forecast.fields import first_unprintable
from forecast.tournaments.exports import Document, ExportError
from forecast.tournaments.hubverse.listing import HubverseSettings

_PLAIN_KEY = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z_][A-Za-z0-9_]*", re.IGNORECASE)
_LINE_ENDS = {"\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P"}
"""Characters that JSON leaves as they are within quotes, and YAML 1.1 takes for the end of a line."""

_PLACE = "hubverse, metadata"


def metadata_document(metadata: Mapping[str, JsonValue], settings: HubverseSettings) -> Document:
    """Return the metadata as a file, its keys in the order given.

    Raises
    ------
    ExportError
        If the model that it tells of is not the one of the settings, or text cannot be written.
    """
    _require_same_model(metadata, settings)
    content = "".join(f"{line}\n" for line in _lines(dict(metadata), ""))
    return Document(f"model-metadata/{settings.model_id}.yml", "application/yaml", content.encode())


def _require_same_model(metadata: Mapping[str, JsonValue], settings: HubverseSettings) -> None:
    """``metadata_file_name``: the file's name is the id of the model in it, or the two abbreviations."""
    if "model_id" in metadata:
        stated = str(metadata["model_id"])
    elif "team_abbr" in metadata and "model_abbr" in metadata:
        stated = f"{metadata['team_abbr']}-{metadata['model_abbr']}"
    else:
        said = "neither model_id nor team_abbr and model_abbr is stated: state them"
        raise ExportError(_PLACE, "metadata_file_name", said)
    if stated != settings.model_id:
        said = f"the metadata are of '{stated}', and the file of '{settings.model_id}': state the same"
        raise ExportError(_PLACE, "metadata_file_name", said)


def _lines(value: dict[str, JsonValue] | list[JsonValue], indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            name = key if _PLAIN_KEY.fullmatch(key) else _quoted(key)
            if isinstance(item, dict | list) and item:
                yield f"{indent}{name}:"
                yield from _lines(item, f"{indent}  ")
            else:
                yield f"{indent}{name}: {_scalar(item)}"
        return
    for item in value:
        if isinstance(item, dict | list) and item:
            first, *others = _lines(item, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from others
        else:
            yield f"{indent}- {_scalar(item)}"


def _scalar(value: JsonValue) -> str:
    if isinstance(value, str):
        return _quoted(value)
    text = json.dumps(value, allow_nan=False)
    # YAML 1.1 knows 1.0e-05 as a number, and 1e-05 as text.
    return re.sub(r"^(-?\d+)e", r"\1.0e", text)


def _quoted(text: str) -> str:
    found = first_unprintable(text)
    if found is not None:
        said = f"the character U+{ord(text[found]):04X} of '{text[:40]}' cannot be printed: remove it"
        raise ExportError(_PLACE, "metadata_matches_schema: YAML", said)
    return "".join(_LINE_ENDS.get(character, character) for character in json.dumps(text, ensure_ascii=False))
