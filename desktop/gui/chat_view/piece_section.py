"""A section that shows pieces of an answer's text and can follow them as they grow."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.gui.chat_view.pieces import Piece
from desktop.gui.chat_view.section import Section


class PieceSection(Section):
    """A section that shows pieces. `count` of them, in order."""

    count = 0

    def accepts(self, piece: Piece) -> bool:
        """Whether the piece may be added at the end."""
        raise NotImplementedError

    def sync(self, pieces: Sequence[Piece]) -> None:
        """Shows these pieces instead of the ones before."""
        raise NotImplementedError

    def source(self, start: int, end: int, text: str) -> tuple[int, int] | None:
        """What document positions `start` to `end` show, as a part of the Markdown `text`; None = nothing."""
        raise NotImplementedError
