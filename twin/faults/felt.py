"""What the timing engines feel of each kind of fault: one row a kind, with its reason. The numbers to it are measured (`caixue calibrate`).

A kind of fault that has no row here, such as a third party's, stops its window; of a device that no window has
only the engineer feels it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from caixue.lang import tr
from twin.faults.catalogue import Fault


class Feel(Enum):
    """What timing makes of a fault."""

    WINDOW = ("停窗或变慢，按标定", "stops or slows its window, as calibrated")
    LANE = ("同上，但料道有双份时只占工程师", "the same, but only the engineer's time where another lane has the kind")
    ENGINEER = ("只占工程师", "only the engineer's time")
    BELT = ("传送带停", "the belt stands")
    MAINS = ("全室停，逐窗恢复", "everything stands, and comes back window by window")
    AWAY = ("工程师不在", "no engineer")
    WIRE = ("只能用 wire 模拟", "with fidelity wire only")


@dataclass(frozen=True, slots=True)
class Effect:
    """What timing feels of one kind of fault, and why."""

    device: str  # kind of device, or "link", "window", …; as in the catalogue
    kind: str
    feel: Feel
    zh: str
    en: str


Why = tuple[str, str]
_REFUSES: Why = ("设备报警时流程不往下走", "the workflow refuses to go on while the device reports it")
_SILENT: Why = ("没有应答，重试后停下", "no answer comes, and the workflow stops after its retries")
_NO_SLIP: Why = ("没有回执也照常采血，监控叫工程师", "people are served without a slip; the monitor calls the engineer")
_UNREADABLE: Why = ("标签扫不出，连坏三管就停", "its labels fail the scan; three tubes in a row stop the window")
_INTERRUPTED: Why = ("正在打的标签和那管作废", "the label in print is lost, and its tube")
_NO_ASKING: Why = ("照常运转，只是问不到", "it runs on; nobody can ask it")
_NO_TICKET: Why = ("没有号票也能来", "people come without a ticket")
_SLOWER: Why = ("每次通信都慢一些", "every exchange takes longer")

_MECHANICS = ("head-open", "label-paper-out", "ribbon-out", "head-overheated", "paused", "label-jam")
_PAPER = ("paper-out", "cutter-jam", "cover-open", "offline", "mechanical-error", "head-overheated", "unrecoverable-error", "silence")
_HOST = ("motor-fault", "suction-lost", "label-not-peeled", "tube-sensor-blind", "door-open", "emergency-stop")
_UPS = ("battery-worn", "input-lost", "overload", "bypass", "inverter-failed", "fan-failed", "silence")

_TABLE: tuple[tuple[str, Feel, Why, tuple[str, ...]], ...] = (
    ("collection-host", Feel.WINDOW, _REFUSES, _HOST),
    ("collection-host", Feel.WINDOW, _SILENT, ("silence",)),
    ("tube-dispenser", Feel.WINDOW, _REFUSES, ("tube-jam", "brief-jam", "double-pick")),
    ("tube-dispenser", Feel.LANE, ("只有要这种管的人才停", "stops only who needs that kind of tube"), ("lane-empty", "lane-locked")),
    ("tube-dispenser", Feel.LANE, ("颜色不对就锁道，改用同种的另一道", "the colour is seen, and the next lane of the kind used"), ("wrong-rack",)),
    ("tube-dispenser", Feel.WINDOW, _SILENT, ("silence",)),
    ("label-printer", Feel.WINDOW, _REFUSES, (*_MECHANICS, "cover-open")),
    ("label-printer", Feel.WINDOW, _UNREADABLE, ("print-head-dead-dots",)),
    ("label-printer", Feel.WINDOW, _INTERRUPTED, ("power-cycle-mid-label",)),
    ("label-printer", Feel.WINDOW, _SILENT, ("silence",)),
    ("zpl-label-printer", Feel.WINDOW, _REFUSES, (*_MECHANICS, "rewinder-full")),
    ("zpl-label-printer", Feel.WINDOW, _UNREADABLE, ("print-head-dead-dots",)),
    ("zpl-label-printer", Feel.WINDOW, _INTERRUPTED, ("power-cycle-mid-label",)),
    ("zpl-label-printer", Feel.WINDOW, _SILENT, ("silence",)),
    ("barcode-scanner", Feel.WINDOW, _UNREADABLE, ("scanner-blind",)),
    ("barcode-scanner", Feel.WINDOW, ("读成另一管，当即停窗", "reads another tube's label, which stops the window"), ("stale-reply",)),
    ("barcode-scanner", Feel.WINDOW, _SILENT, ("silence",)),
    ("thermal-printer", Feel.WINDOW, _NO_SLIP, _PAPER),
    ("conveyor", Feel.BELT, ("托盘里的管走不了", "nothing leaves the trays"), ("belt-jam", "belt-stopped", "eye-dirty")),
    ("conveyor", Feel.ENGINEER, ("带慢只晚标本，不晚人", "a slow belt delays specimens, nobody at a window"), ("belt-slip",)),
    ("conveyor", Feel.ENGINEER, _NO_ASKING, ("silence",)),
    ("sorter", Feel.BELT, ("出口堵住，带停下等", "its exit is blocked, and the belt is held"), ("sorter-jam",)),
    ("sorter", Feel.ENGINEER, ("标本由检验科手工分", "specimens are sorted by hand in the laboratory"), ("wrong-lane", "scanner-fail")),
    ("sorter", Feel.ENGINEER, _NO_ASKING, ("silence",)),
    ("call-display", Feel.ENGINEER, ("改为喊号", "people are called by voice"), ("black-screen", "stale-call", "silence")),
    ("queue-kiosk", Feel.ENGINEER, _NO_TICKET, _PAPER),
    ("ups", Feel.ENGINEER, ("市电仍在", "the mains feed the room"), _UPS),
    ("window", Feel.WINDOW, ("当即停用", "it is out of service from now on"), ("out-of-service",)),
    ("mains", Feel.MAINS, ("放行后逐窗开机", "the room is started window by window after the release"), ("power-off",)),
    ("engineer", Feel.AWAY, ("护士能按电话处理的由护士处理", "what a nurse can do by telephone she does"), ("off-site",)),
    ("store", Feel.WIRE, ("职责和库存只在 wire 里", "duties and the store are part of wire runs only"), ("refill-skipped",)),
    ("driver-service", Feel.WIRE, ("开机检查只在 wire 里", "the start-up check is part of wire runs only"), ("quarantined",)),
    ("link", Feel.WINDOW, ("重试费时，不成就停窗", "retries take time; where they fail, the window stops"),
     ("bad-crc", "wrong-length", "truncated", "wrong-reply", "lost-reply")),
    ("link", Feel.WINDOW, ("坏的应答再问一次", "a damaged reply is asked for again"), ("corrupt", "dropped-byte", "duplicated-byte", "noise", "parity")),
    ("link", Feel.WINDOW, _SLOWER, ("latency", "jitter", "bandwidth", "partial", "merged")),
    ("link", Feel.WINDOW, _SILENT, ("silence", "half-open", "reset", "slow-close")),
)  # fmt: skip
EFFECTS = tuple(Effect(device, kind, feel, *why) for device, feel, why, kinds in _TABLE for kind in kinds)


@cache
def _by_kind() -> Mapping[tuple[str, str], Effect]:
    return {(row.device, row.kind): row for row in EFFECTS}


def effect(device: str, kind: str, *, at_window: bool) -> Effect:
    """What timing feels of that kind of fault; `at_window` says whether the device stands at one, which decides for kinds without a row."""
    other = Effect(device, kind, Feel.WINDOW if at_window else Feel.ENGINEER, "表里没有的种类", "a kind without a row")
    return _by_kind().get((device, kind), other)


def refusal(row: Fault, detail: Mapping[str, object]) -> tuple[str, str] | None:
    """Why timing does not simulate a [[fault]] row with these details: the key that is wrong, and the reason; None when it does.

    What a link suffers was measured with the catalogue's defaults alone.
    """
    if effect(row.device, row.kind, at_window=True).feel is Feel.WIRE:
        return "kind", tr(f'定时保真度不模拟 "{row.kind}"', f'timing does not simulate "{row.kind}"')
    if row.device != "link":
        return None
    other = next((key for key, value in detail.items() if row.detail.get(key) != value), None)
    what = tr(f'定时保真度只标定了 "{row.kind}" 的默认参数', f'timing knows "{row.kind}" with its defaults only')
    return None if other is None else (other, what)
