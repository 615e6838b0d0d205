"""The list of models, opened from the model card: choose one, watch it load, add a file.

Knows what the catalogue says of each file; loads nothing. Up and Down move, Enter chooses, Esc closes, typing
filters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from desktop.catalog.library import ModelFile
from desktop.gui.controls import Elided, Meter, PillKind, button, column, hairline, label, row
from desktop.gui.model_row import ModelRow
from desktop.gui.sheet import Sheet
from desktop.gui.theme import Theme

_FILTER_ABOVE = 8
_WIDTH = 420
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)


class ModelPicker(Sheet):
    """Call `set_models`, `set_current`, then `open(window, anchor)`. Choosing closes it; the caller loads."""

    chosen = Signal(object)
    add_clicked = Signal()
    open_folder_clicked = Signal()
    cancel_clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Models", name="model_picker", parent=parent)
        self._rows: list[ModelRow] = []
        self._heads: list[tuple[QWidget, list[ModelRow]]] = []
        self._current: Path | None = None
        self._loading = LoadingBar(theme)
        self._loading.cancel_clicked.connect(self.cancel_clicked)
        self._filter = QLineEdit()
        self._filter.setObjectName("model_filter")
        self._filter.setAccessibleName("Filter the models")
        self._filter.setPlaceholderText("Filter")
        self._filter.textChanged.connect(self._filter_changed)
        self._nothing = label("No model has these words in its name.", "ui2", name="model_filter_nothing")
        self._area = QScrollArea()
        self._area.setObjectName("model_area")
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The style sheet gives scroll areas the page's background; here the card's shows.
        self._area.setStyleSheet("QScrollArea, QScrollArea>QWidget>QWidget{background:transparent}")
        add = button(theme, "Add a GGUF file…", icon="plus", name="model_add")
        folder = button(theme, "Open models folder", "ghost", "external-link", name="model_open_folder")
        add.clicked.connect(self._add)
        folder.clicked.connect(self.open_folder_clicked)
        self._layout = column(
            self._loading, self._filter, self._area, self._nothing, hairline(),
            row(add, None, folder, margins=(0, 4, 0, 0)), margins=(10, 10, 10, 10), spacing=6,
        )  # fmt: skip
        self.card.setLayout(self._layout)
        self.set_models(())

    def set_models(self, models: Sequence[ModelFile], models_folder: Path | None = None) -> None:
        """Show these, in order, by section: built in; under `models_folder`; used before from elsewhere.

        Without `models_folder` all that is not built in counts as in the models folder.
        """
        self._rows, self._heads = [], []
        names = Counter((model.name, model.quantisation) for model in models if not model.builtin)
        body = QWidget()
        lay = QVBoxLayout(body)
        lay.setContentsMargins(0, 0, 4, 0)
        lay.setSpacing(2)
        for title, members in _sections(models, models_folder):
            head = label(title, "section")
            head.setContentsMargins(12, 6, 0, 2)
            lay.addWidget(head)
            rows = [self._row(model, twin=names[model.name, model.quantisation] > 1) for model in members]
            for made in rows:
                lay.addWidget(made)
            if not rows:
                note = label("No GGUF files there yet.", "caption")
                note.setContentsMargins(12, 0, 0, 4)
                lay.addWidget(note)
            self._heads.append((head, rows))
        lay.addStretch(1)
        self._area.setWidget(body)
        self._filter.setVisible(len(self._rows) > _FILTER_ABOVE)
        self._filter.clear()
        self._filter_changed("")
        self.set_current(self._current)

    def _row(self, model: ModelFile, *, twin: bool) -> ModelRow:
        made = ModelRow(self.theme, model, len(self._rows), twin=twin)
        made.clicked.connect(self._row_clicked)
        made.installEventFilter(self)
        made.setEnabled(self._loading.isHidden())
        self._rows.append(made)
        return made

    def set_current(self, path: Path | None) -> None:
        """Check the model in use."""
        self._current = path
        for made in self._rows:
            made.set_current(path is not None and made.path == path)

    def set_fit(self, path: Path, text: str, kind: PillKind) -> None:
        """Say whether a model fits memory, as far as it is known: "fits: 6.2 of 16 GB", ok / warn / bad."""
        for made in self._rows:
            if made.path == path:
                made.set_hint(text, kind)

    def set_loading(self, fraction: float | None, name: str = "") -> None:
        """Show a load under way, 0..1; None when there is none. Meanwhile nothing else can be chosen."""
        focus = self.focusWidget()
        had_focus = self.isVisible() and self._area.isAncestorOf(focus)
        self._loading.set(fraction, name)
        for made in self._rows:
            made.setEnabled(fraction is None)
        if had_focus and fraction is not None:
            self._loading.cancel.setFocus()
        self.place()

    def open(self, window: QWidget, anchor: QWidget | None = None) -> None:
        """Show above or below the anchor, every model in sight."""
        self._filter.clear()
        super().open(window, anchor)
        focus = self.focusWidget()
        if isinstance(focus, ModelRow):
            self._area.ensureWidgetVisible(focus)

    def first_focus(self) -> QWidget:
        """The model in use, or the first; while loading, Cancel."""
        if not self._loading.isHidden():
            return self._loading.cancel
        reachable = self._reachable()
        current = next((made for made in reachable if made.path == self._current), None)
        return current or next(
            iter(reachable), self._filter if not self._filter.isHidden() else super().first_focus()
        )

    def wanted(self, room_width: int, room_height: int) -> tuple[int, int]:
        """As high as the list, at most the room."""
        body = self._area.widget()
        lay = body.layout() if body is not None else None
        content = lay.totalMinimumSize().height() if lay is not None else 0
        self._area.setFixedHeight(max(content, 1))
        self._area.setVisible(self._nothing.isHidden())
        spare = self._layout.totalMinimumSize().height() - room_height
        if spare > 0:
            self._area.setFixedHeight(max(content - spare, self.theme.px(60)))
        return min(self.theme.px(_WIDTH), room_width), min(
            self._layout.totalMinimumSize().height(), room_height
        )

    def _reachable(self) -> list[ModelRow]:
        return [made for made in self._rows if not made.isHidden() and made.isEnabled()]

    @Slot(str)
    def _filter_changed(self, words: str) -> None:
        for head, rows in self._heads:
            for made in rows:
                made.setVisible(made.matches(words))
            head.setVisible(not words.strip() or any(not made.isHidden() for made in rows))
        self._nothing.setVisible(bool(self._rows) and all(made.isHidden() for made in self._rows))
        self.place()

    @Slot()
    def _row_clicked(self) -> None:
        clicked = self.sender()
        if isinstance(clicked, ModelRow):
            self._choose(clicked)

    def _choose(self, made: ModelRow) -> None:
        if made.model.problem:
            return
        self.dismiss()
        self.chosen.emit(made.path)

    @Slot()
    def _add(self) -> None:
        self.dismiss()
        self.add_clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up, Down, Home, End move; Enter chooses; letters go to the filter."""
        key, focus = event.key(), self.focusWidget()
        if key in _MOVES:
            self._move(key)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            usable = [made for made in self._reachable() if not made.model.problem]
            made = (
                focus
                if isinstance(focus, ModelRow)
                else next(iter(usable), None)
                if focus is self._filter
                else None
            )
            if made is not None:
                self._choose(made)
            event.accept()
        elif (
            event.text().isprintable()
            and event.text().strip()
            and not self._filter.isHidden()
            and focus is not self._filter
        ):
            self._filter.setFocus()
            self._filter.insert(event.text())
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A row leaves moving to the list: buttons and scroll areas do their own with the arrow keys."""
        if isinstance(watched, ModelRow) and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress and event.key() in _MOVES:
                self._move(event.key())
                return True
            return False
        return super().eventFilter(watched, event)

    def _move(self, key: int) -> None:
        rows, focus = self._reachable(), self.focusWidget()
        if not rows:
            return
        at = rows.index(focus) if isinstance(focus, ModelRow) and focus in rows else -1
        to = {
            int(Qt.Key.Key_Up): max(at - 1, 0),
            int(Qt.Key.Key_Down): min(at + 1, len(rows) - 1),
            int(Qt.Key.Key_Home): 0,
        }.get(key, len(rows) - 1)
        rows[to].setFocus(Qt.FocusReason.TabFocusReason)
        self._area.ensureWidgetVisible(rows[to])


def _sections(models: Sequence[ModelFile], folder: Path | None) -> list[tuple[str, list[ModelFile]]]:
    builtin = [model for model in models if model.builtin]
    others = [model for model in models if not model.builtin]
    inside = [model for model in others if folder is None or folder in model.path.parents]
    outside = [model for model in others if model not in inside]
    made = [("Built in", builtin)] if builtin else []
    made.append(("Models folder", inside))
    if outside:
        made.append(("Recently used", outside))
    return made


class LoadingBar(QWidget):
    """Which model is being loaded, how far, and Cancel."""

    cancel_clicked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._words = Elided("", "strong", name="model_loading")
        self._share = label("", "caption")
        self._meter = Meter(theme, "Loading", name="model_loading_bar")
        self.cancel = button(
            theme, "Cancel", name="model_loading_cancel", tip="Stop loading; the model before stays"
        )
        self.cancel.setAccessibleName("Cancel loading")
        self.cancel.clicked.connect(self.cancel_clicked)
        left = column(row(self._words, None, self._share), self._meter, spacing=6)
        whole = row(left, self.cancel, spacing=14, margins=(12, 6, 4, 8))
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.hide()

    def set(self, fraction: float | None, name: str) -> None:
        """Show a share of the way, 0..1; None hides."""
        self.setVisible(fraction is not None)
        if fraction is None:
            return
        percent = f"{min(max(fraction, 0.0), 1.0):.0%}"
        self._words.set_text(f"Loading {name}" if name else "Loading")
        self._share.setText(percent)
        self._meter.set_parts([(fraction, "accent")], f"Loading {name}: {percent}")
