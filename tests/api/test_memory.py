"""One heap for all threads, seen in a process of its own: what threads take and give back does not stay with each."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import re, sys, threading
from pathlib import Path
from api.memory import share_one_heap

if sys.argv[1] == "shared":
    assert share_one_heap()
# Each thread holds memory until all have some, so that each gets a heap of its own where there are several.
held = threading.Barrier(9)
def hold():
    taken = [bytearray(60_000) for _ in range(20)]
    held.wait()
    held.wait()
threads = [threading.Thread(target=hold) for _ in range(8)]
for each in threads:
    each.start()
held.wait()
import ctypes
path = Path(sys.argv[2])
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
stream = libc.fopen(str(path).encode(), b"w")
libc.malloc_info(0, ctypes.c_void_p(stream))
libc.fclose(ctypes.c_void_p(stream))
held.wait()
print(len(re.findall("<heap nr=", path.read_text())))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives threads heaps of their own")
@pytest.mark.parametrize(("how", "one"), [("shared", True), ("as it is", False)])
def test_threads_share_one_heap(how: str, one: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    written = str(tmp_path_factory.mktemp("heaps") / "info.xml")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, how, written], capture_output=True, text=True, check=True, timeout=60
    )
    assert (int(done.stdout) == 1) is one
