"""An answer that waits between two rounds: nothing is lost, its times leave the waiting out."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.meter.types import Energy
from desktop.store.store import Store
from tests.gui.bridge.conftest import SETTINGS
from tests.gui.bridge.test_work import Count

WAIT_MS = 20_000


def _pause_at_once(chat: Chat, text: str, qtbot: QtBot) -> int:
    def pause(busy: bool) -> None:
        if busy:
            chat.pause()

    chat.busy_changed.connect(pause)
    with qtbot.waitSignal(chat.paused, timeout=WAIT_MS) as paused:
        chat.send(text)
    chat.busy_changed.disconnect(pause)
    assert paused.args is not None
    return int(paused.args[0])


def test_a_paused_answer_goes_on_as_if_nothing_had_happened(
    chat: Chat, loaded: EngineHost, store: Store, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as plain:
        chat.send("hello world")
    chat.open(None)
    message = _pause_at_once(chat, "hello world", qtbot)
    assert loaded.is_paused
    rounds = len(chat.live_rounds(message))
    for more in (1, 2):
        with qtbot.waitSignal(chat.paused, timeout=WAIT_MS):
            chat.step()
        assert len(chat.live_rounds(message)) == rounds + more
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as stepped:
        chat.resume()
    assert plain.args is not None
    assert stepped.args is not None
    assert stepped.args[0].text == plain.args[0].text
    assert stepped.args[0].receipt["output_tokens"] == SETTINGS.max_tokens
    assert not loaded.is_paused
    assert chat.live_rounds(message) == []


def test_waiting_is_in_no_time_of_the_answer(chat: Chat, qtbot: QtBot) -> None:
    _pause_at_once(chat, "hello world", qtbot)
    qtbot.wait(400)  # what is measured here
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as finished:
        chat.resume()
    assert finished.args is not None
    receipt = finished.args[0].receipt
    assert receipt["decode_ms"] < 400
    assert receipt["energy"] is None  # whatever ran meanwhile would be in it


def test_a_paused_answer_can_be_stopped(chat: Chat, qtbot: QtBot) -> None:
    _pause_at_once(chat, "hello world", qtbot)
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as finished:
        chat.stop()
    assert finished.args is not None
    assert finished.args[0].state == "stopped"


def test_shutting_down_in_a_pause_ends_the_thread(chat: Chat, loaded: EngineHost, qtbot: QtBot) -> None:
    _pause_at_once(chat, "hello world", qtbot)
    loaded.shutdown()
    assert not loaded._thread.isRunning()


def test_work_is_done_in_a_pause(chat: Chat, loaded: EngineHost, qtbot: QtBot) -> None:
    _pause_at_once(chat, "hello world", qtbot)
    with qtbot.waitSignal(loaded.work.ended, timeout=WAIT_MS) as ended:
        loaded.work.start(Count("a b c"))
    assert ended.args is not None
    assert ended.args[1] >= 3
    assert loaded.is_paused
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS):
        chat.resume()


def test_every_answer_is_metered(chat: Chat, qtbot: QtBot) -> None:
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as finished:
        chat.send("hello world")
    assert finished.args is not None
    energy = Energy.of_record(finished.args[0].receipt["energy"])
    assert energy is not None
    assert energy.low <= energy.joules <= energy.high


def test_a_version_made_elsewhere_is_added_beside(chat: Chat, store: Store, qtbot: QtBot) -> None:
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as finished:
        chat.send("hello world")
    assert finished.args is not None
    old = finished.args[0]
    rounds, pieces = chat.traces.rounds(old.id), chat.traces.pieces(old.id)
    with qtbot.waitSignal(chat.opened) as opened:
        new = chat.add_version(old.id, "Other words", {"output_tokens": 2}, rounds, pieces)
    assert opened.args is not None
    assert [message.id for message in opened.args[1]] == [old.parent_id, new.id]
    assert (new.text, new.state, new.versions) == ("Other words", "done", 2)
    assert store.message(old.id).text == old.text
    assert chat.traces.rounds(new.id) == rounds
