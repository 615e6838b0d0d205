"""Conversations in SQLite. Knows nothing of Qt or the engine."""
