"""A conversation to token ids: the model's chat template, built in parts, and cut to fit the context.

Text of a message is never parsed for control tokens: a typed `<|im_end|>` stays text. Where a message
contains such a text it is rendered as a placeholder, and put back as plain text. Must not know: contexts,
sampling, the loop.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from desktop.engine.binding import Model
from desktop.engine.fit import Cutter, Prompt
from desktop.engine.template import DirectTemplates, Renderer, TemplateRaised
from desktop.engine.text import opened_thinking
from desktop.engine.types import Message, Request
from desktop.errors import BadInput, ContextFull

_log = logging.getLogger(__name__)
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
PLAIN = (
    "{% for message in messages %}{% if message.role == 'system' %}{{ message.content }}\n\n"
    "{% else %}{{ message.role | capitalize }}: {{ message.content }}\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
PLAIN_STOPS = ("\nUser:",)
_EDGE = "\x0b"
"""Whitespace on both sides of a placeholder: when it is gone afterwards, the template strips contents."""
_REMEMBERED, _RUNS = 32, 512


@dataclass(frozen=True, slots=True)
class _Content:
    """A message's text between pieces of the template.

    `ids`: the very tokens it was generated as, when known.
    """

    text: str
    ids: tuple[int, ...] = ()


class PromptBuilder:
    """Builds prompts for one loaded model."""

    def __init__(self, model: Model, renderer: Renderer) -> None:
        self._model = model
        self._renderer = renderer
        self._own = DirectTemplates()
        control, defined = model.special_tokens()
        self._control = control
        self._template = model.chat_template()
        self._fallback = CHATML if "<|im_start|>" in control else PLAIN
        self._split = _pattern(control)
        # llama.cpp finds user-defined tokens in any text: those the template uses must not be typed either.
        marks = [text for text in defined if text in self._template]
        self._marks = _pattern(marks)
        self._guarded = _pattern([*control, *marks])
        self._answers: OrderedDict[str, tuple[int, ...]] = OrderedDict()
        self._dropped: tuple[Message, ...] = ()
        # Texts of earlier turns come back with every prompt.
        self._run_ids = lru_cache(maxsize=_RUNS)(lambda text: tuple(model.tokenize(text, special=False)))
        spaced = model.is_spm and model.meta("tokenizer.ggml.add_space_prefix") != "false"
        self._splits_exactly = not spaced

    def remember(self, text: str, ids: Sequence[int]) -> None:
        """Note the tokens an answer was generated as: spelled like that again, the cache can be reused."""
        if text and ids and self._splits_exactly:
            self._answers[text] = tuple(ids)
            self._answers.move_to_end(text)
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)

    def remembered(self, text: str) -> tuple[int, ...]:
        """The tokens an answer was generated as, empty when not known."""
        return self._answers.get(text, ())

    def build(self, request: Request, n_ctx: int) -> Prompt:
        """Token ids of a request, cut to leave room for the answer.

        Raises: BadInput, ContextFull, TemplateFailed.
        """
        if not request.messages:
            raise BadInput("there is no message to answer")
        if request.raw:
            return self._raw(request, n_ctx)
        room = n_ctx // 4 if request.max_tokens <= 0 else min(request.max_tokens, n_ctx // 4)
        build = Cutter(self._conversation, request, n_ctx, room, self._dropped)
        prompt, self._dropped = build.run()
        return prompt

    def _raw(self, request: Request, n_ctx: int) -> Prompt:
        ids = self._with_bos(self._model.tokenize(request.messages[-1].content, special=True))
        if not ids:
            raise BadInput("the prompt is empty")
        if len(ids) > n_ctx:
            raise ContextFull("the prompt is longer than the context", needed=len(ids), n_ctx=n_ctx)
        return Prompt(ids)

    def _conversation(self, request: Request, messages: Sequence[Message]) -> Prompt:
        """Ids of the given messages behind the request's system prompt."""
        partial = request.continue_last and messages[-1].role == "assistant"
        goes_on = messages[-1].content if partial else ""
        turns = list(messages[:-1] if partial else messages)
        system = [Message("system", request.system)] if request.system.strip() else []
        pieces, stops = self._render([*system, *turns], request.day or date.today())
        mark = opened_thinking(next((piece for piece in reversed(pieces) if isinstance(piece, str)), ""))
        if goes_on:
            # A section the template has opened is closed: the text that goes on is the answer itself.
            closing: list[str | _Content] = [mark + "\n\n"] if mark else []
            pieces = [*pieces, *closing, _Content(goes_on, self._answers.get(goes_on, ()))]
            mark = ""
        return Prompt(self._with_bos(self._ids(pieces)), None, mark, stops, goes_on)

    def _render(self, messages: Sequence[Message], day: date) -> tuple[list[str | _Content], tuple[str, ...]]:
        """Pieces of template and message texts; stop strings when neither template nor ChatML will do."""
        if self._template:
            for shape in _shapes(messages):
                try:
                    return self._pieces(self._renderer, self._template, shape, day), ()
                except TemplateRaised as refusal:
                    _log.info("the chat template refuses the conversation: %s", refusal)
        stops = PLAIN_STOPS if self._fallback is PLAIN else ()
        return self._pieces(self._own, self._fallback, messages, day), stops

    def _pieces(
        self, renderer: Renderer, template: str, messages: Sequence[Message], day: date
    ) -> list[str | _Content]:
        variables = {"add_generation_prompt": True, "bos_token": self._text(self._model.bos), "tools": None}
        variables["eos_token"] = self._text(self._model.eos)

        def render(contents: Sequence[str]) -> str:
            both = zip(messages, contents, strict=True)
            pairs = [{"role": one.role, "content": text} for one, text in both]
            return renderer.render(template, pairs, variables, day)

        keys = {i: f"Zq{secrets.token_hex(12)}qZ" for i, one in enumerate(messages) if self._masks(one)}
        masked = [f"{_EDGE}{keys[i]}{_EDGE}" if i in keys else one.content for i, one in enumerate(messages)]
        text = render(masked)
        pieces = self._put_back(text, {key: messages[index] for index, key in keys.items()})
        if pieces is not None:
            return pieces
        # The template looks into contents or changes them: give it real ones, with control texts broken up.
        return [render([self._guarded.sub(_broken, one.content) for one in messages])]

    def _masks(self, message: Message) -> bool:
        known = message.role == "assistant" and message.content in self._answers
        return known or bool(self._guarded.search(message.content))

    def _put_back(self, text: str, keys: dict[str, Message]) -> list[str | _Content] | None:
        """Split a rendering at its placeholders; None when one does not stand in it exactly once."""
        if not keys:
            return [text]
        if any(text.count(key) != 1 for key in keys) or "\\u000b" in text:
            return None
        pieces: list[str | _Content] = []
        parts = re.split("(" + "|".join(keys) + ")", text)
        for index, part in enumerate(parts):
            if index % 2 == 0:
                pieces.append(part)
                continue
            message = keys[part]
            content = message.content
            content = content if parts[index - 1].endswith(_EDGE) else content.lstrip()
            content = content if parts[index + 1].startswith(_EDGE) else content.rstrip()
            ids = self._answers.get(content, ()) if message.role == "assistant" else ()
            pieces.append(_Content(content, ids))
        return [piece.replace(_EDGE, "") if isinstance(piece, str) else piece for piece in pieces]

    def _ids(self, pieces: Sequence[str | _Content]) -> list[int]:
        """Only template pieces are parsed for control tokens; text between those is tokenised as one run."""
        ids: list[int] = []
        run: list[str] = []

        def end_run() -> None:
            if run:
                ids.extend(self._run_ids("".join(run)))
                run.clear()

        for piece in pieces:
            if isinstance(piece, str):
                for text in self._split.split(piece):
                    if text in self._control:
                        end_run()
                        ids.append(self._control[text])
                    elif text:
                        run.append(text)
            elif piece.ids:
                end_run()
                ids.extend(piece.ids)
            else:
                for index, text in enumerate(self._unmarked(piece.text)):
                    if index:
                        end_run()
                    run.append(text)
        end_run()
        return ids

    def _unmarked(self, text: str) -> list[str]:
        """A content split inside every mark in it, so that no half of it is a token of the template."""
        cuts = [match.start() + 1 for match in self._marks.finditer(text)]
        return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    def _text(self, token: int) -> str:
        return self._model.token_text(token)

    def _with_bos(self, ids: list[int]) -> list[int]:
        bos = self._model.bos
        return [bos, *ids] if self._model.adds_bos and bos >= 0 and ids[:1] != [bos] else ids


def _pattern(texts: Sequence[str] | dict[str, int]) -> re.Pattern[str]:
    """Matches any of the texts, the longest first; never matches when there are none."""
    ordered = sorted(texts, key=len, reverse=True)
    return re.compile("(" + "|".join(map(re.escape, ordered)) + ")" if ordered else "(?!)")


def _broken(match: re.Match[str]) -> str:
    return match[0][:1] + "\u200b" + match[0][1:]


def _shapes(messages: Sequence[Message]) -> list[list[Message]]:
    """The conversation as it is; with its system text in the first user turn; and with roles taking turns."""
    folded: list[Message] = list(messages)
    if folded and folded[0].role == "system" and len(folded) > 1:
        first = Message(folded[1].role, folded[0].content + "\n\n" + folded[1].content)
        folded = [first, *folded[2:]]
    joined: list[Message] = []
    for one in folded:
        if joined and joined[-1].role == one.role:
            joined[-1] = Message(one.role, joined[-1].content + "\n\n" + one.content)
        else:
            joined.append(one)
    shapes: list[list[Message]] = []
    for shape in (list(messages), folded, joined):
        if shape not in shapes:
            shapes.append(shape)
    return shapes
