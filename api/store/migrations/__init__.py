"""Alembic's folder: one file per step in ``versions``, applied by ``api.store.schema``."""
