"""Child process: starts an answer, prints its id and keeps writing it until its standard input ends."""

from __future__ import annotations

import sys
from pathlib import Path

from desktop.store.store import Store

with Store.open(Path(sys.argv[1])) as store:
    conversation, question = store.begin("q")
    answer = store.start_answer(conversation.id, question.id, "m")
    store.checkpoint(answer.id, "half", "")
    sys.stdout.write(f"{answer.id}\n")
    sys.stdout.flush()
    sys.stdin.read()
