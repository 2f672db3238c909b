"""The marks that figures are joined with, for pages that know Unicode and for those that do not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The marks that tables are made of."""

    dash: str
    dot: str
    eighths: str
    times: str
    plus_minus: str
    ellipsis: str


UNICODE = Glyphs(dash="–", dot="·", eighths=" ▏▎▍▌▋▊▉█", times="×", plus_minus="±", ellipsis="…")
ASCII = Glyphs(dash="-", dot="-", eighths=" ...#####", times="x", plus_minus="+/-", ellipsis="...")
