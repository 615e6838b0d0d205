"""The conversation view: virtualised, with Markdown rendered as it streams, and its tokens on top of it.

`ChatView(theme)`. Tokens: `set_tokens_shown(bool)`, `set_rejected_shown(bool)`, each with its `..._changed`;
`trace_wanted(message id)` asks for `set_trace(message id, rounds, pieces, limit)`; while an answer is written
`add_rounds(message id, new rounds, pieces)`; `walk_tokens()` for the keyboard, `token_activated(message id,
token)` for a click. Passages: `selection_source()`, `request_passage()`, `passage_requested(id, from, to)`.
"""

from desktop.gui.chat_view.view import ChatView

__all__ = ["ChatView"]
