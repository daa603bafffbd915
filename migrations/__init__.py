"""Alembic revisions of all tables: the engine's and those of the channels."""
