"""An answer that begins with given tokens: it goes on as the answer they were taken from did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from desktop import paths
from desktop.engine.engine import Engine
from desktop.engine.types import LoadOptions, Mode, Request, Sampling, Speculation
from desktop.errors import BadInput, ContextFull
from tests.tiny_gguf import Tiny
from tests.unit.engine.answers import GREEDY, Answer, ask, collect, user
from tests.unit.engine.conftest import Load

PROMPT = "What does speculative decoding do, and why is it quick?"
WARM = Sampling(temperature=0.9, top_k=20, seed=11)


@pytest.fixture(scope="module")
def guide() -> Iterator[Engine]:
    with Engine.load(LoadOptions(paths.guide_model(), n_ctx=1024, n_threads=1)) as engine:
        yield engine


def _begun_text(answer: Answer) -> str:
    return "".join(part.text for prefill in answer.prefills for part in prefill.begun)


@pytest.mark.parametrize("sampling", [GREEDY, WARM], ids=["greedy", "sampled"])
@pytest.mark.parametrize("mode", ["off", "draft", "lookup"])
def test_it_goes_on_as_the_answer_did(guide: Engine, mode: Mode, sampling: Sampling) -> None:
    spec = Speculation(mode, paths.guide_draft() if mode == "draft" else None, 3)
    whole = ask(guide, PROMPT, sampling=sampling, max_tokens=30, speculation=spec)
    request = Request(user(PROMPT), sampling=sampling, speculation=spec)
    for at in (1, 7, len(whole.tokens) - 1):
        begun = tuple(whole.tokens[:at])
        rest = collect(guide.generate(replace(request, begun=begun, max_tokens=30 - at)))
        assert rest.tokens == whole.tokens[at:]
        assert _begun_text(rest) + rest.text == whole.text
        assert rest.finished.output_tokens == len(rest.tokens) <= 30 - at
        assert rest.finished.prompt_tokens == whole.finished.prompt_tokens + at
        assert [prefill.begun for prefill in rest.prefills[1:]] == [()] * (len(rest.prefills) - 1)


def test_its_tokens_are_taken_as_they_are(guide: Engine) -> None:
    """The same letters in other tokens than the tokenizer would use."""
    letters = tuple(token for letter in "Drafts" for token in guide.spell(letter))
    assert letters != guide.spell("Drafts")
    answer = collect(guide.generate(Request(user(PROMPT), sampling=GREEDY, begun=letters, max_tokens=4)))
    assert (
        tuple(guide._cache.tokens[answer.finished.prompt_tokens - len(letters) :][: len(letters)]) == letters
    )
    assert _begun_text(answer) == "Drafts"


def test_a_character_may_begin_in_it_and_end_behind_it(guide: Engine) -> None:
    tokens = guide.spell("é🙂")
    pieces = guide.pieces(tokens)
    cut = next(at for at in range(1, len(tokens)) if _broken(b"".join(pieces[one] for one in tokens[:at])))
    request = Request(user(PROMPT), sampling=GREEDY, begun=tokens[:cut], max_tokens=3)
    answer = collect(guide.generate(request))
    assert "\ufffd" not in _begun_text(answer)


def _broken(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return False


def test_a_stop_string_may_lie_across_the_border(guide: Engine) -> None:
    whole = ask(guide, PROMPT, max_tokens=30)
    at = 6
    before = len(guide.detokenize(whole.tokens[:at]))
    stop = whole.text[before - 2 : before + 2]
    stopped = ask(guide, PROMPT, max_tokens=30, stop=(stop,))
    request = Request(user(PROMPT), sampling=GREEDY, begun=tuple(whole.tokens[:at]), stop=(stop,))
    rest = collect(guide.generate(request))
    assert rest.finished.stop_reason == stopped.finished.stop_reason == "stop"
    assert _begun_text(rest) + rest.text == stopped.text == whole.text[: whole.text.index(stop)]


def test_what_ends_it_ends_it_at_once(guide: Engine) -> None:
    whole = ask(guide, PROMPT, max_tokens=30)
    request = Request(user(PROMPT), sampling=GREEDY, begun=tuple(whole.tokens), stop=(whole.text[3:9],))
    stopped = collect(guide.generate(request))
    assert (stopped.tokens, stopped.finished.stop_reason) == ([], "stop")
    assert _begun_text(stopped) == whole.text[: whole.text.index(whole.text[3:9])]
    eos = guide._model.eos
    ended = collect(guide.generate(replace(request, stop=(), begun=(*whole.tokens[:5], eos))))
    assert (ended.tokens, ended.finished.stop_reason) == ([], "eos")
    assert guide._prompts.remembered(_begun_text(ended)) == ()  # or the next prompt had its end twice


def test_it_is_remembered_as_it_was_written(guide: Engine) -> None:
    whole = ask(guide, PROMPT, max_tokens=20)
    begun = tuple(whole.tokens[:9])
    rest = collect(guide.generate(Request(user(PROMPT), sampling=GREEDY, begun=begun, max_tokens=11)))
    text = _begun_text(rest) + rest.text
    second = ask(guide, PROMPT, text, "And why?", max_tokens=4)
    assert second.finished.reused_tokens >= rest.finished.context_used


def test_thinking_in_it_is_told_apart(load: Load) -> None:
    engine = load(Tiny())
    begun = engine.spell("<think>so it is</think> the world")
    answer = collect(engine.generate(Request(user("hello"), sampling=GREEDY, begun=begun, max_tokens=4)))
    kinds = {part.kind for prefill in answer.prefills for part in prefill.begun}
    assert kinds == {"thinking", "answer"}
    assert answer.finished.thinking_tokens == 0


def test_what_does_not_fit_or_is_no_token_is_refused(load: Load) -> None:
    engine = load(Tiny())
    request = Request(user("hello"), sampling=GREEDY)
    with pytest.raises(ContextFull):
        engine.generate(replace(request, begun=engine.spell("a") * 600))
    for token in (-1, engine.info.n_vocab):
        with pytest.raises(BadInput):
            engine.generate(replace(request, begun=(token,)))
