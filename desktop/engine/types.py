"""What goes into the engine and what comes out: frozen, picklable, free of Qt and llama.cpp.

Times are milliseconds, taken where the token is made. Words follow docs/product terms: a *round* is one
draft plus one verification (one target decode); plain decoding is a round with nothing drafted; *width* is
the number of tokens in that decode (drafted + 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

Role = Literal["system", "user", "assistant"]
StopReason = Literal["eos", "length", "stop", "cancelled"]
KvType = Literal["f16", "q8_0", "q4_0"]
PartKind = Literal["answer", "thinking"]
Mode = Literal["off", "auto", "draft", "lookup"]
Rule = Literal["auto", "rejection", "block", "coupled", "equal"]
DraftState = Literal["off", "active", "paused", "refused"]
Outcome = Literal["accepted", "rejected", "dropped"]
Why = Literal["first", "plain", "bonus", "replaced", "chosen"]
KV_TYPES: tuple[KvType, ...] = ("f16", "q8_0", "q4_0")
MODES: tuple[Mode, ...] = ("off", "auto", "draft", "lookup")
RULES: tuple[Rule, ...] = ("auto", "rejection", "block", "coupled", "equal")
LONGEST_DRAFT = 15
"""Most tokens drafted in a round: widths are measured up to 16."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load one model. `n_ctx` 0 = what the model was trained for; `n_threads` 0 = physical
    cores, one for a tiny model.

    `probe`: try a file never loaded before in a child process first.
    """

    path: Path
    n_ctx: int = 4096
    n_threads: int = 0
    n_gpu_layers: int = 0
    kv_type: KvType = "f16"
    check_memory: bool = True
    probe: bool = True


@dataclass(frozen=True, slots=True)
class Sampling:
    """The sampling chain.

    `temperature` 0 = greedy; `seed` -1 = new each time; `top_k` 0, `top_p` 1, `min_p` 0,
    `xtc_probability` 0, `mirostat_tau` 0 = off. Mirostat (version 2) takes the place of top-k, top-p and
    min-p.
    """

    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    penalty_last_n: int = 256
    seed: int = -1
    xtc_probability: float = 0.0
    xtc_threshold: float = 0.1
    mirostat_tau: float = 0.0
    mirostat_eta: float = 0.1


@dataclass(frozen=True, slots=True)
class Speculation:
    """How to draft. Changes from one request to the next without loading the target again.

    `draft`: the draft model's file (None = none; "draft" is refused then, "auto" has lookup only).
    `length`: a fixed number of tokens to draft in every round, 0 = chosen for each round by what pays.
    `longest`: never draft more. `pause`: do not draft while it does not pay (with a fixed `length` it is
    never paused).

    `rule`: how drafted tokens are judged; every one of them is exact. "rejection" (Leviathan et al. 2023),
    "block" (arXiv 2403.10444), "coupled" (draft and target share their random numbers, so that a seed gives
    the same text as without speculation), "equal" (the draft's likeliest token is compared with the one
    sampled); "auto": coupled when a seed is fixed, else the one measured to be fastest for the pair.
    """

    mode: Mode = "off"
    draft: Path | None = None
    length: int = 0
    longest: int = 8
    rule: Rule = "auto"
    pause: bool = True


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the conversation, in order, thinking left out."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """One answer to make.

    `messages` ends with the user's message, or with a partial assistant message when `continue_last` is
    true: the answer then goes on where that text stops. With `raw` the single message is the prompt itself,
    no template. `max_tokens` 0 = until the context is full.

    `begun`: tokens the answer begins with, taken as they are, behind a partial message if there is one; the
    answer goes on after them, and `max_tokens` are new ones.
    """

    messages: Sequence[Message]
    system: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    max_tokens: int = 2048
    stop: tuple[str, ...] = ()
    raw: bool = False
    ignore_eos: bool = False
    continue_last: bool = False
    begun: tuple[int, ...] = ()
    speculation: Speculation = field(default_factory=Speculation)
    day: date | None = None
    """The day templates see as today (None = today): the conversation's first, or reuse ends at midnight."""


@dataclass(frozen=True, slots=True)
class Loading:
    """Progress of a load, 0..1."""

    fraction: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes a model needs with its settings, and what the computer has free."""

    weights: int
    kv: int
    compute: int
    free: int

    @property
    def needed(self) -> int:
        """Weights + KV cache + compute buffers, in bytes."""
        return self.weights + self.kv + self.compute


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the loaded file says of itself."""

    path: Path
    name: str
    architecture: str
    quantisation: str
    parameters: int
    size: int
    n_ctx: int
    n_ctx_train: int
    n_vocab: int
    n_threads: int
    n_gpu_layers: int
    kv_type: KvType
    has_template: bool
    memory: Memory
    load_ms: float
    gpu: bool = False
    """This build of llama.cpp can put layers on a GPU."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What was left out so that the prompt fits: messages dropped from the front, and tokens they had."""

    messages: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Prefill:
    """Progress of reading the prompt. Sent before the first token, at most once per chunk.

    `begun`: in the first one, the text of the tokens the answer begins with; steps give only what follows.
    """

    done: int
    total: int
    reused: int
    cut: Cut | None = None
    begun: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Drafted:
    """One drafted token as the target judged it.

    `p`: its probability by the target, `q`: by the draft (1 for lookup), both after the sampling chain; in a
    greedy answer both are the plain softmax. `rank`: 0 = the target's likeliest. Dropped tokens, drafted
    after a rejection, were never judged: p is 0, rank -1.
    """

    token: int
    q: float
    p: float = 0.0
    rank: int = -1
    outcome: Outcome = "dropped"


@dataclass(frozen=True, slots=True)
class Added:
    """The token the target itself adds at the end of a round; `p` and `rank` as in `Drafted`.

    `why`: "first" (after the prompt), "plain" (nothing drafted), "bonus" (all drafted tokens accepted),
    "replaced" (in place of the rejected one), "chosen" (by the person; the model goes on from there).
    """

    token: int
    p: float
    rank: int
    why: Why


@dataclass(frozen=True, slots=True)
class Round:
    """One round: one draft and one verification. The trace of an answer is the list of its rounds.

    `source`: "prompt" (the first token), "plain" (nothing drafted), "draft" or "lookup". `width`: tokens in
    the target's decode. `predicted_ms`: what draft and verification were expected to take, 0 = not
    predicted. `state`, `reason`: whether speculation was on, and why not. `rule`: how drafts were judged.
    """

    source: str
    width: int
    draft_ms: float
    verify_ms: float
    drafted: tuple[Drafted, ...] = ()
    added: Added | None = None
    accepted: int = 0
    predicted_ms: float = 0.0
    state: DraftState = "off"
    reason: str = ""
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text of one kind. Joined in order, parts of kind "answer" are the answer."""

    kind: PartKind
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one round gave: whole characters only, so `parts` may be empty while bytes are held back.

    `tokens`: those accepted and the one added; fewer when the answer ends among them. `at_ms` = time since
    the request was submitted.
    """

    parts: tuple[Part, ...]
    tokens: tuple[int, ...]
    round: Round
    at_ms: float


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds.

    `ttft_ms`: first output token ready - request submitted.
    `decode_ms`: last output token ready - first output token ready.
    """

    ttft_ms: float
    prefill_ms: float
    decode_ms: float

    def decode_rate(self, output_tokens: int) -> float:
        """Decode tok/s = (output tokens - 1) / decode time; 0 when there is nothing to divide."""
        measured = output_tokens > 1 and self.decode_ms > 0
        return (output_tokens - 1) * 1000.0 / self.decode_ms if measured else 0.0

    def prefill_rate(self, evaluated_tokens: int) -> float:
        """Prefill tok/s = (prompt tokens - reused tokens) / prefill time."""
        return evaluated_tokens * 1000.0 / self.prefill_ms if self.prefill_ms > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Speculated:
    """What speculation did for one answer, in counts. drafted = accepted + rejected + dropped.

    `state`, `reason`: as they were at the end. `source`: what was drafted from most, "" = nothing.
    `rounds`: decodes of the target, the one that ends the prompt left out. `plain_rate`: the last measured
    tok/s without speculation under these settings, 0 = never measured.
    """

    mode: Mode = "off"
    state: DraftState = "off"
    reason: str = "switched off"
    source: str = ""
    rule: Rule | None = None
    rounds: int = 0
    drafted: int = 0
    accepted: int = 0
    rejected: int = 0
    dropped: int = 0
    plain_rate: float = 0.0

    @property
    def acceptance(self) -> float | None:
        """Accepted / drafted; None when nothing was drafted."""
        return self.accepted / self.drafted if self.drafted else None


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of one answer. `context_used` counts tokens now in the KV cache.

    Tokens the answer was begun with count in `prompt_tokens`: they are read, not written.
    """

    stop_reason: StopReason
    prompt_tokens: int
    reused_tokens: int
    output_tokens: int
    thinking_tokens: int
    context_used: int
    timings: Timings
    seed: int
    cut: Cut | None = None
    parts: tuple[Part, ...] = ()
    speculated: Speculated = field(default_factory=Speculated)


@dataclass(frozen=True, slots=True)
class Check:
    """One test of draft against target. `found`: what was compared, in a few words."""

    name: str
    passed: bool
    found: str


@dataclass(frozen=True, slots=True)
class DraftInfo:
    """A draft file judged for the loaded target.

    `reason`: why it cannot be used, "" = it can. `memory`: what it needs by itself. `loaded`: in use now.
    """

    path: Path
    name: str
    parameters: int
    checks: tuple[Check, ...]
    memory: Memory | None
    reason: str = ""
    loaded: bool = False


Event = Prefill | Step | Finished
