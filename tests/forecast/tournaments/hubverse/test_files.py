"""The documents: their names, CSV and Parquet as other programs read them, and the model's metadata."""

import csv
import io
import re
import sys
from datetime import date
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML

from forecast.tournaments.exports import Export, ExportError
from forecast.tournaments.hubverse import FORMAT, HubverseListing, HubverseSettings
from tests.forecast.tournaments.hubverse.hubs import ADMIN, choice, exported, listing, predicted, settings, tasks

OF = predicted(
    {"w1": np.arange(50.0) / 4, "w2": np.arange(50.0)},
    others=[choice("state", none=0.5, talks=0.3, deal=0.2)],
)
ASKED = [
    listing("w1", "launches", output_types=["mean", "quantile", "sample"]),
    listing("w2", "launches", 2, output_types=["mean", "quantile", "sample"]),
    listing("state", "state of talks", options={"a deal, signed": "deal"}),
]


def parquet_of(export: Export) -> Any:  # noqa: ANN401 -- pyarrow has no types
    return import_module("pyarrow.parquet").read_table(io.BytesIO(export.documents[0].content))


def test_documents_are_named_as_the_hub_wants_them() -> None:
    export, _ = exported(ASKED, OF, settings(samples=5, metadata={"model_id": "brc-worlds"}))
    assert [(each.name, each.media_type) for each in export.documents] == [
        ("model-output/brc-worlds/2026-01-03-brc-worlds.csv", "text/csv; charset=utf-8"),
        ("model-metadata/brc-worlds.yml", "application/yaml"),
    ]
    # The pattern of hubValidations, parse_file_name.R.
    stem = export.documents[0].name.rpartition("/")[2].removesuffix(".csv")
    assert re.fullmatch(r"((\d{4}-\d{2}-\d{2})|[A-Za-z0-9_]+)-([A-Za-z0-9_]+)-([A-Za-z0-9_]+)", stem)


def test_a_csv_file_is_read_by_the_csv_module() -> None:
    export, _ = exported(ASKED, OF, settings(samples=5))
    text = export.documents[0].content.decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == [
        *("origin_date", "target", "horizon", "location", "target_end_date"),
        *("output_type", "output_type_id", "value"),
    ]
    assert text.endswith("\n")
    assert "\r" not in text
    assert rows[0] == ["2026-01-03", "launches", "1", "KR", "2026-01-10", "mean", "NA", "6.125"]
    assert [row[6] for row in rows if row[5] == "pmf"] == ["none", "talks", "a deal, signed"]
    assert {row[5] for row in rows if row[6] == "NA"} == {"mean"}


def test_arrow_reads_a_csv_file_with_the_types_of_the_hub() -> None:
    arrow, read = import_module("pyarrow"), import_module("pyarrow.csv")
    export, _ = exported(ASKED, OF, settings(samples=5))
    types = {
        "origin_date": arrow.date32(),
        "target": arrow.string(),
        "horizon": arrow.int32(),
        "location": arrow.string(),
        "target_end_date": arrow.date32(),
        "output_type": arrow.string(),
        "output_type_id": arrow.string(),
        "value": arrow.float64(),
    }
    options = read.ConvertOptions(column_types=types, null_values=["", "NA"], strings_can_be_null=True)
    table = read.read_csv(io.BytesIO(export.documents[0].content), convert_options=options)
    assert table.column("output_type_id").null_count == 2
    assert table.num_rows == 2 * (1 + 9 + 5) + 3


def test_a_parquet_file_has_the_types_of_the_hub_and_the_rows_of_the_csv_file() -> None:
    export, rows = exported(ASKED, OF, settings(samples=5))
    table = parquet_of(FORMAT.export(ASKED, OF, settings(samples=5, file_format="parquet")))
    assert {field.name: str(field.type) for field in table.schema} == {
        "origin_date": "date32[day]",
        "target": "string",
        "horizon": "int32",
        "location": "string",
        "target_end_date": "date32[day]",
        "output_type": "string",
        "output_type_id": "string",
        "value": "double",
    }
    first = table.slice(0, 1).to_pylist()[0]
    assert first["origin_date"] == date(2026, 1, 3)
    assert first["output_type_id"] is None
    assert table.column("value").to_pylist() == [float(row["value"]) for row in rows]
    assert [each or "NA" for each in table.column("output_type_id").to_pylist()] == [r["output_type_id"] for r in rows]
    assert (
        export.documents[0].name.replace(".csv", ".parquet") == "model-output/brc-worlds/2026-01-03-brc-worlds.parquet"
    )


@pytest.mark.parametrize(
    ("kept", "ids", "values"),
    [({"quantile", "sample"}, "double", "double"), ({"sample"}, "int32", "int32"), ({"mean"}, "string", "double")],
)
def test_ids_and_values_of_parquet_have_the_simplest_type(kept: set[str], ids: str, values: str) -> None:
    launches: dict[str, Any] = tasks()["rounds"][0]["model_tasks"][2]
    launches["output_type"] = {name: of for name, of in launches["output_type"].items() if name in kept}
    asked = [listing("w1", "launches", output_types=sorted(kept))]
    table = parquet_of(FORMAT.export(asked, OF, settings({"~": [launches]}, file_format="parquet")))
    assert [str(table.schema.field(name).type) for name in ("output_type_id", "value")] == [ids, values]


def test_without_pyarrow_parquet_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match=re.escape("install branchcast[parquet], or choose csv")):
        FORMAT.export(ASKED, OF, settings(file_format="parquet"))


def test_a_format_that_the_hub_does_not_take_is_refused() -> None:
    with pytest.raises(ExportError, match="file_format is csv, and the hub takes parquet: choose another"):
        FORMAT.export(ASKED, OF, settings({"/rounds/0/file_format": ["parquet"]}))
    with pytest.raises(ExportError, match="file_format is parquet, and the hub takes csv: choose another"):
        FORMAT.export(ASKED, OF, settings(file_format="parquet", admin=ADMIN | {"file_format": ["csv"]}))
    FORMAT.export(ASKED, OF, settings(file_format="parquet", admin=None))


def renamed(location: str) -> tuple[list[HubverseListing], dict[str, object]]:
    where: dict[str, object] = {"~/0/task_ids/location": {"required": None, "optional": [location]}}
    return [listing("state", "state of talks", location=location, options={"a deal, signed": "deal"})], where


@pytest.mark.parametrize("location", ["NA", "two\nlines"])
def test_text_that_a_csv_file_cannot_say_is_refused(location: str) -> None:
    """Namibia's code reads as nothing in CSV, and is itself in Parquet."""
    asked, where = renamed(location)
    with pytest.raises(ExportError, match="in a CSV file would be read as nothing, or as two lines: choose parquet"):
        FORMAT.export(asked, OF, settings(where))
    table = parquet_of(FORMAT.export(asked, OF, settings(where, file_format="parquet")))
    assert set(table.column("location").to_pylist()) == {location}


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf")), min_size=1).filter(lambda text: not text.isspace())
)
def test_any_other_text_survives_a_csv_file(location: str) -> None:
    asked, where = renamed(location)
    _, rows = exported(asked, OF, settings(where))
    assert {row["location"] for row in rows} == {location}


def test_a_round_that_no_file_can_be_named_after_is_refused() -> None:
    odd = {f"~/{n}/task_ids/origin_date": {"required": None, "optional": ["2026-W01"]} for n in range(4)}
    asked = listing("w1", "launches")
    asked = asked.model_copy(update={"task_ids": {**asked.task_ids, "origin_date": "2026-W01"}})
    with pytest.raises(ExportError, match="round_id '2026-W01' is neither YYYY-MM-DD nor of letters") as refused:
        FORMAT.export([asked], OF, settings(odd, round_id="2026-W01"))
    assert refused.value.rule == "file_name"


def test_a_round_with_a_name_of_its_own_names_the_file() -> None:
    named = {"/rounds/0/round_id_from_variable": False, "/rounds/0/round_id": "round_1"}
    export, _ = exported(ASKED[2:], OF, settings(named, round_id="round_1"))
    assert export.documents[0].name == "model-output/brc-worlds/round_1-brc-worlds.csv"


@pytest.mark.parametrize("team", ["a-b", "", "a b", "a+b"])
def test_a_team_that_would_part_the_file_name_is_refused(team: str) -> None:
    with pytest.raises(ValidationError, match="team"):
        settings(team=team)


METADATA: dict[str, Any] = {
    "team_name": "Branchcast: worlds & draws",
    "team_abbr": "brc",
    "model_name": "no",
    "model_abbr": "worlds",
    "model_contributors": [
        {"name": 'A. "Quoted" Person', "affiliation": "#1, é 😀", "orcid": "0000-0002-1825-0097"},
        {"name": "B", "affiliation": None, "email": "b@example.org"},
    ],
    "license": "CC-BY-4.0",
    "designated_model": True,
    "methods": "One line\nand another: 12:30\u2028then\x85end",
    "on": "2026-01-03",
    "website_url": "~",
    "shares": [0.5, 1e-05, 1e22, -3, [], {}, ["nested", {"deep": [1]}]],
}


@pytest.mark.parametrize("version", [(1, 1), (1, 2)])
def test_metadata_read_back_the_same_by_both_versions_of_yaml(version: tuple[int, int]) -> None:
    export, _ = exported(ASKED, OF, settings(samples=5, metadata=METADATA))
    content = export.documents[1].content
    reader = YAML(typ="safe", pure=True)
    reader.version = version
    assert reader.load(content.decode()) == METADATA
    assert content.endswith(b"\n")


def test_keys_that_are_yes_or_no_to_some_readers_are_quoted() -> None:
    export, _ = exported(ASKED, OF, settings(samples=5, metadata={"model_id": "brc-worlds", "y": 1, "No": 2, "n_o": 3}))
    assert export.documents[1].content == b'model_id: "brc-worlds"\n"y": 1\n"No": 2\nn_o: 3\n'


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"team_name": "x"}, "neither model_id nor team_abbr and model_abbr is stated: state them"),
        ({"model_id": "brc-other"}, "the metadata are of 'brc-other', and the file of 'brc-worlds': state the same"),
        ({"team_abbr": "brc", "model_abbr": "other"}, "the metadata are of 'brc-other'"),
        ({"model_id": "brc-worlds", "x": "a\u0000b"}, "the character U+0000 of 'a\u0000b' cannot be printed"),
    ],
)
def test_metadata_of_another_model_or_that_cannot_be_written_are_refused(metadata: dict[str, str], said: str) -> None:
    with pytest.raises(ExportError) as refused:
        exported(ASKED, OF, settings(samples=5, metadata=metadata))
    assert said in str(refused.value)


def test_settings_and_listings_are_what_json_says() -> None:
    """They come from a request's body or a file: both survive the way through JSON."""
    asked = ASKED[0].model_copy(update={"thresholds": {"W1": date(2026, 1, 4), "few": 2.0}})
    assert HubverseListing.model_validate_json(asked.model_dump_json()) == asked
    stated = settings(metadata=METADATA)
    assert HubverseSettings.model_validate_json(stated.model_dump_json()) == stated
