"""The commands as a person types them, in processes of their own, on the scenarios that ship."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRUMP_KIM = "priors/trump-kim-2025.yaml"


def branchcast(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command and return what it said."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"},
    )


def forecast(*arguments: str) -> dict[str, Any]:
    """Run the Trump–Kim scenario and return its JSON."""
    said = branchcast("run", TRUMP_KIM, "--json", "-", *arguments)
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def test_json_has_the_numbers_of_the_reference_tree() -> None:
    """Means agree with the exact values of the tree without drivers, and every section has its fields."""
    found = forecast()
    expected = {"no_summit": 0.5074306448, "no_deal": 0.2873321239, "icbm_only_deal": 0.0295541613}
    for name, mean in expected.items():
        entry = found["headline"][name]
        assert entry["mean"] == pytest.approx(mean, abs=5e-4)
        assert entry["exact"] == pytest.approx(mean, abs=1e-9)
        assert entry["quantiles"]["0.05"] < entry["mean"] < entry["quantiles"]["0.95"]
        assert 0.0 < entry["mc_error"] < 1e-4
    assert sum(entry["mean"] for entry in found["headline"].values()) == pytest.approx(1.0, abs=1e-9)
    assert len(found["questions"]) == 14
    for section in ("outcomes", "groups", "attributes", "quantities"):
        for entry in found[section].values():
            assert {"mean", "exact", "quantiles", "mc_error"} <= entry.keys()
    assert found["digest"].startswith("sha256:")


def test_silence_takes_the_forecast_down_its_curve() -> None:
    """A meeting by the end of 2026 falls from 30.2 % to 6.4 % by 20 August 2026 without news."""
    before, later = (forecast(*day, "--draws", "65536") for day in ((), ("--as-of", "2026-08-20")))
    by_end = [found["dates"]["summit"]["by"]["2026-12-31"] for found in (before, later)]
    assert by_end[0]["mean"] == pytest.approx(0.30166777, abs=2e-4)
    assert by_end[1]["mean"] == pytest.approx(0.06443745, abs=2e-4)
    assert by_end[1]["exact"] == pytest.approx(0.06443744724072742, abs=1e-9)


def test_digest_depends_on_the_seed_and_not_on_threads() -> None:
    """Threads 1, 2 and 7 give the same bytes; another seed gives others."""
    digests = [forecast("--draws", "65536", "--threads", threads)["digest"] for threads in ("1", "2", "7")]
    assert len(set(digests)) == 1
    assert forecast("--draws", "65536", "--seed", "7")["digest"] != digests[0]


def test_table_shows_the_chain_beside_the_same_end_by_any_path() -> None:
    """A person sees number, word, interval and frequency, and the chain beside its rivals."""
    said = branchcast("run", TRUMP_KIM, "--draws", "16384")
    assert said.returncode == 0
    for shown in ("50.7", "roughly even chance", "1 in 141", "the same end by any path", "any_troop_drawdown"):
        assert shown in said.stdout
    assert "\x1b[" not in said.stdout


def test_assume_learns_and_do_does_not() -> None:
    """Observing a bad deal raises the summit; making one happen leaves it where it was."""
    seen, made = (forecast("--draws", "16384", flag, "summit_outcome=bad_deal") for flag in ("--assume", "--do"))
    assert seen["groups"]["summit"]["mean"] == pytest.approx(1.0)
    assert made["groups"]["summit"]["mean"] == pytest.approx(0.49257, abs=1e-3)


def test_replay_makes_the_same_bytes_and_notices_a_change(tmp_path: Path) -> None:
    """A stored forecast replays with exit 0; an altered one does not."""
    stored = tmp_path / "forecast.json"
    assert branchcast("run", TRUMP_KIM, "--draws", "16384", "--json", str(stored)).returncode == 0
    assert branchcast("replay", str(stored)).returncode == 0
    text = json.loads(stored.read_text())
    text["headline"]["no_summit"]["mean"] = 0.4
    stored.write_text(json.dumps(text))
    assert branchcast("replay", str(stored)).returncode != 0


def test_check_reports_every_fault_with_its_line() -> None:
    """Two faults give two located lines and exit 1; the shipped scenarios give none."""
    broken = (
        "scenario: x\ntitle: t\nas_of: 2026-01-01\nhorizon: 2026-12-31\nnodes:\n  a:\n    branches: [y, n]\n"
        "    prior: {family: fixed, p: {y: 0.5, n: 0.4}}\n  b:\n    branches: [u, v]\n"
        "    prior: {family: gama}\n"
    )
    said = branchcast("check", "-", stdin=broken)
    assert said.returncode == 1
    assert ":8:" in said.stdout + said.stderr
    assert ":11:" in said.stdout + said.stderr
    assert branchcast("check", *map(str, sorted(Path(ROOT, "priors").glob("*.yaml")))).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("run", "no-such-file.yaml"), 1),
        (("run", TRUMP_KIM, "--draws", "many"), 2),
        (("run", TRUMP_KIM, "--as-of", "2031-01-01"), 3),
        (("run", TRUMP_KIM, "--assume", "summit_outcome=picnic"), 3),
        (("serve", "--host", "0.0.0.0", "--keyless"), 2),
    ],
)
def test_refusals_have_their_exit_code_and_no_traceback(arguments: tuple[str, ...], code: int) -> None:
    """What cannot be done is said in a sentence."""
    said = branchcast(*arguments)
    assert said.returncode == code, said.stderr
    assert "Traceback" not in said.stderr
    assert said.stderr.strip()


def test_schema_printed_is_the_one_that_ships() -> None:
    """`branchcast schema` and the file for editors agree to the byte."""
    assert branchcast("schema").stdout == (ROOT / "priors" / "scenario.schema.json").read_text(encoding="utf-8")
