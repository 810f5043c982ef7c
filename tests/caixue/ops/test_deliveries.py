"""Delivery lists: announced, signed in whole or in part, taken into the store with the signature, and read from suppliers' files."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from caixue.errors import UsageError
from caixue.events import Event
from caixue.ledger import Ledger, LedgerRecorder, open_ledger
from caixue.ledger.tables.consumables import filling
from caixue.ledger.tables.consumables import task as tasks
from caixue.ledger.tables.deliveries import delivery as table
from caixue.ledger.tables.deliveries import order as orders_table
from caixue.ops.deliveries import Deliveries, Line, Refusal, Sheet, against_order, proposed_refusals
from caixue.ops.delivery_files import read_lines, read_row
from caixue.ops.orders import OrderLine, Orders
from caixue.ops.refilling import Forecast
from caixue.ops.stock import Stock
from tests.caixue.ops.supply_desk import DISPENSER, ENGINEER, HEAD, TODAY, Desk, in_days, opened, the_site
from tests.caixue.scripted import FakeClock

SERUM = Line("serum-yellow", "S1", 1000, in_days(300), 90)
OLD = Line("edta-purple", "E1", 200, in_days(-1), 60)
SHORT = Line("citrate-blue", "C1", 100, in_days(30), 70)


def announced(desk: Desk, *lines: Line) -> str:
    return desk.deliveries.announce(lines or (SERUM, OLD, SHORT), supplier="s", by=ENGINEER)[0].subject


def test_what_is_accepted_lies_in_the_store_and_what_is_refused_does_not() -> None:
    desk = Desk()
    number = announced(desk)
    events = desk.deliveries.sign(number, [Refusal(2, "expired"), Refusal(3, "broken", 40)], person=HEAD, today=TODAY)
    assert [event.kind for event in events] == ["delivery.signed", "stock.received", "stock.received"]
    assert {lot.lot: lot.on_hand for lot in desk.stock.lots.values()} == {"S1": 1000, "C1": 60}
    delivery = desk.deliveries.delivery(number)
    assert (delivery.accepted, delivery.person) == (((1, 1000), (3, 60)), HEAD)
    assert Sheet.of(delivery) == Sheet(1300, 90_000 + 12_000 + 7_000, 1060, 90_000 + 4_200, 240)


def test_expired_and_short_dated_lines_are_proposed_for_refusal() -> None:
    assert [(row.line, row.quantity) for row in proposed_refusals((SERUM, OLD, SHORT, Line("label-roll", "L", 2)), TODAY)] == [
        (2, None),
        (3, None),
    ]


def test_what_is_short_and_what_is_over_is_told_against_the_order() -> None:
    desk = opened()
    desk.orders.place([OrderLine("serum-yellow", 1500, 90), OrderLine("label-roll", 2, 9)], due_us=0, supplier="s", by=ENGINEER)
    order = desk.orders.order("order-0001")
    (event,) = desk.deliveries.announce((SERUM, SHORT), supplier="s", by=ENGINEER, order=order)
    delivery = desk.deliveries.delivery(event.subject)
    assert against_order(delivery, order) == [("serum-yellow", 1500, 1000, -500), ("label-roll", 2, 0, -2), ("citrate-blue", 0, 100, 100)]


@pytest.mark.parametrize(
    "refusals",
    [
        [],  # an expired line would come in
        [Refusal(2, " ")],
        [Refusal(2, "old"), Refusal(9, "none")],
        [Refusal(2, "old"), Refusal(1, "broken", 1001)],
        [Refusal(2, "old"), Refusal(1, "broken", 600), Refusal(1, "broken", 600)],
        [Refusal(2, "old"), Refusal(1, "broken", 0)],
    ],
    ids=["expired line not refused", "no reason", "no such line", "more than brought", "twice more than brought", "none"],
)
def test_a_signature_that_cannot_be_leaves_no_trace(refusals: list[Refusal]) -> None:
    desk = Desk()
    number = announced(desk)
    seen = len(desk.journal.events)
    with pytest.raises(UsageError):
        desk.deliveries.sign(number, refusals, person=HEAD, today=TODAY)
    assert len(desk.journal.events) == seen and not desk.deliveries.delivery(number).signed


def test_a_list_is_signed_once() -> None:
    desk = Desk()
    number = announced(desk, SERUM)
    desk.deliveries.sign(number, [], person=HEAD, today=TODAY)
    with pytest.raises(UsageError, match=HEAD):
        desk.deliveries.sign(number, [], person=HEAD, today=TODAY)
    assert desk.stock.on_hand("serum-yellow") == 1000


@pytest.mark.parametrize("lines", [[SERUM, Line("serum-yellow", "S1", 5, in_days(9))], [Line("serum-yellow", "KNOWN", 5, in_days(9))]])
def test_a_lot_has_one_last_day_of_use(lines: list[Line]) -> None:
    desk = Desk()
    desk.stock.receive("serum-yellow", 1, lot="KNOWN", expires=in_days(100), by=ENGINEER)
    number = announced(desk, *lines)
    with pytest.raises(UsageError):
        desk.deliveries.sign(number, [], person=HEAD, today=TODAY)
    assert desk.stock.on_hand("serum-yellow") == 1


@pytest.mark.parametrize(
    "line",
    [Line("serum-yelow", "A", 1), Line("serum-yellow", " ", 1), Line("serum-yellow", "A", 0), Line("serum-yellow", "A", 1, None, -1)],
)
def test_a_line_that_the_store_could_not_take_is_refused_with_its_number(line: Line) -> None:
    desk = Desk()
    with pytest.raises(UsageError, match="2"):
        desk.deliveries.announce([SERUM, line], supplier="s", by=ENGINEER)
    assert desk.journal.events == []


# In the ledger.


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    people = {person.name: person.role for person in the_site().people}
    return open_ledger(tmp_path / "l.db", site=the_site().name, people=people, clock=FakeClock())


def duties(ledger: Ledger) -> Deliveries:
    recorder = LedgerRecorder(ledger)
    return Deliveries(recorder, Stock(recorder, the_site().stock, ledger), ledger)


def test_the_one_who_delivers_cannot_sign_and_nothing_comes_in(ledger: Ledger) -> None:
    with ledger:
        deliveries = duties(ledger)
        (event,) = deliveries.announce([SERUM], supplier="s", by=ENGINEER)
        for person in (ENGINEER, "maker-1", "nobody"):
            with pytest.raises(UsageError):
                deliveries.sign(event.subject, [], person=person, today=TODAY)
        assert not deliveries.delivery(event.subject).signed and deliveries.stock.lots == {}
        deliveries.sign(event.subject, [], person="nurse-1", today=TODAY)
        assert deliveries.stock.on_hand("serum-yellow") == 1000


def test_the_same_operation_sent_twice_is_one_signature(ledger: Ledger) -> None:
    with ledger:
        deliveries = duties(ledger)
        (event,) = deliveries.announce([SERUM], supplier="s", by=ENGINEER)
        deliveries.sign(event.subject, [], person=HEAD, today=TODAY, op="b")
        blind = duties(ledger)  # another program, which has not heard of the signature when it signs
        blind.deliveries[event.subject] = replace(blind.delivery(event.subject), person="")
        blind.sign(event.subject, [], person=HEAD, today=TODAY, op="b")
        assert len(ledger.done("b")) == 2 and duties(ledger).stock.on_hand("serum-yellow") == 1000


def test_an_order_and_a_list_that_are_sent_twice_are_noted_once_whatever_came_between(ledger: Ledger) -> None:
    with ledger:
        deliveries = duties(ledger)
        orders = Orders(deliveries.recorder, deliveries.stock, ledger)

        def place(op: str, quantity: int = 10) -> list[Event]:
            return orders.place([OrderLine("serum-yellow", quantity, 90)], due_us=1, supplier="s", by=ENGINEER, op=op)

        def announce(op: str, lot: str = "A") -> list[Event]:
            return deliveries.announce([replace(SERUM, lot=lot)], supplier="s", by=ENGINEER, op=op)

        for act in (place, announce):
            first, other = act("a-" + act.__name__), act("b-" + act.__name__)
            assert act("a-" + act.__name__) == first != other
        for another in (lambda: place("a-place", 11), lambda: announce("a-announce", "B"), lambda: announce("a-place")):
            with pytest.raises(UsageError, match="a-"):
                another()
        assert list(orders.orders) == ["order-0001", "order-0002"] and list(deliveries.deliveries) == ["delivery-0001", "delivery-0002"]


def test_two_programs_never_give_two_orders_or_two_lists_one_number(ledger: Ledger, tmp_path: Path) -> None:
    people = {person.name: person.role for person in the_site().people}
    with ledger, open_ledger(tmp_path / "l.db", site=the_site().name, people=people, clock=FakeClock()) as beside:
        both = [duties(ledger), duties(beside)]
        orders = [Orders(one.recorder, one.stock, of) for one, of in zip(both, (ledger, beside), strict=True)]
        for number in range(4):
            orders[number % 2].place([OrderLine("serum-yellow", 1, 90)], due_us=1, supplier="s", by=ENGINEER)
            both[number % 2].announce([SERUM], supplier="s", by=ENGINEER)
        subjects = [event.subject for event in ledger.events()]
        assert subjects == [f"{what}-{number:04d}" for number in range(1, 5) for what in ("order", "delivery")]


def test_a_count_that_is_sent_twice_is_one_count(ledger: Ledger) -> None:
    with ledger:
        stock = duties(ledger).stock
        stock.receive("serum-yellow", 10, lot="A", by=ENGINEER)
        counts = [stock.count("serum-yellow", "A", 7, reason="x", by=ENGINEER, op="c") for _ in range(2)]
        assert counts[0] == counts[1] and stock.on_hand("serum-yellow") == 7
        with pytest.raises(UsageError, match="c"):
            stock.count("serum-yellow", "A", 6, reason="x", by=ENGINEER, op="c")


def test_the_tables_say_what_the_services_know(tmp_path: Path) -> None:
    desk = opened()
    desk.orders.place([OrderLine("serum-yellow", 1500, 90)], due_us=86_400_000_000, supplier="s", by=ENGINEER)
    (event,) = desk.deliveries.announce((SERUM, OLD), supplier="s", by=ENGINEER, order=desk.orders.order("order-0001"))
    desk.deliveries.sign(event.subject, [Refusal(2, "expired")], person=HEAD, today=TODAY)
    desk.orders.close("order-0001", reason="enough", by=ENGINEER)
    desk.pick(1, 80)
    desk.pick(2, 90)
    desk.consumables.open_tasks(Forecast({}), desk.now, by=ENGINEER)
    desk.consumables.fill(DISPENSER, "lane-1", by=ENGINEER, today=desk.today)
    people = {person.name: person.role for person in desk.site.people}
    with open_ledger(tmp_path / "t.db", site=desk.site.name, people=people, clock=desk.clock) as ledger:
        ledger.note_past([event for event in desk.journal.events if not event.kind.startswith("tube.")])
        with ledger.engine.connect() as connection:
            signed = connection.execute(sa.select(table)).one()
            ordered = connection.execute(sa.select(orders_table)).one()
            put_in = connection.execute(sa.select(filling)).one()
            states = dict(connection.execute(sa.select(tasks.c.reference, tasks.c.state)).all())
    assert (signed.state, signed.signed_by, signed.pieces, signed.accepted_pieces, signed.rejected_pieces) == (
        "signed",
        HEAD,
        1200,
        1000,
        200,
    )
    assert (ordered.cost_fen, ordered.pieces, ordered.reason, ordered.due.date()) == (135_000, 1500, "enough", in_days(1))
    assert (put_in.device, put_in.slot, put_in.lot, put_in.put_in, put_in.taken_out) == (DISPENSER, "lane-1", "S1", 80, 0)
    assert states == {"refill-0001": "done", "refill-0002": "open"}


# Files.


def test_a_suppliers_csv_in_gbk_with_chinese_heads_is_read(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes("物品,批号,数量,有效期,单价\r\nserum-yellow,S1,1000,2027-06-30,0.90\r\n\r\nlabel-roll,L,2,,25 元\r\n".encode("gbk"))
    first, second = read_lines(file)
    assert (first.item, first.lot, first.quantity, str(first.expires), first.unit_cost_fen) == (
        "serum-yellow",
        "S1",
        1000,
        "2027-06-30",
        90,
    )
    assert (second.expires, second.unit_cost_fen) == (None, 2500)


def test_the_same_list_as_toml(tmp_path: Path) -> None:
    file = tmp_path / "list.toml"
    file.write_text(
        '[[line]]\nitem = "serum-yellow"\nlot = "S1"\nquantity = 1000\nexpires = 2027-06-30\nunit_cost = "0.90 yuan"\n', encoding="utf-8"
    )
    (line,) = read_lines(file)
    assert (line.lot, line.unit_cost_fen, str(line.expires)) == ("S1", 90, "2027-06-30")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", ""),
        ("item,lot,quantity\n", ""),
        ("item,lot\na,b\n", ":1"),
        ("item,lot,quantity,color\n", ":1"),
        ("item,lot,quantity\nx,y,none\n", ":2"),
        ("item,lot,quantity\nx,y,1\nx,,1\n", ":3"),
        ("item,lot,quantity,expires\nx,y,1,soon\n", ":2"),
        ("item,lot,quantity,unit_cost\nx,y,1,cheap\n", ":2"),
        ("item,lot,quantity\nx,y,1,2,3\n", ":2"),
    ],
)
def test_a_mistake_in_a_list_names_file_and_line(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "list.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=f"list.csv{place}"):
        read_lines(file)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_or_a_usage_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(b"item,lot,quantity,expires,unit_cost\n" + data)
    with suppress(UsageError):
        assert all(line.quantity >= 1 for line in read_lines(file))


def test_a_line_typed_by_hand() -> None:
    assert read_row("serum-yellow,S1,1000") == Line("serum-yellow", "S1", 1000)
    assert read_row("serum-yellow,S1,5,2027-06-30,0.90").unit_cost_fen == 90
    with pytest.raises(UsageError):
        read_row("serum-yellow")
