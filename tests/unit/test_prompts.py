"""The prompt sets are there, and large enough for what rests on them."""

from __future__ import annotations

import pytest

from benchmarks import prompts


@pytest.mark.parametrize("name", prompts.SETS)
def test_every_set_has_enough_prompts_that_fit_the_guide(name: str) -> None:
    texts = prompts.prompts(name)
    assert len(set(texts)) == len(texts) >= 8
    assert all(text.strip() and len(text) < 1000 for text in texts)


def test_short_prompts_are_many_and_all_different() -> None:
    texts = prompts.short()
    assert len(set(texts)) == len(texts) >= 200
    assert not any("{topic}" in text.replace('{"topic"', "") for text in texts)
    assert prompts.short(20) == texts[:20]
    assert len({text[:6] for text in prompts.short(12)}) >= 10
