"""R5.4: enough spares on site to restore service in the shortest time: the risk of an empty shelf is known, and each piece is accounted for.

Whatever people do with a spare: tests/caixue/ops/test_spares.py; the arithmetic: tests/caixue/ops/test_fill_rate.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from caixue.errors import UsageError
from caixue.ledger.tables import spares as tables
from caixue.ops.spare_risk import risks
from caixue.ops.spares import Spares
from caixue.ops.stock import Stock
from caixue.ops.wear import Wear
from caixue.units import US_PER_DAY
from tests.caixue.ops.upkeep_room import ENGINEER, NURSE, Upkeep

HEAD, PRINTER = "print-head", "window-3.label-printer"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Upkeep]:
    room = Upkeep(tmp_path / "room.ledger.db", days=0)
    with room.ledger:
        yield room


def test_a_spare_for_an_incident_is_accounted_for_from_the_shelf_to_the_users_signature(room: Upkeep) -> None:
    spares = room.spares
    number = spares.take(HEAD, "incident-0001", PRINTER, ENGINEER)
    assert number is not None and [one.state for one in spares.open] == ["issued"]
    spares.fit(number, "NH-17", by=ENGINEER, old_serial="OH-03", wear_at=29)
    spares.return_old(number, old_serial="OH-03", condition="dead dots", to="maker", by=ENGINEER)
    assert [one.state for one in spares.open] == ["returned"], "open until the user has signed"
    spares.sign(number, person=NURSE)
    assert spares.open == []
    (row,) = room.rows(tables.spare)
    assert (row.reference, row.item, row.incident, row.device, row.state) == (number, HEAD, "incident-0001", PRINTER, "signed")
    assert (row.serial, row.old_serial, row.old_went_to, row.signed_by) == ("NH-17", "OH-03", "maker", NURSE)
    assert row.issued <= row.fitted <= row.returned <= row.signed
    assert {event.actor for event in room.ledger.events(("spare.signed",))} == {NURSE}


def test_the_engineer_cannot_sign_for_the_user_and_the_disk_never_leaves_the_hospital(room: Upkeep) -> None:
    number = room.spares.take("host-pc-ssd", "incident-0001", "window-1.collection-host", ENGINEER)
    assert number is not None
    room.spares.fit(number, "SSD-2", by=ENGINEER, old_serial="SSD-1")
    with pytest.raises(UsageError):
        room.spares.return_old(number, old_serial="SSD-1", condition="broken", to="maker", by=ENGINEER)
    room.spares.return_old(number, old_serial="SSD-1", condition="broken", to="kept", by=ENGINEER)
    with pytest.raises(UsageError):
        room.spares.sign(number, person=ENGINEER)
    assert room.spares.get(number).state == "returned"


def test_a_shortage_is_on_record_with_its_incident_so_that_the_maker_can_be_asked(room: Upkeep) -> None:
    taken = [room.spares.take("motor", f"incident-000{number}", "window-4.collection-host", ENGINEER) for number in (1, 2)]
    assert taken == ["spare-0001", None]
    (row,) = room.rows(tables.shortage)
    assert (row.item, row.incident, row.device) == ("motor", "incident-0002", "window-4.collection-host")
    assert [order.item for order in room.spares.to_order()] == ["motor"]


def test_the_risk_that_a_demand_finds_an_empty_shelf_before_the_next_delivery_is_a_figure(room: Upkeep) -> None:
    def of() -> float:
        return next(row.stockout for row in risks(room.spares, days=0) if row.item == "motor")

    before = of()
    room.spares.take("motor", "incident-0001", "window-4.collection-host", ENGINEER)
    assert 0 < before < of() < 1


def test_what_is_still_open_is_known_after_a_restart_with_its_age(room: Upkeep) -> None:
    number = room.spares.take(HEAD, "incident-0001", PRINTER, ENGINEER)
    room.wait(86_400)
    recorder = room.spares.recorder
    again = Spares(recorder, room.site, Stock(recorder, room.site.stock, room.ledger), Wear(recorder, room.ledger), room.ledger)
    (one,) = again.open
    assert (one.number, one.age_us(recorder.clock.monotonic_us())) == (number, US_PER_DAY)
    assert again.stock.on_hand(HEAD) == 1
