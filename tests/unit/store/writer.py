"""Child process of the kill test: writes until killed and says on stdout what was committed, after it was."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from desktop.store.store import Store


def main(path: Path, run: int) -> None:
    store = Store.open(path)
    say("opened")
    conversation, message = store.begin(f"run {run} message 0")
    say(f"user {message.id} run {run} message 0")
    for n in count(1):
        answer = store.start_answer(conversation.id, message.id, "m")
        for part in range(1, 4):
            store.checkpoint(answer.id, f"answer {n} " + "word " * 40 * part, "")
            say(f"part {answer.id} {part}")
        if n % 3:  # every third answer stays as it is, as if the window died here
            store.finish(answer.id, f"answer {n} done", "", "done", {"output_tokens": n})
            say(f"done {answer.id} answer {n} done")
        message = store.add_user(conversation.id, answer.id, f"run {run} message {n}")
        say(f"user {message.id} {message.text}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
