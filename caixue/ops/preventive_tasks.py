"""The table of preventive tasks (contract C2.1.4, C2.1.5): what is done to which kind of device, how often, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

SOURCE = "assumed: docs/assumptions.md A-106"


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task on one kind of device: every so many days or months, and every so much wear by a counter, whichever comes first."""

    name: str
    kind: str
    zh: str
    en: str
    duration_s: float
    days: int = 0
    months: int = 0
    counter: str = ""
    every: float = 0.0  # wear between two times
    idle: bool = True  # the window, or the room where all share the device, must be idle
    part: str = ""  # put in by it
    calibrates: str = ""  # quantity of `caixue.ops.calibration`
    source: str = SOURCE


def _both(*rows: TaskRow) -> tuple[TaskRow, ...]:
    """Rows for TSPL printers, and the same for ZPL ones."""
    return (*rows, *(replace(row, kind="zpl-label-printer") for row in rows))


TASKS: tuple[TaskRow, ...] = (
    *_both(
        TaskRow("clean-print-head", "label-printer", "清洁打印头", "clean the print head", 120, days=7, counter="printed-km", every=1),
        TaskRow("clean-platen", "label-printer", "清洁胶辊和剥离板", "clean platen and peel plate", 180, months=1),
        TaskRow(
            "check-label-placement",
            "label-printer",
            "检查贴标位置",
            "check where the label goes",
            300,
            months=1,
            calibrates="label-placement",
        ),
        TaskRow(
            "replace-print-head", "label-printer", "更换打印头", "replace the print head", 1080, counter="printed-km", part="print-head"
        ),
        TaskRow(
            "replace-platen",
            "label-printer",
            "更换胶辊",
            "replace the platen roller",
            600,
            months=24,
            counter="printed-km",
            part="platen-roller",
        ),
    ),
    TaskRow("clean-head", "thermal-printer", "清洁热敏头", "clean the thermal head", 120, months=1),
    TaskRow("replace-cutter", "thermal-printer", "更换切刀", "replace the cutter", 600, counter="cuts", part="cutter"),
    TaskRow("clean-head", "queue-kiosk", "清洁热敏头", "clean the thermal head", 120, months=1),
    TaskRow("replace-cutter", "queue-kiosk", "更换切刀", "replace the cutter", 600, counter="cuts", part="cutter"),
    TaskRow(
        "clean-tube-path", "tube-dispenser", "清洁管路和料道", "clean tube paths and lanes", 300, months=1, counter="tubes", every=10_000
    ),
    TaskRow(
        "calibrate-colour", "tube-dispenser", "校准颜色传感器", "calibrate the colour sensor", 300, months=3, calibrates="colour-sensor"
    ),
    TaskRow("clean-station", "collection-host", "清洁工位和传感器", "clean station and sensors", 180, days=14),
    TaskRow("lubricate-guide", "collection-host", "润滑导轨", "lubricate the guide rail", 420, months=3, counter="labels", every=25_000),
    TaskRow(
        "replace-suction-cup",
        "collection-host",
        "更换吸盘",
        "replace the suction cup",
        300,
        months=12,
        counter="labels",
        part="suction-cup",
    ),
    TaskRow("clean-window", "barcode-scanner", "清洁扫描窗", "clean the scan window", 60, days=7),
    TaskRow("clean-belt", "conveyor", "清洁传送带", "clean the belt", 900, months=1),
    TaskRow("clean-eyes", "conveyor", "清洁光电", "clean the photo-eyes", 300, days=7),
    TaskRow("lubricate-chain", "conveyor", "润滑链条", "lubricate the chain", 900, months=3, counter="tubes", every=150_000),
    TaskRow("calibrate-belt-speed", "conveyor", "校准传送带速度", "calibrate the belt's speed", 600, months=3, calibrates="belt-speed"),
    TaskRow("replace-belt", "conveyor", "更换皮带", "replace the belt", 3600, months=36, counter="tubes", part="belt"),
    TaskRow("clean-gates", "sorter", "清洁分拣门和扫描窗", "clean gates and scan window", 600, months=1),
    TaskRow("lubricate-gates", "sorter", "润滑分拣门", "lubricate the gates", 600, months=6, counter="tubes", every=200_000),
    TaskRow("clean-screen", "call-display", "清洁屏幕", "clean the screen", 120, months=1, idle=False),
    TaskRow("clean-fan", "ups", "清洁风扇和滤网", "clean fan and filter", 600, months=3, idle=False),
)
