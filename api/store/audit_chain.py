"""The entries of the audit log as a chain: each holds the hash of the one before."""

from collections.abc import Sequence

from api.store.audit import START, End, entry_hash
from api.store.kept_rows import Kept


class BrokenLogError(Exception):
    """Log and rows do not belong together; ``seq`` is the entry at which that shows, None if no entry speaks of it."""

    def __init__(self, message: str, seq: int | None = None) -> None:
        self.seq = seq
        super().__init__(message if seq is None else f"entry {seq} {message}")


class Chain:
    """The entries read so far."""

    def __init__(self, noted: End | None) -> None:
        self.last = End(0, START)
        self._noted = noted

    def extend(self, entries: Sequence[Kept]) -> tuple[list[Kept], BrokenLogError | None]:
        """Take the next entries; return those before the first that does not fit, and why it does not."""
        fitting: list[Kept] = []
        for entry in entries:
            fault = self._fault(entry)
            if fault is not None:
                return fitting, BrokenLogError(fault, self.last.seq + 1)
            self.last = End(entry["seq"], entry["hash"])
            fitting.append(entry)
        return fitting, None

    def _fault(self, entry: Kept) -> str | None:
        if entry["seq"] != self.last.seq + 1:
            return "is missing"
        if entry["previous"] != self.last.hash:
            return "does not hold the hash of the entry before it"
        said = (entry[name] for name in ("seq", "at", "actor", "action", "subject", "details", "previous"))
        if entry["hash"] != entry_hash(*said):
            return "was changed: its hash is not that of what it says"
        if self._noted is not None and self._noted.seq == entry["seq"] and self._noted.hash != entry["hash"]:
            return f"has the hash {entry['hash']}, and {self._noted.hash} was noted: the log was written anew"
        return None

    def finish(self, stated: End) -> None:
        """Compare where the entries end with where the log is said to end, and with what was noted."""
        if self._noted is not None and self._noted.seq > self.last.seq:
            raise BrokenLogError(
                f"was noted, and the log ends with entry {self.last.seq}: its end was cut off", self._noted.seq
            )
        if self.last != stated:
            raise BrokenLogError(
                f"is the last, and the log is said to end with entry {stated.seq}: entries were cut off or put in",
                self.last.seq,
            )
