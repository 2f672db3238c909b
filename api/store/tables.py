"""Every table of the database. Rows are added and hardly ever changed; what changes is named in each table's comment.

A change here needs a migration beside it in ``migrations/versions``; a test holds the two together.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from api.store.columns import Instant, Json

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SUBJECT = "subject"
"""Key in a table's ``info``: what the audit log calls one of its rows. The log holds the digest of each such row."""

MOVES = "moves"
"""Key in a column's ``info``: it changes without an entry in the audit log, so that no digest may depend on it."""

_BY_CODE_POINT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts alike in both databases, so that what begins alike is one range of an index."""

_MOVES: dict[Any, Any] = {MOVES: True}

document = Table(
    "document",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    comment="Scenario documents by the SHA-256 of their JSON text, compressed; versions and forecasts share them.",
)

scenario = Table(
    "scenario",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("head", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    comment="One row per scenario; head, the number of its newest version, moves.",
)

scenario_version = Table(
    "scenario_version",
    METADATA,
    Column("scenario_id", Text, ForeignKey("scenario.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", Text, ForeignKey("document.digest"), nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
    Column("card", Json, nullable=False),
    Column("priors", Json, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index(None, "scenario_id", "recorded_at"),
    info={SUBJECT: "scenarios/{scenario_id}/versions/{version}"},
    comment="Immutable. text: the YAML as written, compressed; priors, evidence: name → version it is from.",
)

evidence = Table(
    "evidence",
    METADATA,
    Column("scenario_id", Text, ForeignKey("scenario.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("entry", Json, nullable=False),
    Column("dedupe_key", Text),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("scenario_id", "dedupe_key"),
    Index(None, "scenario_id", "recorded_at"),
    info={SUBJECT: "scenarios/{scenario_id}/evidence/{name}"},
    comment="The ledger beside the entries that a version itself states. Immutable.",
)

retraction = Table(
    "retraction",
    METADATA,
    Column("scenario_id", Text, ForeignKey("scenario.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    info={SUBJECT: "scenarios/{scenario_id}/evidence/{name}/retraction"},
    comment="Evidence entries, of the ledger or of a document, that no longer count. Immutable.",
)

statement = Table(
    "statement",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("scenario_id", Text, ForeignKey("scenario.id"), nullable=False),
    Column("node", Text, nullable=False),
    Column("expert", Text, nullable=False),
    Column("prior", Json, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index(None, "scenario_id", "node", "expert", "recorded_at"),
    info={SUBJECT: "scenarios/{scenario_id}/statements/{id}"},
    comment="What each panel member stated for a node; the newest of each counts. Immutable.",
)

_UNFINISHED = text("finished_at IS NULL")
"""Hardly any run of many; those that every process looks for all the time."""

run = Table(
    "run",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("scenario_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Text, ForeignKey("document.digest"), nullable=False),
    Column("settings", Json, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("key", Text),
    Column("status", Text, nullable=False, info=_MOVES),
    Column("holder", Text, info=_MOVES),
    Column("attempt", Integer, nullable=False, info=_MOVES),
    Column("lease_until", Instant, info=_MOVES),
    Column("done", BigInteger, nullable=False, info=_MOVES),
    Column("draws", BigInteger, nullable=False, info=_MOVES),
    Column("cancel_requested", Integer, nullable=False, info=_MOVES),
    Column("started_at", Instant, info=_MOVES),
    Column("finished_at", Instant, info=_MOVES),
    Column("forecast_id", Text, info=_MOVES),
    Column("problem", Json, info=_MOVES),
    ForeignKeyConstraint(["scenario_id", "version"], ["scenario_version.scenario_id", "scenario_version.version"]),
    CheckConstraint("status in ('queued', 'running', 'done', 'failed', 'cancelled')", name="status"),
    Index(None, "scenario_id", "created_at", "id"),
    Index(None, "created_at", "id"),
    Index("ix_run_unfinished", "created_at", "id", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
    info={SUBJECT: "runs/{id}"},
    comment="Work to be done once: what it computes is fixed when it is asked for; how far it is, changes.",
)

forecast = Table(
    "forecast",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("run.id"), nullable=False, unique=True),
    Column("scenario_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Text, ForeignKey("document.digest"), nullable=False),
    Column("as_of", Text, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("draws", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("result", LargeBinary, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    ForeignKeyConstraint(["scenario_id", "version"], ["scenario_version.scenario_id", "scenario_version.version"]),
    Index(None, "scenario_id", "recorded_at", "id"),
    Index(None, "recorded_at", "id"),
    info={SUBJECT: "forecasts/{id}"},
    comment="Immutable. result: the forecast's JSON without its document, compressed.",
)

figure = Table(
    "figure",
    METADATA,
    Column("scenario_id", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("recorded_at", Instant, primary_key=True),
    Column("forecast_id", Text, ForeignKey("forecast.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("as_of", Text, nullable=False),
    Column("mean", Float, nullable=False),
    Column("mc_error", Float, nullable=False),
    Column("exact", Float),
    Column("quantiles", Json),
    Index(None, "forecast_id"),
    comment="Every mean of every forecast by its place, so that a history is one range of one index. Immutable.",
)

listing = Table(
    "listing",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("scenario_id", Text, ForeignKey("scenario.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("body", Json),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index(None, "scenario_id", "name", "recorded_at", "id"),
    info={SUBJECT: "scenarios/{scenario_id}/listings/{id}"},
    comment="Which question of a platform ours answers; the newest of a name counts, no body ends it. Immutable.",
)

submission = Table(
    "submission",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("scenario_id", Text, ForeignKey("scenario.id"), nullable=False),
    Column("forecast_id", Text, ForeignKey("forecast.id")),
    Column("platform", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("listings", Json, nullable=False),
    Column("request", Json, nullable=False),
    Column("distortions", Json, nullable=False),
    Column("dedupe_key", Text, nullable=False, unique=True),
    Column("actor", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("status", Text, nullable=False, info=_MOVES),
    Column("attempt", Integer, nullable=False, info=_MOVES),
    Column("holder", Text, info=_MOVES),
    Column("lease_until", Instant, info=_MOVES),
    Column("not_before", Instant, nullable=False, info=_MOVES),
    Column("finished_at", Instant, info=_MOVES),
    CheckConstraint("status in ('waiting', 'sending', 'confirmed', 'refused', 'unclear')", name="status"),
    Index(None, "scenario_id", "created_at", "id"),
    Index(None, "created_at", "id"),
    Index("ix_submission_unfinished", "not_before", "id", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
    info={SUBJECT: "submissions/{id}"},
    comment="Requests to a platform, fixed when they are asked for; how far each is, changes. No tokens.",
)

receipt = Table(
    "receipt",
    METADATA,
    Column("submission_id", Text, ForeignKey("submission.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("step", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("answer", Json, nullable=False),
    Index(None, "at"),
    info={SUBJECT: "submissions/{submission_id}/receipts/{number}"},
    comment="What was tried for a submission and what the platform answered, step by step. Immutable.",
)

quote = Table(
    "quote",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("scenario_id", Text, ForeignKey("scenario.id"), nullable=False),
    Column("question", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("value", Json, nullable=False),
    Column("valid_at", Instant, nullable=False),
    Column("licence", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("author", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    # By its columns' names it would be longer than PostgreSQL takes.
    Index("ix_quote_places", "scenario_id", "question", "source", "place", "valid_at", "recorded_at", "id"),
    Index(None, "scenario_id", "question", "recorded_at", "id"),
    Index(None, "scenario_id", "recorded_at", "id"),
    info={SUBJECT: "scenarios/{scenario_id}/quotes/{id}"},
    comment="What communities and markets say of our questions, with the raw payload, compressed. Immutable.",
)

resolution = Table(
    "resolution",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("scenario_id", Text, ForeignKey("scenario.id"), nullable=False),
    Column("place", Text, nullable=False),
    Column("value", Json, nullable=False),
    Column("happened_on", Text, nullable=False),
    Column("source", Text),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index(None, "scenario_id", "place", "recorded_at", "id"),
    Index(None, "scenario_id", "recorded_at", "id"),
    info={SUBJECT: "scenarios/{scenario_id}/resolutions/{id}"},
    comment="What happened, by the place of a node, outcome or question; the newest of a place counts. Immutable.",
)

api_key = Table(
    "api_key",
    METADATA,
    Column("prefix", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant, info=_MOVES),
    info={SUBJECT: "keys/{prefix}"},
    comment="Keys by their public part. revoked_at and last_used_at change once and often.",
)

idempotency = Table(
    "idempotency",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("run_id", Text),
    Column("status", Integer),
    Column("headers", Json),
    Column("body", LargeBinary),
    Index(None, "created_at"),
    comment="The answer to each request that carried an Idempotency-Key; without status while it is in flight.",
)

audit = Table(
    "audit",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", _BY_CODE_POINT, nullable=False),
    Column("details", Json, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index(None, "subject"),
    comment="What was done, each entry holding the hash of the one before. Immutable.",
)

audit_head = Table(
    "audit_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    comment="One row: where the audit log ends. Whoever adds to it holds it until the commit.",
)
