"""The machine and the versions behind the figures."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.figures import Machine

PACKAGES = ("branchcast", "numpy", "scipy", "squigglepy", "pgmpy", "pyAgrum")


def this_machine(packages: Sequence[str] = PACKAGES) -> Machine:
    """Describe the machine now, its load of the last minute and the versions of the packages included."""
    versions = (("python", platform.python_version()), *((package, version(package)) for package in packages))
    return Machine(_processor(), os.cpu_count() or 1, os.getloadavg()[0], versions)


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
