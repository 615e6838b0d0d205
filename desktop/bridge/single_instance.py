"""One window per data folder: a second start raises the first one. Uses a local socket; nothing leaves the
computer.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QLockFile, QObject, QThread, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

ANSWER_MS = 1000
STARTING_MS = 5000
AGAIN_MS = 100


class SingleInstance(QObject):
    """Holds the lock of a data folder and listens for later starts."""

    raised = Signal()
    """A second start asked this window to come to the front; it may carry files to open."""
    files = Signal(list)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        with suppress(OSError):  # no lock then; the store says what is wrong with the folder
            folder.mkdir(parents=True, exist_ok=True)
        self._name = "slipstream-" + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        self._lock = QLockFile(str(folder / "window.lock"))
        self._lock.setStaleLockTime(0)  # the lock dies with its process, however that ends
        self._server: QLocalServer | None = None

    def acquire(self) -> bool:
        """True when this process is the first. False: another window has the folder."""
        return self._lock.tryLock(0) or self._lock.error() != QLockFile.LockError.LockFailedError

    @Slot()
    def listen(self) -> None:
        """Answer later starts. Not part of `acquire`: the socket library can wait for the window."""
        from PySide6.QtNetwork import QLocalServer

        QLocalServer.removeServer(self._name)
        self._server = QLocalServer(self)
        self._server.newConnection.connect(self._on_connection)
        self._server.listen(self._name)

    def hand_over(self, files: list[str]) -> bool:
        """Ask the first window to come forward and to open these files; False when it does not answer.

        One that is just starting does not listen yet: it gets `STARTING_MS`.
        """
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        deadline = QDeadlineTimer(STARTING_MS)
        socket.connectToServer(self._name)
        while not socket.waitForConnected(ANSWER_MS):
            if deadline.hasExpired():
                return False
            QThread.msleep(AGAIN_MS)
            socket.connectToServer(self._name)
        socket.write("\n".join(files).encode("utf-8", "surrogateescape") + b"\n")
        sent = socket.waitForBytesWritten(ANSWER_MS)
        socket.disconnectFromServer()
        return sent

    def release(self) -> None:
        """Let another process have the folder."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    @Slot()
    def _on_connection(self) -> None:
        server = self._server
        while server is not None and (socket := server.nextPendingConnection()) is not None:
            socket.waitForReadyRead(ANSWER_MS)
            text = bytes(socket.readAll().data()).decode("utf-8", "surrogateescape")
            socket.deleteLater()
            self.raised.emit()
            files = [line for line in text.splitlines() if line]
            if files:
                self.files.emit(files)
