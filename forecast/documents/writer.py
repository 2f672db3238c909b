"""Plain data to YAML 1.2 text: block style, flow style where it fits a line, text quoted only where it must be.

What is written here reads back as the same data; whether text needs quotes is asked of the reader itself.
"""

import json
import re
import textwrap
from datetime import date
from typing import Any

from forecast.documents.scalars import plain_scalar

WIDTH = 110
_FLOW_LEVELS = 2
"""Maps and lists with more levels than this are written as blocks even if they would fit a line."""

_PLAIN = re.compile(r"[^\W\d_][\w.+/()-]*( [\w.+/()-]+)*")
_WORDS_ON_ONE_LINE = re.compile(r"[^\s]+( [^\s]+)*")
_LINES = re.compile(r"[^\s][^\n\r\x85\u2028\u2029]*(\n+[^\n\r\x85\u2028\u2029]+)*")
_NEEDS_ESCAPE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def yaml_text(data: dict[str, Any]) -> str:
    """Write a map as a document, a blank line before each section that takes several lines."""
    sections = [entry_lines(key, value, 0) for key, value in data.items()]
    blocks = ["\n".join(lines) for lines in sections]
    return "".join(f"\n{block}\n" if i and "\n" in block else f"{block}\n" for i, block in enumerate(blocks))


def entry_lines(key: object, value: object, indent: int) -> list[str]:
    """Write ``key: value`` as lines indented by ``indent`` spaces."""
    head = f"{' ' * indent}{scalar_text(key)}:"
    if isinstance(value, dict | list):
        line = f"{head} {flow_text(value)}"
        if _is_small(value) and len(line) <= WIDTH:
            return [line]
        return [head, *block_lines(value, indent + 2)]
    if isinstance(value, str):
        return _text_lines(head, value, indent + 2)
    return [f"{head} {scalar_text(value)}"]


def block_lines(value: dict[Any, Any] | list[Any], indent: int) -> list[str]:
    """Write a map or list, not empty, as lines indented by ``indent`` spaces."""
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in entry_lines(key, item, indent)]
    lines = []
    for item in value:
        if isinstance(item, dict | list) and not _is_small(item):
            first, *others = block_lines(item, indent + 2)
            lines += [f"{' ' * indent}- {first.lstrip()}", *others]
        else:
            lines.append(f"{' ' * indent}- {flow_text(item)}")
    return lines


def flow_text(value: object) -> str:
    """Write any value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar_text(key)}: {flow_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow_text, value)) + "]"
    return scalar_text(value)


def scalar_text(value: object) -> str:
    """Write a scalar on one line; whole numbers without a decimal point.

    Raises
    ------
    TypeError
        If YAML's core schema has no such scalar.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        raise TypeError(f"a document cannot hold {value!r}: use text, numbers, true, false, null and dates")
    if _PLAIN.fullmatch(value) and isinstance(plain_scalar(value), str):
        return value
    return _NEEDS_ESCAPE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _text_lines(head: str, text: str, indent: int) -> list[str]:
    """Write text after its key: on the same line if it fits, else folded or line by line, else quoted."""
    line = f"{head} {scalar_text(text)}"
    body = text.removesuffix("\n")
    keep = "" if text.endswith("\n") else "-"
    margin = " " * indent
    if _WORDS_ON_ONE_LINE.fullmatch(body) and (len(line) > WIDTH or text != body):
        lines = textwrap.wrap(body, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
        return [f"{head} >{keep}", *(margin + wrapped for wrapped in lines)]
    if "\n" in body and _LINES.fullmatch(body):
        return [f"{head} |{keep}", *(margin + said if said else "" for said in body.split("\n"))]
    return [line]


def _is_small(value: dict[Any, Any] | list[Any]) -> bool:
    """Tell whether a map or list has few enough levels, and no long text, to be read on one line."""
    return not value or _levels(value) <= _FLOW_LEVELS


def _levels(value: object) -> int:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_levels, items), default=0) if isinstance(value, dict | list) else 0
