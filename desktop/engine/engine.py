"""One loaded model, ready to answer: load, generate, count, close.

Knows: the order of things (check, probe, measure, load; build the prompt, run the loop, remember the answer).
Must not know: threads, Qt, conversations on disk. One thread at a time may use an engine.
"""

from __future__ import annotations

import math
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import perf_counter
from types import TracebackType
from typing import Self

import psutil

from desktop import gguf, paths
from desktop.engine import memory
from desktop.engine.binding import Context, Model, Sampler, has_gpu, log
from desktop.engine.cache import KvCache
from desktop.engine.fit import Prompt
from desktop.engine.generate import Answer, Job, Parts
from desktop.engine.probe import ensure_probed
from desktop.engine.prompt import PromptBuilder
from desktop.engine.template import DirectTemplates, Renderer, TemplateProcess
from desktop.engine.text import MARK_TOKENS, TextStream
from desktop.engine.types import KV_TYPES, Event, Finished, LoadOptions, ModelInfo, Request, Sampling
from desktop.errors import BadInput, EngineFailed, ModelUnsupported

Cancel = Callable[[], bool]
TINY_BYTES = 32 << 20


def never() -> bool:
    """Nobody cancels."""
    return False


def ignore(_fraction: float) -> None:
    """Nobody watches the progress."""


class Engine:
    """A model in memory. Made by `Engine.load`; use as a context manager or `close()` it."""

    def __init__(self, model: Model, context: Context, info: ModelInfo, renderer: Renderer) -> None:
        self.info = info
        self._model = model
        self._context = context
        self._renderer = renderer
        self._prompts = PromptBuilder(model, renderer)
        self._closed = False
        self._pieces: dict[int, bytes] = {}
        self._ends: dict[int, bool] = {}
        cache = KvCache(context, keeps_state=model.keeps_state)
        self._cache = cache
        self._parts = Parts(context, cache, self._piece, self._is_eog, info.n_ctx)

    @classmethod
    def load(
        cls, options: LoadOptions, progress: Callable[[float], None] = ignore, cancelled: Cancel = never
    ) -> Self:
        """Load a model. `progress` gets 0..1.

        Raises: ModelError of some kind, EngineFailed, Cancelled.
        """
        header = _checked(options)
        own = options.path.resolve() in (paths.guide_model().resolve(), paths.guide_draft().resolve())
        if options.probe and not own:
            ensure_probed(options, cancelled)
        started = perf_counter()
        needed = memory.measure(options, header) if options.check_memory else memory.unmeasured()
        renderer: Renderer = DirectTemplates() if own or not header.chat_template else TemplateProcess()
        model: Model | None = None
        context: Context | None = None
        try:
            model = Model(options.path, options.n_gpu_layers, progress, cancelled)
            if not model.can_chat:
                raise ModelUnsupported(
                    "the model cannot write text", path=str(options.path), architecture=header.architecture
                )
            wanted = memory.context_length(options.n_ctx, model.n_ctx_train)
            threads = options.n_threads or default_threads(model.size)
            context = Context(model, wanted, threads, options.kv_type)
            info = _info(options, header, model, min(context.n_ctx, wanted), threads)
            info = replace(info, memory=needed, load_ms=(perf_counter() - started) * 1000.0)
            return cls(model, context, info, renderer)
        except BaseException:
            for thing in (context, model, renderer):
                if thing is not None:
                    thing.close()
            raise

    def generate(self, request: Request, cancelled: Cancel = never) -> Iterator[Event]:
        """Write one answer: Prefill events, Steps, and one Finished.

        `cancelled` is asked often and must be quick. The generator may be abandoned at any time; a later
        call reuses what is in the cache.

        Raises: BadInput, ContextFull, TemplateFailed (at the call); EngineFailed (while running).
        """
        submitted = perf_counter()
        self._check_open()
        _check_sampling(request.sampling)
        prompt = self._prompts.build(request, self.info.n_ctx)
        return self._answer(request, prompt, submitted, cancelled)

    def _answer(
        self, request: Request, prompt: Prompt, submitted: float, cancelled: Cancel
    ) -> Iterator[Event]:
        self._check_open()
        # llama.cpp takes 2^32 - 1 for "any seed".
        seed = request.sampling.seed % 0xFFFFFFFF if request.sampling.seed >= 0 else secrets.randbits(31)
        sampler = Sampler(self._model, request.sampling, seed)
        if sampler.penalises:
            for token in prompt.ids[-max(request.sampling.penalty_last_n, 0) :]:
                sampler.accept(token)
        text = TextStream(
            (*request.stop, *prompt.stops),
            prompt.thinking_mark,
            thinking=not (request.raw or prompt.continues),
        )
        job = Job(
            prompt=prompt.ids,
            sampler=sampler,
            text=text,
            seed=seed,
            limit=request.max_tokens,
            submitted=submitted,
            cut=prompt.cut,
            ignore_eos=request.ignore_eos,
        )
        for event in Answer(self._parts, job, cancelled).events():
            if isinstance(event, Finished):
                self._remember(prompt, job, event)
            yield event

    def _remember(self, prompt: Prompt, job: Job, finished: Finished) -> None:
        """Keep the spelling of an answer that is all its tokens: no thinking taken out, nothing cut off."""
        if finished.thinking_tokens or finished.stop_reason == "stop" or job.ignore_eos:
            return
        before = self._prompts.remembered(prompt.continues)
        if prompt.continues and not before:
            return
        text = prompt.continues + "".join(part.text for part in job.shown)
        self._prompts.remember(text, (*before, *job.output))

    def count(self, text: str) -> int:
        """Tokens of a text, as the model counts it."""
        return len(self._model.tokenize(text, special=False))

    def detokenize(self, tokens: list[int]) -> str:
        """Text of tokens, control tokens left out."""
        pieces = (self._model.piece(token, special=False) for token in tokens)
        return b"".join(pieces).decode("utf-8", "replace")

    def forget(self) -> None:
        """Empty the KV cache: the next answer reads its whole prompt."""
        self._cache.trim(0)

    def same_vocabulary(self, other: Engine) -> bool:
        """Whether both models mean the same by every token id."""
        mine, theirs = self._model, other._model
        return mine.n_vocab == theirs.n_vocab and all(
            mine.token_text(token) == theirs.token_text(token) for token in range(mine.n_vocab)
        )

    @staticmethod
    def log_tail() -> list[str]:
        """The newest lines llama.cpp wrote, for reports of a failure."""
        return log.lines()

    def _piece(self, token: int) -> bytes:
        """Bytes of a token, looked up once; control tokens show only where they mark thinking."""
        piece = self._pieces.get(token)
        if piece is None:
            shown = self._model.token_text(token) in MARK_TOKENS and not self._model.is_eog(token)
            piece = self._pieces[token] = self._model.piece(token, special=shown)
        return piece

    def _check_open(self) -> None:
        if self._closed:
            raise EngineFailed("the model is no longer loaded", code=0)

    def _is_eog(self, token: int) -> bool:
        ends = self._ends.get(token)
        if ends is None:
            ends = self._ends[token] = self._model.is_eog(token)
        return ends

    def close(self) -> None:
        """Free everything. Further use is an error; closing again is not."""
        self._closed = True
        self._cache.run += 1  # a generator somebody still holds must not touch the freed context
        self._context.close()
        self._model.close()
        self._renderer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def default_threads(size: int) -> int:
    """Threads for a model of `size` bytes: the physical cores this process may use; one for a tiny model.

    More threads than cores are slower, not faster. A tiny model gains little from a second thread, and with
    one it stays fast while another program is busy: llama.cpp's threads wait for each other after every
    operation (docs/benchmarks.md).
    """
    if size < TINY_BYTES:
        return 1
    physical = psutil.cpu_count(logical=False) or 1
    return min(physical, len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else physical


def _check_sampling(sampling: Sampling) -> None:
    numbers = (sampling.temperature, sampling.top_p, sampling.min_p, sampling.repeat_penalty)
    penalties = (sampling.frequency_penalty, sampling.presence_penalty)
    if not all(map(math.isfinite, (*numbers, *penalties))) or sampling.repeat_penalty <= 0.0:
        raise BadInput("a sampling value cannot be used")


def _checked(options: LoadOptions) -> gguf.GgufHeader:
    """The header, after a look at every file of the model."""
    if options.kv_type not in KV_TYPES or options.n_ctx < 0 or options.n_threads < 0:
        raise BadInput("context size, threads or KV cache type cannot be used")
    for part in gguf.parts_of(options.path)[1:]:
        gguf.read_header(part)
    return gguf.read_header(options.path)


def _info(options: LoadOptions, header: gguf.GgufHeader, model: Model, n_ctx: int, threads: int) -> ModelInfo:
    return ModelInfo(
        path=options.path,
        name=header.name or gguf.name_from(options.path.stem) or "Model",
        architecture=header.architecture,
        quantisation=header.quantisation,
        parameters=model.parameters,
        size=model.size,
        n_ctx=n_ctx,
        n_ctx_train=model.n_ctx_train,
        n_vocab=model.n_vocab,
        n_threads=threads,
        n_gpu_layers=options.n_gpu_layers,
        kv_type=options.kv_type,
        has_template=bool(header.chat_template),
        memory=memory.unmeasured(),
        load_ms=0.0,
        gpu=has_gpu(),
    )
