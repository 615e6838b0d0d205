"""The yardstick: `llama_decode` and argmax in a bare loop, with nothing of Slipstream around it."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator
from pathlib import Path

import llama_cpp
import numpy as np

_QUIET = llama_cpp.llama_log_callback(lambda *_: None)


def quiet() -> None:
    """Let llama.cpp write nothing. Not where the engine runs: it reads that log."""
    llama_cpp.llama_log_set(_QUIET, ctypes.c_void_p(0))


class Bare:
    """One model and context, decoding greedily one token at a time."""

    def __init__(self, path: Path, n_ctx: int, threads: int) -> None:
        llama_cpp.llama_backend_init()
        params = llama_cpp.llama_model_default_params()
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
        options = llama_cpp.llama_context_default_params()
        options.n_ctx, options.n_batch, options.n_ubatch = n_ctx, 512, 512
        options.n_threads = options.n_threads_batch = threads
        self._context = llama_cpp.llama_init_from_model(self._model, options)
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self._n_vocab = llama_cpp.llama_vocab_n_tokens(self._vocab)

    def decode(self, prompt: list[int], count: int) -> tuple[list[int], float]:
        """Make `count` tokens after a prompt; returns them and decode tok/s, first token to last."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)
        buffer = (llama_cpp.llama_token * len(prompt))(*prompt)
        llama_cpp.llama_decode(self._context, llama_cpp.llama_batch_get_one(buffer, len(prompt)))
        one = (llama_cpp.llama_token * 1)()
        batch = llama_cpp.llama_batch_get_one(one, 1)
        tokens = [self._argmax()]
        start = time.perf_counter()
        while len(tokens) < count:
            one[0] = tokens[-1]
            llama_cpp.llama_decode(self._context, batch)
            tokens.append(self._argmax())
        return tokens, (count - 1) / (time.perf_counter() - start)

    def read(self, tokens: list[int], chunk: int = 256) -> Iterator[np.ndarray]:
        """Evaluate a given text at once; yields the logits after each token, (up to `chunk`, n_vocab) at a
        time: views, valid until the next.
        """
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)
        for first in range(0, len(tokens), chunk):
            part = tokens[first : first + chunk]
            self._decode_all(part, first)
            rows = llama_cpp.llama_get_logits(self._context)
            yield np.ctypeslib.as_array(rows, (len(part), self._n_vocab))

    def wide(self, position: int, width: int) -> None:
        """Decode so many tokens at once, with logits for each, at a position, and take them back."""
        memory = llama_cpp.llama_get_memory(self._context)
        llama_cpp.llama_memory_seq_rm(memory, 0, position, -1)
        self._decode_all([(7919 * k + 13) % self._n_vocab for k in range(width)], position)

    def _decode_all(self, tokens: list[int], position: int) -> None:
        batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
        batch.n_tokens = len(tokens)
        for place, token in enumerate(tokens):
            batch.token[place], batch.pos[place] = token, position + place
            batch.n_seq_id[place], batch.seq_id[place][0], batch.logits[place] = 1, 0, 1
        llama_cpp.llama_decode(self._context, batch)
        llama_cpp.llama_batch_free(batch)

    def tokenize(self, text: str) -> list[int]:
        """Token ids of a text."""
        raw = text.encode()
        buffer = (llama_cpp.llama_token * (len(raw) + 8))()
        count = llama_cpp.llama_tokenize(self._vocab, raw, len(raw), buffer, len(buffer), False, False)
        return list(buffer[:count])

    def close(self) -> None:
        """Free both."""
        llama_cpp.llama_free(self._context)
        llama_cpp.llama_model_free(self._model)

    def _argmax(self) -> int:
        logits = llama_cpp.llama_get_logits_ith(self._context, -1)
        address = ctypes.cast(logits, ctypes.POINTER(ctypes.c_float * self._n_vocab)).contents
        return int(np.argmax(np.frombuffer(address, np.float32)))
