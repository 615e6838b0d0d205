"""A theme for the pages, and the check that everything interactive can be named and reached."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)


def interactive(root: QWidget) -> list[QWidget]:
    """Everything a person can act on, scroll bars aside."""
    kinds = (QAbstractButton, QAbstractSlider, QLineEdit, QPlainTextEdit)
    found = [widget for widget in root.findChildren(QWidget) if isinstance(widget, kinds)]
    # A table's corner button is Qt's own and stands under a hidden header.
    own = [widget for widget in found if widget.objectName() != "qt_tableview_cornerbutton"]
    return [widget for widget in own if not isinstance(widget, QScrollBar)]


def _together(widget: QWidget) -> list[QWidget]:
    """Of an exclusive group Tab reaches the chosen one; the arrow keys reach the others from there."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return [*group.buttons()] if group is not None and group.exclusive() else [widget]


def assert_named_and_reachable(root: QWidget) -> None:
    """Object name, accessible name and Tab for every interactive widget; no object name twice."""
    widgets = interactive(root)
    assert widgets
    for widget in widgets:
        assert widget.objectName(), f"{widget} has no object name"
        assert widget.accessibleName(), f"{widget.objectName()} has no accessible name"
        reachable = any(member.focusPolicy() & Qt.FocusPolicy.TabFocus for member in _together(widget))
        assert reachable, f"{widget.objectName()} is out of Tab's reach"
    names = [widget.objectName() for widget in widgets]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
