"""R5.6: consumables and parts come with a detailed delivery list, which the user signs by name, whole or in part.

The rules in detail: tests/caixue/ops/test_deliveries.py; when and how much to order: tests/caixue/ops/test_reorder.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.typed import Typed

ENGINEER, HEAD = "engineer-1", "head-1"
LIST = """物品,批号,数量,有效期,单价
serum-yellow,S-2606,4000,2099-06-30,0.88
edta-purple,E-2501,1000,2020-01-31,0.60
print-head,PH-77,1,,900
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("CAIXUE_LANG", "en")
    typed = Typed("eight-window", tmp_path / "room.ledger.db", capfd).full(ENGINEER)
    typed.ok("order place --line serum-yellow=5000@0.88 --line print-head=1 --supplier", "试剂商", by=ENGINEER)
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    typed.ok("delivery announce", str(tmp_path / "list.csv"), "--supplier", "试剂商", "--order", "order-0001", by=ENGINEER)
    return typed


def on_hand(desk: Typed, item: str) -> int:
    return sum(lot["on_hand"] for lot in desk.ok("stock list --json")["lots"] if lot["item"] == item)


def test_a_list_is_signed_in_part_by_the_user_and_only_what_was_accepted_lies_in_the_store(desk: Typed) -> None:
    assert "line 2" in desk.ok("delivery show delivery-0001")  # proposed for refusal: expired
    signed = desk.ok("delivery sign delivery-0001 --reject", "2=expired", "--reject", "1:40=broken", "--json", by=HEAD)["events"]
    assert [event["kind"] for event in signed] == ["delivery.signed", "stock.received", "stock.received"]
    assert signed[0]["data"]["person"] == signed[0]["actor"] == HEAD
    assert (on_hand(desk, "serum-yellow"), on_hand(desk, "edta-purple"), on_hand(desk, "print-head")) == (12_000 + 3960, 11_000, 3)


def test_the_signed_list_has_every_line_with_its_figures_and_says_what_the_order_still_lacks(desk: Typed) -> None:
    desk.ok("delivery sign delivery-0001 --reject", "2=expired", by=HEAD)
    row = desk.ok("delivery show delivery-0001 --json")
    assert (row["pieces"], row["cost_fen"], row["accepted_pieces"], row["accepted_fen"], row["rejected_pieces"]) == (
        5001,
        502_000,
        4001,
        442_000,
        1000,
    )
    assert [(line["item"], line["lot"], line["expires"]) for line in row["lines"]][1] == ("edta-purple", "E-2501", "2020-01-31")
    assert {line["item"]: line["difference"] for line in row["against_order"]} == {
        "serum-yellow": -1000,
        "print-head": 0,
        "edta-purple": 1000,
    }
    (order,) = desk.ok("order list --json")["orders"]
    assert order["to_come"] == {"serum-yellow": 1000}


def test_neither_the_engineer_nor_the_maker_signs_for_the_user(desk: Typed) -> None:
    for person in (ENGINEER, "maker-1"):
        assert "delivery.signed" in desk.refused("delivery sign delivery-0001 --reject", "2=expired", by=person)
    assert on_hand(desk, "print-head") == 2


def test_a_signature_sent_twice_counts_once(desk: Typed) -> None:
    for _ in range(2):
        desk.ok("delivery sign delivery-0001 --op sig-1 --reject", "2=expired", by=HEAD)
    assert on_hand(desk, "serum-yellow") == 16_000
    assert "signed" in desk.refused("delivery sign delivery-0001 --accept-all", by=HEAD)
    assert on_hand(desk, "serum-yellow") == 16_000
    desk.ok("ledger verify")


@pytest.mark.parametrize(
    "words",
    [
        ("delivery sign delivery-0001",),
        ("delivery sign delivery-0001 --accept-all",),
        ("delivery sign delivery-0001 --reject", "2"),
        ("delivery sign delivery-0001 --reject", "2="),
        ("delivery sign delivery-0001 --reject", "two=old"),
        ("delivery sign delivery-0001 --reject", "7=old"),
        ("delivery sign delivery-0009 --accept-all",),
        ("delivery announce --supplier s",),
        ("delivery announce nowhere.csv --supplier s",),
        ("delivery announce --line serum-yelow,A,1 --supplier s",),
        ("order place --supplier s",),
        ("order place --line serum-yellow --supplier s",),
        ("order close order-0001",),
    ],
    ids=lambda words: " ".join(words),
)
def test_a_command_that_cannot_be_is_refused_in_words_and_leaves_no_trace(desk: Typed, words: tuple[str, ...]) -> None:
    with desk.duty(ENGINEER) as (at, _):
        before = at.ledger.head()
    assert desk.refused(words[0], *words[1:], by=HEAD if "sign" in words[0] else ENGINEER)
    with desk.duty(ENGINEER) as (at, _):
        assert at.ledger.head() == before


def test_what_runs_short_is_suggested_with_its_cost_and_ordered_as_suggested(desk: Typed) -> None:
    desk.ok("stock scrap esr-black opening 650", "--reason", "water", by=ENGINEER)
    rows = {row["item"]: row for row in desk.ok("order suggest --json")["suggestions"]}
    row = rows["esr-black"]
    assert row["usable"] == 50 and row["quantity"] + 50 > row["point"] >= row["minimum"] - 1 and row["cost_fen"] == row["quantity"] * 80
    desk.ok("order place --suggested --supplier s --days 3", by=ENGINEER)
    assert "esr-black" not in {row["item"] for row in desk.ok("order suggest --json")["suggestions"]}
