"""C2.1.5: wearing parts and spares are replaced, each replacement is on record with its serial numbers, and the wear counts anew from there.

In detail: tests/caixue/ops/test_wear.py and tests/caixue/ops/test_spares.py; the commands: tests/caixue/ops/test_upkeep_commands.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from caixue.ledger.tables import maintenance as tables
from caixue.ledger.tables import spares as spare_tables
from caixue.ops.maintenance_round import DONE, MISSING
from tests.caixue.ops.upkeep_room import ENGINEER, NURSE, Upkeep
from twin.devices.label_printer import LabelPrinterModel

HEADS = 2  # print heads on the default shelf


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Upkeep]:
    room = Upkeep(tmp_path / "room.ledger.db", days=1)
    with room.ledger:
        room.at_three()
        yield room


def wear_out(room: Upkeep, count: int = 1) -> list[str]:
    """The first printers have run 30.4 km."""
    worn = [model for model in room.plant.models.values() if isinstance(model, LabelPrinterModel)][:count]
    for model in worn:
        model.head_km = 30.4
        model.begin_dead_dots()
    return [model.name for model in worn]


def replacements(room: Upkeep) -> list[tuple[str, str]]:
    return [(device, name) for device, name in room.due() if name.startswith("replace-")]


def test_a_head_that_has_run_its_life_is_replaced_on_the_round_and_its_wear_counts_anew(room: Upkeep) -> None:
    (printer,) = wear_out(room)
    outcomes = {outcome.planned.row.name: outcome for outcome in room.work_through()}
    assert outcomes["replace-print-head"].result == DONE
    room.do(lambda: room.round.read(ENGINEER))
    wear = room.maintenance.wear
    assert wear.of_part(printer, "print-head", "printed-km") == 0
    assert wear.of_part(printer, "platen-roller", "printed-km") == 30, "the other part on the same counter goes on"
    assert wear.restarts == [], "the counter began again with the new head: nobody need be told"
    assert replacements(room) == []
    assert not room.plant.models[printer].dead_columns, "and it prints well again"


def test_the_replacement_is_on_record_with_part_lot_serials_counter_and_person(room: Upkeep) -> None:
    (printer,) = wear_out(room)
    room.work_through()
    (part,) = room.rows(tables.part)
    assert (part.device, part.part, part.serial, part.old_serial) == (printer, "print-head", "N-spare-0001", "O-spare-0001")
    assert (part.counter, part.wear_at, part.lot, part.person) == ("printed-km", 30, "opening", ENGINEER)
    (spare,) = room.rows(spare_tables.spare)
    assert (spare.state, spare.old_went_to, spare.signed_by) == ("signed", "scrapped", NURSE)


def test_a_second_life_is_counted_from_the_replacement_and_ends_like_the_first(room: Upkeep) -> None:
    (printer,) = wear_out(room)
    room.work_through()
    model = room.plant.models[printer]
    for km, wear, is_due in ((0.0, 0, False), (29.9, 29, False), (30.2, 30, True)):
        model.head_km = km
        room.do(lambda: room.round.read(ENGINEER))
        assert room.maintenance.wear.of_part(printer, "print-head", "printed-km") == wear
        assert ((printer, "replace-print-head") in replacements(room)) == is_due


def test_when_the_shelf_is_empty_the_replacement_stays_due_and_the_shortage_is_on_record(room: Upkeep) -> None:
    wear_out(room, HEADS + 1)
    outcomes = [outcome for outcome in room.work_through() if outcome.planned.row.name == "replace-print-head"]
    assert [outcome.result for outcome in outcomes] == [DONE] * HEADS + [MISSING]
    missing = outcomes[-1].planned
    assert replacements(room) == [(missing.device, "replace-print-head")]
    (shortage,) = room.rows(spare_tables.shortage)
    assert (shortage.item, shortage.device) == ("print-head", missing.device)


def test_a_printer_that_was_exchanged_for_a_used_one_is_told_and_its_wear_never_falls_below_nothing(room: Upkeep) -> None:
    (printer,) = wear_out(room)
    room.do(lambda: room.round.read(ENGINEER))
    room.plant.models[printer].head_km = 4.0
    restarts, _ = room.do(lambda: room.round.read(ENGINEER))
    (told,) = restarts
    assert (told.device, told.before, told.after) == (printer, 30, 4)
    assert room.maintenance.wear.of_part(printer, "print-head", "printed-km") == 34
