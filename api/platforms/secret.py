"""A token, which is sent and never shown."""

import re
from typing import NoReturn

HIDDEN = "***"

_FEWEST, _MOST = 16, 1_000
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")
"""What a token in a header ``Authorization`` is made of (RFC 9110 §11.2)."""


class Secret:
    """A token. Its text comes out of ``reveal`` only: not out of ``repr``, ``str``, a format, a copy or a pickle.

    Parameters
    ----------
    text : 16 to 1,000 letters, digits and ``-._~+/=``

    Raises
    ------
    ValueError
        If it is none; the message does not repeat it.

    Examples
    --------
    >>> secret = Secret("0123456789abcdef0123")
    >>> secret, f"{secret}", secret.scrubbed("no user has the key 0123456789ABCDEF0123.")
    (Secret(***), 'Secret(***)', 'no user has the key ***.')
    """

    __slots__ = ("_forms", "_text")

    def __init__(self, text: str) -> None:
        if not _FEWEST <= len(text) <= _MOST or not _TOKEN.fullmatch(text):
            raise ValueError(f"a token is one word of {_FEWEST} to {_MOST:,} letters, digits and -._~+/=")
        self._text = text
        self._forms = re.compile("".join(map(_written, text)), re.IGNORECASE | re.ASCII)

    def reveal(self) -> str:
        """Return the token, to be put into a header and nowhere else."""
        return self._text

    def scrubbed(self, text: str) -> str:
        """Return a text with the token blotted out, also where it is escaped or in the other case."""
        return self._forms.sub(HIDDEN, text)

    def is_in(self, text: str) -> bool:
        """Tell whether a text holds the token."""
        return self._forms.search(text) is not None

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not copied into bytes: read it again where it is needed")


def _written(character: str) -> str:
    """Return a pattern of a character as texts of all kinds may have it: plain, in JSON, in an address, in HTML."""
    number, plain = ord(character), r"\\*/" if character == "/" else re.escape(character)
    return rf"(?:{plain}|\\+u00{number:02x}|%{number:02x}|&#0*{number};|&#x0*{number:x};)"
