"""An endless supply of training chats: corpus questions in ever new words, and follow-ups."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from guide.corpus import END, UNCLEAR, Corpus, Entry, normalise
from guide.noise import invented, junk, mistype, number, task
from guide.wording import (
    CONTRACTIONS,
    FOLLOW_UPS,
    MEANING,
    NEXT,
    OPENINGS,
    PREFIXES,
    SMALL_WORDS,
    SUFFIXES,
    SYNONYMS,
)

OFF_SHARE = 0.22
_KIND_WEIGHTS = {"off-general": 8.0, "off-junk": 1.0}
_INVENTABLE = {"thing", "word", "name", "city", "country", "person", "animal", "food", "science"}
_INVENTABLE |= {"artwork", "invented"}
_MEANING_START = re.compile(r"(?:what is|what's|what are|explain|define) (.+?)\??$", re.IGNORECASE)
_SLOT = re.compile(r"\{([a-z_]+)[0-9]*\}")


@dataclass(frozen=True)
class Turn:
    """One question and its answer."""

    user: str
    answer: str


def _synonym_table() -> dict[str, tuple[str, ...]]:
    return {word: group for group in SYNONYMS for word in group}


class Generator:
    """Makes chats; `forbidden` holds normalised texts that may never be asked."""

    def __init__(self, corpus: Corpus, seed: int, forbidden: frozenset[str] = frozenset()) -> None:
        self.random = random.Random(seed)
        self.corpus = corpus
        self.forbidden = forbidden
        self._synonyms = _synonym_table()
        self._topics = [entry for entry in corpus.topics if entry.phrasings]
        self._weights = [len(entry.phrasings) ** 0.5 for entry in self._topics]
        self._asides = {normalise(text) for group in FOLLOW_UPS.values() for text in group}
        self._off = corpus.deflections
        self._off_weights = [_KIND_WEIGHTS.get(entry.id, 2.0) for entry in self._off]

    def chat(self, turns: int) -> list[Turn]:
        """Return a chat of so many turns."""
        chat: list[Turn] = []
        last: Entry | None = None
        told = ""
        if self.random.random() < 0.008:
            kind = self.random.choice(["more", "short", "again", "example", "puzzled"])
            chat.append(Turn(self.follow_up(kind), UNCLEAR))
        while len(chat) < turns:
            if last is not None and not (last.off and told) and self.random.random() < 0.45:
                kind = self.random.choices(list(FOLLOW_UPS), (30, 20, 14, 15, 11, 10))[0]
                again = kind == "again" or (last.off and kind != "short")
                answer = chat[-1].answer if again else last.reply(kind)
                if kind != "again" and not last.off and answer == told:
                    answer = END
                told = answer if kind not in ("again", "short") else told
                chat.append(Turn(self.follow_up(kind), answer))
            else:
                off = bool(self._off) and self.random.random() < OFF_SHARE
                group, weights = (self._off, self._off_weights) if off else (self._topics, self._weights)
                last = self.random.choices(group, weights)[0]
                told = ""
                chat.append(Turn(self.question(last, first=not chat), last.answer))
        return chat

    def question(self, entry: Entry, first: bool = True) -> str:
        """Return a new way to ask for the entry."""
        for _ in range(50):
            core = self._off_text(entry) if entry.off else self.random.choice(entry.phrasings)
            if normalise(core) in self.forbidden:
                continue
            plain = entry.id in ("off-junk", "off-foreign", "off-sums")
            text = self._typing(core) if plain else self._dress(core, entry, first)
            key = normalise(text)
            foreign = self.corpus.owner.get(key, entry.id) != entry.id
            if not (foreign or key in self.forbidden or (key in self._asides and not first)):
                return text
        raise ValueError(f"{entry.id}: no phrasing is left to train with")

    def follow_up(self, kind: str) -> str:
        """Return a follow-up of the kind."""
        text = self.random.choice(FOLLOW_UPS[kind])
        if self._chance(0.15):
            text = self.random.choice(["ok, ", "hm, ", "sorry, ", "please ", "um, ", "ok "]) + text
        if self._chance(0.12):
            text += self.random.choice([" please", " thanks", " then", " now", ", please"])
        return self._typing(text)

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _dress(self, core: str, entry: Entry, first: bool) -> str:
        text = core
        if self._chance(0.4):
            text = self._reopen(text)
        if not entry.off and self._chance(0.5):
            text = self._replace_words(text)
        if self._chance(0.15):
            text = self._contract(text)
        if self._chance(0.17):
            text = self._drop_words(text)
        if not first and self._chance(0.35):
            text = self.random.choice(NEXT) + text
        elif self._chance(0.22):
            text = self.random.choice(PREFIXES) + text
        if self._chance(0.15):
            text = text.rstrip("?. ") + self.random.choice(SUFFIXES)
        return self._typing(text)

    def _reopen(self, text: str) -> str:
        low = text.lower()
        found = _MEANING_START.match(text)
        if found and len(found.group(1).split()) <= 3:
            return self.random.choice(MEANING).format(found.group(1))
        for group in OPENINGS:
            if low.startswith(group[0]):
                return self.random.choice(group) + text[len(group[0]) :]
        return text

    def _replace_words(self, text: str) -> str:
        words = text.split(" ")
        out: list[str] = []
        while words:
            for length in (3, 2, 1):
                phrase = " ".join(words[:length])
                bare = phrase.rstrip("?.,!")
                group = self._synonyms.get(bare.lower())
                if group and len(words) >= length:
                    word = self.random.choice(group) if self._chance(0.35) else bare
                    out.append(word + phrase[len(bare) :])
                    del words[:length]
                    break
            else:
                out.append(words.pop(0))
        return " ".join(out)

    def _contract(self, text: str) -> str:
        long, short = self.random.choice(CONTRACTIONS)
        pattern, new = (long, short) if self._chance(0.5) else (short, long)
        return re.sub(rf"\b{re.escape(pattern)}\b", new, text, flags=re.IGNORECASE)

    def _drop_words(self, text: str) -> str:
        words = text.split()
        small = [i for i, word in enumerate(words) if word.lower() in SMALL_WORDS]
        if len(words) < 4 or not small:
            return text
        if self._chance(0.25):
            gone = set(small)
        else:
            gone = set(self.random.sample(small, min(len(small), self.random.randint(1, 2))))
        kept = [word for i, word in enumerate(words) if i not in gone]
        return " ".join(kept) if len(kept) >= 2 else text

    def _typing(self, text: str) -> str:
        """Type the text as people do: case, punctuation and mistakes."""
        pick = self.random.random()
        if pick < 0.45:
            text = text.lower()
        elif pick < 0.7:
            text = text[:1].upper() + text[1:]
        elif pick < 0.73:
            text = text.upper()
        pick = self.random.random()
        if pick < 0.3 and text[-1:].isalnum():
            text += "?"
        elif pick < 0.38 and text[-1:].isalnum():
            text += self.random.choice([".", "!", "??", "...", " ?", "!!"])
        elif pick < 0.6:
            text = text.rstrip("?.!")
        if self._chance(0.15):
            text = text.replace("'", "")
        if self._chance(0.14):
            for _ in range(1 if len(text) < 20 else self.random.randint(1, 2)):
                text = mistype(text, self.random)
        return text.strip() or "?"

    def _off_text(self, entry: Entry) -> str:
        if (entry.id == "off-junk" and self._chance(0.75)) or not entry.phrasings:
            return junk(self.random)
        if entry.id == "off-sums" and self._chance(0.3):
            return task(self.random)
        text = self.random.choice(entry.phrasings)
        return _SLOT.sub(lambda found: self._fill(found.group(1)), text)

    def _fill(self, slot: str) -> str:
        if "number" in slot and self._chance(0.7):
            return number(self.random)
        if slot in _INVENTABLE and self._chance(0.25):
            return invented(self.random)
        return self.random.choice(self.corpus.slots[slot])
