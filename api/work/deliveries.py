"""What an export's documents are as requests: which of them go to a platform, and in which order."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from api.platforms.cultivate import prediction_set_request
from api.platforms.manifold import order_request
from api.platforms.metaculus_requests import comment_request, forecast_request, withdraw_request
from api.platforms.requests import PlatformRequest
from forecast.tournaments.cultivate import CultivateSettings
from forecast.tournaments.exports import Export, ExportError
from forecast.tournaments.listings import Listing
from forecast.tournaments.metaculus import MetaculusListing, withdrawal

Requests = Iterator[PlatformRequest]


def require_delivered(platform: str) -> None:
    """Refuse a platform that takes no requests.

    Raises
    ------
    ExportError
        If there is none, or it takes files.
    """
    if platform not in _DELIVERED:
        raise ExportError(
            platform[:100],
            "delivery is by request",
            f"it takes none: export files for it, and hand them in as it says; requests go to {', '.join(_DELIVERED)}",
        )


def requests_of(export: Export, listings: Sequence[Listing], settings: object) -> tuple[PlatformRequest, ...]:
    """Return the requests that deliver an export, in the order in which they are to be sent.

    Raises
    ------
    ExportError
        If the platform takes no requests, or something that delivery needs is not stated.
    """
    require_delivered(export.format)
    return tuple(_DELIVERED[export.format](export, listings, settings))


def withdrawal_of(listings: Sequence[Listing], platform: str) -> PlatformRequest:
    """Return the request that withdraws what stands at a platform for these listings.

    Raises
    ------
    ExportError
        If the platform knows no withdrawal, or a listing does not say to which post its question belongs.
    """
    asked = [each for each in listings if isinstance(each, MetaculusListing)]
    if platform != "metaculus" or len(asked) < len(listings):
        raise ExportError(platform, "withdrawal", "nothing can be withdrawn here: submit another forecast instead")
    return withdraw_request(withdrawal(asked).content, _posts(asked))


def _metaculus(export: Export, listings: Sequence[Listing], _settings: object) -> Requests:
    posts = _posts([each for each in listings if isinstance(each, MetaculusListing)])
    for document in export.documents:
        if document.name == "forecasts.json":
            yield forecast_request(document.content, posts)
        else:
            yield comment_request(document.content)


def _posts(listings: Sequence[MetaculusListing]) -> Mapping[int, int]:
    lacking = [each for each in listings if each.post is None]
    if lacking:
        raise ExportError(
            lacking[0].place,
            "what is sent is read back from its post",
            f"question {lacking[0].id} has no post: state 'post', the number in the address of its page",
        )
    return {each.id: each.post for each in listings if each.post is not None}


def _manifold(export: Export, _listings: Sequence[Listing], _settings: object) -> Requests:
    for document in export.documents:
        yield order_request(document.content)


def _cultivate(export: Export, _listings: Sequence[Listing], settings: object) -> Requests:
    assert isinstance(settings, CultivateSettings)
    if settings.membership is None:
        raise ExportError(
            export.format, "what is sent is read back", "no membership is stated: state yours under 'settings'"
        )
    for document in export.documents:
        yield prediction_set_request(document.name, document.content, settings.membership)


_DELIVERED: Mapping[str, Callable[[Export, Sequence[Listing], object], Requests]] = {
    "metaculus": _metaculus,
    "manifold": _manifold,
    "cultivate": _cultivate,
}
"""Formats whose documents are sent as requests, and how; the others are files that somebody hands in."""
