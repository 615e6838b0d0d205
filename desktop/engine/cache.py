"""What the KV cache holds, token by token: the next prompt begins where it stops agreeing with that.

Attention forgets its newest positions whenever it is told to. A running state (recurrent and hybrid models)
goes back in two ways only: by llama.cpp's snapshots, once and within the last decode, or to a checkpoint
taken earlier. `llama_memory_seq_rm` does not keep that rule: it may say True and leave a wrong state.

Knows: a context and the ids at its positions. Must not know: text, requests, sampling. The list and the
context never disagree, whatever is raised in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt
import psutil

from desktop.engine.binding import BATCH, Context
from desktop.engine.sampling import Floats
from desktop.errors import Cancelled, ContextFull, EngineFailed

State = npt.NDArray[np.uint8]
CHECKPOINTS = 8
ROOM = 256 << 20
"""Most bytes for the checkpoints of one cache. One takes 20 kB (LFM2) to 150 MB (Qwen3.6 27B)."""
_SHARE = 0.5
"""Of the free memory, for a copy of what is held."""
CHUNK = 64
"""A decode this long is part of a prompt: it is dear, so the place before it is marked."""


class Checkpoints:
    """Running states by the number of positions held when they were saved; few, and of a limited size."""

    def __init__(self, most: int = CHECKPOINTS, room: int = ROOM) -> None:
        self._most = most
        self._room = room
        self._states: dict[int, State] = {}  # by length, growing

    @property
    def lengths(self) -> tuple[int, ...]:
        """Where one can go back to, shortest first."""
        return tuple(self._states)

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(state.size for state in self._states.values())

    def add(self, length: int, state: State) -> None:
        """Keep a state, longer than all others; the least missed of those make room for it."""
        if not 0 < state.size <= self._room:
            return
        self._states[length] = state
        while len(self._states) > self._most or self.size > self._room:
            del self._states[self._least_missed()]

    def _least_missed(self) -> int:
        """The one whose loss adds the smallest part to the way back from the end.

        So they lie close together near the end, where most changes are made, and further apart before.
        """
        *others, end = self._states
        ways = zip([0, *others], others, strict=False)
        return min(ways, key=lambda way: (end - way[0]) / (end - way[1]))[1]

    def deepest(self, length: int) -> tuple[int, State] | None:
        """The longest one of at most `length` positions: its length and its state."""
        return max(
            ((one, state) for one, state in self._states.items() if one <= length),
            key=itemgetter(0),
            default=None,
        )

    def copy(self) -> dict[int, State]:
        """What `put_back` takes."""
        return dict(self._states)

    def put_back(self, states: dict[int, State]) -> None:
        """Have those that there were."""
        self._states = states

    def drop_beyond(self, length: int) -> None:
        """Forget those that are longer: they are of a text that is no longer held."""
        for one in [one for one in self._states if one > length]:
            del self._states[one]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a cache held. `state`: None = the memory's own cut leads back there; `whole`: cells are in it."""

    tokens: list[int]
    checkpoints: dict[int, State]
    state: State | None
    whole: bool


class KvCache:
    """Token ids by position. `keeps_state`: (part of) the memory is a running state."""

    def __init__(
        self, context: Context, *, keeps_state: bool, checkpoints: Checkpoints | None = None
    ) -> None:
        self._context = context
        self._keeps_state = keeps_state
        self.checkpoints = checkpoints or Checkpoints()
        self._loose = 0  # how many of the newest positions the memory can drop by itself, for certain
        self.tokens: list[int] = []
        self.run = 0
        """Counts answers: an abandoned generator sees that it no longer owns the cache."""
        self.writing = False
        """Whether the newest of those answers may still go on from what is held."""

    def reuse(self, prompt: Sequence[int]) -> int:
        """Keep what the cache shares with the front of `prompt`, drop the rest.

        At least one token is left to evaluate. A running state may have to go back further than the shared
        front; where it then is, is marked: a changed message goes back there.

        Returns: how many positions are kept.
        """
        held = self.trim(min(_shared(self.tokens, prompt), len(prompt) - 1))
        self.mark()
        return held

    def decode(self, tokens: Sequence[int], outputs: int = 1) -> None:
        """Evaluate tokens after those held, at most `BATCH`; the last `outputs` of them give logits.

        On any error the cache is as it was before or, with a running state, at a checkpoint or empty.
        Raises: ContextFull (it is as before), Cancelled, EngineFailed.
        """
        held = len(self.tokens)
        if len(tokens) >= CHUNK:
            self.mark()
        try:
            self._context.decode(tokens, held, outputs)
        except ContextFull:
            raise  # refused before anything was evaluated
        except BaseException:
            self._go_back(held, damaged=True)
            raise
        self.tokens.extend(tokens)
        self._loose = self.rollback_limit(len(tokens))

    def peek(self, tokens: Sequence[int], cancelled: Callable[[], bool], *, keep: bool = False) -> Floats:
        """Logits (n_vocab,) of what follows `tokens`, a copy.

        What was held is held again afterwards, to the bit, when `keep`, or when it is the same text and goes
        on; else the cache is left at `tokens`.
        Raises: ContextFull, Cancelled, EngineFailed, also where memory is short for what must be kept.
        """
        shared = _shared(self.tokens, tokens)
        goes_on = len(self.tokens) >= len(tokens) and shared >= len(tokens) - 1
        grows = shared == len(self.tokens) < len(tokens)
        kept = self._keep(grows=grows, needed=keep) if keep or goes_on else None
        watched = self._context.watched
        self._context.watch(cancelled)
        try:
            done = self.reuse(tokens)
            while done < len(tokens):
                if cancelled():
                    raise Cancelled
                chunk = tokens[done : done + BATCH]
                self.decode(chunk)
                done += len(chunk)
            row: Floats = self._context.logits()[-1].copy()
        finally:
            self._context.watch(watched)
            if kept is not None:
                self._put_back(kept)
        return row

    def _keep(self, *, grows: bool, needed: bool) -> Kept | None:
        """Note all that is held. `grows`: nothing of it will be taken away, only added to.

        None where memory is short, or much would have to be read again afterwards, and it is not `needed`.
        """
        context, whole = self._context, not grows
        state: State | None = None
        if self.tokens and (whole or self._keeps_state or context.first_position > 0):
            whole = whole or not self._keeps_state
            size, free = context.state_size(whole=whole), psutil.virtual_memory().available
            if not needed and (size > free * _SHARE or (whole and context.window)):
                return None
            if size > free * _SHARE:
                raise EngineFailed(f"looking back takes {size >> 20} MiB of memory for a while", code=0)
            state = context.save_state(whole=whole)
        return Kept(list(self.tokens), self.checkpoints.copy(), state, whole)

    def _put_back(self, kept: Kept) -> None:
        """Hold what was held."""
        length, held = len(kept.tokens), len(self.tokens)
        if kept.state is not None:
            there = self._context.restore_state(kept.state, length, whole=kept.whole)
        else:
            there = held == length or (held > length > 0 and self._context.trim(length))
        if there:
            self.tokens[:] = kept.tokens
            self.checkpoints.put_back(kept.checkpoints)
        else:
            self._context.clear()
            self.tokens.clear()
            self.run += length > 0  # an answer that has lost its memory cannot go on
        self._loose = 0

    def rollback_limit(self, width: int) -> int:
        """How many tokens `trim` can take back, directly after a decode of `width`, and hold all the rest."""
        return min(self._context.snapshots, width - 1) if self._keeps_state else width - 1

    def mark(self) -> None:
        """Make it possible to come back to the present length. Costs a copy of the running state.

        Costs and does nothing where the memory is no running state, or the length is marked already.
        """
        length = len(self.tokens)
        if self._keeps_state and length and length not in self.checkpoints.lengths:
            self.checkpoints.add(length, self._context.save_state())

    def trim(self, length: int) -> int:
        """Hold at most the first `length` positions.

        Returns: how many are held now, fewer than `length` where the memory could not stop there.
        """
        if length >= len(self.tokens):
            return len(self.tokens)
        return self._go_back(length)

    def _go_back(self, length: int, *, damaged: bool = False) -> int:
        """`damaged`: a decode failed, so C may hold more than the list says, or half of it."""
        if self._can_cut(length, damaged=damaged) and self._context.trim(length):
            held = length
        else:
            held = self._restore(length)
        del self.tokens[held:]
        self.checkpoints.drop_beyond(held)
        self._loose = 0
        return held

    def _restore(self, length: int) -> int:
        """Go back to a checkpoint, or empty the memory. Returns: how many positions are held then."""
        found = self.checkpoints.deepest(length)
        if found is not None and self._context.restore_state(found[1], found[0]):
            return found[0]
        self._context.clear()
        return 0

    def _can_cut(self, length: int, *, damaged: bool) -> bool:
        """Whether llama.cpp's own cut leaves exactly the first `length` positions."""
        loose = len(self.tokens) - length <= self._loose
        if self._keeps_state:
            return loose and not damaged and length > 0
        # A window that slides may have lost positions that an earlier one needs.
        return length > 0 and (loose or self._context.first_position <= 0)


def _shared(held: Sequence[int], prompt: Sequence[int]) -> int:
    """Length of the common front."""
    for index, (one, other) in enumerate(zip(held, prompt, strict=False)):
        if one != other:
            return index
    return min(len(held), len(prompt))
