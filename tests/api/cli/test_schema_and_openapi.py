"""``branchcast schema`` and ``branchcast openapi`` print documents that machines read."""

import json
from pathlib import Path

import pytest

from forecast.documents import scenario_schema
from tests.api.cli.support import Cli

ROOT = Path(__file__).parents[3]


def test_schema_is_the_one_of_the_reader(cli: Cli) -> None:
    assert json.loads(cli("schema").stdout) == scenario_schema()


@pytest.mark.parametrize(
    ("command", "file"), [("schema", "priors/scenario.schema.json"), ("openapi", "docs/reference/openapi.json")]
)
def test_committed_documents_are_what_the_command_prints(cli: Cli, command: str, file: str) -> None:
    """``make docs`` writes them anew."""
    assert cli(command).stdout == (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["schema", "openapi"])
def test_output_goes_to_a_file_if_asked(cli: Cli, command: str, tmp_path: Path) -> None:
    done = cli(command, "--output", str(tmp_path / "out.json"))
    assert (done.exit_code, done.output) == (0, "")
    assert (tmp_path / "out.json").read_text(encoding="utf-8") == cli(command).stdout
    assert cli(command, "--output", str(tmp_path)).exit_code == 1
