"""The little of llama.cpp the recipe needs: quantising, and greedy answers."""

from __future__ import annotations

import ctypes
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
from numpy.typing import NDArray

from guide.tokenizer import STOP, Codec

LONGEST = 220


def quantise(source: Path, target: Path) -> None:
    """Write a Q8_0 copy of a GGUF file."""
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0
    params.nthread = 2
    failed = llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(params))
    if failed:
        raise RuntimeError(f"llama.cpp could not quantise {source.name} ({failed})")


def weights(path: Path) -> int:
    """Return how many weights a GGUF file holds."""
    return sum(int(tensor.n_elements) for tensor in gguf.GGUFReader(path).tensors)


class Chat:
    """A loaded model that answers questions, one conversation at a time."""

    def __init__(self, path: Path, codec: Codec, all_logits: bool = False) -> None:
        self.codec = codec
        self.llama = llama_cpp.Llama(
            str(path),
            n_ctx=1024,
            n_threads=2,
            n_threads_batch=2,
            logits_all=all_logits,
            verbose=False,
        )
        self.ids: list[int] = []

    def restart(self) -> None:
        """Forget the conversation."""
        self.ids = []

    def ask(self, question: str, temperature: float = 0.0, seed: int = 1) -> str:
        """Return the answer and keep the conversation."""
        self.ids.extend(self.codec.question(question))
        if len(self.ids) + LONGEST > 1024:
            raise RuntimeError("the test conversation is too long")
        said: list[int] = []
        self.llama.set_seed(seed)
        tokens = self.llama.generate(
            self.ids, temp=temperature, top_k=40, top_p=0.95, min_p=0.05, repeat_penalty=1.0
        )
        for token in tokens:
            if token == STOP or len(said) >= LONGEST:
                break
            said.append(int(token))
        self.ids.extend([*said, STOP, *self.codec.text("\n")])
        return self.codec.decode(said)

    def logits(self, ids: list[int]) -> NDArray[np.float32]:
        """Return the logits after every id; needs `all_logits`."""
        self.llama.n_tokens = 0
        self.llama.eval(ids)
        return np.array(self.llama.scores[: len(ids)], dtype=np.float32)

    def native_ids(self, text: str) -> list[int]:
        """Tokenise with llama.cpp, specials unread."""
        return list(self.llama.tokenize(text.encode(), add_bos=False, special=False))
