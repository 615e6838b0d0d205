"""The keyboard, as one table: the window, the list of keys and the guide read it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["Writing", "Answers", "Conversations", "Window"]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One row. `keys` in Qt's portable text, the first is shown. `action` False: the editor handles it."""

    id: str
    keys: tuple[str, ...]
    text: str
    group: Group
    action: bool = True


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut("send", ("Return", "Enter"), "Send the message", "Writing", action=False),
    Shortcut("new_line", ("Shift+Return",), "New line", "Writing", action=False),
    Shortcut("edit_last", ("Up",), "Edit the last message, in an empty box", "Writing", action=False),
    Shortcut("focus_composer", ("Ctrl+L",), "Go to the message box", "Writing"),
    Shortcut("escape", ("Esc",), "Stop the answer; close what is open", "Answers"),
    Shortcut("regenerate", ("Ctrl+R",), "Answer again", "Answers"),
    Shortcut("continue", ("Ctrl+Return", "Ctrl+Enter"), "Continue a cut answer", "Answers"),
    Shortcut("walk_tokens", ("F9",), "Go from token to token of an answer", "Answers"),
    Shortcut("change_passage", ("Ctrl+E",), "Change the selected part of an answer", "Answers"),
    Shortcut("copy_last", ("Ctrl+Shift+C",), "Copy the last answer", "Answers"),
    Shortcut("previous_version", ("Alt+Left",), "Previous version", "Answers"),
    Shortcut("next_version", ("Alt+Right",), "Next version", "Answers"),
    Shortcut("new", ("Ctrl+N",), "New conversation", "Conversations"),
    Shortcut("search", ("Ctrl+K",), "Search conversations", "Conversations"),
    Shortcut("rename", ("F2",), "Rename the conversation", "Conversations"),
    Shortcut("delete", ("Ctrl+Shift+Backspace",), "Delete the conversation (Undo follows)", "Conversations"),
    Shortcut("previous_conversation", ("Ctrl+PgUp",), "Previous conversation", "Conversations"),
    Shortcut("next_conversation", ("Ctrl+PgDown",), "Next conversation", "Conversations"),
    Shortcut("view_chat", ("Ctrl+1",), "Chat", "Window"),
    Shortcut("view_race", ("Ctrl+2",), "Race", "Window"),
    Shortcut("view_tokens", ("Ctrl+3",), "Tokens", "Window"),
    Shortcut("choose_model", ("Ctrl+M",), "Choose a model", "Window"),
    Shortcut("add_model", ("Ctrl+O",), "Add a GGUF file", "Window"),
    Shortcut("toggle_sidebar", ("Ctrl+B",), "Show or hide the sidebar", "Window"),
    Shortcut("toggle_panel", ("Ctrl+J",), "Show or hide the panel", "Window"),
    Shortcut("settings", ("Ctrl+,",), "Settings", "Window"),
    Shortcut("shortcuts", ("Ctrl+/", "F1"), "List of keys", "Window"),
    Shortcut("larger", ("Ctrl++", "Ctrl+="), "Interface larger", "Window"),
    Shortcut("smaller", ("Ctrl+-",), "Interface smaller", "Window"),
    Shortcut("normal_size", ("Ctrl+0",), "Interface at normal size", "Window"),
    Shortcut("quit", ("Ctrl+Q",), "Quit", "Window"),
)
