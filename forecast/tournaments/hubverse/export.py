"""Predictions and listings to the files of a hubverse submission, checked as the hub would check them."""

from collections.abc import Sequence

from forecast.predictions.kinds import Predicted
from forecast.tournaments.asked import Subject, require_own_options, require_part
from forecast.tournaments.exports import Distortion, Document, Export, ExportError
from forecast.tournaments.formats import Format
from forecast.tournaments.hubverse.checks import (
    assigned,
    require_ascending,
    require_columns,
    require_complete,
    require_derived,
    require_round,
    require_sums,
    require_unique,
    require_values,
)
from forecast.tournaments.hubverse.files import read_back, table_document
from forecast.tournaments.hubverse.hub import Round, read_round
from forecast.tournaments.hubverse.listing import HubverseListing, HubverseSettings
from forecast.tournaments.hubverse.matching import wanted_of
from forecast.tournaments.hubverse.metadata import metadata_document
from forecast.tournaments.hubverse.rows import summary_rows
from forecast.tournaments.hubverse.sample_checks import require_samples
from forecast.tournaments.hubverse.samples import sample_rows
from forecast.tournaments.hubverse.table import Row

NAME = "hubverse"


def _export(listings: Sequence[HubverseListing], predicted: Predicted, settings: HubverseSettings) -> Export:
    """Return the file of the round, and that of the model's metadata where they are given.

    Raises
    ------
    ExportError
        If the hub would refuse either, or what is listed does not fit our questions.
    """
    if not listings:
        raise ExportError(NAME, "req_vals", "nothing is listed: list a task")
    round_ = read_round(settings.tasks, settings.admin, settings.round_id)
    rows, distortions = _rows(listings, predicted, round_, settings.samples)
    table = table_document(rows, round_, settings)
    require_valid(*read_back(table, rows, settings.file_format), round_)
    metadata = () if settings.metadata is None else (metadata_document(settings.metadata, settings),)
    documents: tuple[Document, ...] = (table, *metadata)
    return Export(NAME, documents, tuple(distortions))


def _require_fit(subject: Subject, listing: HubverseListing) -> None:
    """Refuse a listing that our question cannot answer, as far as can be told without the hub's tasks."""
    require_part(subject, listing)
    if subject.kind == "multiple_choice" and listing.part is None:
        require_own_options(subject, listing)


def _rows(
    listings: Sequence[HubverseListing], predicted: Predicted, round_: Round, samples: int | None
) -> tuple[list[Row], list[Distortion]]:
    wanted = wanted_of(listings, round_)
    rows: list[Row] = []
    distortions: list[Distortion] = []
    for each in wanted:
        found, moved = summary_rows(each, predicted.by_question)
        rows.extend(found)
        distortions.extend(moved)
    drawn, moved = sample_rows(wanted, round_, predicted, samples)
    return rows + drawn, distortions + moved


def require_valid(columns: Sequence[str], rows: Sequence[Row], round_: Round) -> None:
    """Refuse rows that the hub would refuse, in the order of its own checks.

    Raises
    ------
    ExportError
        At the first check that fails.
    """
    require_round(rows, round_)
    require_columns(columns, rows, round_)
    found = assigned(rows, round_)
    require_derived(rows, round_)
    require_unique(rows)
    require_complete(found, round_)
    require_values(found)
    require_ascending(found)
    require_sums(found)
    require_samples(found, round_)


FORMAT = Format(
    name=NAME,
    title="Hubverse: model output for a round of a hub",
    listing=HubverseListing,
    settings=HubverseSettings,
    export=_export,
    takes_suppositions=True,
    named_by=("task_ids",),
    require_fit=_require_fit,
)
