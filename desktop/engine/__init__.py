"""Token factory: loads a GGUF and makes tokens. Knows nothing of Qt, SQL or the network."""
