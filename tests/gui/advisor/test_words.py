"""The advisor's sentences: every figure with its range, counts and source; ties and plain said plainly."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from desktop.bridge.advice import Advice, Ranking, Way, rank
from desktop.bridge.advisor import Progress
from desktop.engine.types import DraftInfo
from desktop.gui.advisor import words
from desktop.gui.advisor.offer import Offer, Running
from desktop.gui.settings_page.draft_facts import Candidate
from tests.gui.advisor.conftest import BOTH, COPYING, DRAFTED, PLAINLY, REFUSED, ROWS, SMALL, row

KINDS = ("chat", "code", "summary", "rewrite")


def test_a_row_says_all_of_it_aloud() -> None:
    assert words.row_sentence(DRAFTED, best=True) == (
        "Small 0.6B, best: ×1.61, 1.49–1.83, 3 runs; 48.3 tokens a second; accepted 86%, 289 of 338; "
        "memory + 639 MB; energy ×0.64"
    )
    assert words.row_sentence(COPYING).endswith("memory none; energy ×0.97, estimated")
    assert words.row_sentence(REFUSED) == "Foreign: not measured, draft has another tokenizer"
    assert "nothing drafted" in words.row_sentence(PLAINLY)


def test_acceptance_has_its_counts_and_is_no_speed() -> None:
    assert words.acceptance(DRAFTED) == ("86%", "289 of 338")
    assert words.acceptance(PLAINLY) == ("–", "nothing drafted")


def test_an_estimate_is_marked_as_one() -> None:
    assert words.energy(DRAFTED) == ("×0.64", "energy")
    assert words.energy(COPYING) == ("≈ ×0.97", "energy, est.")
    assert words.energy(BOTH) == ("–", "not known")
    assert "estimated" in words.energy_source(COPYING)
    assert "measured" in words.energy_source(DRAFTED)


def test_every_figure_tells_what_it_was_computed_from() -> None:
    assert words.speedup_source(DRAFTED).endswith("left out: 1.49, 1.61, 1.83")
    assert words.rate_source(DRAFTED) == "Median decode tok/s of 3 answers: 44.7, 48.3, 54.9"


def test_what_is_said_of_the_texts() -> None:
    assert words.hint(DRAFTED) == "Draft model, same text"
    assert words.hint(BOTH) == "Auto, same odds, own text"
    assert words.hint(PLAINLY) == "The model alone"
    assert words.hint(replace(DRAFTED, same="differs", at=37)) == "Draft model, text differs at token 37"
    assert "token 37" in words.same_source(replace(DRAFTED, same="tie", at=37))


def test_the_verdict_names_the_best_and_its_rivals() -> None:
    ranking = rank(ROWS)
    assert words.verdict(ranking) == "Small 0.6B is best: ×1.61"
    alone = rank((PLAINLY, COPYING, DRAFTED))
    assert words.because(alone) == "Between ×1.49 and ×1.83 in 3 runs, and no other way is as fast."
    large = replace(DRAFTED, way=Way("draft", "Large", "/models/large.gguf", 9_000_000_000))
    faster = replace(large, speedups=tuple((prompt, ratio * 1.01) for prompt, ratio in DRAFTED.speedups))
    assert words.because(rank((PLAINLY, DRAFTED, faster))) == (
        "A tie with Large: the difference is within the spread. Small 0.6B needs less memory."
    )


def test_plain_is_best_is_said_plainly() -> None:
    slower = row(SMALL.ways[0], 0.8, 0.85, 0.9)
    ranking = rank((PLAINLY, slower, REFUSED))
    assert words.verdict(ranking) == "Plain is best"
    assert "Drafting can stay off" in words.because(ranking)
    near = rank((PLAINLY, row(SMALL.ways[0], 0.97, 1.03, 1.01)))
    assert words.verdict(near) == "Plain is best: nothing is faster beyond the spread"
    assert words.because(near).startswith("A tie with Small 0.6B")
    assert "could be measured" in words.because(rank((PLAINLY, REFUSED)))
    assert words.verdict(Ranking((REFUSED,))) == "Nothing could be measured"


def test_when_and_on_what() -> None:
    now = datetime(2026, 11, 23, 15, 0).timestamp()
    advice = Advice("Qwen", ROWS, datetime(2026, 11, 21, 14, 2).timestamp(), True, 4, 1)
    assert words.made(advice, now) == (
        "Measured 21 Nov 2026, 14:02 on 4 of your last prompts, 1 left out: too long for the context."
    )
    assert words.made(replace(advice, when=now - 5, own=False, skipped=0), now) == (
        "Measured just now on 4 built-in prompts."
    )


def test_what_is_offered_and_about_how_long() -> None:
    offer = Offer("Qwen", own=6, kinds=KINDS, token_ms=33.0)
    assert words.offered(offer, own=False) == (
        "Tries plain and lookup on 4 prompts: 8 short answers of up to 96 tokens, ≈ 30 s (estimate)."
    )
    assert "12 short answers" in words.offered(offer, own=True)
    good = DraftInfo(SMALL.path, "Small", 1, (), None)
    many = replace(offer, candidates=(Candidate(SMALL.path, "Small", verdict=good),) * 9)
    assert words.offered(many, own=False).startswith(
        "Tries plain, lookup and the 6 smallest of 9 draft models on 4 prompts: 56 short answers"
    )
    assert words.offered(replace(offer, token_ms=0.0), own=False).endswith("known after the first ones.")
    assert words.about(3.0) == "under 10 s"
    assert words.about(190.0) == "≈ 3 min"


def test_how_far_it_is() -> None:
    state = Running("Qwen", Progress(7, 24, SMALL.ways[1], 190.0, False), ROWS)
    assert words.running(state) == "Answer 8 of 24: Small 0.6B + lookup"
    assert words.left(state) == "≈ 3 min left (estimate)"
    first = replace(state, progress=replace(state.progress, seconds=None))
    assert words.left(first) == ""
    waits = replace(state, progress=replace(state.progress, waits=True))
    assert "goes first" in words.left(waits)
    assert words.running(replace(state, progress=replace(state.progress, done=24))) == "Comparing the texts"


def test_names_from_files_do_no_harm() -> None:
    assert words.model("<b>Big</b>\n\x00\u202eevil") == "<b>Big</b> ␀⟨RLO⟩evil"
    assert words.model("  \n ") == "Unnamed"
    assert len(words.model("x" * 10**6)) <= 120
    assert words.breakable("a" * 30).replace("\u200b", "") == "a" * 30


def test_files_being_looked_at_count_for_nothing_yet() -> None:
    offer = Offer("Qwen", (Candidate(SMALL.path, "Small"),), kinds=KINDS)
    assert offer.judging
    assert offer.usable == 0
