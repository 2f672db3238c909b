"""The report: one forecast as one HTML page that stands alone, for a reader who has never seen branchcast."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from api.report.provenance import Recorded
from api.report.view import report_of
from forecast.result import Forecast

__all__ = ["Recorded", "report_html"]


def report_html(forecast: Forecast, *, recorded: Recorded | None = None) -> str:
    """Return the report of a forecast: a whole HTML document without scripts and without anything to load.

    Parameters
    ----------
    forecast : Forecast
        With its document, whose text is untrusted: it is escaped, and cannot reach out of its place.
    recorded : Recorded, optional
        What a store knows of the forecast.

    Returns
    -------
    str
        The same text for the same forecast. It needs no more than ``default-src 'none'; style-src 'unsafe-inline'``.
    """
    return _template().render(report=report_of(forecast, recorded))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("api.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.html")
