"""Stored forecasts as commands read them."""

from pydantic import ValidationError

from api.cli.exits import Exit, Refusal
from api.cli.files import UnreadableError, called, located, read_text
from forecast.result import Forecast

MAX_FORECAST_BYTES = 500_000_000


def read_forecast(source: str) -> Forecast:
    """Read what ``branchcast run --json`` wrote.

    Raises
    ------
    Refusal
        If it cannot be read, or is no forecast.
    """
    try:
        text = read_text(source, MAX_FORECAST_BYTES)
    except UnreadableError as error:
        raise Refusal(located(source, error.fault), Exit.FAULT) from error
    try:
        return Forecast.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "".join(f"/{step}" for step in first["loc"])
        raise Refusal(
            f"{called(source)} is not a stored forecast{f' at {place}' if place else ''}: {first['msg']}; "
            "give a file that `branchcast run --json` wrote",
            Exit.FAULT,
        ) from error
