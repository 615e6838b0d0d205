"""What is said of drafting: counts beside every share, no speed-up without a plain rate, old receipts."""

from __future__ import annotations

from dataclasses import asdict

from desktop.engine.types import Added, Drafted, Outcome, Round, Speculated
from desktop.gui.drafted import DraftCounts, from_receipt

ADDED = Added(1, 0.5, 0, "bonus")


def one(*outcomes: Outcome, source: str = "draft", state: str = "active", reason: str = "") -> Round:
    tokens = tuple(Drafted(5, 0.5, outcome=outcome) for outcome in outcomes)
    accepted = outcomes.count("accepted")
    assert state in ("active", "paused")
    return Round(
        source, len(tokens) + 1, 1.0, 5.0, tokens, ADDED, accepted,
        state="active" if state == "active" else "paused", reason=reason,
    )  # fmt: skip


DID = Speculated(
    "auto", "active", "", "draft", None, rounds=125, drafted=338, accepted=289, rejected=30, dropped=19,
    plain_rate=29.8,
)  # fmt: skip


def finished(did: Speculated = DID) -> DraftCounts:
    counts = DraftCounts(draft="Guide draft")
    counts.finish(did)
    return counts


def test_rounds_are_added_up_as_they_come() -> None:
    counts = DraftCounts()
    assert not counts.known
    counts.add([one(source="prompt"), one("accepted", "accepted"), one("accepted", "rejected", "dropped")])
    assert (counts.rounds, counts.drafted) == (2, 5)
    assert (counts.accepted, counts.rejected, counts.dropped) == (3, 1, 1)
    counts.add([one(source="plain", state="paused", reason="drafting costs 9 ms, saves 4")])
    assert (counts.word, counts.why) == ("Drafting paused", "drafting costs 9 ms, saves 4")
    assert counts.rounds == 3


def test_the_figures_of_a_finished_answer() -> None:
    counts = finished()
    assert counts.counts() == "289 of 338"
    assert counts.lost() == "30 rejected, 19 dropped"
    assert counts.acceptance == 289 / 338
    assert counts.mean_length == 1 + 289 / 125
    assert counts.why == "from Guide draft"
    assert counts.sentence() == (
        "Drafting: from Guide draft. 289 of 338 drafted tokens accepted (86%), 30 rejected, 19 dropped, "
        "in 125 rounds"
    )


def test_the_ratio_is_of_speeds_and_left_out_where_there_is_none() -> None:
    counts = finished()
    assert counts.ratio_words(51.6) == "1.7× of plain"
    assert counts.ratio_words(28.9) == "0.97× of plain"
    assert counts.ratio_source(51.6) == "51.6 tok/s / 29.8 tok/s, last measured here without drafting"
    assert counts.ratio_words(0.0) == ""
    assert finished(Speculated("auto", "active", plain_rate=29.8)).ratio_words(51.6) == "", "nothing drafted"
    never = finished(Speculated("auto", "active", "", "draft", None, 5, 9, 9))
    assert never.ratio_words(51.6) == "", "plain was never measured"


def test_nothing_drafted_has_no_shares() -> None:
    counts = finished(Speculated("lookup", "active", "nothing in the conversation to copy from"))
    assert counts.word == "Nothing drafted"
    assert counts.acceptance is None
    assert counts.mean_length is None
    assert counts.sentence() == "Nothing drafted: nothing in the conversation to copy from"
    assert finished(Speculated()).sentence() == "Drafting off"


def test_a_receipt_gives_the_same_back() -> None:
    kept = {"speculation": {**asdict(DID), "draft": "Guide draft"}}
    assert from_receipt(kept) == finished()


def test_receipts_nobody_can_read_say_nothing() -> None:
    assert not from_receipt({}).known
    for damaged in (None, {}, "active", {"state": "dreaming"}):
        assert not from_receipt({"speculation": damaged}).known
    odd = from_receipt({"speculation": {"state": "active", "drafted": "many", "accepted": -3, "reason": 7}})
    assert (odd.known, odd.drafted, odd.accepted, odd.reason) == (True, 0, 0, "")
