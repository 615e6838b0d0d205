"""The Tokens page and its hover card.

`TokensView(theme)`: `show_answer(spans, rounds, plain_ms)`, `show_progress("running" | "paused" | "done")`,
`show_candidates(token, rows)`; signals `selected(token)`, `pause_requested`, `next_requested`,
`continue_requested`, `branch_requested(token)`. Spans come from `desktop.engine.spans.spans`.
`TokenFacts()` is the side panel's card: `show_token(view.answer, view.span)` on `selected`.
`WhyCard(theme, host)` with `why(span, round)`: the same card for the words of a chat.
"""

from desktop.gui.tokens_view.facts import TokenFacts
from desktop.gui.tokens_view.steps import Progress
from desktop.gui.tokens_view.table import Candidate
from desktop.gui.tokens_view.view import TokensView
from desktop.gui.tokens_view.why_card import WhyCard
from desktop.gui.tokens_view.words import Why, WhyRow, why, why_proposal

__all__ = [
    "Candidate",
    "Progress",
    "TokenFacts",
    "TokensView",
    "Why",
    "WhyCard",
    "WhyRow",
    "why",
    "why_proposal",
]
