"""One loaded model, ready to answer: load, generate, count, close.

Knows: the order of things (check, probe, measure, load; build the prompt, run the loop, remember the answer).
Must not know: threads, Qt, conversations on disk. One thread at a time may use an engine.
"""

from __future__ import annotations

import math
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Self

import psutil

from desktop import gguf, paths
from desktop.engine import memory
from desktop.engine.binding import BATCH, OUTPUTS, SNAPSHOTS, Context, Model, has_gpu, log
from desktop.engine.cache import KvCache
from desktop.engine.costs import Costs
from desktop.engine.drafts import judge, open_draft
from desktop.engine.fit import Prompt
from desktop.engine.generate import Answer, Job, Parts
from desktop.engine.look import View, followable, look
from desktop.engine.probe import ensure_probed
from desktop.engine.prompt import PromptBuilder
from desktop.engine.sampling import Chain, Floats
from desktop.engine.seen import Look
from desktop.engine.sources import Sources
from desktop.engine.speculate import Drafter
from desktop.engine.template import DirectTemplates, Renderer, TemplateProcess
from desktop.engine.text import MARK_TOKENS, TextStream
from desktop.engine.types import (
    KV_TYPES,
    LONGEST_DRAFT,
    MODES,
    RULES,
    DraftInfo,
    Event,
    Finished,
    LoadOptions,
    ModelInfo,
    Request,
    Sampling,
    Speculation,
)
from desktop.errors import BadInput, Cancelled, ContextFull, EngineFailed, ModelUnsupported, UserError

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
        self._parts = Parts(context, cache, self._piece, self._is_eog, info.n_ctx, model.keeps_state)
        self._sources = Sources()
        self._costs = Costs(info, model.n_vocab, context, cache, self._sources)
        self._drafting = False
        """Whether the newest answer uses the draft model."""
        self._failed_draft: tuple[tuple[str, int], UserError] | None = None

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
            context = Context(model, wanted, threads, options.kv_type, SNAPSHOTS)
            info = _info(options, header, model, min(context.n_ctx, wanted), threads)
            info = replace(info, memory=needed, load_ms=(perf_counter() - started) * 1000.0)
            return cls(model, context, info, renderer)
        except BaseException:
            for thing in (context, model, renderer):
                if thing is not None:
                    thing.close()
            raise

    def generate(
        self, request: Request, cancelled: Cancel = never, clock: Callable[[], float] = perf_counter
    ) -> Iterator[Event]:
        """Write one answer: Prefill events, Steps, and one Finished.

        `clock`: seconds; one that stands still while nobody asks for the next event leaves that time out.

        `cancelled` is asked often and must be quick. The generator may be abandoned at any time; a later
        call reuses what is in the cache.

        Raises: BadInput, ContextFull, TemplateFailed (at the call); EngineFailed (while running).
        """
        submitted = clock()
        self._check_open()
        _check_sampling(request.sampling)
        _check_speculation(request.speculation)
        prompt = self._prompt(request)
        return self._answer(request, prompt, submitted, cancelled, clock)

    def _answer(
        self,
        request: Request,
        prompt: Prompt,
        submitted: float,
        cancelled: Cancel,
        clock: Callable[[], float],
    ) -> Iterator[Event]:
        self._check_open()
        self._prepare(request.speculation, cancelled)
        self._drafting = request.speculation.mode in ("auto", "draft")
        # 2^32 - 1 stays unused: llama.cpp takes it for "any seed", and receipts are shared.
        seed = request.sampling.seed % 0xFFFFFFFF if request.sampling.seed >= 0 else secrets.randbits(31)
        chain = Chain(request.sampling, seed, self.info.n_ctx_train)
        limit = min(self._cache.rollback_limit(OUTPUTS), LONGEST_DRAFT)
        text = TextStream(
            (*request.stop, *prompt.stops),
            prompt.thinking_mark,
            thinking=not (request.raw or prompt.continues),
        )
        job = Job(
            prompt=prompt.ids,
            chain=chain,
            drafter=Drafter(
                self._sources, request.speculation, chain, limit, fixed_seed=request.sampling.seed >= 0
            ),
            text=text,
            seed=seed,
            limit=request.max_tokens,
            submitted=submitted,
            clock=clock,
            cut=prompt.cut,
            ignore_eos=request.ignore_eos,
            begun=request.begun,
        )
        for event in Answer(self._parts, job, cancelled).events():
            if isinstance(event, Finished):
                self._remember(prompt, job, event)
                self._costs.keep()
            yield event

    def _prepare(self, speculation: Speculation, cancelled: Cancel) -> None:
        """Whatever drafting needs and nobody has asked for yet. A draft that fails is told by the answer."""
        if speculation.mode == "off":
            return
        try:
            if speculation.mode != "lookup":
                self.use_draft(speculation.draft, cancelled=cancelled)
        except UserError as error:
            self._sources.refused = error.detail or "the draft cannot be used"
        except Cancelled:
            return  # the answer notices by itself
        with suppress(Cancelled):
            self.measure(speculation, cancelled)

    @property
    def _draft_path(self) -> Path | None:
        return self._sources.model.info.path if self._sources.model is not None else None

    @property
    def draft(self) -> DraftInfo | None:
        """The draft model beside the target."""
        return self._sources.model.info if self._sources.model is not None else None

    def use_draft(
        self,
        path: Path | None,
        progress: Callable[[float], None] = ignore,
        cancelled: Cancel = never,
    ) -> DraftInfo | None:
        """Load a draft model beside the target, in place of another one, or drop it (None).

        The one that is loaded already costs nothing, nor does one that failed and has not changed since.
        Raises: DraftRefused, ModelError of some kind, EngineFailed, Cancelled; then there is no draft model.
        """
        self._check_open()
        if path is not None and path == self._draft_path:
            return self.draft
        if self._sources.model is not None:
            self._costs.keep()
            self._sources.model.close()
            self._sources.model = None
        self._sources.refused = ""
        if path is None:
            return None
        state = _state_of(path)
        if self._failed_draft is not None and self._failed_draft[0] == state:
            raise self._failed_draft[1]
        try:
            self._sources.model = open_draft(path, self._model, self.info, progress, cancelled)
        except UserError as error:
            self._failed_draft = (state, error)
            self._sources.refused = error.detail or "the draft cannot be used"
            raise
        self._sources.new_pair()
        return self.draft

    def judge_draft(self, path: Path, cancelled: Cancel = never) -> DraftInfo:
        """Whether a file can draft for this model, and what it needs; weights are not loaded.

        Raises: Cancelled.
        """
        self._check_open()
        return replace(judge(path, self._model, self.info, cancelled), loaded=path == self._draft_path)

    def measure(self, speculation: Speculation, cancelled: Cancel = never) -> None:
        """Time decodes of every width on this computer, unless they are known: 2 s at most per model.

        Raises: Cancelled, EngineFailed.
        """
        if speculation.mode == "off":
            return
        self._costs.measure(cancelled)

    def curve(self) -> list[tuple[int, float]]:
        """Measured cost of one decode: (width, ms), empty when not measured yet."""
        curve = self._sources.curve
        return [(width, curve.ms(width)) for width in range(1, OUTPUTS + 1)] if curve.measured else []

    def draft_step_ms(self) -> float:
        """Measured cost of drafting one token, 0 = not measured."""
        model = self._sources.model
        return model.curve.ms(1) if model is not None and model.curve.measured else 0.0

    def native_seconds(self) -> float:
        """Seconds spent inside llama.cpp's decode so far, by target and draft."""
        model = self._sources.model
        return self._context.busy_s + (model.native_s if model is not None else 0.0)

    def logits_after(self, request: Request, tokens: Sequence[int]) -> Floats:
        """Logits (n_vocab,) of what follows the request's prompt and `tokens`, evaluated one by one.

        For looking at a place where two answers part; leaves the cache at that text.
        """
        self._check_open()
        prompt = self._prompts.build(request, self.info.n_ctx).ids
        done = self._cache.reuse(prompt)
        for chunk in [prompt[at : at + BATCH] for at in range(done, len(prompt), BATCH)]:
            self._cache.decode(chunk)
        for token in tokens:
            self._cache.decode((token,))
        last: Floats = self._context.logits()[-1].copy()
        return last

    def look(
        self,
        request: Request,
        tokens: Sequence[int],
        at: int,
        also: Sequence[int] = (),
        cancelled: Cancel = never,
    ) -> Look:
        """What may stand at index `at` of an answer to the request, which has (or had) these tokens.

        `also`: tokens to be judged besides the likeliest; the one that stands there always is. A seed in the
        request is that of the answer. Between two events of `generate` this may be asked as well: the answer
        goes on as if it had not been.
        Raises: BadInput, ContextFull, TemplateFailed, Cancelled, EngineFailed.
        """
        self._check_open()
        _check_sampling(request.sampling)
        if not 0 <= at <= len(tokens) or not all(0 <= token < self.info.n_vocab for token in tokens):
            raise BadInput("these are not tokens of this model")
        before = [*self._prompt(request).ids, *tokens[:at]]
        chain = Chain(request.sampling, max(request.sampling.seed, 0) % 0xFFFFFFFF, self.info.n_ctx_train)
        chain, unknown = followable(chain, seeded=request.sampling.seed >= 0)
        keep, recent = self._cache.writing, chain.recent(before)
        target = View(self._cache.peek(before, cancelled, keep=keep), chain, recent, len(before))
        draft, model = None, self._sources.model
        row = None
        if model is not None:
            row = model.row_after(before, cancelled, keep=keep and self._drafting)
        if row is not None:
            mirror = Chain(replace(chain.sampling, xtc_probability=0.0), chain.seed, self.info.n_ctx_train)
            draft = View(row, mirror, recent, len(before))
        return look(at, target, draft, self._piece, (*tokens[at : at + 1], *also), unknown)

    def spell(self, text: str) -> tuple[int, ...]:
        """Tokens that say a text within an answer, nothing added."""
        wanted = text.encode("utf-8", "replace")
        spelled = tuple(self._model.tokenize(text, special=False))
        if b"".join(map(self._piece, spelled)) == wanted:
            return spelled
        # Some tokenizers put a space of their own before any text.
        bare = tuple(self._model.tokenize(text.removeprefix(" "), special=False))
        return bare if b"".join(map(self._piece, bare)) == wanted else spelled

    def _prompt(self, request: Request) -> Prompt:
        """The prompt, and what the answer begins with.

        Raises: BadInput, ContextFull, TemplateFailed.
        """
        prompt, begun = self._prompts.build(request, self.info.n_ctx), request.begun
        if not all(0 <= token < self.info.n_vocab for token in begun):
            raise BadInput("these are not tokens of this model")
        if begun and len(prompt.ids) + len(begun) > self.info.n_ctx:
            needed = len(prompt.ids) + len(begun)
            raise ContextFull(
                "what the answer begins with does not fit", needed=needed, n_ctx=self.info.n_ctx
            )
        return replace(prompt, ids=[*prompt.ids, *begun]) if begun else prompt

    def _remember(self, prompt: Prompt, job: Job, finished: Finished) -> None:
        """Keep the spelling of an answer that is all its tokens: no thinking taken out, nothing cut off."""
        if finished.thinking_tokens or job.thought or finished.stop_reason == "stop" or job.ignore_eos:
            return
        if any(map(self._is_eog, job.begun)):
            return
        before = self._prompts.remembered(prompt.continues)
        if prompt.continues and not before:
            return
        text = prompt.continues + "".join(part.text for part in job.shown)
        self._prompts.remember(text, (*before, *job.begun, *job.output))

    def count(self, text: str) -> int:
        """Tokens of a text, as the model counts it."""
        return len(self._model.tokenize(text, special=False))

    def detokenize(self, tokens: list[int]) -> str:
        """Text of tokens, control tokens left out."""
        pieces = (self._model.piece(token, special=False) for token in tokens)
        return b"".join(pieces).decode("utf-8", "replace")

    def pieces(self, tokens: Iterable[int]) -> dict[int, bytes]:
        """What each token says, as it is shown; control tokens say nothing."""
        return {token: self._piece(token) for token in tokens}

    def forget(self) -> None:
        """Empty the KV caches: the next answer reads its whole prompt."""
        self._cache.trim(0)
        if self._sources.model is not None:
            self._sources.model.forget()

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
        if self._sources.model is not None:
            self._sources.model.close()
            self._sources.model = None
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
    others = (sampling.xtc_probability, sampling.xtc_threshold, sampling.mirostat_tau, sampling.mirostat_eta)
    if not all(map(math.isfinite, (*numbers, *penalties, *others))) or sampling.repeat_penalty <= 0.0:
        raise BadInput("a sampling value cannot be used")


def _check_speculation(speculation: Speculation) -> None:
    lengths = 0 <= speculation.length <= LONGEST_DRAFT and 1 <= speculation.longest <= LONGEST_DRAFT
    if speculation.mode not in MODES or speculation.rule not in RULES or not lengths:
        raise BadInput("a speculation option cannot be used")


def _state_of(path: Path) -> tuple[str, int]:
    """Which file it is, to notice that it has changed."""
    try:
        return str(path), path.stat().st_mtime_ns
    except OSError:
        return str(path), 0


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
