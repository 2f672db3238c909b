"""What the YAML parser says about broken text, in the words of whoever wrote the text."""

import re

from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError

from forecast.errors import Fault

SYNTAX_ERRORS = (YAMLError, AssertionError, OverflowError, ValueError)
"""The parser's own errors, and those that slip through it for impossible escapes and versions."""

_QUOTE_IT = "put the text in quotes"

# Pattern of the parser's problem (with its context before it) → whether to point at the start of the
# construct rather than at where the parser gave up, and the sentence.
_SENTENCES: tuple[tuple[str, bool, str], ...] = (
    (r"found character '\\t'", False, "a tab stands where only spaces may: indent and separate with spaces"),
    (r"found character '(.+)' that cannot start", False, "a value cannot start with '{0}': " + _QUOTE_IT),
    (r"scanning an? (?:alias|anchor)", True, "a value cannot start with '*' or '&': " + _QUOTE_IT),
    (r"tag", False, "tags, which start with '!', are refused: state the plain value, or " + _QUOTE_IT),
    (r"scanning a quoted scalar.*end of stream", True, "the quote that opens here is never closed: close it"),
    (
        r"unknown escape character '(.+)'",
        False,
        "'\\{0}' means nothing in double quotes: write '\\\\', or use single quotes",
    ),
    (
        r"mapping values are not allowed",
        False,
        "a ': ' stands where no key can be: put text that holds one in quotes, and align keys that belong together",
    ),
    (r"could not find expected ':'", True, "this key has no value: write 'key: value', with a space after the colon"),
    (r"parsing a flow sequence", True, "the list that opens here is not closed, or lacks a comma: write [a, b]"),
    (r"parsing a flow mapping", True, "the map that opens here is not closed, or lacks a comma: write {{a: 1, b: 2}}"),
    (r"found '-'", False, "a list entry stands among keys: indent it below its key"),
    (
        r"expected <block end>, but found '<scalar>'",
        False,
        "this text does not belong to what stands before it: align it, or put the whole value in quotes",
    ),
    (r"expected <block end>", False, "this line does not fit what stands above it: align what belongs together"),
    (
        r"expected the node content, but found '(.+)'",
        False,
        "'{0}' stands where a value is expected: remove it, or " + _QUOTE_IT,
    ),
    (r"block scalar", False, "after '|' or '>' only '+', '-' or a digit may stand: start the text on the next line"),
)


def line_and_column(text: str, index: int) -> tuple[int, int]:
    """Return the line and column, both from 1, of a character of a text."""
    lines = re.split("\r\n|\n|\r|\x85|\u2028|\u2029", text[:index])
    return len(lines), len(lines[-1]) + 1


def syntax_fault(error: Exception, last_mark: StringMark | None) -> Fault:
    """Return the fault that a parser's error amounts to; ``last_mark`` is where its last event ended."""
    sentence = f"the text after this cannot be read as YAML ({error}): correct it, or put it in quotes"
    mark = last_mark
    if isinstance(error, MarkedYAMLError):
        said = f"{error.context or ''}: {error.problem or ''}"
        sentence = f"the text cannot be read as YAML ({said.lstrip(': ')}): correct it, or put it in quotes"
        mark = error.problem_mark or error.context_mark or last_mark
        for pattern, at_start, form in _SENTENCES:
            found = re.search(pattern, said)
            if found:
                sentence = form.format(*found.groups())
                mark = error.context_mark if at_start and error.context_mark is not None else mark
                break
    line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
    return Fault((), sentence, line, column)
