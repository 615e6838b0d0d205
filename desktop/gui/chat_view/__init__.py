"""The conversation view: virtualised, with Markdown rendered as it streams."""

from desktop.gui.chat_view.view import ChatView

__all__ = ["ChatView"]
