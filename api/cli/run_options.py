"""How to run, as options that every command has that computes a forecast."""

from collections.abc import Callable
from datetime import date
from itertools import chain
from typing import Any, TypedDict, TypeVar, get_args

import click

from api.cli.values import branch, count, day, days, evidence, one, several
from forecast.numerics.nets import SamplerName
from forecast.settings import MAX_DRAWS, MAX_SEED, EvidenceChoice

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class RunOptions(TypedDict):
    """What the options come to, by the names of the command's parameters."""

    as_of: date | None
    horizon_dates: tuple[tuple[date, ...], ...]
    draws: int | None
    seed: int | None
    sampler: SamplerName
    assume: tuple[str, ...]
    do: tuple[str, ...]
    evidence: EvidenceChoice


class Settings(TypedDict):
    """The same by the names that the engine and the service share."""

    as_of: date | None
    dates: tuple[date, ...]
    draws: int
    seed: int | None
    sampler: SamplerName
    assume: tuple[str, ...]
    do: tuple[str, ...]
    evidence: EvidenceChoice


def settings_of(options: RunOptions, draws: int) -> Settings:
    """Return the settings that options state; ``draws`` if they state none."""
    return {
        "as_of": options["as_of"],
        "dates": tuple(chain.from_iterable(options["horizon_dates"])),
        "draws": draws if options["draws"] is None else options["draws"],
        "seed": options["seed"],
        "sampler": options["sampler"],
        "assume": options["assume"],
        "do": options["do"],
        "evidence": options["evidence"],
    }


def run_options(draws: int, *, speaks_from: str = "the scenario's") -> Callable[[Decorated], Decorated]:
    """Give a command the options of ``RunOptions``; the help states the default draws and day."""
    options = (
        click.option(
            "--as-of",
            callback=one(day),
            metavar="DAY",
            help=f"Day the forecast speaks from.  [default: {speaks_from}]",
        ),
        click.option(
            "--horizon-dates",
            callback=several(days),
            multiple=True,
            metavar="DAY,DAY,...",
            help="Report dates at these days too, besides the checkpoints.",
        ),
        click.option(
            "--draws",
            callback=one(count(1, MAX_DRAWS)),
            metavar="COUNT",
            help=f"Sampled sets of beliefs; 1e6, 1_000_000 and 1M are the same.  [default: {draws:,}]",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0, MAX_SEED),
            metavar="N",
            help="Start of the random numbers.  [default: by scenario id]",
        ),
        click.option(
            "--sampler",
            type=click.Choice(get_args(SamplerName)),
            default="sobol",
            show_default=True,
            help="Randomised Sobol' points, or plain random ones for comparison.",
        ),
        click.option(
            "--assume",
            callback=several(branch),
            multiple=True,
            metavar="NODE=BRANCH",
            help="Condition on a branch: it was taken.  May be repeated.",
        ),
        click.option(
            "--do",
            callback=several(branch),
            multiple=True,
            metavar="NODE=BRANCH",
            help="Intervene: make a branch be taken.  May be repeated.",
        ),
        click.option(
            "--evidence",
            callback=one(evidence),
            default="accepted",
            show_default=True,
            metavar="accepted|all|none|ID,ID,...",
            help="Which entries dated up to --as-of act: accepted ones, also proposed ones, none, or these.",
        ),
    )

    def decorate(command: Decorated) -> Decorated:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
