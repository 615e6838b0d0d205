"""Reading and checking the Guide's corpus (corpus/*.txt) and its tests (tests/fresh.txt).

The corpus is plain text a person can read: entries with phrasings (`?`), an answer (`!`), and
optional further answers for "tell me more" (`+`), "an example" (`e`) and "why" (`y`). Entries
whose id starts with `off-` are deflections; their phrasings may hold {slots}, listed with `@`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
FRESH = HERE / "tests" / "fresh.txt"

END = "That is all I know about this. A larger model can tell you more: press **Ctrl+M** to choose one."
UNCLEAR = (
    "I'm not sure what you mean. Ask me in one short sentence, for example *what is a token* "
    "or *how do I add a model*."
)
_SENTENCE = re.compile(r".+?(?<!e\.g)(?<!i\.e)(?<!etc)[.!?](?=\s|$)", re.DOTALL)
_SLOT = re.compile(r"\{([a-z_]+)[0-9]*\}")


def normalise(text: str) -> str:
    """Return the text without case, punctuation and repeated blanks: what makes two texts equal."""
    kept = re.sub(r"[^\w\s+\-*/=<>]", "", text.lower().replace("_", " "))
    plain = " ".join(kept.split())
    return plain or "".join(text.split())


@dataclass
class Entry:
    """One topic: the ways to ask for it and what is answered."""

    id: str
    phrasings: list[str] = field(default_factory=list)
    parts: dict[str, list[str]] = field(default_factory=dict)

    @property
    def off(self) -> bool:
        """Whether this is a deflection."""
        return self.id.startswith("off-")

    def part(self, key: str) -> str:
        """Return one of the answers ("!", "+", "e", "y"), empty when there is none."""
        return "\n".join(self.parts.get(key, [])).strip()

    @property
    def answer(self) -> str:
        """The answer to the question itself."""
        return self.part("!")

    def reply(self, kind: str) -> str:
        """Return the answer to a follow-up: more, short, again, example, why or puzzled."""
        if self.off or kind == "again":
            return self.answer
        if kind == "short":
            return first_sentence(self.answer)
        if kind == "more":
            return self.part("+") or END
        if kind == "puzzled":
            return self.part("e") or first_sentence(self.answer)
        return self.part("e" if kind == "example" else "y") or self.part("+") or END


def first_sentence(text: str) -> str:
    """Return the first sentence, which the corpus promises to stand alone."""
    found = _SENTENCE.match(text)
    return found.group(0) if found else text.split("\n", 1)[0]


@dataclass
class Corpus:
    """All entries by id, and the word lists for {slots}."""

    entries: dict[str, Entry] = field(default_factory=dict)
    slots: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def topics(self) -> list[Entry]:
        """The entries that answer something."""
        return [entry for entry in self.entries.values() if not entry.off]

    @property
    def deflections(self) -> list[Entry]:
        """The entries that decline."""
        return [entry for entry in self.entries.values() if entry.off]

    @cached_property
    def owner(self) -> dict[str, str]:
        """The entry each (normalised) phrasing belongs to."""
        return {normalise(q): entry.id for entry in self.entries.values() for q in entry.phrasings}

    def answers(self) -> dict[str, str]:
        """Return every text the model may say, by "id" or "id:kind"."""
        said = {entry.id: entry.answer for entry in self.entries.values()}
        for entry in self.topics:
            for key, kind in (("+", "more"), ("e", "example"), ("y", "why")):
                if entry.part(key):
                    said[f"{entry.id}:{kind}"] = entry.part(key)
            said[f"{entry.id}:short"] = first_sentence(entry.answer)
        return said | {"end": END, "unclear": UNCLEAR}


@dataclass(frozen=True)
class Case:
    """One test turn: what is asked and the ids of which one must be answered ("off": any)."""

    question: str
    expected: tuple[str, ...]
    kind: str = ""


@dataclass
class Fresh:
    """The test questions that training must never see."""

    questions: list[Case] = field(default_factory=list)
    off: list[Case] = field(default_factory=list)
    dialogues: list[list[Case]] = field(default_factory=list)

    @property
    def texts(self) -> frozenset[str]:
        """The normalised questions to keep out of training."""
        return frozenset(normalise(case.question) for case in self.questions + self.off)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.rstrip()


def load(folder: Path = CORPUS) -> Corpus:
    """Read every *.txt of the folder."""
    corpus = Corpus()
    for path in sorted(folder.glob("*.txt")):
        entry: Entry | None = None
        for number, line in _lines(path):
            mark, rest = (line[:2], line[2:]) if line.startswith("==") else (line[:1], line[1:])
            rest = rest[1:] if rest.startswith(" ") else rest
            if mark == "==":
                entry = Entry(rest.strip())
                if entry.id in corpus.entries:
                    corpus.problems.append(f"{path.name}:{number}: id twice: {entry.id}")
                corpus.entries[entry.id] = entry
            elif mark == "@":
                name, _, words = rest.partition(":")
                corpus.slots.setdefault(name.strip(), []).extend(
                    word.strip() for word in words.split("|") if word.strip()
                )
            elif entry is None or mark not in "?!+ey" or line[1:2] not in ("", " "):
                corpus.problems.append(f"{path.name}:{number}: not understood: {line[:60]}")
            elif mark == "?":
                entry.phrasings.append(rest.strip())
            else:
                entry.parts.setdefault(mark, []).append(rest)
    return corpus


def load_fresh(path: Path = FRESH) -> Fresh:
    """Read the test file; its head explains the format."""
    fresh = Fresh()
    ids: tuple[str, ...] = ()
    for _, line in _lines(path):
        if line.startswith("=="):
            ids = tuple(line[2:].split())
        elif line.startswith("--"):
            fresh.dialogues.append([])
        elif line.startswith("?"):
            case = Case(line[1:].strip(), ids)
            (fresh.off if ids == ("off",) else fresh.questions).append(case)
        elif line.startswith(">"):
            question, _, wanted = line[1:].partition("=>")
            name, _, kind = wanted.strip().partition(":")
            fresh.dialogues[-1].append(Case(question.strip(), (name,), kind))
    return fresh


def held_out(corpus: Corpus, per_deflection: int = 10) -> list[Case]:
    """Return phrasings kept out of training: one per topic, some per deflection."""
    cases: list[Case] = []
    for entry in corpus.entries.values():
        plain = [q for q in entry.phrasings if "{" not in q]
        if len(plain) < 15 or entry.id in ("off-sums", "off-junk"):
            continue
        picks = range(7, len(plain), max(1, len(plain) // per_deflection))
        chosen = [plain[i] for i in picks][:per_deflection] if entry.off else [plain[len(plain) // 2]]
        cases.extend(Case(q, ("off",) if entry.off else (entry.id,)) for q in chosen)
    return cases


def check(corpus: Corpus, fresh: Fresh) -> list[str]:
    """Return everything that is wrong, one line each."""
    problems = list(corpus.problems)
    seen: dict[str, str] = {}
    for entry in corpus.entries.values():
        if not entry.answer:
            problems.append(f"{entry.id}: no answer")
        for phrasing in entry.phrasings:
            key = normalise(phrasing)
            if seen.setdefault(key, entry.id) != entry.id:
                problems.append(f"{entry.id}: also in {seen[key]}: {phrasing}")
            for slot in _SLOT.findall(phrasing):
                if slot not in corpus.slots:
                    problems.append(f"{entry.id}: no list for {{{slot}}}: {phrasing}")
        for key, lines in entry.parts.items():
            words = len(" ".join(lines).split())
            if words > 75:
                problems.append(f"{entry.id} {key}: {words} words")
    turns = [turn for dialogue in fresh.dialogues for turn in dialogue]
    for case in fresh.questions + turns:
        problems.extend(
            f"fresh.txt: no entry {name}: {case.question}"
            for name in case.expected
            if name != "off" and name not in corpus.entries
        )
    for case in fresh.questions + fresh.off:
        found = corpus.owner.get(normalise(case.question))
        if found:
            problems.append(f"fresh.txt: also in {found} (left out of training): {case.question}")
    return problems


def main() -> int:
    """Print the problems and the size of the corpus."""
    corpus, fresh = load(), load_fresh()
    for problem in check(corpus, fresh):
        print(problem)
    for name, group in (("topics", corpus.topics), ("deflections", corpus.deflections)):
        count = sum(len(entry.phrasings) for entry in group)
        print(f"{name}: {len(group)} entries, {count} phrasings")
    print(f"slots: {len(corpus.slots)} lists, {sum(map(len, corpus.slots.values()))} words")
    print(
        f"tests: {len(fresh.questions)} questions, {len(fresh.off)} off-topic, "
        f"{len(fresh.dialogues)} dialogues"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
