"""What the conversation view costs: `python benchmarks/render.py [--quick]` prints one JSON object.

GUI-thread CPU time (`time.thread_time`), layout and paint included, so that other load on the computer
matters little; gaps of the event loop are wall time and do depend on it. Sizes are in tokens of four
characters.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("SLIPSTREAM_HOME", tempfile.mkdtemp())
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from desktop.engine.types import Part
from desktop.gui.chat_view import ChatView
from desktop.gui.theme import Theme
from desktop.store.types import Message

CHAPTER = """## Step {n}: halve the range

Halve the range until **one place** is left; a *million* items need at most 20 comparisons, see `search` and
[the paper](https://example.org/{n}) for the proof, which is short and needs nothing but induction over the
length.

- keep a half-open range
- the midpoint is `lo + (hi - lo) // 2`
- stop when it is empty

```python
def search_{n}(items, target):
    lo, hi = 0, len(items)
    while lo < hi:
        mid = lo + (hi - lo) // 2
        lo, hi = (mid + 1, hi) if items[mid] < target else (lo, mid)
    return lo
```

| n | comparisons |
|---|---|
| 1,000 | 10 |
| 1,000,000 | 20 |

"""


def prose(tokens: int) -> str:
    """Markdown of about so many tokens."""
    return "".join(CHAPTER.format(n=n) for n in range(tokens * 4 // len(CHAPTER) + 1))[: tokens * 4]


def message(number: int, role: Any, text: str, state: Any = "done") -> Message:
    """A message of the one conversation."""
    return Message(number, 1, None, role, text, state=state, model="Bench")


class Bench:
    """One window for all measurements."""

    def __init__(self, app: QApplication) -> None:
        self.app = app
        self.theme = Theme(app, "dark", reduce_motion=True)
        self.view = ChatView(self.theme)
        self.view.resize(760, 800)
        self.view.show()
        self.settle()

    def settle(self, seconds: float = 0.15) -> tuple[float, float]:
        """Runs the event loop until it has been idle; returns (CPU ms, longest turn in wall ms)."""
        cpu, longest, quiet = time.thread_time(), 0.0, time.perf_counter()
        while time.perf_counter() - quiet < seconds:
            start = time.perf_counter()
            self.app.processEvents()
            self.app.sendPostedEvents(
                None, QEvent.Type.DeferredDelete.value
            )  # only a real event loop does it
            took = time.perf_counter() - start
            longest = max(longest, took)
            if took > 0.002:
                quiet = time.perf_counter()
            time.sleep(0.001)
        return (time.thread_time() - cpu) * 1000, longest * 1000

    def flushes(self, done: int, count: int) -> dict[str, float]:
        """Cost of one flush of 17 tokens when `done` tokens are there already."""
        text = prose(done + 17 * count + 100)
        answer = message(2, "assistant", text[: done * 4], "streaming")
        self.view.set_thread([message(1, "user", "Go on"), answer])
        self.settle()
        costs = []
        for k in range(count):
            at = done * 4 + 68 * k
            start = time.thread_time()
            self.view.stream(2, [Part("answer", text[at : at + 68])])
            self.view._render()
            self.app.processEvents()
            costs.append((time.thread_time() - start) * 1000)
        return {"median_ms": round(statistics.median(costs), 2), "max_ms": round(max(costs), 2)}

    def opened(self, count: int) -> float:
        """CPU ms to show a conversation of so many messages for the first time."""
        thread = [
            message(k, "user" if k % 2 else "assistant", prose(300 if k % 2 == 0 else 20))
            for k in range(1, count + 1)
        ]
        self.view.set_thread([])
        self.settle()
        start = time.thread_time()
        self.view.set_thread(thread)
        self.app.processEvents()
        return round((time.thread_time() - start) * 1000, 1)

    def gap(self, text: str, role: Any = "assistant") -> dict[str, float]:
        """Longest turn of the event loop while one message is opened and scrolled through."""
        self.view.set_thread([])
        self.settle()
        start = time.perf_counter()
        self.view.set_thread([message(1, role, text)])
        shown = (time.perf_counter() - start) * 1000
        _, longest = self.settle()
        bar = self.view.verticalScrollBar()
        worst = 0.0
        for part in range(11):
            start = time.perf_counter()
            bar.setValue(bar.maximum() * part // 10)
            self.app.processEvents()
            worst = max(worst, (time.perf_counter() - start) * 1000)
        return {
            "shown_ms": round(shown, 1),
            "longest_turn_ms": round(longest, 1),
            "longest_scroll_ms": round(worst, 1),
        }

    def streamed(self, tokens: int, rate: int) -> dict[str, float]:
        """Streams in real time at `rate` tokens per second; gaps of the event loop and share of one core."""
        text, sent, gaps = prose(tokens), 0, [0.0]
        self.view.set_thread([message(1, "user", "Go on"), message(2, "assistant", "", "streaming")])
        self.settle()
        begin, cpu, last = time.perf_counter(), time.thread_time(), time.perf_counter()
        while sent < len(text):
            now = time.perf_counter()
            gaps.append((now - last) * 1000)
            last = now
            due = min(len(text), int((now - begin) * rate * 4))
            if due - sent >= rate * 4 // 60 or due == len(text):
                self.view.stream(2, [Part("answer", text[sent:due])])
                sent = due
            self.app.processEvents()
            time.sleep(0.001)
        share = (time.thread_time() - cpu) / (time.perf_counter() - begin)
        start = time.perf_counter()
        self.view.finish(message(2, "assistant", text))
        finish = (time.perf_counter() - start) * 1000
        gaps.sort()
        return {
            "longest_gap_ms": round(gaps[-1], 1), "p99_gap_ms": round(gaps[len(gaps) * 99 // 100], 1),
            "share_of_core": round(share, 3), "finish_ms": round(finish, 1),
        }  # fmt: skip

    def restyled(self) -> float:
        """CPU ms to change the theme with 500 messages open."""
        self.opened(500)
        self.settle()
        start = time.thread_time()
        self.theme.set("light")
        self.app.processEvents()
        cost = (time.thread_time() - start) * 1000
        self.theme.set("dark")
        return round(cost, 1)

    def resized(self) -> float:
        """Median CPU ms of a resize step with 500 messages open."""
        self.opened(500)
        self.settle()
        costs = []
        for width in range(640, 560, -8):
            start = time.thread_time()
            self.view.resize(width, 800)
            self.app.processEvents()
            costs.append((time.thread_time() - start) * 1000)
        self.view.resize(760, 800)
        return round(statistics.median(costs), 1)


def main() -> None:
    """Measures everything and prints it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer samples, no real-time streaming")
    quick = parser.parse_args().quick
    app = QApplication([])
    bench = Bench(app)
    count = 20 if quick else 60
    bench.flushes(200, 5)
    flush = {tokens: bench.flushes(tokens, count) for tokens in (1000, 4000, 10000)}
    bench.opened(20)
    small, large = bench.opened(20), bench.opened(500)
    out: dict[str, Any] = {
        "flush": flush,
        "flush_10k_over_1k": round(flush[10000]["median_ms"] / flush[1000]["median_ms"], 2),
        "open_ms": {20: small, 500: large},
        "open_500_over_20": round(large / small, 2),
        "theme_switch_500_ms": bench.restyled(),
        "resize_500_ms": bench.resized(),
        "one_line_1mb": bench.gap("word " * 200_000),
        "no_space_1mb": bench.gap("x" * 1_000_000),
        "code_1mb": bench.gap("```python\n" + "value = compute(value, 1)  # and so on\n" * 26_000 + "```\n"),
        "code_one_line_1mb": bench.gap("```\n" + "x" * 1_000_000 + "\n```\n"),
        "user_200kb": bench.gap("what is this? " * 15_000, "user"),
    }
    if not quick:
        out["stream_10k_500"] = bench.streamed(10_000, 500)
    print(json.dumps(out, indent=2))


if __name__ == "__main__":
    main()
