"""The cache against real memories of every kind: whatever it says it holds, it continues as a fresh start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest

from desktop.engine import binding
from desktop.engine.binding import Context, Floats, Model
from desktop.engine.cache import CHUNK, Checkpoints, KvCache
from desktop.errors import Cancelled, ContextFull, EngineFailed
from tests.tiny_gguf import write_tiny
from tests.tiny_hybrids import write_convolving, write_delta
from tests.tiny_others import write_experts, write_mamba, write_windowed

Write = Callable[[Path], Path]
KINDS: dict[str, Write] = {
    "dense": write_tiny,
    "experts": write_experts,
    "windowed": write_windowed,
    "convolving": write_convolving,
    "convolving and windowed": partial(write_convolving, window=16),
    "delta": write_delta,
    "recurrent": write_mamba,
}
SNAPSHOTS = 3
N_CTX = 512
WORDS = 300  # ids below this are text
NOISE = 0.1
"""Part of the logits' deviation that rounding may reach; it stays below 0.06, a wrong state is above 1."""


class Rig:
    """One model with a cache to test and a second context to compare with."""

    def __init__(self, path: Path) -> None:
        self.model = Model(path)
        self.context = Context(self.model, N_CTX, 1, "f16", snapshots=SNAPSHOTS)
        self._other = Context(self.model, N_CTX, 1, "f16")
        self.cache = KvCache(self.context, keeps_state=self.model.keeps_state)

    def anew(self, checkpoints: Checkpoints | None = None) -> KvCache:
        """An empty cache."""
        self.context.watch(None)
        self.context.clear()
        self.cache = KvCache(self.context, keeps_state=self.model.keeps_state, checkpoints=checkpoints)
        return self.cache

    def fresh(self, tokens: list[int]) -> Floats:
        """Logits after the tokens, in a memory that held nothing before."""
        self._other.clear()
        for start in range(0, len(tokens), binding.BATCH):
            self._other.decode(tokens[start : start + binding.BATCH], start)
        logits: Floats = self._other.logits()[-1].copy()
        return logits

    def same(self, logits: Floats, tokens: list[int]) -> bool:
        """Whether logits are what a fresh start gives after the tokens, rounding aside."""
        wanted = self.fresh(tokens)
        return bool(np.abs(logits - wanted).max() < NOISE * wanted.std())

    def check(self, token: int = 7) -> None:
        """What is held continues as it should."""
        held = list(self.cache.tokens)
        self.cache.decode([token])
        assert self.same(self.context.logits()[-1], [*held, token])

    def cancel_after(self, nodes: int) -> None:
        """Cancel the next decode when it has computed some nodes of its graph."""
        asked = count()
        self.context.watch(lambda: next(asked) >= nodes)

    def close(self) -> None:
        self.context.close()
        self._other.close()
        self.model.close()


@pytest.fixture(scope="module", params=KINDS)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(KINDS[request.param](tmp_path_factory.mktemp("models") / "tiny.gguf"))
    yield rig
    rig.close()


@pytest.fixture
def rig(opened: Rig) -> Rig:
    opened.anew()
    return opened


def text(length: int, seed: int = 1) -> list[int]:
    """Ids that mean nothing."""
    random = Random(seed)
    return [random.randrange(WORDS) for _ in range(length)]


def read(cache: KvCache, prompt: list[int]) -> int:
    """Evaluate a prompt as an answer does, the last token by itself. Returns: how much of it was reused."""
    reused = done = cache.reuse(prompt)
    while done < len(prompt) - 1:
        chunk = prompt[done : min(done + binding.BATCH, len(prompt) - 1)]
        cache.decode(chunk, outputs=0)
        done += len(chunk)
    cache.mark()
    cache.decode(prompt[-1:])
    return reused


def test_every_rollback_leaves_what_a_fresh_start_has(rig: Rig) -> None:
    start = text(20)
    for width in range(1, 6):
        for back in range(width):
            cache = rig.anew()
            cache.decode(start)
            cache.decode(text(width, seed=2))
            wanted = len(start) + width - back
            held = cache.trim(wanted)
            assert held == wanted if back <= cache.rollback_limit(width) else held <= wanted
            assert cache.tokens == [*start, *text(width, seed=2)][:held]
            rig.check()


def test_how_far_one_can_go_back(rig: Rig) -> None:
    limits = [rig.cache.rollback_limit(width) for width in range(1, 7)]
    if not rig.model.keeps_state:
        assert limits == [0, 1, 2, 3, 4, 5]
    elif rig.context.snapshots:
        assert limits == [0, 1, 2, 3, 3, 3]
    else:
        assert limits == [0] * 6


def test_rounds_of_a_speculation(rig: Rig) -> None:
    """Decode four, keep some, again and again; a memory that cannot do that says so beforehand."""
    cache, random = rig.cache, Random(4)
    cache.decode(text(30))
    for number in range(25):
        width = random.randint(1, 4)
        cache.decode(text(width, seed=number), outputs=width)
        rows = rig.context.logits().copy()
        held = list(cache.tokens)
        assert all(rig.same(row, held[: len(held) - width + 1 + at]) for at, row in enumerate(rows))
        back = random.randint(0, cache.rollback_limit(width))
        assert cache.trim(len(held) - back) == len(held) - back
    rig.check()


def test_a_second_rollback_is_exact_too(rig: Rig) -> None:
    cache = rig.cache
    cache.decode(text(20))
    cache.mark()
    cache.decode(text(4, seed=2))
    cache.trim(23)
    assert cache.trim(22) == (20 if rig.model.keeps_state else 22)
    rig.check()


@pytest.mark.parametrize("write", [write_convolving, write_delta])
def test_llama_cpp_alone_would_leave_a_wrong_state(tmp_path: Path, write: Write) -> None:
    rig = Rig(write(tmp_path / "tiny.gguf"))
    tokens = text(23)
    rig.context.decode(tokens[:20], 0)
    for position in (20, 21, 22):
        rig.context.decode([tokens[position]], position)
    assert rig.context.trim(21), "it says that it worked"
    rig.context.decode([7], 21)
    assert not rig.same(rig.context.logits()[-1], [*tokens[:21], 7]), "the guard is not needed any more"

    cache = rig.anew()
    cache.decode(tokens[:20])
    cache.mark()
    for token in tokens[20:]:
        cache.decode([token])
    assert cache.trim(21) == 20
    rig.check()
    rig.close()


def test_a_mark_is_a_place_to_come_back_to(rig: Rig) -> None:
    cache = rig.cache
    cache.decode(text(20))
    cache.mark()
    for token in text(30, seed=2):
        cache.decode([token])
    assert cache.trim(20) == 20
    rig.check()
    assert cache.trim(20) == 20, "it is still there"
    rig.check()
    shorter = cache.trim(19)
    assert shorter == (0 if rig.model.keeps_state else 19)
    assert not cache.checkpoints.lengths, "its text is no longer held"
    rig.check()


def test_a_checkpoint_has_no_snapshots(rig: Rig) -> None:
    """Those in the memory are of the decode that was undone."""
    cache = rig.cache
    for number in range(2):
        cache.decode(text(10, seed=number))
        cache.mark()
    cache.decode(text(4, seed=2))
    assert cache.trim(20) == 20
    assert cache.trim(19) == (10 if rig.model.keeps_state else 19)
    rig.check()


def test_a_mark_right_after_a_rollback(rig: Rig) -> None:
    """The state to save is then in a snapshot."""
    cache = rig.cache
    cache.decode(text(20))
    cache.decode(text(4, seed=2))
    held = cache.trim(24 - cache.rollback_limit(4))
    cache.mark()
    rig.check()
    cache.decode(text(5, seed=3))
    assert cache.trim(held) == held
    rig.check()


def test_only_a_running_state_is_marked(rig: Rig) -> None:
    cache = rig.cache
    cache.mark()
    assert cache.checkpoints.lengths == (), "nothing held, nothing to mark"
    cache.decode(text(9))
    cache.mark()
    saved = cache.checkpoints.deepest(9)
    cache.mark()
    assert cache.checkpoints.deepest(9) == saved, "not saved again"
    assert cache.checkpoints.lengths == ((9,) if rig.model.keeps_state else ())
    assert (cache.checkpoints.size > 0) is rig.model.keeps_state


def test_regenerating_reads_one_token(rig: Rig) -> None:
    cache, prompt = rig.cache, text(70)
    assert read(cache, prompt) == 0
    for token in text(12, seed=2):
        cache.decode([token])
    for _ in range(2):
        assert read(cache, prompt) == len(prompt) - 1
        assert rig.same(rig.context.logits()[-1], prompt)
        for token in text(12, seed=3):
            cache.decode([token])
    rig.check()


def test_the_next_turn_reads_what_is_new(rig: Rig) -> None:
    cache, prompt = rig.cache, text(40)
    read(cache, prompt)
    for token in text(12, seed=2):
        cache.decode([token])
    longer = [*cache.tokens, *text(10, seed=3)]
    assert read(cache, longer) == 52
    assert rig.same(rig.context.logits()[-1], longer)


def test_a_changed_message_reads_from_the_answer_before_it(rig: Rig) -> None:
    cache = rig.cache
    read(cache, text(40))
    for turn in range(3):
        for token in text(12, seed=turn):
            cache.decode([token])
        before = len(cache.tokens)
        read(cache, [*cache.tokens, *text(10, seed=10 + turn)])
    changed = [*cache.tokens[: before + 4], *text(9, seed=30)]
    assert read(cache, changed) == (before if rig.model.keeps_state else before + 4)
    assert rig.same(rig.context.logits()[-1], changed)
    rig.check()


def test_another_conversation_begins_anew(rig: Rig) -> None:
    cache = rig.cache
    read(cache, [1, *text(40)])
    assert read(cache, [2, *text(30)]) == 0
    assert rig.same(rig.context.logits()[-1], [2, *text(30)])
    assert cache.reuse([]) == 0


def test_one_token_is_always_left_to_evaluate(rig: Rig) -> None:
    cache, prompt = rig.cache, text(30)
    cache.decode(prompt)
    held = cache.reuse(prompt)
    assert held < len(prompt)
    if not rig.model.keeps_state or rig.context.snapshots:
        assert held == len(prompt) - 1
    rig.check()


@pytest.mark.parametrize("nodes", [0, 7, 25])
def test_cancelled_within_a_prompt(rig: Rig, nodes: int) -> None:
    cache = rig.cache
    cache.decode(text(70))
    rig.cancel_after(nodes)
    with pytest.raises(Cancelled):
        cache.decode(text(CHUNK, seed=2))
    rig.context.watch(None)
    assert cache.tokens == text(70), "all that was read before is kept"
    rig.check()


@pytest.mark.parametrize("nodes", [0, 7, 25])
@pytest.mark.parametrize("width", [1, 3])
def test_cancelled_within_a_round(rig: Rig, nodes: int, width: int) -> None:
    cache, prompt = rig.cache, text(30)
    read(cache, prompt)
    cache.decode(text(4, seed=2))
    cache.trim(len(cache.tokens) - cache.rollback_limit(4))
    before = list(cache.tokens)
    rig.cancel_after(nodes)
    with pytest.raises(Cancelled):
        cache.decode(text(width, seed=3))
    rig.context.watch(None)
    assert cache.tokens == (before[: len(prompt) - 1] if rig.model.keeps_state else before)
    rig.check()


def test_cancelled_before_anything_was_marked(rig: Rig) -> None:
    cache = rig.cache
    cache.decode(text(9))
    rig.cancel_after(7)
    with pytest.raises(Cancelled):
        cache.decode(text(3, seed=2))
    rig.context.watch(None)
    assert cache.tokens == ([] if rig.model.keeps_state else text(9))
    rig.check()


def test_a_failed_decode(rig: Rig) -> None:
    cache, prompt = rig.cache, text(30)
    read(cache, prompt)
    with pytest.raises(EngineFailed):
        cache.decode([5, rig.model.n_vocab + 1])
    assert cache.tokens == prompt[: len(cache.tokens)]
    assert len(cache.tokens) >= len(prompt) - 1
    rig.check()


def test_a_full_context_costs_nothing(rig: Rig) -> None:
    cache = rig.cache
    read(cache, text(N_CTX - 3))
    if rig.model.meta("general.architecture") != "mamba":  # which has no cells that could be full
        with pytest.raises(ContextFull):
            cache.decode(text(5))
    assert cache.tokens == text(N_CTX - 3)
    rig.check()
    assert cache.reuse(text(N_CTX - 3)) == N_CTX - 4


def test_anything_in_any_order(rig: Rig) -> None:
    random = Random(11)
    cache = rig.anew(Checkpoints(most=4))
    rolled = 0
    for step in range(150):
        held = list(cache.tokens)
        match random.randrange(7):
            case 0 | 1:
                width = random.randint(1, 6)
                cache.decode(text(width, seed=step))
                back = random.randint(0, cache.rollback_limit(width))
                assert cache.trim(len(held) + width - back) == len(held) + width - back
                rolled += back
            case 2:
                wanted = random.randint(0, len(held))
                assert cache.trim(wanted) <= wanted
            case 3:
                cache.mark()
            case 4:
                kept = random.randint(0, len(held))
                assert cache.reuse([*held[:kept], WORDS, 1]) <= kept
            case 5:
                rig.cancel_after(random.randint(0, 30))
                with pytest.raises(Cancelled):
                    cache.decode(text(random.choice([1, 3, CHUNK]), seed=step))
                rig.context.watch(None)
                assert cache.tokens == held[: len(cache.tokens)]
            case _:
                cache.decode(text(random.randint(1, CHUNK), seed=step))
        if len(cache.tokens) > N_CTX - 2 * CHUNK:
            cache.trim(random.randint(0, N_CTX // 2))
        if random.random() < 0.5:
            rig.check(random.randrange(WORDS))
    assert rolled > 20 or not cache.rollback_limit(2)


def test_a_window_that_has_slid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Contexts keep every position (`swa_full`). Where some have gone, only the last decode goes back."""
    lib = vars(binding)["lib"]
    create = lib.llama_init_from_model

    def small(model: object, params: object) -> object:
        params.swa_full = False  # type: ignore[attr-defined]
        return create(model, params)

    path = write_windowed(tmp_path / "windowed.gguf")
    monkeypatch.setattr(lib, "llama_init_from_model", small)
    monkeypatch.setattr(f"{__name__}.N_CTX", 1024)
    rig = Rig(path)
    tokens = text(760)
    for start in range(0, 760, 190):
        rig.cache.decode(tokens[start : start + 190])
    assert rig.context.first_position > 0, "the memory has let positions go"
    assert rig.cache.trim(700) == 700
    rig.check()
    assert rig.cache.trim(600) == 0
    rig.check()
    rig.close()


def states(lengths: list[int], most: int, room: int = 1000, size: int = 10) -> Checkpoints:
    checkpoints = Checkpoints(most, room)
    for length in lengths:
        checkpoints.add(length, np.full(size, length % 256, np.uint8))
    return checkpoints


def test_checkpoints_are_few_and_the_newest_is_among_them() -> None:
    checkpoints = states(list(range(100, 3100, 100)), most=6)
    assert len(checkpoints.lengths) == 6
    assert checkpoints.lengths[-1] == 3000
    gaps = [3000 - length for length in checkpoints.lengths]
    assert all(nearer * 4 >= further for further, nearer in pairwise(gaps[:-1]))
    assert gaps[0] > 1000, "some of them are far back"


def test_checkpoints_have_limited_room() -> None:
    checkpoints = states([10, 20, 30, 40], most=8, room=25)
    assert checkpoints.lengths[-1] == 40
    assert checkpoints.size == 20
    checkpoints.add(50, np.zeros(26, np.uint8))
    assert 50 not in checkpoints.lengths
    assert checkpoints.size == 20


def test_the_deepest_checkpoint_that_fits() -> None:
    checkpoints = states([10, 20, 30], most=8)
    found = checkpoints.deepest(29)
    assert found is not None
    assert found[0] == 20
    assert set(found[1]) == {20}
    assert checkpoints.deepest(9) is None
    checkpoints.drop_beyond(20)
    assert checkpoints.lengths == (10, 20)
