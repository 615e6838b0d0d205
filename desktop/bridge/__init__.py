"""Qt without widgets: the only room with threads."""
