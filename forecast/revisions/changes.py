"""The changes from one version of a scenario to another."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from pydantic_core import to_jsonable_python

from forecast.errors import Fault
from forecast.result import Record
from forecast.revisions.beliefs import SPREAD
from forecast.revisions.gists import REWRITTEN, clauses, moves, plain, told
from forecast.revisions.parts import Part, parts_of
from forecast.scenario import Scenario

_PLURAL = ("analogues", "checkpoints", "experts' weights", "loadings", "signals", "states")


class Change(Record):
    """One thing that two versions of a scenario state differently.

    Attributes
    ----------
    pointer : RFC 6901 pointer into the later document, into the earlier one if ``removed``; branches taken as a map
    kind : whether only the later version states it (``added``), only the earlier (``removed``), or both
    subject : what it is about, such as ``prior of node talks``
    words : the change in one sentence; long text is not quoted
    before, after : what each version states, as JSON data in full; None where it states nothing
    """

    pointer: str
    kind: Literal["added", "removed", "changed"]
    subject: str
    words: str
    before: Any | None
    after: Any | None


def revisions(before: Scenario, after: Scenario) -> tuple[Change, ...]:
    r"""Return what changed from one version of a scenario to another, one change for each thing that changed.

    Changes come in the order of ``after``, then what was removed. The order of keys, comments and layout
    change nothing, so scenarios with equal digests give no change. A belief is one thing: words about a
    prior tell the mean probability of each branch and the equivalent sample size, where they moved. In
    words, what agrees to the digits shown has not moved; ``before`` and ``after`` hold every digit.

    Examples
    --------
    >>> from importlib.resources import files
    >>> from forecast.documents import read_scenario
    >>> text = files("priors").joinpath("minimal.yaml").read_text(encoding="utf-8")
    >>> before, after = read_scenario(text), read_scenario(text.replace("a: 7, b: 3", "a: 12, b: 8"))
    >>> for change in revisions(before, after):
    ...     print(change.pointer, change.kind, change.words, sep="\n")
    /nodes/opening/prior
    changed
    prior of node opening: opens 70 % → 60 %, stays_closed 30 % → 40 %; equivalent sample size 10 → 20
    """
    older, newer = parts_of(before), parts_of(after)
    return (*_added_or_changed(older, newer), *_removed(older, newer))


def _added_or_changed(before: Iterable[Part], after: Iterable[Part]) -> Iterator[Change]:
    earlier = {part.pointer: part for part in before}
    for new in after:
        old = earlier.get(new.pointer)
        if old is None:
            yield _change(None, new, f"{_was(new)} added{_aside(new)}")
        elif old.value != new.value:
            inside = _inside(old, new)
            yield from _added_or_changed(*inside) if inside else [_change(old, new, _difference(old, new))]


def _removed(before: Iterable[Part], after: Iterable[Part]) -> Iterator[Change]:
    later = {part.pointer: part for part in after}
    for old in before:
        new = later.get(old.pointer)
        if new is None:
            yield _change(old, None, f"{_was(old)} removed{_aside(old)}")
        elif old.value != new.value and (inside := _inside(old, new)):
            yield from _removed(*inside)


def _inside(before: Part, after: Part) -> tuple[Iterable[Part], Iterable[Part]] | None:
    """Return the parts inside two versions of a part; None if it changes as a whole."""
    if before.parts is None or after.parts is None or before.form != after.form:
        return None
    return before.parts(), after.parts()


def _change(before: Part | None, after: Part | None, words: str) -> Change:
    part = after or before
    assert part is not None
    return Change(
        pointer=Fault(part.pointer, words).path,
        kind="added" if before is None else "removed" if after is None else "changed",
        subject=part.subject,
        words=words,
        before=None if before is None else to_jsonable_python(plain(before.value)),
        after=None if after is None else to_jsonable_python(plain(after.value)),
    )


def _difference(before: Part, after: Part) -> str:
    if before.form != after.form:
        return f"{after.subject}: {before.form}{_aside(before)} → {after.form}{_aside(after)}"
    moved = moves(before.gist(), after.gist())
    if moved == {"": [REWRITTEN]}:
        return f"{_was(after)} {REWRITTEN}"
    if not moved:
        same = "entries in another order" if isinstance(after.value, tuple) else "figures to the digits shown"
        return f"{after.subject}: stated otherwise, the same {same}"
    spread = "only the spread changed, " if moved.keys() <= SPREAD else ""
    return f"{after.subject}: {spread}{clauses(moved)}"


def _was(part: Part) -> str:
    return f"{part.subject} {'were' if part.subject.startswith(_PLURAL) else 'was'}"


def _aside(part: Part) -> str:
    said = clauses(told(part.gist()))
    return f" ({said})" if said else ""
