"""A catalogue of files: what it holds, and which files it refuses, located."""

from pathlib import Path

import pytest

from api.catalogue import CatalogueError, FileCatalogue, read_catalogue
from api.errors import UnknownScenarioError
from api.settings import PACKAGED

SOUND = """\
scenario: {name}
title: A title
as_of: 2026-01-01
horizon: 2026-12-31
nodes:
  toss:  # a comment
    branches: [heads, tails]
    prior: {{family: fixed, p: {{heads: 0.5, tails: 0.5}}}}
"""


def _write(folder: Path, file: str, text: str) -> Path:
    path = folder / file
    path.write_text(text, encoding="utf-8")
    return path


def test_packaged_scenarios_are_listed_by_id(catalogue: FileCatalogue) -> None:
    ids = [stored.id for stored in catalogue.list()]
    assert ids == sorted(ids)
    assert {"minimal", "trump-kim-2025"} <= set(ids)


def test_folders_can_join_the_packaged_ones(tmp_path: Path) -> None:
    """Other files of the folder are left alone."""
    _write(tmp_path, "coin.yaml", SOUND.format(name="coin"))
    _write(tmp_path, "notes.txt", "not a scenario")
    (tmp_path / "old.yaml").mkdir()
    assert {"coin", "minimal"} <= {stored.id for stored in read_catalogue([PACKAGED, str(tmp_path)]).list()}
    assert [stored.id for stored in read_catalogue([str(tmp_path), str(tmp_path)]).list()] == ["coin"]


def test_a_stored_scenario_keeps_its_text_and_digest(tmp_path: Path) -> None:
    text = SOUND.format(name="coin")
    _write(tmp_path, "coin.yaml", text)
    stored = read_catalogue([str(tmp_path)]).get("coin")
    assert (stored.text, stored.version, stored.digest) == (text, 1, stored.scenario.digest)


@pytest.mark.parametrize("scenario_id", ["minimum", "../minimal", "", "x" * 10_000])
def test_an_unknown_id_is_refused_with_the_way_out(catalogue: FileCatalogue, scenario_id: str) -> None:
    with pytest.raises(UnknownScenarioError, match=r"did you mean 'minimal'|the catalogue holds"):
        catalogue.get(scenario_id)


def test_every_faulty_file_is_told(tmp_path: Path) -> None:
    """One start finds all that is to correct, with file, line and column."""
    _write(tmp_path, "b.yaml", SOUND.format(name="coin"))
    _write(tmp_path, "c.yaml", SOUND.format(name="coin"))
    (tmp_path / "d.yaml").write_bytes(b"title: \xff")
    _write(tmp_path, "e.yaml", SOUND.format(name="dice").replace("heads: 0.5", "heads: 0.6"))
    with pytest.raises(CatalogueError) as caught:
        read_catalogue([str(tmp_path)])
    twice, undecodable, sum_off = str(caught.value).splitlines()
    assert twice.startswith(f"{tmp_path}/c.yaml: scenario 'coin' is already in {tmp_path}/b.yaml")
    assert "d.yaml: byte 8 is not UTF-8" in undecodable
    assert "e.yaml:8:" in sum_off
    assert "sum to 1.1" in sum_off


def test_an_empty_folder_is_an_empty_catalogue(tmp_path: Path) -> None:
    assert read_catalogue([str(tmp_path)]).list() == ()
