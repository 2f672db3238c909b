"""Peak memory of one run in a process of its own, above the same process that has only imported the contender.

``ru_maxrss`` would not do: on Linux a started process inherits it from the one that starts it, so it speaks of the
larger of the two. ``VmHWM`` in /proc/self/status belongs to the new program alone. Run as
``python -m benchmarks.measures.memory MODULE CONTENDER TREE DRAWS`` this file is that process.
"""

import subprocess
import sys
from pathlib import Path

from benchmarks.contenders import contenders_of
from benchmarks.figures import Memory
from benchmarks.trees import tree_named

STATUS = Path("/proc/self/status")


def peak_kibibytes(status: str) -> int:
    """Read the peak resident memory from the text of a status file.

    Raises
    ------
    ValueError
        If the system does not tell it there.
    """
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    message = f"{STATUS} has no VmHWM: peak memory is measured on Linux only"
    raise ValueError(message)


def peak_memory(module: str, contender: str, tree: str, draws: int) -> Memory:
    """Start two processes, one with the run and one without, and subtract."""
    with_run, imports_only = (_peak_of_process(module, contender, tree, number) for number in (draws, 0))
    return Memory(contender, tree, draws, (with_run - imports_only) / 1024)


def _peak_of_process(module: str, contender: str, tree: str, draws: int) -> int:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.measures.memory", module, contender, tree, str(draws)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main(module: str, contender: str, tree_name: str, draws: int) -> None:
    """Do the run (none for 0 draws) and print the peak in KiB."""
    (chosen,) = (one for one in contenders_of(module) if one.name == contender)
    if draws:
        chosen.prepare(tree_named(tree_name))(draws, 1)
    print(peak_kibibytes(STATUS.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
