"""The only door to llama.cpp: models, contexts and the log, over llama_cpp's ctypes functions.

Knows: C pointers, batches and return codes. Must not know: prompts, text, requests, rounds. Every pointer
lives in an object with `close()`; every ctypes callback is kept referenced for as long as C may call it.
Calls release the GIL while C runs. One thread at a time.
"""

from __future__ import annotations

import ctypes
import os
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import llama_cpp.llama_cpp as lib
import numpy as np
import numpy.typing as npt

from desktop.engine.faults import context_error, decode_error, load_error
from desktop.engine.types import KvType
from desktop.errors import Cancelled, EngineFailed

Floats = npt.NDArray[np.float32]
Cancel = Callable[[], bool]

BATCH = 256
"""Most tokens in one decode: small enough that progress and cancelling are felt."""
OUTPUTS = 16
"""Most positions of one decode that may ask for logits: the widest verification."""
SNAPSHOTS = 4
"""Tokens that a running state can go back: the longest draft of a hybrid model. Each takes memory for a copy
of the state, and time, whether anything is drafted or not.
"""
_PARTIAL = 1  # LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
_LOG_LINES = 600
_LOG_INFO, _LOG_CONT = 2, 5
_GGML_TYPES: dict[KvType, int] = {
    "f16": lib.GGML_TYPE_F16,
    "q8_0": lib.GGML_TYPE_Q8_0,
    "q4_0": lib.GGML_TYPE_Q4_0,
}


class Log:
    """The newest lines llama.cpp wrote.

    Its log callback is global to the process, so there is one of these.
    """

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_LOG_LINES)
        self._open = False
        self._callback = lib.llama_log_callback(self._on_line)
        self._installed = False

    def install(self) -> None:
        """Start listening; afterwards llama.cpp prints nothing by itself."""
        if not self._installed:
            self._installed = True
            lib.llama_log_set(self._callback, ctypes.c_void_p(0))
            lib.llama_backend_init()

    def _on_line(self, level: int, text: bytes, _data: Any) -> None:
        if level < _LOG_INFO:
            return
        line = text.decode("utf-8", "replace")
        if (level == _LOG_CONT or self._open) and self._lines:
            self._lines[-1] += line.rstrip("\n")
        else:
            self._lines.append(line.rstrip("\n"))
        self._open = not line.endswith("\n")

    def clear(self) -> None:
        """Forget what was written so far."""
        self._lines.clear()

    def lines(self) -> list[str]:
        """The newest lines, oldest first."""
        return list(self._lines)


log = Log()


def version() -> str:
    """Version of llama.cpp and of its Python package, for cache keys and reports."""
    import llama_cpp

    return f"{llama_cpp.__version__}/{(lib.llama_version() or b'').decode('ascii', 'replace')}"


def has_gpu() -> bool:
    """Whether this build can put layers on a GPU."""
    return bool(lib.llama_supports_gpu_offload())


class Model:
    """One loaded model file with its vocabulary. `measure` reads sizes only and allocates nothing,
    `vocabulary` reads nothing but that.
    """

    def __init__(
        self,
        path: Path,
        n_gpu_layers: int = 0,
        progress: Callable[[float], None] | None = None,
        cancelled: Cancel | None = None,
        *,
        measure: bool = False,
        vocabulary: bool = False,
    ) -> None:
        log.install()
        log.clear()
        self._pointer: Any = None
        self._failure: BaseException | None = None
        self._progress, self._cancelled = progress, cancelled
        callback = lib.llama_progress_callback(self._on_progress)
        params = lib.llama_model_default_params()
        params.n_gpu_layers = n_gpu_layers
        params.progress_callback = callback
        if measure:
            params.no_alloc = True
            params.load_mode = lib.LLAMA_LOAD_MODE_NONE
        params.vocab_only = vocabulary
        self._pointer = lib.llama_model_load_from_file(os.fsencode(path), params)
        if self._failure is not None:
            failure, self._failure = self._failure, None
            self.close()
            raise failure
        if not self._pointer:
            raise load_error(path, log.lines())
        self._vocab: Any = lib.llama_model_get_vocab(self._pointer)
        self.n_vocab: int = lib.llama_vocab_n_tokens(self._vocab)
        self._piece = ctypes.create_string_buffer(4096)

    def _on_progress(self, fraction: float, _data: Any) -> bool:
        # An exception must not be lost in C: it is kept, the load stopped, and raised afterwards.
        try:
            if self._cancelled is not None and self._cancelled():
                raise Cancelled
            if self._progress is not None:
                self._progress(fraction)
        except BaseException as error:  # noqa: BLE001
            self._failure = error
            return False
        return True

    @property
    def pointer(self) -> Any:
        """The C pointer, for contexts made from this model."""
        return self._pointer

    def meta(self, key: str) -> str:
        """One metadata value as text, "" when absent."""
        size = 256
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = lib.llama_model_meta_val_str(self._pointer, key.encode(), buffer, size)
            if length < size:
                return buffer.raw[: max(length, 0)].decode("utf-8", "replace")
            size = length + 1

    def chat_template(self) -> str:
        """The chat template the file carries, "" when none."""
        return (lib.llama_model_chat_template(self._pointer, None) or b"").decode("utf-8", "replace")

    @property
    def size(self) -> int:
        """Bytes of the tensors."""
        return int(lib.llama_model_size(self._pointer))

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return int(lib.llama_model_n_params(self._pointer))

    @property
    def n_ctx_train(self) -> int:
        """Context length the model was trained for."""
        return int(lib.llama_model_n_ctx_train(self._pointer))

    @property
    def n_layer(self) -> int:
        """Number of layers."""
        return int(lib.llama_model_n_layer(self._pointer))

    @property
    def can_chat(self) -> bool:
        """Whether it is a plain decoder: not an embedding, encoder-decoder or diffusion model."""
        odd = lib.llama_model_has_encoder(self._pointer) or lib.llama_model_is_diffusion(self._pointer)
        return bool(lib.llama_model_has_decoder(self._pointer)) and not odd and self.n_vocab > 0

    @property
    def keeps_state(self) -> bool:
        """Whether memory is (partly) a running state, which cannot be rolled back safely."""
        return bool(lib.llama_model_is_recurrent(self._pointer) or lib.llama_model_is_hybrid(self._pointer))

    @property
    def vocab_type(self) -> int:
        """Kind of tokenizer, by llama.cpp's number."""
        return int(lib.llama_vocab_type(self._vocab))

    @property
    def is_spm(self) -> bool:
        """Whether the tokenizer is of the SentencePiece kind, which may put a space before a run of text."""
        return self.vocab_type == lib.LLAMA_VOCAB_TYPE_SPM

    @property
    def bos(self) -> int:
        """Begin-of-sequence token, -1 when there is none."""
        return int(lib.llama_vocab_bos(self._vocab))

    @property
    def eos(self) -> int:
        """End-of-sequence token, -1 when there is none."""
        return int(lib.llama_vocab_eos(self._vocab))

    @property
    def adds_bos(self) -> bool:
        """Whether prompts begin with `bos`."""
        return bool(lib.llama_vocab_get_add_bos(self._vocab))

    @property
    def adds_eos(self) -> bool:
        """Whether prompts end with `eos`."""
        return bool(lib.llama_vocab_get_add_eos(self._vocab))

    def token_text(self, token: int) -> str:
        """Text of a token as the vocabulary spells it."""
        if not 0 <= token < self.n_vocab:
            return ""
        return (lib.llama_vocab_get_text(self._vocab, token) or b"").decode("utf-8", "replace")

    def special_tokens(self) -> tuple[dict[str, int], dict[str, int]]:
        """Control (and unknown) tokens, and user-defined ones, by text. Walks the whole vocabulary once."""
        control: dict[str, int] = {}
        defined: dict[str, int] = {}
        wanted = lib.LLAMA_TOKEN_ATTR_CONTROL | lib.LLAMA_TOKEN_ATTR_UNKNOWN
        attributes, vocab = lib.llama_vocab_get_attr, self._vocab
        for token in range(self.n_vocab):
            attribute = attributes(vocab, token)
            if attribute & wanted:
                control[self.token_text(token)] = token
            elif attribute & lib.LLAMA_TOKEN_ATTR_USER_DEFINED:
                defined[self.token_text(token)] = token
        control.pop("", None)
        defined.pop("", None)
        return control, defined

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Token ids of a text, nothing added. With `special`, texts of control tokens become those tokens."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        buffer = (lib.llama_token * room)()
        count = lib.llama_tokenize(self._vocab, data, len(data), buffer, room, False, special)
        if count < 0:
            room = -count
            buffer = (lib.llama_token * room)()
            count = lib.llama_tokenize(self._vocab, data, len(data), buffer, room, False, special)
        return list(buffer[: max(count, 0)])

    def piece(self, token: int, *, special: bool) -> bytes:
        """Bytes of one token; control tokens give none unless `special`."""
        length = lib.llama_token_to_piece(self._vocab, token, self._piece, len(self._piece), 0, special)
        if length < 0:
            self._piece = ctypes.create_string_buffer(-length)
            length = lib.llama_token_to_piece(self._vocab, token, self._piece, len(self._piece), 0, special)
        return self._piece.raw[: max(length, 0)]

    def is_eog(self, token: int) -> bool:
        """Whether the token ends an answer."""
        return bool(lib.llama_vocab_is_eog(self._vocab, token))

    def close(self) -> None:
        """Free the model. Contexts made from it must be closed before."""
        if self._pointer:
            lib.llama_model_free(self._pointer)
            self._pointer = None


class Context:
    """A model's KV cache and compute buffers, with one sequence, and one batch that is used over and over.

    `snapshots`: how many tokens of the last decode a running state shall be able to go back; 0 where the
    model has none or cannot.
    """

    def __init__(self, model: Model, n_ctx: int, n_threads: int, kv_type: KvType, snapshots: int = 0) -> None:
        params = lib.llama_context_default_params()
        params.n_ctx = n_ctx
        params.n_batch = params.n_ubatch = BATCH
        params.n_outputs_max = OUTPUTS
        params.n_rs_seq = snapshots if model.keeps_state else 0
        params.n_threads = params.n_threads_batch = n_threads
        params.type_k = params.type_v = _GGML_TYPES[kv_type]
        params.swa_full = True  # a sliding-window cache keeps every position: prefixes can be reused exactly
        params.no_perf = True
        self._pointer: Any = lib.llama_init_from_model(model.pointer, params)
        if not self._pointer:
            raise context_error(log.lines())
        self._memory: Any = lib.llama_get_memory(self._pointer)
        self.n_ctx: int = lib.llama_n_ctx(self._pointer)
        self.snapshots: int = lib.llama_n_rs_seq(self._pointer)
        self.busy_s = 0.0
        """Seconds spent inside llama.cpp's decode, in all."""
        self.n_vocab = model.n_vocab
        self.window = int(lib.llama_model_n_swa(model.pointer))
        """Positions a sliding window sees, 0 = none: a state saved whole holds no more of its layers."""
        self._idle_abort = lib.ggml_abort_callback()
        self._abort: Any = self._idle_abort
        self._cancelled: Cancel | None = None
        self._view: Floats | None = None
        self._view_at = 0
        self._outputs = 1
        self._make_batch()

    def _make_batch(self) -> None:
        self._batch = lib.llama_batch_init(BATCH, 0, 1)
        self._token = np.ctypeslib.as_array(self._batch.token, (BATCH,))
        self._pos = np.ctypeslib.as_array(self._batch.pos, (BATCH,))
        self._wants = np.ctypeslib.as_array(self._batch.logits, (BATCH,))
        np.ctypeslib.as_array(self._batch.n_seq_id, (BATCH,))[:] = 1
        for index in range(BATCH):
            self._batch.seq_id[index][0] = 0

    @property
    def watched(self) -> Cancel | None:
        """What is asked while a decode runs."""
        return self._cancelled

    def watch(self, cancelled: Cancel | None) -> None:
        """Ask `cancelled` while a decode runs (CPU only, once per graph node), or stop asking (None)."""
        if cancelled is self._cancelled:
            return
        self._cancelled = cancelled
        # The old callback stays referenced until C has the new one.
        new = self._idle_abort if cancelled is None else lib.ggml_abort_callback(lambda _data: cancelled())
        lib.llama_set_abort_callback(self._pointer, new, ctypes.c_void_p(0))
        self._abort = new

    def decode(self, tokens: Sequence[int], position: int, outputs: int = 1) -> None:
        """Evaluate at most `BATCH` tokens from `position` on; the last `outputs` of them give logits.

        Raises: ContextFull, Cancelled (what was evaluated may remain: trim), EngineFailed.
        """
        count = len(tokens)
        batch = self._batch
        batch.n_tokens = count
        if count == 1:
            self._token[0], self._pos[0], self._wants[0] = tokens[0], position, 1
        else:
            self._token[:count] = tokens
            self._pos[:count] = np.arange(position, position + count)
            self._wants[: count - outputs] = 0
            self._wants[count - outputs : count] = 1
        began = perf_counter()
        code = lib.llama_decode(self._pointer, batch)
        if code == 0 and outputs:
            lib.llama_synchronize(self._pointer)  # on a GPU the work is only queued
        self.busy_s += perf_counter() - began
        self._outputs = outputs
        if code != 0:
            raise decode_error(code, position + count, self.n_ctx)

    def logits(self) -> Floats:
        """Logits of the last decode, (outputs, n_vocab): a view, valid until the next decode."""
        first = lib.llama_get_logits(self._pointer)
        if not first or not self._outputs:
            raise EngineFailed("no logits for this position", code=0)
        address = ctypes.addressof(first.contents)
        if self._view is None or address != self._view_at:
            flat = (ctypes.c_float * (OUTPUTS * self.n_vocab)).from_address(address)
            self._view = np.ctypeslib.as_array(flat).reshape(OUTPUTS, self.n_vocab)
            self._view_at = address
        return self._view[: self._outputs]

    def trim(self, length: int) -> bool:
        """Keep the first `length` positions. False when this memory cannot do that: then `clear`."""
        return bool(lib.llama_memory_seq_rm(self._memory, 0, length, -1))

    def clear(self) -> None:
        """Forget every position."""
        lib.llama_memory_clear(self._memory, False)

    def state_size(self, *, whole: bool = False) -> int:
        """Bytes that `save_state` would take."""
        return int(lib.llama_state_seq_get_size_ext(self._pointer, 0, 0 if whole else _PARTIAL))

    def save_state(self, *, whole: bool = False) -> npt.NDArray[np.uint8]:
        """The running state as it is now, (bytes,). Positions that are cells are in it only when `whole`."""
        size, flags = self.state_size(whole=whole), 0 if whole else _PARTIAL
        state = np.empty(size, np.uint8)  # a state may have 150 MB: no zeroing, no copy of the copy
        written = lib.llama_state_seq_get_data_ext(self._pointer, _bytes_of(state), size, 0, flags)
        return state[:written]

    def restore_state(self, state: npt.NDArray[np.uint8], length: int, *, whole: bool = False) -> bool:
        """Go back to a state saved when `length` positions were held. False = it did not work: `clear`."""
        flags = 0 if whole else _PARTIAL
        read = lib.llama_state_seq_set_data_ext(self._pointer, _bytes_of(state), state.size, 0, flags)
        return bool(read == state.size and self.trim(length))

    @property
    def first_position(self) -> int:
        """Oldest position still held, -1 when empty."""
        return int(lib.llama_memory_seq_pos_min(self._memory, 0))

    def close(self) -> None:
        """Free the context and its batch."""
        if self._pointer:
            lib.llama_free(self._pointer)
            lib.llama_batch_free(self._batch)
            self._pointer = None


def _bytes_of(state: npt.NDArray[np.uint8]) -> Any:
    """A C pointer to the bytes of an array, which must outlive the call."""
    return state.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
