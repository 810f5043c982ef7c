"""C2.1.2: label paper and thermal paper of hosts and printers are looked at and refilled in time, by lot and by length.

The arithmetic in detail: tests/caixue/ops/test_consumables.py; every order of events: tests/caixue/ops/test_stock.py; a Monday on
which the rolls are near their end: tests/twin/test_unfilled_monday.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.typed import Typed
from tests.twin.live_bench import LiveBench, live_bench
from twin.live.ready import ready_text

ENGINEER = "engineer-1"
HALL = """
schema = 1
extends = "bare-windows"
name = "hall"
[[device]]
name = "slips-1"
kind = "thermal-printer"
url = "twin://slips-1"
[[device]]
name = "labels-1"
kind = "label-printer"
url = "twin://labels-1"
[[device]]
name = "kiosk-1"
kind = "queue-kiosk"
url = "twin://kiosk-1"
[[stock]]
item = "label-roll"
on_hand = 24
minimum = 12
unit = "roll"
unit_cost = "25 yuan"
[[stock]]
item = "thermal-roll"
on_hand = 1
minimum = 1
unit = "roll"
unit_cost = "3 yuan"
[[stock]]
item = "kiosk-roll"
on_hand = 4
minimum = 1
unit = "roll"
unit_cost = "8 yuan"
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LiveBench]:
    (tmp_path / "hall.toml").write_text(HALL, encoding="utf-8")
    with live_bench(tmp_path, tmp_path / "hall.toml") as bench:
        yield bench


@pytest.fixture
def desk(bench: LiveBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    """The commands, on printers that answer in real time; the store and the printers are full and on record."""
    monkeypatch.setenv("CAIXUE_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("CAIXUE_LANG", "en")
    path = tmp_path / "ready.toml"
    path.write_text(bench.within(lambda: ready_text(bench.room, "hall.toml")), encoding="utf-8")
    return Typed(path, tmp_path / "hall.ledger.db", capfd).full(ENGINEER)


def needs(desk: Typed, *more: str) -> dict[str, Any]:
    return {row["device"]: row for row in desk.ok("refill list --json", *more)["needs"]}


def test_the_printers_own_word_puts_a_roll_on_the_list_and_changing_it_takes_it_off(desk: Typed, bench: LiveBench) -> None:
    assert needs(desk, "--read") == {}
    bench.within(lambda: bench.room.models["slips-1"].load_roll(1_000.0))
    bench.within(lambda: bench.room.models["kiosk-1"].load_roll(0.0))
    found = needs(desk, "--read")
    assert {device: (row["item"], row["why"], row["quantity"]) for device, row in found.items()} == {
        "slips-1": ("thermal-roll", "low", 1),
        "kiosk-1": ("kiosk-roll", "empty", 1),
    }
    assert [task["device"] for task in desk.ok("refill plan --json", by=ENGINEER)["tasks"]] == ["kiosk-1", "slips-1"]  # what is empty first
    for device in found:
        bench.within(lambda device=device: bench.room.models[device].load_roll())
        desk.ok("refill do", found[device]["device"], by=ENGINEER)
    assert needs(desk, "--read") == {}


def test_a_label_roll_runs_low_unseen_by_the_printer_and_is_counted_by_labels_and_metres(desk: Typed) -> None:
    desk.ok("refill count labels-1 roll 90", "--reason", "looked at the roll", by=ENGINEER)
    (level,) = [row for row in desk.ok("refill levels --json")["levels"] if row["device"] == "labels-1"]
    assert (level["level"], level["unit"], level["metres"]) == (90, "label", pytest.approx(2.97))
    assert needs(desk)["labels-1"]["why"] == "low"
    desk.ok("refill do labels-1", by=ENGINEER)
    assert {lot["on_hand"] for lot in desk.ok("stock list --json")["lots"] if lot["item"] == "label-roll"} == {23}


def test_a_printer_that_does_not_answer_is_named_and_the_exit_code_tells(desk: Typed, bench: LiveBench) -> None:
    bench.within(lambda: bench.room.models["slips-1"].begin("silence"))
    code, out, _ = desk.type("refill list --read --json")
    assert (code, out["silent"]) == (4, ["slips-1"])


def test_the_last_roll_of_the_store_is_the_last(desk: Typed) -> None:
    desk.ok("refill count slips-1 roll 0", "--reason", "out", by=ENGINEER)
    desk.ok("refill do slips-1 --op change-1", by=ENGINEER)
    desk.ok("refill do slips-1 --op change-1", by=ENGINEER)  # sent twice, done once
    assert not [lot for lot in desk.ok("stock list --json")["lots"] if lot["item"] == "thermal-roll"]
    assert "thermal-roll" in desk.refused("refill do slips-1", by=ENGINEER)
    assert desk.ok("ledger verify")


@pytest.mark.parametrize(
    "words", ["refill do scanner-1", "refill count labels-1 lane-1 5", "refill do refill-0009", "refill cancel refill-0001"]
)
def test_what_is_not_there_is_refused_in_words(desk: Typed, words: str) -> None:
    assert desk.refused(words, by=ENGINEER)


def test_a_nurse_cannot_take_paper_from_the_store_in_the_ledger(desk: Typed) -> None:
    desk.ok("refill count slips-1 roll 5", by=ENGINEER)
    assert "stock.issued" in desk.refused("refill do slips-1", by="nurse-1")
