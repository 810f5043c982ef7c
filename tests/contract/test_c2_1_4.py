"""C2.1.4: cleaning, lubrication, sensor calibration and clean tube paths, by calendar and by wear, kept end to end in a simulated room with its ledger.

The rules in detail: tests/caixue/ops/test_maintenance.py; counters on the wire and their addition: tests/caixue/ops/test_wear.py;
the commands: tests/caixue/ops/test_upkeep_commands.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from caixue.ledger import LedgerRecorder
from caixue.ledger.tables import maintenance as tables
from caixue.ops.calibration import CALIBRATIONS
from caixue.ops.maintenance import Maintenance
from caixue.ops.maintenance_round import DONE, FAILED
from tests.caixue.ops.upkeep_room import ENGINEER, HOUR_S, Upkeep
from twin.devices.conveyor import ConveyorModel
from twin.devices.label_printer import LabelPrinterModel
from twin.devices.tube_dispenser import TubeDispenserModel


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Upkeep]:
    room = Upkeep(tmp_path / "room.ledger.db", days=40)
    with room.ledger:
        yield room


def test_in_the_afternoon_everything_that_is_due_is_done_noted_and_no_longer_due(room: Upkeep) -> None:
    wanted = set(room.due())
    kinds = {room.site.devices[device].kind for device, _ in wanted}
    assert {"label-printer", "tube-dispenser", "collection-host", "barcode-scanner", "conveyor", "sorter"} <= kinds
    room.at_three()
    outcomes = room.work_through()
    assert {(outcome.planned.device, outcome.planned.row.name) for outcome in outcomes} == wanted
    assert {outcome.result for outcome in outcomes} == {DONE} and room.due() == []
    rows = room.rows(tables.maintenance)
    calibrated = room.rows(tables.calibration)
    assert len(rows) + len(calibrated) == len(outcomes) and {row.person for row in rows} == {ENGINEER}
    assert all(row.duration_s > 0 for row in rows)
    room.assert_whole()


def test_while_patients_are_served_nothing_is_done_that_needs_an_idle_window(room: Upkeep) -> None:
    room.wait(2 * HOUR_S)
    room.work_through()
    assert all(not planned.row.idle for planned in room.worked)
    left = {name for _, name in room.due()}
    assert "clean-print-head" in left and "clean-tube-path" in left


def test_wear_is_read_from_the_devices_themselves_and_makes_a_task_due_before_its_day(room: Upkeep) -> None:
    room.at_three()
    room.work_through()
    printer = next(model for model in room.plant.models.values() if isinstance(model, LabelPrinterModel))
    dispenser = next(model for model in room.plant.models.values() if isinstance(model, TubeDispenserModel))
    printer.head_km += 1.5
    dispenser.dispensed += 10_000
    restarts, failed = room.do(lambda: room.round.read(ENGINEER))
    assert (restarts, failed) == ([], {})
    assert set(room.due()) == {(printer.name, "clean-print-head"), (dispenser.name, "clean-tube-path")}
    counters = {(row.device, row.counter): row.reading for row in room.rows(tables.wear_reading)}
    assert counters[printer.name, "printed-km"] == int(printer.head_km) and counters[dispenser.name, "tubes"] == dispenser.dispensed


def test_a_calibration_is_kept_with_the_value_before_and_after_its_reference_and_tolerance(tmp_path: Path) -> None:
    room = Upkeep(tmp_path / "room.ledger.db", days=100)
    with room.ledger:
        room.at_three()
        room.work_through()
        (belt,) = (row for row in room.rows(tables.calibration) if row.quantity == "belt-speed")
        assert (belt.value_before, belt.value_after, belt.reference, belt.tolerance, belt.passed) == (200, 200, 200, 6, True)
        colours = [row for row in room.rows(tables.calibration) if row.quantity == "colour-sensor"]
        assert len(colours) == 8 and all(row.value_after == 1 and row.passed for row in colours)
        assert {row.quantity for row in room.rows(tables.calibration)} == {row.quantity for row in CALIBRATIONS} - {"first-read"}
        room.assert_whole()


def test_a_belt_that_stays_slow_after_adjusting_is_out_of_tolerance_and_returned_for_an_incident(tmp_path: Path) -> None:
    room = Upkeep(tmp_path / "room.ledger.db", days=100)
    with room.ledger:
        room.model(ConveyorModel).begin_slip(0.9)
        room.at_three()
        outcomes = [outcome for outcome in room.work_through() if outcome.result == FAILED]
        (failed,) = outcomes
        assert (failed.planned.row.calibrates, failed.detail) == ("belt-speed", "180 mm/s")
        assert room.maintenance.flagged == {(failed.planned.device, "belt-speed"): 180}
        assert (failed.planned.device, "calibrate-belt-speed") in room.due(), "it is not done until it passes"
        room.model(ConveyorModel).end_slip()
        room.do(lambda: room.round.carry_out(failed.planned, ENGINEER))
        assert room.maintenance.flagged == {}


def test_a_wrong_tube_in_a_lane_is_seen_by_the_check_of_the_colour_sensor(tmp_path: Path) -> None:
    room = Upkeep(tmp_path / "room.ledger.db", days=100)
    with room.ledger:
        dispenser = next(model for model in room.plant.models.values() if isinstance(model, TubeDispenserModel))
        dispenser.begin_wrong_rack(lane=1, loaded="citrate-blue")
        room.at_three()
        (failed,) = (outcome for outcome in room.work_through() if outcome.result == FAILED)
        assert (failed.planned.device, failed.planned.row.calibrates) == (dispenser.name, "colour-sensor")


def test_whoever_opens_the_ledger_again_knows_the_same(room: Upkeep) -> None:
    room.at_three()
    room.work_through()
    again = Maintenance(LedgerRecorder(room.ledger), room.site, room.ledger.start, room.ledger)
    now = room.world.clock.now()
    assert again.outlook(now) == room.maintenance.outlook(now) and again.flagged == room.maintenance.flagged
    assert [task for task in again.outlook(now) if task.last == now.date()]
