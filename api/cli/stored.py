"""Stored forecasts as commands read them."""

from pydantic import ValidationError

from api.cli.exits import Exit, Refusal
from api.cli.files import (
    STANDARD,
    UnreadableError,
    called,
    located,
    read_text,
    require_other,
    require_writable,
)
from forecast.result import Forecast

MAX_FORECAST_BYTES = 500_000_000


def read_two(before: str, after: str, json_path: str | None) -> tuple[Forecast, Forecast]:
    """Read two forecasts, once it is sure that what is made of them can be written to ``json_path``.

    Raises
    ------
    Refusal
        If one cannot be read, or what is written would take the place of one.
    """
    if json_path is not None:
        require_writable(json_path)
        require_other(json_path, before)
        require_other(json_path, after)
    if before == after == STANDARD:
        raise Refusal("standard input cannot be both forecasts: name a file for one", Exit.USAGE)
    return read_forecast(before), read_forecast(after)


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
