"""The application's style sheet, made from the design tokens. Knows nothing of widgets but their names and properties."""

from __future__ import annotations

from collections.abc import Callable

from desktop.gui.tokens import R_CARD, R_COMPOSER, R_ROW, TYPE, Colors


def stylesheet(c: Colors, px: Callable[[float], int]) -> str:
    """The application's style sheet. Sets no button heights: a QSS min-height overrides setFixedHeight."""
    types = "\n".join(
        f'QLabel[type="{name}"]{{font-size:{px(size)}px; font-weight:{weight}; color:{getattr(c, color)};'
        f"{' font-family:JetBrains Mono;' if mono else ''}}}"
        for name, (size, weight, color, mono) in TYPE.items()
    )
    pills = "\n".join(
        f'QLabel[pill="{name}"]{{font-size:{px(12)}px; font-weight:500; color:{fg}; background:{bg};'
        f" border-radius:{px(9)}px; padding:2px 8px}}"
        for name, fg, bg in (
            ("ok", c.ok, c.ok_bg), ("bad", c.bad, c.bad_bg), ("warn", c.warn, c.warn_bg),
            ("accent", c.accent, c.accent_bg), ("plain", c.text2, c.raised),
        )
    )  # fmt: skip
    return f"""
*{{font-family:'Inter'; font-size:{px(13)}px; color:{c.text}; outline:0}}
QWidget#window, QWidget#centre, QScrollArea, QScrollArea>QWidget>QWidget{{background:{c.bg}}}
QWidget#sidebar{{background:{c.side}; border-right:1px solid {c.line}}}
QWidget#panel{{background:{c.side}; border-left:1px solid {c.line}}}
QWidget#header{{background:{c.bg}; border-bottom:1px solid {c.line}}}
QFrame[hairline="true"]{{background:{c.line}; border:0}}
{types}
{pills}
QLabel[tag="true"]{{font-family:'JetBrains Mono'; font-size:{px(11)}px; color:{c.text2}; background:{c.raised};
  border-radius:5px; padding:2px 6px}}
QFrame[card="true"]{{background:{c.surface}; border:1px solid {c.line}; border-radius:{R_CARD}px}}
QFrame[card="bad"]{{background:{c.surface}; border:1px solid {c.bad}; border-radius:{R_CARD}px}}
QFrame[card="selected"]{{background:{c.accent_bg}; border:1px solid {c.accent}; border-radius:{R_CARD}px}}
QFrame[card="inset"]{{background:{c.code}; border:1px solid {c.line}; border-radius:{R_ROW}px}}
QFrame[card="composer"]{{background:{c.surface}; border:1px solid {c.line2}; border-radius:{R_COMPOSER}px}}
QFrame[card="popup"]{{background:{c.raised}; border:1px solid {c.line2}; border-radius:{R_CARD}px}}
QToolButton{{border:2px solid transparent; border-radius:{R_ROW}px; background:transparent}}
QToolButton:hover{{background:{c.raised}}} QToolButton:checked{{background:{c.sel}}}
QToolButton:focus{{border-color:{c.accent}}} QToolButton::menu-indicator{{image:none}}
QPushButton{{background:{c.surface}; border:1px solid {c.line2}; border-radius:{R_ROW}px; padding:0 12px; font-weight:500}}
QPushButton:hover{{background:{c.raised}}} QPushButton:focus{{border:2px solid {c.accent}}}
QPushButton:disabled{{color:{c.text3}; background:{c.raised}; border-color:{c.line}}}
QPushButton[kind="primary"]{{background:{c.accent}; border-color:{c.accent}; color:{c.on_accent}}}
QPushButton[kind="primary"]:focus{{border:2px solid {c.text}}}
QPushButton[kind="primary"]:disabled{{background:{c.raised}; border-color:{c.line}; color:{c.text3}}}
QPushButton[kind="ghost"]{{background:transparent; border-color:transparent; color:{c.text2}}}
QPushButton[kind="ghost"]:hover{{background:{c.raised}}} QPushButton[kind="ghost"]:focus{{border-color:{c.accent}}}
QPushButton[kind="link"]{{background:transparent; border:0; padding:0; color:{c.accent}; text-align:left}}
QPushButton[kind="link"]:focus, QPushButton[kind="link"]:hover{{text-decoration:underline}}
QPushButton[kind="round"]{{background:{c.accent}; border:2px solid {c.accent}; border-radius:{px(34) // 2}px; padding:0}}
QPushButton[kind="round"]:focus{{border-color:{c.text}}}
QPushButton[kind="round"]:disabled{{background:{c.raised}; border-color:{c.raised}}}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit[field="true"]{{background:{c.bg}; border:1px solid {c.line3};
  border-radius:{R_ROW}px; padding:6px 8px; selection-background-color:{c.accent}; selection-color:{c.on_accent}}}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit[field="true"]:focus{{border:1px solid {c.accent}}}
QToolTip{{background:{c.raised}; color:{c.text}; border:1px solid {c.line2}; padding:6px}}
QMenu{{background:{c.raised}; border:1px solid {c.line2}; border-radius:{R_ROW}px; padding:4px}}
QMenu::item{{padding:6px 20px 6px 12px; border-radius:6px}} QMenu::item:selected{{background:{c.sel}}}
QMenu::item:disabled{{color:{c.text3}}} QMenu::separator{{height:1px; background:{c.line2}; margin:4px 8px}}
QScrollBar:vertical{{background:transparent; width:10px; margin:4px 2px 4px 0}}
QScrollBar::handle:vertical{{background:{c.line2}; border-radius:4px; min-height:40px}}
QScrollBar::handle:vertical:hover{{background:{c.line3}}}
QScrollBar:horizontal{{background:transparent; height:10px; margin:0 4px 2px 4px}}
QScrollBar::handle:horizontal{{background:{c.line2}; border-radius:4px; min-width:40px}}
QScrollBar::add-line, QScrollBar::sub-line{{width:0; height:0}}
QScrollBar::add-page, QScrollBar::sub-page{{background:transparent}}
"""
