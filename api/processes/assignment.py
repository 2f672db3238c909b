"""What a parent tells its child, in one line and then in single bytes, and the child its parent."""

import pickle
from dataclasses import dataclass

from api.processes.peers import Place
from api.settings import Settings

STOP = b"s"
"""From the parent: stop; a second time: at once. The end of the parent means the same as the first."""

READY = b"ready\n"
"""From the child: it answers."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Settings of a child, its place among the others, and the descriptor of the socket that it listens on."""

    settings: Settings
    place: Place
    listener: int

    def line(self) -> bytes:
        """Return the assignment as a line."""
        return pickle.dumps(self).hex().encode() + b"\n"

    @classmethod
    def of(cls, line: bytes) -> "Assignment":
        """Return the assignment of a line, which the parent has written."""
        assignment = pickle.loads(bytes.fromhex(line.decode()))
        assert isinstance(assignment, cls)
        return assignment
