"""How the room is started (contract C2.1.1): the table of steps, and the driver calls behind each.

Every step names a goal and may be repeated; `caixue.ops.sequencing` puts the rows into order and carries them out.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from caixue.drivers.base import Driver
from caixue.drivers.call_display import CallDisplay
from caixue.drivers.collection_host import CollectionHost
from caixue.drivers.conveyor import CARD as CONVEYOR
from caixue.drivers.conveyor import Conveyor
from caixue.drivers.label_jobs import LabelDriver
from caixue.drivers.tube_dispenser import TubeDispenser, lanes_in
from caixue.drivers.ups import Ups
from caixue.errors import DeviceError, LinkError
from caixue.labelling import SCANS_PER_TUBE
from caixue.ops.steps import Place, Procedure, StepRow, is_well, leave_empty, rest, well
from caixue.tubes import TEST_DAY, LabelContent
from caixue.wire import megatec

OUTPUT_LOOKS = 60  # a second apart, until a UPS whose mains are back feeds what hangs on it; docs/assumptions.md A-92


def _on_mains(place: Place, ups: Ups) -> str:
    reading = well(ups)
    if int(reading.values["flags"]) & megatec.SHUTDOWN:
        ups.cancel_shutdown()
        reading = ups.status()
    if "on-battery" in reading.alarms:
        raise DeviceError("on battery", device=ups.name, alarm="on-battery")
    for _ in range(OUTPUT_LOOKS):
        if reading.values["output_v"]:
            break
        place.clock.sleep(1.0)
        reading = ups.status()
    else:
        raise DeviceError("no output", device=ups.name)
    return f"{reading.values['input_v']:g} V"


def _still_on_mains(place: Place, ups: Ups) -> bool:
    reading = well(ups)
    return "on-battery" not in reading.alarms and not int(reading.values["flags"]) & megatec.SHUTDOWN


def _answers(place: Place, driver: Driver) -> str:
    return driver.status().state


def _healthy(place: Place, driver: Driver) -> str:
    return well(driver).state


def _ready_dispenser(place: Place, dispenser: TubeDispenser) -> str:
    rest(place, dispenser)
    dispenser.reset()
    return well(dispenser).state


def _open_lanes(place: Place, dispenser: TubeDispenser) -> str:
    locked = lanes_in(int(dispenser.status().values["locked"]))
    if locked:
        raise DeviceError(f"locked: lane {', '.join(map(str, locked))}", device=dispenser.name, alarm="lane-locked")
    return "open"


def _lanes_are_open(place: Place, dispenser: TubeDispenser) -> bool:
    return not dispenser.status().values["locked"]


def _ready_label_printer(place: Place, printer: LabelDriver) -> str:
    printer.purge()
    return "ready"


def _ready_host(place: Place, host: CollectionHost) -> str:
    rest(place, host)
    host.reset()
    return leave_empty(place, host)


def _ready_sorter(place: Place, sorter: Any) -> str:
    rest(place, sorter)
    sorter.restart()
    return "tested"


def _self_check(place: Place, printer: Any) -> str:
    printer.print_receipt(["开机自检 / SELF CHECK", place.name, f"{place.clock.now():%Y-%m-%d %H:%M}"])
    printer.recorder.note("receipt.printed", printer.name, patient="")
    return "printed"


def _run_belt(place: Place, conveyor: Conveyor) -> str:
    rest(place, conveyor)
    conveyor.reset()
    conveyor.set_speed(CONVEYOR.limits["usual_mm_s"])
    well(conveyor)
    if not conveyor.specimen_speed_mm_s:
        raise DeviceError("commanded to run, but the belt stands", device=conveyor.name)
    return f"{conveyor.specimen_speed_mm_s} mm/s"


def _belt_runs(place: Place, conveyor: Conveyor) -> bool:
    values = well(conveyor).values
    return values["commanded"] == CONVEYOR.limits["usual_mm_s"] and bool(values["speed"])


def _test_label(place: Place, host: CollectionHost, dispenser: TubeDispenser, printer: LabelDriver, scanner: Any) -> str:
    """Label a tube, read it back, and throw it away: the whole way of a patient's tube, with a serial that no patient can get."""
    host.clear()
    serial = f"{TEST_DAY}{place.clock.now():%H%M%S}"
    try:
        _make_test_tube(place, serial, host, dispenser, printer)
        read = _read_back(place, serial, scanner, printer)
        host.reject()
        host.recorder.note("tube.rejected", host.name, serial=serial, reason="test")
    except (DeviceError, LinkError):
        with suppress(DeviceError, LinkError):
            host.clear()
        raise
    finally:
        if printer.last_sent == serial:
            printer.recorder.note("label.void", serial, reason="test")
    if read is None:
        raise DeviceError(f"the scanner cannot read test label {serial}", device=printer.name, alarm="no-read")
    if read != serial:
        raise DeviceError(f"read {read!r} from test label {serial}", device=scanner.name, alarm="mismatch")
    return serial


def _make_test_tube(place: Place, serial: str, host: CollectionHost, dispenser: TubeDispenser, printer: LabelDriver) -> None:
    dispenser.status()
    lane = next((lane for lane in place.lanes if dispenser.usable(lane)), 1)
    dispenser.dispense(lane)
    dispenser.recorder.note("tube.picked", dispenser.name, lane=lane, tube=place.lanes.get(lane, ""), serial=serial)
    try:
        printer.print_label(LabelContent(serial, ("自检 TEST", place.name)))
    except BaseException:
        if printer.last_sent == serial:
            printer.recorder.note("label.unknown", serial, reason="print-interrupted")
        raise
    host.apply_label()


def _read_back(place: Place, serial: str, scanner: Any, printer: LabelDriver) -> str | None:
    for _ in range(SCANS_PER_TUBE):
        read: str | None = scanner.scan()
        if read is not None:
            if read != serial:
                scanner.recorder.note("scan.mismatch", scanner.name, serial=serial, read=read, printer=printer.name)
            return read
        scanner.recorder.note("scan.no-read", scanner.name, serial=serial, printer=printer.name)
    return None


def _blank(place: Place, display: CallDisplay) -> str:
    display.clear()
    return well(display).state


_WINDOW = ("collection-host", "tube-dispenser", "*label-printer", "barcode-scanner")

START_UP = Procedure("startup", "开机", "start-up", (
    StepRow("ups-on-mains", "不间断电源由市电供电", "the UPS is on mains", ("ups",), _on_mains, stands=_still_on_mains),
    StepRow("answers", "设备有应答", "the device answers", ("*",), _answers, needs=("ups-on-mains",)),
    StepRow("dispenser-ready", "试管分发器复位", "dispenser reset", ("tube-dispenser",), _ready_dispenser, needs=("answers",), stands=is_well),
    StepRow("lanes-open", "没有料道被锁", "no lane is locked", ("tube-dispenser",), _open_lanes, needs=("dispenser-ready",), stands=_lanes_are_open),
    StepRow("label-printer-ready", "标签打印机清空、就绪", "label printer purged and ready", ("*label-printer",), _ready_label_printer,
            needs=("answers",), stands=is_well),
    StepRow("host-ready", "采血主机复位、清空", "host reset and empty", ("collection-host",), _ready_host,
            needs=("answers",), after=("dispenser-ready", "label-printer-ready"), stands=is_well),
    StepRow("sorter-ready", "分拣机复位、自检", "sorter reset and tested", ("sorter",), _ready_sorter, needs=("answers",), stands=is_well),
    StepRow("belt-runs", "传送带运行", "belt runs", ("conveyor",), _run_belt,
            needs=("answers", "sorter-ready"), after=("host-ready",), stands=_belt_runs),
    StepRow("slip-printed", "热敏打印机自检", "thermal printer self check", ("thermal-printer",), _self_check, needs=("answers",), stands=is_well),
    StepRow("kiosk-ready", "取号机就绪", "kiosk ready", ("queue-kiosk",), _healthy, needs=("answers",), stands=is_well),
    StepRow("test-label", "试打标签：贴管、读回、丢弃", "test label applied, read back and thrown away", _WINDOW, _test_label,
            needs=("answers", "host-ready", "dispenser-ready", "label-printer-ready")),
    StepRow("display-cleared", "叫号屏清屏", "display cleared", ("call-display",), _blank, needs=("answers",), after=("test-label",), stands=is_well),
))  # fmt: skip
