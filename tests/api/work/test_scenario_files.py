"""Scenario files: which are read, which are refused and where, and what is stored of them."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.settings import PACKAGED
from api.store import scenarios
from api.store.database import Database, database_url
from api.work.scenario_files import AUTHOR, ScenarioFile, ScenarioFileError, read_folders, store_new

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


def _coin(folder: Path) -> Sequence[ScenarioFile]:
    _write(folder, "coin.yaml", SOUND.format(name="coin"))
    return read_folders([str(folder)])


def test_packaged_scenarios_are_found_by_their_word(packaged: Mapping[str, ScenarioFile]) -> None:
    assert {"minimal", "trump-kim-2025"} <= packaged.keys()
    assert all(file.name.endswith(f"{name}.yaml") for name, file in packaged.items())


def test_folders_can_join_the_packaged_ones(tmp_path: Path) -> None:
    """Other files of the folder are left alone, and a folder that is named twice is read once."""
    _write(tmp_path, "coin.yaml", SOUND.format(name="coin"))
    _write(tmp_path, "notes.txt", "not a scenario")
    (tmp_path / "old.yaml").mkdir()
    joined = read_folders([PACKAGED, str(tmp_path)])
    assert {"coin", "minimal"} <= {file.scenario.scenario for file in joined}
    assert [file.scenario.scenario for file in read_folders([str(tmp_path), str(tmp_path)])] == ["coin"]


def test_every_faulty_file_is_told(tmp_path: Path) -> None:
    """One start finds all that is to correct, with file, line and column."""
    _write(tmp_path, "b.yaml", SOUND.format(name="coin"))
    _write(tmp_path, "c.yaml", SOUND.format(name="coin"))
    (tmp_path / "d.yaml").write_bytes(b"title: \xff")
    _write(tmp_path, "e.yaml", SOUND.format(name="dice").replace("heads: 0.5", "heads: 0.6"))
    with pytest.raises(ScenarioFileError) as caught:
        read_folders([str(tmp_path)])
    twice, undecodable, sum_off = str(caught.value).splitlines()
    assert twice.startswith(f"{tmp_path}/c.yaml: scenario 'coin' is already in {tmp_path}/b.yaml")
    assert "d.yaml: byte 8 is not UTF-8" in undecodable
    assert "e.yaml:8:" in sum_off
    assert "sum to 1.1" in sum_off


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert read_folders([str(tmp_path)]) == ()


def test_what_is_stored_is_the_file(database: Database, tmp_path: Path) -> None:
    """As version 1, with text and digest, and where it is from."""
    (file,) = _coin(tmp_path)
    assert store_new(database, [file]) == ("coin",)
    with database.reading() as connection:
        version = scenarios.whole(connection, scenarios.head(connection, "coin"))
    card = version.card
    assert (card.version, card.author, card.reason) == (1, AUTHOR, "read from coin.yaml")
    assert (version.text, card.digest) == (file.text, file.scenario.digest)


def test_what_the_database_holds_is_left_alone(database: Database, tmp_path: Path) -> None:
    """Analysts may have gone on from there: a changed file changes nothing."""
    store_new(database, _coin(tmp_path))
    _write(tmp_path, "coin.yaml", SOUND.format(name="coin").replace("A title", "Another title"))
    assert store_new(database, read_folders([str(tmp_path)])) == ()
    with database.reading() as connection:
        card = scenarios.head(connection, "coin")
    assert (card.version, card.card["title"]) == (1, "A title")


def test_of_several_that_store_the_same_file_at_once_one_does(database_address: str, tmp_path: Path) -> None:
    """Each with connections of its own, as several servers that start together."""
    found = _coin(tmp_path)
    servers = [Database(database_url(database_address)) for _ in range(4)]
    with ThreadPoolExecutor(len(servers)) as threads:
        stored = list(threads.map(lambda server: store_new(server, found), servers))
    for server in servers:
        server.close()
    assert sorted(stored) == [(), (), (), ("coin",)]
