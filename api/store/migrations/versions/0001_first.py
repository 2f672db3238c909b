"""The first database: scenarios, evidence, statements, runs, forecasts, keys and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "api_key",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_api_key")),
        comment="Keys by their public part. revoked_at and last_used_at change once and often.",
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        comment="What was done, each entry holding the hash of the one before. Immutable.",
    )
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        comment="One row: where the audit log ends. Whoever adds to it holds it until the commit.",
    )
    op.create_table(
        "document",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_document")),
        comment="Scenario documents by the SHA-256 of their JSON text, compressed; versions and forecasts share them.",
    )
    op.create_table(
        "idempotency",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_idempotency")),
        comment="The answer to each request that carried an Idempotency-Key; without status while it is in flight.",
    )
    op.create_index(op.f("ix_idempotency_created_at"), "idempotency", ["created_at"], unique=False)
    op.create_table(
        "scenario",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
        comment="One row per scenario; head, the number of its newest version, moves.",
    )
    op.create_table(
        "evidence",
        sa.Column("scenario_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name=op.f("fk_evidence_scenario_id")),
        sa.PrimaryKeyConstraint("scenario_id", "name", name=op.f("pk_evidence")),
        sa.UniqueConstraint("scenario_id", "dedupe_key", name=op.f("uq_evidence_scenario_id_dedupe_key")),
        comment="The ledger beside the entries that a version itself states. Immutable.",
    )
    op.create_index(
        op.f("ix_evidence_scenario_id_recorded_at"), "evidence", ["scenario_id", "recorded_at"], unique=False
    )
    op.create_table(
        "retraction",
        sa.Column("scenario_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name=op.f("fk_retraction_scenario_id")),
        sa.PrimaryKeyConstraint("scenario_id", "name", name=op.f("pk_retraction")),
        comment="Evidence entries, of the ledger or of a document, that no longer count. Immutable.",
    )
    op.create_table(
        "scenario_version",
        sa.Column("scenario_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("priors", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["document.digest"], name=op.f("fk_scenario_version_document")),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name=op.f("fk_scenario_version_scenario_id")),
        sa.PrimaryKeyConstraint("scenario_id", "version", name=op.f("pk_scenario_version")),
        comment="Immutable. text: the YAML as written, compressed; priors, evidence: name → version it is from.",
    )
    op.create_index(
        op.f("ix_scenario_version_scenario_id_recorded_at"),
        "scenario_version",
        ["scenario_id", "recorded_at"],
        unique=False,
    )
    op.create_table(
        "statement",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scenario_id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("expert", sa.Text(), nullable=False),
        sa.Column("prior", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name=op.f("fk_statement_scenario_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        comment="What each panel member stated for a node; the newest of each counts. Immutable.",
    )
    op.create_index(
        op.f("ix_statement_scenario_id_node_expert_recorded_at"),
        "statement",
        ["scenario_id", "node", "expert", "recorded_at"],
        unique=False,
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scenario_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("draws", sa.BigInteger(), nullable=False),
        sa.Column("cancel_requested", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("forecast_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status in ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_run_status")
        ),
        sa.ForeignKeyConstraint(["document"], ["document.digest"], name=op.f("fk_run_document")),
        sa.ForeignKeyConstraint(
            ["scenario_id", "version"],
            ["scenario_version.scenario_id", "scenario_version.version"],
            name=op.f("fk_run_scenario_id_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        comment="Work to be done once: what it computes is fixed when it is asked for; how far it is, changes.",
    )
    op.create_index(op.f("ix_run_created_at_id"), "run", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_run_scenario_id_created_at_id"), "run", ["scenario_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_run_unfinished",
        "run",
        ["created_at", "id"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "forecast",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("scenario_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("draws", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["document.digest"], name=op.f("fk_forecast_document")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_forecast_run_id")),
        sa.ForeignKeyConstraint(
            ["scenario_id", "version"],
            ["scenario_version.scenario_id", "scenario_version.version"],
            name=op.f("fk_forecast_scenario_id_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast")),
        sa.UniqueConstraint("run_id", name=op.f("uq_forecast_run_id")),
        comment="Immutable. result: the forecast's JSON without its document, compressed.",
    )
    op.create_index(op.f("ix_forecast_recorded_at_id"), "forecast", ["recorded_at", "id"], unique=False)
    op.create_index(
        op.f("ix_forecast_scenario_id_recorded_at_id"), "forecast", ["scenario_id", "recorded_at", "id"], unique=False
    )
    op.create_table(
        "figure",
        sa.Column("scenario_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("forecast_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("mean", sa.Float(), nullable=False),
        sa.Column("mc_error", sa.Float(), nullable=False),
        sa.Column("exact", sa.Float(), nullable=True),
        sa.Column("quantiles", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["forecast_id"], ["forecast.id"], name=op.f("fk_figure_forecast_id")),
        sa.PrimaryKeyConstraint("scenario_id", "place", "recorded_at", "forecast_id", name=op.f("pk_figure")),
        comment="Every mean of every forecast by its place, so that a history is one range of one index. Immutable.",
    )
    op.create_index(op.f("ix_figure_forecast_id"), "figure", ["forecast_id"], unique=False)
    op.execute(f"INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '{'0' * 64}')")
