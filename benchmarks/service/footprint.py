"""What a server holds now, its parent and the processes it has started together, as the kernel of Linux tells it."""

import os
from dataclasses import dataclass
from pathlib import Path

_KIBIBYTES_PER_MEBIBYTE = 1_024


@dataclass(frozen=True, slots=True)
class Footprint:
    """Threads, open files (sockets among them), sockets, resident memory now and at its peak in MiB.

    Of several processes each is the sum, so the peak may be more than they ever held together.
    """

    threads: int
    files: int
    sockets: int
    resident: float
    peak: float


def footprint(pid: int, proc: Path = Path("/proc")) -> Footprint:
    """Return the footprint of a process of this user and of those it has started."""
    each = [_alone(one, proc) for one in _family(pid, proc)]
    return Footprint(
        threads=sum(one.threads for one in each),
        files=sum(one.files for one in each),
        sockets=sum(one.sockets for one in each),
        resident=sum(one.resident for one in each),
        peak=sum(one.peak for one in each),
    )


def _alone(pid: int, proc: Path) -> Footprint:
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
    """Return the processor time that a process and those it has started have taken so far, the kernel's included."""
    # User and system time are the 14th and 15th field.
    each = [_stat(one, proc) for one in _family(pid, proc)]
    return sum(int(stat[11]) + int(stat[12]) for stat in each) / os.sysconf("SC_CLK_TCK")


def _family(pid: int, proc: Path) -> list[int]:
    """Return a process and those it has started."""
    others = (int(each.name) for each in proc.iterdir() if each.name.isdigit())
    return [pid, *(other for other in others if _parent(other, proc) == pid)]


def _parent(pid: int, proc: Path) -> int | None:
    """Return who started a process; None if it has ended meanwhile."""
    try:
        return int(_stat(pid, proc)[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _stat(pid: int, proc: Path) -> list[str]:
    """Return the fields of a process from the third on; the second, its name in parentheses, may hold spaces."""
    return (proc / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
