"""Widgets. No threads, no SQL, no ctypes, no network."""
