"""Start-up time and memory: `python -m benchmarks.start [--runs N]` prints one JSON object.

Start to first paint is the time from the process's start to the window's first paint event, against a bare
QApplication with one empty window in the same interpreter. Memory is the resident set after the guide has
answered, less the pages of the model file, which are the operating system's cache.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]

BARE = """
import os, time, psutil
from PySide6.QtWidgets import QApplication, QWidget
class Window(QWidget):
    def paintEvent(self, event):
        print(time.time() - psutil.Process().create_time(), flush=True)
        os._exit(0)
app = QApplication([])
window = Window(); window.resize(1280, 800); window.show()
app.exec()
"""
SLIPSTREAM = """
import os, time, psutil
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
import desktop.app as program
from desktop.gui.main_window import MainWindow
class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and isinstance(watched, MainWindow):
            print(time.time() - psutil.Process().create_time(), flush=True)
            os._exit(0)
        return False
app = QApplication([])
watch = FirstPaint(); app.installEventFilter(watch)
program.main([])
"""


def first_paint(code: str) -> float:
    """Seconds from the start of a process to its first paint."""
    environment = {**os.environ, "SLIPSTREAM_HOME": tempfile.mkdtemp()}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a person's second start finds compiled modules
    command = [sys.executable, "-c", code]
    return float(subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True).stdout)


def resident() -> dict[str, Any]:
    """MB resident after an answer of the guide, in all and without the model file's pages."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["SLIPSTREAM_HOME"] = tempfile.mkdtemp()
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from desktop import app as program

    app = program.build(QApplication([]))
    assert app is not None
    app.show()
    while app.host.info is None or app.host.is_loading:
        QTest.qWait(10)
    app.chat.send("What is speculative decoding?")
    while app.chat.busy:
        QTest.qWait(20)
    QTest.qWait(500)
    total = psutil.Process().memory_info().rss
    model = _mapped(".gguf")
    app.window.close()
    return {"rss_mb": round(total / 1e6, 1), "besides_model_mb": round((total - model) / 1e6, 1)}


def _mapped(ending: str) -> int:
    """Resident bytes of mapped files whose name ends so."""
    total, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            inside = line.endswith(ending)
        elif inside and line.startswith("Rss:"):
            total += int(line.split()[1]) * 1024
    return total


def main() -> None:
    """Measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        print(json.dumps(resident()))
        return
    bare, ours = [], []
    first_paint(SLIPSTREAM)  # compiles the modules
    for _ in range(options.runs):
        bare.append(first_paint(BARE))
        ours.append(first_paint(SLIPSTREAM))
    command = [sys.executable, "-m", "benchmarks.start", "--memory"]
    memory = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    result = {
        "bare_s": round(statistics.median(bare), 3),
        "slipstream_s": round(statistics.median(ours), 3),
        "ratio": round(statistics.median(ours) / statistics.median(bare), 2),
        "memory": json.loads(memory.splitlines()[-1]),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
