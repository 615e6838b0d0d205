"""Model files on this computer. Knows nothing of Qt or the engine."""
