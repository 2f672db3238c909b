"""What a forecast was told to take for granted."""

from collections.abc import Iterator

from forecast.result import Request


def conditions(request: Request) -> Iterator[str]:
    """Yield a loud sentence for what is assumed, and one for what is brought about."""
    if request.assume:
        yield f"GIVEN THAT {_listed(request.assume, 'happens', 'happen')}."
    if request.do:
        yield f"IF SOMEONE MAKES {_listed(request.do, 'HAPPEN', 'HAPPEN')}."


def _listed(references: tuple[str, ...], one: str, several: str) -> str:
    """Return what was assumed as a clause, each thing once."""
    once = list(dict.fromkeys(references))
    return f"{' and '.join(once)} {one if len(once) == 1 else several}"
