"""A branchcast server asked from Python: the same nouns as over REST, typed."""

from api.client.answers import RecordedForecast, TaggedPrior, TaggedRevision, TaggedVersion
from api.client.client import Client
from api.client.errors import (
    AnswerError,
    ArgumentError,
    ChangedSinceError,
    ClientError,
    ClientSettingsError,
    NoAnswerError,
    UnexpectedAnswerError,
)
from api.client.patience import NO_PATIENCE, Patience

__all__ = [
    "NO_PATIENCE",
    "AnswerError",
    "ArgumentError",
    "ChangedSinceError",
    "Client",
    "ClientError",
    "ClientSettingsError",
    "NoAnswerError",
    "Patience",
    "RecordedForecast",
    "TaggedPrior",
    "TaggedRevision",
    "TaggedVersion",
    "UnexpectedAnswerError",
]
