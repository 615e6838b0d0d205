"""Hostile text in the real window: shown as text, never executed, nothing fetched, never frozen.

Gaps of the event loop are printed; the limits asserted are only those of a window that hangs.
"""

from __future__ import annotations

import http.server
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop import paths, settings
from desktop.settings import Settings
from desktop.store.store import Store
from tests.e2e.conftest import report
from tests.tiny_gguf import Tiny, write_tiny

pytestmark = pytest.mark.e2e
Drive = Callable[..., dict[str, Any]]
HANGS_MS = 3000
"""Far above what is good: the test machine may be busy."""


@pytest.fixture
def short(tmp_path: Path) -> None:
    """A model with short answers."""
    use(write_tiny(tmp_path / "short.gguf"))


def use(model: Path, **more: Any) -> None:
    chosen = Settings(last_model=str(model), temperature=0.0, n_threads=1, **{"max_tokens": 4, **more})
    settings.save(paths.settings_file(), chosen)


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """A web server nobody should ask: its address and what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def plant(answers: dict[str, str], thinking: str = "") -> dict[str, int]:
    """A conversation for each answer; returns their ids."""
    ids = {}
    with Store.open(paths.database()) as store:
        for question, text in answers.items():
            conversation, user = store.begin(question)
            message = store.start_answer(conversation.id, user.id, "<b>model</b>")
            store.finish(message.id, text, thinking, "done", {})
            ids[question] = conversation.id
    return ids


@pytest.mark.usefixtures("short")
def test_planted_answers(drive: Drive, canary: tuple[str, list[str]], tmp_path: Path) -> None:
    url, asked = canary
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)  # whoever opens it to read hangs, and that is noticed
    page = (
        f'<script src="{url}/script.js">alert(1)</script><img src="{url}/img.png" onerror="alert(1)">\n\n'
        f'<iframe src="{url}/frame"></iframe> <link rel=stylesheet href="{url}/style.css"> <b>bold?</b>\n\n'
        f"![remote]({url}/remote.png) ![local](file://{pipe}) ![bare]({pipe}) "
        "![data](data:image/png;base64,AA)\n\n"
        "[js](javascript:alert(1)) [file](file:///etc/passwd) [data](data:text/html,<b>) [vb](vbscript:x)\n\n"
        "[spaced]( javascript:alert(1)) [tab](java\tscript:alert(1)) [entity](java&#115;cript:alert(1)) "
        "<file:///etc>\n\n"
        f"[net](//evil.example/x) [user](https://good.example@evil.example/) [fine]({url}/link) "
        f"{url}/bare\n\n"
        f"| ![t]({url}/table.png) | <img src='{url}/cell.png'> |\n|--|--|\n| [x](file:///etc) | y |\n\n"
        f"```html\n<img src='{url}/code.png'>\n```\n\n<style>@import url({url}/import.css)</style>\n"
    )
    ids = plant(
        {
            "page": page,
            "line": "word " * 200_000,
            "no space": "x" * 1_000_000,
            "code": "```\n" + "y" * 1_000_000 + "\n```",
            "nul and bidi": "a\x00b \u202eevil\u202c \u2066iso\u2069 \x1b[31mred \u200b\ufeff|"
            + "\u0301" * 5000,
            "deep": "> " * 5000 + "[" * 5000 + "*" * 5000,
            "table": "|" + "a|" * 5000 + "\n|" + "-|" * 5000 + "\n|" + "b|" * 5000,
            "\x00\x1b[31m\u202eevil\r\ntitle": "ok",
            "<b>bold</b><img src=x>": "ok",
            "z\u0301\u0302" * 3000: "ok",
        },
        thinking=f"![x]({url}/thought.png)",
    )
    with sqlite3.connect(paths.database()) as raw:  # as another program may have left it
        raw.execute(
            "UPDATE conversation SET title = ? WHERE id = ?", ("\x00\x1b[2J\u202e\nt" * 500, ids["table"])
        )
    raw.close()
    found = drive("planted", module="hostile")
    gaps = {q[:12]: (found[str(i)]["opening_ms"], found[str(i)]["scrolling_ms"]) for q, i in ids.items()}
    report("gaps in ms, opening and scrolling", gaps)
    assert asked == []
    shown = found[str(ids["page"])]
    assert all(link.startswith(("http://", "https://")) for link in (*shown["anchors"], *shown["opened"])), (
        shown
    )
    assert f"{url}/link" in shown["opened"]
    for markup in ("<script src=", "<iframe", "<b>bold?</b>", "<style>"):
        assert markup in shown["text"]
    hidden = found[str(ids["nul and bidi"])]["text"]
    assert not set("\x00\x1b\u202e\u2066") & set(hidden)
    assert "evil" in hidden
    for question, ident in ids.items():
        title = found[str(ident)]["title"]
        if question != "table":
            assert not set("\x00\x1b\u202e\n") & set(title), (question, title)
        assert max(gaps[question[:12]]) < HANGS_MS


def test_a_hostile_answer_as_it_is_written(
    drive: Drive, canary: tuple[str, list[str]], tmp_path: Path
) -> None:
    """Tokens that are whole pieces of markup, and ones that are single bytes."""
    url, asked = canary
    pieces = (
        "<script>alert(1)</script> ",
        f"![remote]({url}/a.png) ",
        f'<img src="{url}/b.png"> ',
        "[js](javascript:alert(1)) ",
        "[file](file:///etc/passwd) ",
        "<think>",
    )
    strange = (b"\x00", b"\x1b", b"\xe2", b"\x80", b"\xae", b"\xff", b"\xc3")
    tiny = Tiny(user_defined=pieces, chain=(b"\n", *pieces, *strange, "<|im_end|>"))
    use(write_tiny(tmp_path / "hostile.gguf", tiny), max_tokens=40)
    result = drive("streamed", "go", module="hostile")
    report("gap in ms", result["gap_ms"])
    assert result["state"] == "done"
    assert asked == []
    for piece in pieces[:5]:
        assert piece.strip() in result["text"]
    for piece in ("<script>alert(1)</script>", f'<img src="{url}/b.png">'):
        assert piece in result["shown"]
    assert not set("\x00\x1b\u202e") & set(result["shown"])


@pytest.mark.slow
def test_a_line_of_a_megabyte_as_it_is_written(drive: Drive, tmp_path: Path) -> None:
    pieces = tuple(f"{number:04d}" + "x" * 3996 for number in range(250))
    tiny = Tiny(user_defined=pieces, chain=(b"\n", *pieces, "<|im_end|>"))
    use(write_tiny(tmp_path / "line.gguf", tiny), max_tokens=300)
    result = drive("streamed", "go", module="hostile")
    report("gap in ms", result["gap_ms"])
    assert result["text"] == "".join(pieces)
    assert result["gap_ms"] < HANGS_MS


@pytest.mark.parametrize(
    ("text", "n_ctx", "end"),
    [
        ("hello world ", 512, ("failed", "ContextFull")),
        ("hello world ", 131_072, ("stopped", "")),
        ("x", 512, ("failed", "ContextFull")),
        ("<b>\u202e\x1b\n", 512, ("failed", "ContextFull")),
    ],
    ids=["refused", "read", "one word", "strange"],
)
def test_a_pasted_prompt_of_200_kb(
    drive: Drive, tmp_path: Path, text: str, n_ctx: int, end: tuple[str, str]
) -> None:
    use(write_tiny(tmp_path / "model.gguf", Tiny(n_ctx=n_ctx)), n_ctx=n_ctx)
    result = drive("pasted", text, module="hostile")
    report("gaps in ms", result["gaps_ms"])
    assert result["kept"]
    assert (result["state"], result["kind"]) == end
    assert not set("\x1b\u202e\n") & set(result["title"])
    assert max(result["gaps_ms"].values()) < HANGS_MS
