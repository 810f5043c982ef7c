"""How the room is laid down (contract C2.1.1): the table of steps, and the driver calls behind each.

Power goes last, when nothing moves and nothing is left in the machines. A device that no longer answers after its step was
done has been switched off: that step still holds.
"""

from __future__ import annotations

from caixue.drivers.base import Reading
from caixue.drivers.call_display import CallDisplay
from caixue.drivers.collection_host import CollectionHost
from caixue.drivers.conveyor import Conveyor
from caixue.drivers.label_jobs import LabelDriver
from caixue.drivers.ups import Ups
from caixue.errors import DeviceError, LinkError
from caixue.ops.runs import SHUTDOWN
from caixue.ops.steps import Place, Procedure, StepRow, clear, leave_empty, rest, rests
from caixue.wire import megatec

CLOSED = "今日采血结束，谢谢"
OUTAGE = "停电，暂停采血，请稍候"
OUTPUT_OFF_S = 300.0  # from the end of the shut-down until the UPS takes its output away: time to cut the mains; docs/assumptions.md A-91
DRAIN_S, DRAIN_POLL_S = 300.0, 5.0  # how long tubes on the belt are waited for; docs/assumptions.md A-91


def _say_closed(place: Place, display: CallDisplay) -> str:
    display.clear()
    display.show(1, CLOSED)
    return CLOSED


def _idle_label_printer(place: Place, printer: LabelDriver) -> str:
    printer.purge()
    return "idle"


def _host_is_empty(place: Place, host: CollectionHost) -> bool:
    try:
        values = host.status().values
    except LinkError:
        return True
    return not (values["station"] or values["tray"])


def _drain(place: Place, conveyor: Conveyor) -> str:
    waited_s = 0.0
    while left := _on_belt(conveyor.status()):
        if waited_s >= DRAIN_S:
            raise DeviceError(f"{left} tubes still on the belt after {DRAIN_S:g} s", device=conveyor.name)
        place.clock.sleep(DRAIN_POLL_S)
        waited_s += DRAIN_POLL_S
    return "empty"


def _on_belt(reading: Reading) -> int:
    """Tubes that went on and did not come off; both counters start again after 65,535."""
    return int(reading.values["entered"] - reading.values["left"]) & 0xFFFF


def _belt_is_empty(place: Place, conveyor: Conveyor) -> bool:
    try:
        return not _on_belt(conveyor.status())
    except LinkError:
        return True


def _stop_belt(place: Place, conveyor: Conveyor) -> str:
    conveyor.set_speed(0)
    conveyor.status()
    if conveyor.specimen_speed_mm_s:
        raise DeviceError(f"told to stand, but runs at {conveyor.specimen_speed_mm_s} mm/s", device=conveyor.name)
    return "0 mm/s"


def _belt_stands(place: Place, conveyor: Conveyor) -> bool:
    try:
        values = conveyor.status().values
    except LinkError:
        return True
    return not (values["commanded"] or values["speed"])


def _output_off(place: Place, ups: Ups) -> str:
    ups.shut_down(OUTPUT_OFF_S)
    return f"in {OUTPUT_OFF_S:g} s"


def _goes_off(place: Place, ups: Ups) -> bool:
    """Whether the output is off, or will be; silence comes from a UPS that has switched itself off."""
    try:
        values = ups.status().values
    except LinkError:
        return True
    return bool(int(values["flags"]) & megatec.SHUTDOWN) or not values["output_v"]


_AT_REST = ("tubes-rest", "host-empty", "labels-idle", "slips-idle", "sorter-rests", "belt-stands")

SHUT_DOWN = Procedure(SHUTDOWN, "关机", "shut-down", (
    StepRow("patients-gone", "窗口停止叫号，患者已离开", "windows closed, the last patient has gone"),
    StepRow("closed-shown", "叫号屏显示已结束", "display says closed", ("call-display",), _say_closed, needs=("patients-gone",)),
    StepRow("kiosk-rests", "取号机停稳", "no ticket under way", ("queue-kiosk",), rest, needs=("patients-gone",), stands=rests),
    StepRow("tubes-rest", "出管停稳", "no tube under way", ("tube-dispenser",), rest, needs=("patients-gone",), stands=rests),
    StepRow("labels-idle", "标签打印机清空", "label printer purged", ("*label-printer",), _idle_label_printer,
            needs=("patients-gone",), stands=rests),
    StepRow("host-empty", "清空工位与托盘", "station and tray emptied", ("collection-host",), leave_empty,
            needs=("patients-gone",), after=("tubes-rest", "labels-idle"), stands=_host_is_empty),
    StepRow("slips-idle", "热敏打印机停稳", "no slip under way", ("thermal-printer",), rest, needs=("patients-gone",), stands=rests),
    StepRow("belt-drained", "传送带上已无试管", "no tube on the belt", ("conveyor",), _drain, needs=("patients-gone",), stands=_belt_is_empty),
    StepRow("belt-stands", "传送带停止", "belt stands", ("conveyor",), _stop_belt, needs=("belt-drained",), stands=_belt_stands),
    StepRow("sorter-rests", "分拣机停稳", "sorter at rest", ("sorter",), rest, needs=("belt-stands",), stands=rests),
    StepRow("output-off", "不间断电源断开输出", "the UPS switches its output off", ("ups",), _output_off,
            needs=_AT_REST, after=("closed-shown", "kiosk-rests"), stands=_goes_off),
    StepRow("mains-cut", "人工断开采血室总电源", "mains of the room cut by hand", needs=("output-off",), after=("closed-shown", "kiosk-rests")),
))  # fmt: skip

# On battery nobody is asked and nothing is waited for. What stands first tells or feeds what comes later: people before
# machines, feeders before the host, and the UPS after all.
ON_BATTERY = (
    StepRow("outage-shown", "告示停电", "tells the people", ("call-display",), lambda place, display: display.show(1, OUTAGE)),
    StepRow("kiosk-rests", "取号机停稳", "no ticket under way", ("queue-kiosk",), rest),
    StepRow("tubes-rest", "出管停稳", "no tube under way", ("tube-dispenser",), rest),
    StepRow("host-empty", "清空工位与托盘", "station and tray emptied", ("collection-host",), clear),
)
