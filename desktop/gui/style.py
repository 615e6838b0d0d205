"""The application's style sheet, made from the design tokens. Selects on object names and properties.

Sets no button heights: a QSS min-height overrides setFixedHeight.
"""

from __future__ import annotations

from collections.abc import Callable

from desktop.gui.tokens import R_CARD, R_COMPOSER, R_ROW, TYPE, Colors


def stylesheet(c: Colors, px: Callable[[float], int]) -> str:
    """The whole sheet for a palette and an interface size."""
    base = f"*{{font-family:'Inter'; font-size:{px(13)}px; color:{c.text}; outline:0}}"
    return "\n".join((base, _labels(c, px), _surfaces(c), _buttons(c, px), _fields(c, px), _menus(c, px)))


def _labels(c: Colors, px: Callable[[float], int]) -> str:
    types = [
        f'QLabel[type="{name}"]{{font-size:{px(size)}px; font-weight:{weight}; color:{getattr(c, color)};'
        f"{' font-family:JetBrains Mono;' if mono else ''}}}"
        for name, (size, weight, color, mono) in TYPE.items()
    ]
    pills = [
        f'QLabel[pill="{name}"]{{font-size:{px(12)}px; font-weight:500; color:{fg}; background:{bg};'
        f" border-radius:{px(8)}px; padding:2px 8px}}"
        for name, fg, bg in (
            ("ok", c.ok, c.ok_bg), ("bad", c.bad, c.bad_bg), ("warn", c.warn, c.warn_bg),
            ("accent", c.accent, c.accent_bg), ("plain", c.text2, c.raised),
        )
    ]  # fmt: skip
    tag = (
        f"QLabel[tag=\"true\"]{{font-family:'JetBrains Mono'; font-size:{px(11)}px; color:{c.text2};"
        f" background:{c.raised}; border-radius:5px; padding:2px 6px}}"
    )
    return "\n".join([*types, *pills, tag])


def _surfaces(c: Colors) -> str:
    cards = (
        ("true", c.surface, c.line, R_CARD), ("bad", c.surface, c.bad, R_CARD),
        ("inset", c.code, c.line, R_ROW),
        ("selected", c.accent_bg, c.accent, R_CARD), ("composer", c.surface, c.line2, R_COMPOSER),
        ("composerfocus", c.surface, c.line3, R_COMPOSER), ("popup", c.raised, c.line2, R_CARD),
    )  # fmt: skip
    frames = "\n".join(
        f'QFrame[card="{name}"]{{background:{fill}; border:1px solid {line}; border-radius:{radius}px}}'
        for name, fill, line, radius in cards
    )
    return f"""
QWidget#window, QWidget#centre, QScrollArea, QScrollArea>QWidget>QWidget{{background:{c.bg}}}
QWidget#sidebar,QWidget#rail{{background:{c.side}; border-right:1px solid {c.line}}}
QWidget#panel, QWidget#tokenSide{{background:{c.side}; border-left:1px solid {c.line}}}
QWidget#panel QScrollArea, QWidget#panel QScrollArea>QWidget>QWidget, QWidget#tokenSide QScrollArea,
QWidget#tokenSide QScrollArea>QWidget>QWidget{{background:{c.side}}}
QWidget#header{{background:{c.bg}; border-bottom:1px solid {c.line}}}
QListView#conversations{{background:transparent; border:0}}
QFrame[hairline="true"]{{background:{c.line}; border:0}}
{frames}"""


def _buttons(c: Colors, px: Callable[[float], int]) -> str:
    half = px(34) // 2
    return f"""
QToolButton{{border:2px solid transparent; border-radius:{R_ROW}px; background:transparent}}
QToolButton:hover{{background:{c.raised}}} QToolButton:checked{{background:{c.sel}}}
QToolButton:focus{{border-color:{c.accent}}} QToolButton::menu-indicator{{image:none}}
QPushButton{{background:{c.surface}; border:1px solid {c.line2}; border-radius:{R_ROW}px; padding:0 12px;
  font-weight:500}}
QPushButton:hover{{background:{c.raised}}} QPushButton:focus{{border:2px solid {c.accent}; padding:0 11px}}
QPushButton:disabled{{color:{c.text3}; background:{c.raised}; border-color:{c.line}}}
QPushButton[kind="primary"]{{background:{c.accent}; border-color:{c.accent}; color:{c.on_accent}}}
QPushButton[kind="primary"]:focus{{border:2px solid {c.text}}}
QPushButton[kind="primary"]:disabled{{background:{c.raised}; border-color:{c.line}; color:{c.text3}}}
QPushButton[kind="ghost"]{{background:transparent; border-color:transparent; color:{c.text2}}}
QPushButton[kind="ghost"]:hover{{background:{c.raised}}}
QPushButton[kind="ghost"]:focus{{border-color:{c.accent}}}
QPushButton[kind="link"]{{background:transparent; border:0; padding:0; color:{c.accent}; text-align:left}}
QPushButton[kind="link"]:focus, QPushButton[kind="link"]:hover{{text-decoration:underline}}
QPushButton[kind="choice"]{{font-weight:400; padding:0 9px}}
QPushButton[kind="choice"]:checked{{background:{c.accent_bg}; border:1px solid {c.accent}; color:{c.accent};
  font-weight:500}}
QPushButton[kind="choice"]:focus{{border:2px solid {c.accent}; padding:0 8px}}
QPushButton[kind="round"]{{background:{c.accent}; border:2px solid {c.accent}; border-radius:{half}px;
  padding:0}}
QPushButton[kind="round"]:focus{{border-color:{c.text}}}
QPushButton[kind="round"]:disabled{{background:{c.raised}; border-color:{c.raised}}}
QPushButton[kind="card"]{{border:1px solid {c.line}; border-radius:{R_CARD}px; padding:0; font-weight:400;
  background:{c.surface}}}
QPushButton[kind="card"]:hover{{background:{c.raised}; border-color:{c.line2}}}
QPushButton[kind="card"]:focus{{border:2px solid {c.accent}}}"""


def _fields(c: Colors, px: Callable[[float], int]) -> str:
    fields = 'QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit[field="true"]'
    focused = ", ".join(f"{field}:focus" for field in fields.split(", "))
    return f"""
{fields}{{background:{c.bg}; border:1px solid {c.line3}; border-radius:{R_ROW}px; padding:6px 8px;
  selection-background-color:{c.accent}; selection-color:{c.on_accent};
  placeholder-text-color:{c.text3}}}
{focused}{{border:1px solid {c.accent}}}
QLineEdit#search{{background:transparent; border:1px solid {c.line2}; padding:0 6px}}
QLineEdit#search:focus{{border:2px solid {c.accent}; padding:0 5px}}
QLineEdit#renameConversation{{padding:0 8px; border:2px solid {c.accent}}}
QLineEdit#titleEditor{{font-size:{px(15)}px; font-weight:600; padding:4px 8px}}
QPlainTextEdit#message, QPlainTextEdit#edit_message_text{{background:transparent; border:0; padding:0;
  font-size:{px(14)}px;
  placeholder-text-color:{c.text3};
  selection-background-color:{c.accent}; selection-color:{c.on_accent}}}
QProgressBar#loading{{background:{c.line2}; border:0; border-radius:2px}}
QProgressBar#loading::chunk{{background:{c.accent}; border-radius:2px}}"""


def _menus(c: Colors, px: Callable[[float], int]) -> str:
    return f"""
QToolTip{{background:{c.raised}; color:{c.text}; border:1px solid {c.line2}; padding:2px 4px;
  font-size:{px(12)}px}}
QMenu{{background:{c.raised}; border:1px solid {c.line2}; border-radius:{R_ROW}px; padding:4px}}
QMenu::item{{padding:6px 20px 6px 12px; border-radius:6px}} QMenu::item:selected{{background:{c.sel}}}
QMenu::item:disabled{{color:{c.text3}}} QMenu::separator{{height:1px; background:{c.line2}; margin:4px 8px}}
QScrollBar:vertical{{background:transparent; width:10px; margin:4px 2px 4px 0}}
QScrollBar::handle:vertical{{background:{c.line2}; border-radius:4px; min-height:40px}}
QScrollBar::handle:vertical:hover{{background:{c.line3}}}
QScrollBar:horizontal{{background:transparent; height:10px; margin:0 4px 2px 4px}}
QScrollBar::handle:horizontal{{background:{c.line2}; border-radius:4px; min-width:40px}}
QScrollBar::add-line, QScrollBar::sub-line{{width:0; height:0}}
QScrollBar::add-page, QScrollBar::sub-page{{background:transparent}}"""
