"""The store and the devices together: whatever is done in whatever order, every piece of every lot is accounted for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from caixue.errors import UsageError
from caixue.ops.balance import Balance, balances
from caixue.ops.deliveries import Line, Refusal
from caixue.ops.orders import OrderLine
from caixue.ops.stock import OPENING, Lot, pick
from tests.caixue.ops.supply_desk import DISPENSER, ENGINEER, HEAD, PRINTER, THERMAL, TODAY, Desk, in_days, opened

SERUM, EDTA = "serum-yellow", "edta-purple"
SLOTS = ((DISPENSER, "lane-1"), (DISPENSER, "lane-2"), (DISPENSER, "lane-3"), (PRINTER, "roll"), (THERMAL, "roll"))
ITEMS = (SERUM, EDTA, "label-roll", "thermal-roll")
EXPIRY = (None, -1, 5, 400)  # days from the first day


class Room(RuleBasedStateMachine):
    """Deliveries come, slots are filled, patients use, devices tell, people count, days pass: legal and illegal acts mixed."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.lots = 0

    @initialize(opens=st.booleans())
    def begin(self, opens: bool) -> None:
        if opens:
            self.desk.stock.open_with(by=ENGINEER)
            self.desk.consumables.open_with(by=ENGINEER)

    @rule(item=st.sampled_from(ITEMS), quantity=st.integers(1, 300), expiry=st.sampled_from(EXPIRY), refused=st.integers(0, 300))
    def deliver(self, item: str, quantity: int, expiry: int | None, refused: int) -> None:
        self.lots += 1
        line = Line(item, f"L{self.lots}", quantity, None if expiry is None else in_days(expiry), 10)
        before = self.desk.stock.on_hand(item)
        (announced,) = self.desk.deliveries.announce([line], supplier="s", by=ENGINEER)
        refusals = [Refusal(1, "damaged", min(refused, quantity))] if refused else []
        try:
            self.desk.deliveries.sign(announced.subject, refusals, person=HEAD, today=self.desk.today)
        except UsageError:
            assert line.expires is not None and line.expires < self.desk.today
            assert self.desk.stock.on_hand(item) == before
            return
        assert self.desk.stock.on_hand(item) == before + quantity - min(refused, quantity)

    @rule(item=st.sampled_from(ITEMS), ordered=st.integers(0, 300), brought=st.integers(1, 400), closes=st.booleans())
    def order(self, item: str, ordered: int, brought: int, closes: bool) -> None:
        orders, before = self.desk.orders, self.desk.orders.on_order(item)
        try:
            (placed,) = orders.place([OrderLine(item, ordered, 10)], due_us=0, supplier="s", by=ENGINEER)
        except UsageError:
            assert not ordered
            return
        assert orders.on_order(item) == before + ordered
        self.lots += 1
        order = orders.order(placed.subject)
        (announced,) = self.desk.deliveries.announce([Line(item, f"L{self.lots}", brought)], supplier="s", by=ENGINEER, order=order)
        self.desk.deliveries.sign(announced.subject, [], person=HEAD, today=self.desk.today)
        assert orders.on_order(item) == before + max(0, ordered - brought)
        if closes:
            orders.close(placed.subject, reason="enough", by=ENGINEER)
            assert orders.on_order(item) == before

    @rule(slot=st.sampled_from(SLOTS), put_in=st.one_of(st.none(), st.integers(0, 120)), full=st.booleans())
    def fill(self, slot: tuple[str, str], put_in: int | None, full: bool) -> None:
        desk, seen = self.desk, len(self.desk.journal.events)
        try:
            desk.consumables.fill(*slot, by=ENGINEER, today=desk.today, put_in=put_in, full=full)
        except UsageError:
            assert len(desk.journal.events) == seen
        for event in desk.journal.events[seen:]:
            if event.kind == "stock.issued":
                assert not desk.stock.lots[event.subject, event.data["lot"]].expired(desk.today)

    @rule(lane=st.sampled_from((1, 2, 3)), count=st.integers(1, 40))
    def draw(self, lane: int, count: int) -> None:
        self.desk.pick(lane, count)

    @rule(count=st.integers(1, 400))
    def print(self, count: int) -> None:
        self.desk.label(count)

    @rule(slot=st.sampled_from(SLOTS), state=st.sampled_from(("ok", "low", "empty")))
    def tell(self, slot: tuple[str, str], state: str) -> None:
        device, name = slot
        self.desk.note("consumable.told", device, slot=name, item="", state=state)

    @rule(raised=st.booleans(), alarm=st.sampled_from(("paper-near-end", "paper-out", "cover-open")))
    def alarm(self, raised: bool, alarm: str) -> None:
        self.desk.note("alarm.raised" if raised else "alarm.cleared", THERMAL, alarm=alarm)

    @rule(slot=st.sampled_from(SLOTS), found=st.integers(-1, 400))
    def count_slot(self, slot: tuple[str, str], found: int) -> None:
        attempt(self.desk.consumables.count, *slot, found, by=ENGINEER)

    @rule(found=st.sampled_from(("blue", "unknown")), lane=st.sampled_from((1, 3)))
    def wrong_tube(self, found: str, lane: int) -> None:
        self.desk.note("tube.wrong-kind", DISPENSER, lane=lane, expected=SERUM, found=found)

    @rule(data=st.data(), found=st.integers(0, 500))
    def count_store(self, data: st.DataObject, found: int) -> None:
        lot = self.some_lot(data)
        attempt(self.desk.stock.count, *lot, found, reason="counted", by=ENGINEER)

    @rule(data=st.data(), count=st.integers(0, 60), act=st.sampled_from(("issue", "back", "scrap")))
    def move(self, data: st.DataObject, count: int, act: str) -> None:
        item, lot = self.some_lot(data)
        store = self.desk.stock
        if act == "issue":
            attempt(store.issue, item, count, to="nurse-1", why="rack", today=self.desk.today, by=ENGINEER)
        elif act == "scrap":
            attempt(store.scrap, item, lot, count, reason="dropped", by=ENGINEER)
        else:
            row = next(
                (row for row in balances(store.lots.values(), self.desk.consumables.loaded) if (row.item, row.lot) == (item, lot)), None
            )
            if row is not None and row.elsewhere >= count:  # only what somebody has in his hands comes back
                attempt(store.give_back, item, lot, count, came_from="nurse-1", by=ENGINEER)

    @rule()
    def settle(self) -> None:
        before = {key: (load.level, load.sign) for key, load in self.desk.consumables.levels.items() if load.known}
        self.desk.consumables.settle()
        assert before == {key: (load.level, load.sign) for key, load in self.desk.consumables.levels.items() if load.known}

    @rule(days=st.sampled_from((0.1, 1.0, 6.0)))
    def wait(self, days: float) -> None:
        self.desk.days_on(days)

    def some_lot(self, data: st.DataObject) -> tuple[str, str]:
        return data.draw(st.sampled_from(sorted(self.desk.stock.lots) or [(SERUM, "none")]))

    @invariant()
    def every_piece_is_accounted_for(self) -> None:
        assert self.desk.wrong() == []

    @invariant()
    def nothing_is_negative_and_no_slot_holds_more_than_it_can(self) -> None:
        assert all(lot.on_hand >= 0 for lot in self.desk.stock.lots.values())
        for load in self.desk.consumables.levels.values():
            assert 0 <= load.level <= load.slot.capacity and all(count > 0 for _, count in load.content)

    def teardown(self) -> None:
        assert self.desk.again().state() == self.desk.state()  # what a new program reads from the journal is what the old one knew


def attempt(act: Any, *words: Any, **more: Any) -> None:
    """An act that may be refused; refused or not, the invariants hold."""
    try:
        act(*words, **more)
    except UsageError as error:
        assert str(error)


TestRoom = Room.TestCase
TestRoom.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


# The store alone.


def lot(name: str, on_hand: int, expires: date | None) -> Lot:
    return Lot(SERUM, name, expires, received=on_hand)


def test_what_expires_first_goes_out_first_and_what_keeps_for_ever_last() -> None:
    lots = [lot("keeps", 10, None), lot("late", 10, in_days(90)), lot("soon", 10, in_days(9))]
    assert [(row.lot, count) for row, count in pick(lots, SERUM, 25, TODAY)] == [("soon", 10), ("late", 10), ("keeps", 5)]


def test_the_last_day_of_use_is_a_day_of_use_and_the_next_is_not() -> None:
    lots = [lot("a", 10, TODAY)]
    assert pick(lots, SERUM, 10, TODAY)
    with pytest.raises(UsageError, match=r"10 已过期|10 expired"):
        pick(lots, SERUM, 1, in_days(1))


def test_a_refused_issue_leaves_no_trace() -> None:
    desk = opened()
    before = list(desk.journal.events)
    with pytest.raises(UsageError):
        desk.stock.issue(SERUM, 10**6, to="x", why="y", today=TODAY, by=ENGINEER)
    assert desk.journal.events == before


def test_opening_stock_is_noted_once() -> None:
    desk = opened()
    assert desk.stock.open_with(by=ENGINEER) == []
    assert desk.stock.lots[SERUM, OPENING].on_hand == 12_000


@pytest.mark.parametrize(
    "row",
    [
        Balance(SERUM, "L", came=10, in_store=4, loaded=3, used=2, scrapped=0, elsewhere=0, put_in=5, issued=5),
        Balance(SERUM, "L", came=10, in_store=5, loaded=3, used=2, scrapped=0, elsewhere=0, put_in=5, issued=6),
        Balance(SERUM, "L", came=10, in_store=-1, loaded=9, used=2, scrapped=0, elsewhere=0, put_in=11, issued=11),
    ],
    ids=["one is missing", "issued and never put in", "less than nothing"],
)
def test_the_check_can_fail(row: Balance) -> None:
    assert row.wrong
