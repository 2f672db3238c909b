"""The report read back: a tree of elements, built by a parser that accepts nothing ill-formed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "img", "br", "hr", "input"}


@dataclass
class Element:
    """An element: its attributes, and its children and text in order."""

    tag: str
    attributes: dict[str, str]
    content: "list[Element | str]" = field(default_factory=list)

    @property
    def children(self) -> "list[Element]":
        """Return the elements directly inside."""
        return [part for part in self.content if isinstance(part, Element)]

    def all(self, tag: str = "", kind: str = "") -> "Iterator[Element]":
        """Yield the elements inside, in the order of the page, that have a tag and a class."""
        for child in self.children:
            if tag in ("", child.tag) and (not kind or kind in child.attributes.get("class", "").split()):
                yield child
            yield from child.all(tag, kind)

    def one(self, tag: str = "", kind: str = "") -> "Element":
        """Return the only such element."""
        (found,) = self.all(tag, kind)
        return found

    def with_id(self, wanted: str) -> "Element":
        """Return the element of an id."""
        return next(element for element in self.all() if element.attributes.get("id") == wanted)

    @property
    def text(self) -> str:
        """Return all text inside, folded to single blanks; what an image is called is not text."""
        parts = (
            part if isinstance(part, str) else "" if part.tag in ("svg", "style") else part.text
            for part in self.content
        )
        return " ".join(" ".join(parts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].content.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}> at {self.getpos()}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].content.append(data)


def parsed(html: str) -> Element:
    """Return the page as a tree; every tag that opens must close, in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].tag}> is never closed"
    return reader.root


def rows(table: Element) -> list[list[str]]:
    """Return the text of a table's rows, cell by cell, without its head."""
    return [
        [cell.text for cell in row.children] for body in table.all("tbody") for row in body.children if row.tag == "tr"
    ]
