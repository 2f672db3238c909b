"""Tournaments: listings, submissions with their receipts, what others say, and what happened."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of tournaments."""
    op.create_table(
        "listing",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scenario_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name=op.f("fk_listing_scenario_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
        comment="Which question of a platform ours answers; the newest of a name counts, no body ends it. Immutable.",
    )
    op.create_index(
        op.f("ix_listing_scenario_id_name_recorded_at_id"),
        "listing",
        ["scenario_id", "name", "recorded_at", "id"],
        unique=False,
    )
    op.create_table(
        "quote",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scenario_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("valid_at", sa.BigInteger(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name=op.f("fk_quote_scenario_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        comment="What communities and markets say of our questions, with the raw payload, compressed. Immutable.",
    )
    op.create_index(
        "ix_quote_places",
        "quote",
        ["scenario_id", "question", "source", "place", "valid_at", "recorded_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_quote_scenario_id_question_recorded_at_id"),
        "quote",
        ["scenario_id", "question", "recorded_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_quote_scenario_id_recorded_at_id"), "quote", ["scenario_id", "recorded_at", "id"], unique=False
    )
    op.create_table(
        "resolution",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scenario_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name=op.f("fk_resolution_scenario_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolution")),
        comment="What happened, by the place of a node, outcome or question; the newest of a place counts. Immutable.",
    )
    op.create_index(
        op.f("ix_resolution_scenario_id_place_recorded_at_id"),
        "resolution",
        ["scenario_id", "place", "recorded_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_resolution_scenario_id_recorded_at_id"),
        "resolution",
        ["scenario_id", "recorded_at", "id"],
        unique=False,
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scenario_id", sa.Text(), nullable=False),
        sa.Column("forecast_id", sa.Text(), nullable=True),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("listings", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("distortions", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status in ('waiting', 'sending', 'confirmed', 'refused', 'unclear')", name=op.f("ck_submission_status")
        ),
        sa.ForeignKeyConstraint(["forecast_id"], ["forecast.id"], name=op.f("fk_submission_forecast_id")),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name=op.f("fk_submission_scenario_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_submission_dedupe_key")),
        comment="Requests to a platform, fixed when they are asked for; how far each is, changes. No tokens.",
    )
    op.create_index(
        op.f("ix_submission_scenario_id_created_at_id"), "submission", ["scenario_id", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_submission_created_at_id"), "submission", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_submission_unfinished",
        "submission",
        ["not_before", "id"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "receipt",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_receipt_submission_id")),
        sa.PrimaryKeyConstraint("submission_id", "number", name=op.f("pk_receipt")),
        comment="What was tried for a submission and what the platform answered, step by step. Immutable.",
    )
    op.create_index(op.f("ix_receipt_at"), "receipt", ["at"], unique=False)
