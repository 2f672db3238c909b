"""The vivid chain link by link, beside the same end by any path."""

from dataclasses import dataclass

from api.report.rows import Row, probability_row
from api.report.source import Source
from api.wording.chains import LONELY, conditionals, other_paths
from api.wording.figures import times
from api.wording.text import spoken

TABLE = "chain"


@dataclass(frozen=True, slots=True)
class Link:
    """One link: its probability given the one before, and the row of everything up to it."""

    given: str
    so_far: Row


@dataclass(frozen=True, slots=True)
class OtherPath:
    """A group that holds the chain's end however it is reached, and how many times as likely it is."""

    times: str
    row: Row


@dataclass(frozen=True, slots=True)
class ChainView:
    """The chain; ``lonely`` is what is said of one without company."""

    links: tuple[Link, ...]
    same_end: tuple[OtherPath, ...]
    lonely: str


def chain(source: Source) -> ChainView | None:
    """Return the stated chain, None if there is none."""
    stated = source.forecast.chain
    if stated is None:
        return None
    names, end = source.names, stated.links[-1].cumulative.mean
    links = [
        Link(given, probability_row(source, f"{TABLE}-{i}", names.branch(link.branch), link.cumulative))
        for i, (link, given) in enumerate(zip(stated.links, conditionals(stated), strict=True), start=1)
    ]
    same_end = [
        OtherPath(
            times(p.mean / end) if end > 0.0 else "",
            probability_row(source, f"{TABLE}-end-{i}", spoken(name), p, names.collection_note("groups", name)),
        )
        for i, (name, p) in enumerate(other_paths(stated).items(), start=1)
    ]
    return ChainView(tuple(links), tuple(same_end), "" if same_end else LONELY)
