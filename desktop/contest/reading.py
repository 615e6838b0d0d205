"""A receipt's object, checked, as a race. Counts that do not follow from the rounds are refused.

Knows: the keys of receipts. Must not know: files, texts of errors a person reads.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

from desktop.contest.data import (
    LANES,
    Asked,
    Candidate,
    Configuration,
    Energy,
    Machine,
    ModelFile,
    Pair,
    Parting,
    Race,
    Run,
)
from desktop.contest.fields import DamageError, Fields
from desktop.contest.here import LIBRARY
from desktop.contest.order import MOST_REPEATS
from desktop.contest.packed import Packed, part_of, texts, to_steps, unpacked
from desktop.engine.types import (
    KV_TYPES,
    LONGEST_DRAFT,
    MODES,
    RULES,
    Cut,
    DraftState,
    Finished,
    LoadOptions,
    Message,
    Role,
    Sampling,
    Speculated,
    Speculation,
    StopReason,
    Timings,
)
from desktop.meter.types import Energy as Metered


def race_of(told: Fields, *, trusted: bool = False) -> Race:
    """The race, its shown pair unpacked. `trusted`: written here, so that of the other pairs only what is
    counted is looked at; a long race is read several times as fast.

    Raises: DamageError.
    """
    pieces = {_token(token): _piece(piece) for token, piece in told.inside("pieces").items()}
    words, lanes = texts(pieces), told.inside("lanes")
    held = _lane(lanes.inside("plain")), _lane(lanes.inside("speculative"))
    pairs = told.many("pairs")
    if not 1 <= len(pairs) <= MOST_REPEATS:
        raise DamageError("it has no pair of runs" if not pairs else "it has too many runs")
    costs, names = told.inside("costs"), told.inside("names")
    made = Race(
        prompt=told.text("prompt"),
        pairs=tuple(_pair(Fields(pair, "a pair"), held, words, trusted) for pair in pairs),
        model=names.text("model"),
        draft=names.text("draft"),
        seed=told.whole("seed") if told.has("seed") else None,
        curve=tuple(Fields.pair(point) for point in costs.many("curve")),
        step_ms=costs.number("step_ms"),
        asked=_asked(told),
        target=_file(told.inside("model")) if told.has("model") else None,
        drafts=tuple(_file(Fields(draft, "a draft")) for draft in told.many("drafts")),
        machine=_machine(told.inside("machine"), told.inside("versions")),
        date=_date(told.text("date")),
        expected_identical=told.flag("expected_identical"),
        pieces=pieces,
        parting=_parting(told.inside("first_difference")) if told.has("first_difference") else None,
    )
    if made.parting is not None and made.parting.run >= len(pairs):
        raise DamageError("its first difference is in no run")
    return unpacked(made)


def _token(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 10:
        raise DamageError("a token id is damaged")
    return Fields.id(int(text))


def _piece(told: Any) -> bytes:
    if isinstance(told, str):
        return Fields.clean(told).encode("utf-8")
    try:
        return bytes.fromhex(Fields(told, "a token's text").text("hex"))
    except ValueError as error:
        raise DamageError("a token's bytes are damaged") from error


def _date(text: str) -> str:
    try:
        return text and datetime.fromisoformat(text).isoformat(timespec="seconds")
    except ValueError as error:
        raise DamageError("its date is damaged") from error


def _asked(told: Fields) -> Asked:
    load, model = told.inside("load"), told.inside("model") if told.has("model") else None
    day = told.text("day")
    try:
        day = day and date.fromisoformat(day).isoformat()
    except ValueError as error:
        raise DamageError("its day is damaged") from error
    return Asked(
        history=tuple(_message(Fields(one, "a message")) for one in told.many("history")),
        system=told.text("system"),
        sampling=_sampling(told.inside("sampling")),
        max_tokens=told.whole("max_tokens"),
        raw=told.flag("raw"),
        ignore_eos=told.flag("ignore_eos"),
        stop=tuple(_text(one) for one in told.many("stop")),
        day=day,
        load=LoadOptions(
            Path(_path(model.text("path"))) if model is not None else Path(),
            load.whole("n_ctx"),
            load.whole("n_threads", most=100_000),
            load.whole("n_gpu_layers", least=-1, most=100_000),
            load.text("kv_type", KV_TYPES),
        ),
        demonstration=told.flag("demonstration"),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise DamageError("a text is damaged")
    return Fields.clean(value)


def _path(text: str) -> str:
    if "\0" in text:
        raise DamageError("a path is damaged")
    return text


def _message(told: Fields) -> Message:
    return Message(told.text("role", get_args(Role)), told.text("content"))


def _sampling(told: Fields) -> Sampling:
    below = -1e6
    return Sampling(
        temperature=told.number("temperature"),
        top_k=told.whole("top_k"),
        top_p=told.number("top_p"),
        min_p=told.number("min_p"),
        repeat_penalty=told.number("repeat_penalty", 1e-6),
        presence_penalty=told.number("presence_penalty", below),
        frequency_penalty=told.number("frequency_penalty", below),
        penalty_last_n=told.whole("penalty_last_n", -1),
        seed=told.whole("seed", -1),
        xtc_probability=told.number("xtc_probability"),
        xtc_threshold=told.number("xtc_threshold"),
        mirostat_tau=told.number("mirostat_tau"),
        mirostat_eta=told.number("mirostat_eta"),
    )


def _lane(told: Fields) -> Configuration:
    how = told.inside("speculation")
    return Configuration(
        told.text("key"),
        told.text("name"),
        told.text("detail"),
        Speculation(
            mode=how.text("mode", MODES),
            draft=Path(_path(how.text("draft"))) if how.has("draft") else None,
            length=how.whole("length", most=LONGEST_DRAFT),
            longest=how.whole("longest", 1, LONGEST_DRAFT),
            rule=how.text("rule", RULES),
            pause=how.flag("pause"),
        ),
        told.number("temperature") if told.has("temperature") else None,
    )


def _file(told: Fields) -> ModelFile:
    size = told.whole("size") if told.has("size") else 0
    return ModelFile(told.text("name"), _path(told.text("path")), told.text("sha256_16"), size)


def _machine(told: Fields, versions: Fields) -> Machine:
    return Machine(
        cpu=told.text("cpu"),
        cores=told.whole("cores"),
        threads=told.whole("threads"),
        os=told.text("os"),
        python=versions.text("python"),
        slipstream=versions.text("slipstream"),
        library=versions.text(LIBRARY),
    )


def _pair(
    told: Fields, held: tuple[Configuration, Configuration], words: dict[int, str], trusted: bool
) -> Pair:
    plain, speculative = (
        _run(told.inside(lane), one, words, trusted) for lane, one in zip(LANES, held, strict=True)
    )
    return Pair(plain, speculative, told.flag("plain_first"))


def _run(told: Fields, held: Configuration, words: dict[int, str], trusted: bool) -> Run:
    rounds, end = told.many("rounds"), _finished(told)
    _agree(end, [Fields(one, "a round") for one in rounds])
    if not trusted:
        for _ in to_steps(rounds):
            pass  # whatever is damaged is found by reading it
    packed = Packed(len(rounds), json.dumps(rounds, ensure_ascii=False))
    energy = _energy(told.inside("energy")) if told.has("energy") else None
    return Run(told.text("label"), held, packed, end, energy, words)


def _energy(told: Fields) -> Energy:
    texts = {key: Fields.clean(value) if isinstance(value, str) else value for key, value in told.items()}
    metered = Metered.of_record(texts)
    if metered is None:
        raise DamageError("its energy is damaged")
    return Energy.of(metered)


def _finished(told: Fields) -> Finished:
    cut = told.inside("cut") if told.has("cut") else None
    return Finished(
        stop_reason=told.text("stop_reason", get_args(StopReason)),
        prompt_tokens=told.whole("prompt_tokens"),
        reused_tokens=told.whole("reused_tokens"),
        output_tokens=told.whole("output_tokens"),
        thinking_tokens=told.whole("thinking_tokens"),
        context_used=told.whole("context_used"),
        timings=Timings(told.number("ttft_ms"), told.number("prefill_ms"), told.number("decode_ms")),
        seed=told.whole("seed"),
        cut=None if cut is None else Cut(cut.whole("messages"), cut.whole("tokens")),
        parts=tuple(part_of(part) for part in told.many("last_parts")),
        speculated=_speculated(told.inside("speculation")),
    )


def _speculated(told: Fields) -> Speculated:
    return Speculated(
        mode=told.text("mode", MODES),
        state=told.text("state", get_args(DraftState)),
        reason=told.text("reason"),
        source=told.text("source") if told.has("source") else "",
        rule=told.text("rule", RULES) if told.has("rule") else None,
        rounds=told.whole("rounds"),
        drafted=told.whole("drafted"),
        accepted=told.whole("accepted"),
        rejected=told.whole("rejected"),
        dropped=told.whole("dropped"),
        plain_rate=told.number("plain_tokens_per_second") if told.has("plain_tokens_per_second") else 0.0,
    )


def _agree(end: Finished, rounds: list[Fields]) -> None:
    """The counts of a run are those of its rounds.

    Raises: DamageError.
    """
    did = end.speculated
    try:
        outcomes = [one["outcome"] for made in rounds for one in made.many("drafted")]
    except (TypeError, KeyError) as error:
        raise DamageError("a drafted token is damaged") from error
    if sum(len(made.many("tokens")) for made in rounds) != end.output_tokens:
        raise DamageError("its count of tokens is not that of its rounds")
    counted = outcomes.count("accepted"), outcomes.count("rejected"), outcomes.count("dropped")
    if (did.accepted, did.rejected, did.dropped) != counted or did.drafted != len(outcomes):
        raise DamageError("its counts of drafted tokens are not those of its rounds")


def _parting(told: Fields) -> Parting:
    return Parting(
        run=told.whole("run", 1) - 1,
        position=told.whole("position"),
        plain=_candidate(told.inside("plain")),
        speculative=_candidate(told.inside("speculative")),
        tie=told.flag("tie") if told.has("tie") else None,
        expected=told.flag("expected"),
        noise=told.number("noise"),
    )


def _candidate(told: Fields) -> Candidate:
    token = Fields.id(told.value("token")) if told.has("token") else None
    return Candidate(None if token is None else told.text("text"), told.number("logit", -1e15), token)
