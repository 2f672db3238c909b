"""What a process holds now, as the kernel of Linux tells it."""

import os
from dataclasses import dataclass
from pathlib import Path

_KIBIBYTES_PER_MEBIBYTE = 1_024


@dataclass(frozen=True, slots=True)
class Footprint:
    """Threads, open files (sockets among them), sockets, resident memory now and at its peak in MiB."""

    threads: int
    files: int
    sockets: int
    resident: float
    peak: float


def footprint(pid: int, proc: Path = Path("/proc")) -> Footprint:
    """Return the footprint of a process of this user."""
    status = dict(
        line.split(":", 1) for line in (proc / str(pid) / "status").read_text(encoding="ascii").splitlines() if line
    )
    files = [_target(link) for link in (proc / str(pid) / "fd").iterdir()]
    return Footprint(
        threads=int(status["Threads"]),
        files=len(files),
        sockets=sum(target.startswith("socket:") for target in files),
        resident=_mebibytes(status["VmRSS"]),
        peak=_mebibytes(status["VmHWM"]),
    )


def _target(link: Path) -> str:
    """Return what a descriptor stands for; one that is closed meanwhile still counts as a file."""
    try:
        return os.readlink(link)
    except FileNotFoundError:
        return ""


def _mebibytes(stated: str) -> float:
    return int(stated.split()[0]) / _KIBIBYTES_PER_MEBIBYTE


def cpu_seconds(pid: int, proc: Path = Path("/proc")) -> float:
    """Return the processor time that a process of this user has taken so far, its threads' and the kernel's for it."""
    # The name of the program, in parentheses, may hold spaces; user and system time are the 14th and 15th field.
    after_name = (proc / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
