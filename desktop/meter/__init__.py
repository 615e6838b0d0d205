"""Energy and money of an answer. Knows nothing of the engine, the store or Qt; counts are given to it."""
