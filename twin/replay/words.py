"""What the replay calls things: Chinese first, English beside it, for every event, state, device, alarm and fault."""

from __future__ import annotations

import importlib
import pkgutil
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import caixue.drivers
from caixue.drivers.card import Alarm, DeviceCard
from caixue.tubes import TUBE_KINDS
from twin.faults.catalogue import catalogue

DETAIL, PATIENT, KEY = 0, 1, 2  # how much of the log a reader wants: everything, patients too, or the key events alone

# event kind → (Chinese, who wants to read it); the English beside it is the kind itself, as events.jsonl has it
KINDS: Mapping[str, tuple[str, int]] = {
    "record.started": ("记录开始", KEY),
    "record.ended": ("记录结束", KEY),
    "patient.arrived": ("到达", PATIENT),
    "patient.called": ("叫号", PATIENT),
    "patient.bumped": ("退回候诊", KEY),
    "patient.left": ("离开", KEY),
    "draw.started": ("开始采血", PATIENT),
    "patient.served": ("采血完成", PATIENT),
    "window.opened": ("开窗", KEY),
    "window.closed": ("关窗", KEY),
    "window.staffed": ("护士到岗", KEY),
    "window.unstaffed": ("护士离岗", KEY),
    "window.blocked": ("窗口停用", KEY),
    "window.restored": ("窗口恢复", KEY),
    "label.created": ("生成标签", DETAIL),
    "label.sent": ("发送打印", DETAIL),
    "label.printed": ("标签已打印", DETAIL),
    "label.applied": ("标签已贴管", DETAIL),
    "label.verified": ("标签已核对", DETAIL),
    "label.handed-over": ("试管交护士", DETAIL),
    "label.drawn": ("试管已采血", DETAIL),
    "label.received": ("试管已签收", DETAIL),
    "label.void": ("标签作废", KEY),
    "label.unknown": ("标签状态不明", KEY),
    "tube.picked": ("取管", DETAIL),
    "tube.rejected": ("剔除试管", KEY),
    "receipt.printed": ("打印凭条", DETAIL),
    "link.garbled": ("应答错误", KEY),
    "link.timeout": ("应答超时", KEY),
    "link.lost": ("通信中断", KEY),
    "device.refused": ("设备拒绝", KEY),
    "alarm.raised": ("报警", KEY),
    "alarm.cleared": ("报警解除", KEY),
    "scan.no-read": ("条码读不出", KEY),
    "scan.mismatch": ("条码不符", KEY),
    "tube.wrong-kind": ("试管种类不符", KEY),
    "device.recovered": ("设备恢复", KEY),
    "consumable.low": ("耗材不足", KEY),
    "consumable.stockout": ("耗材用尽", KEY),
    "consumable.refilled": ("耗材已补", KEY),
    "incident.opened": ("故障单开立", KEY),
    "incident.merged": ("并入故障单", KEY),
    "incident.reclassified": ("重新定级", KEY),
    "incident.acknowledged": ("工程师响应", KEY),
    "incident.on-site": ("工程师到场", KEY),
    "incident.diagnosed": ("原因查明", KEY),
    "incident.restored": ("故障排除", KEY),
    "incident.closed": ("故障单关闭", KEY),
    "engineer.started": ("开始工作", KEY),
    "engineer.finished": ("工作完成", KEY),
    "specimen.received": ("标本签收", DETAIL),
    "specimen.rejected": ("标本拒收", KEY),
    "twin.fault-armed": ("故障布防", KEY),
    "twin.fault-fired": ("故障触发", KEY),
    "twin.fault-ended": ("故障结束", KEY),
    "twin.invariant-broken": ("约束被破坏", KEY),
}

VERDICTS = {"pass": ("通过", "Pass"), "fail": ("不达标", "Fail"), "no-data": ("无数据", "No data")}
TASKS = {
    "repair": "维修",
    "refill": "补充耗材",
    "round": "巡检",
    "inspection": "巡检",
    "start-up": "开机",
    "shutdown": "关机",
    "maintenance": "保养",
    "call": "接听报修",
    "walk": "前往",
}
REASONS = {
    "patience": "等候过久",
    "window-blocked": "窗口停用",
    "after-labelling": "贴标后离开",
    "missed-call": "过号",
    "closing": "下班",
}
ITEMS = {"label-paper": "标签纸", "thermal-paper": "热敏纸", "ribbon": "碳带", "label-print-head": "打印头", "cutter": "切刀", "tubes": "试管"}
OTHER_DEVICES = {  # devices without a driver card of their own
    "conveyor": "传送带",
    "kiosk": "自助机",
    "sorter": "分拣机",
    "call-display": "叫号屏",
    "waiting-display": "候诊屏",
    "ups": "不间断电源",
    "switch": "交换机",
    "server": "服务器",
    "lan": "局域网",
    "lis": "检验系统",
    "his": "医院系统",
    "mains": "市电",
}
LETTERS = {"collection-host": "主", "tube-dispenser": "管", "label-printer": "签", "thermal-printer": "凭", "barcode-scanner": "码"}
_AMOUNTS = {"level": "剩 {}", "quantity": "数量 {}", "lane": "{} 道"}
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # categories that draw nothing or turn the text round
_LONGEST = 160
_KEPT = 4096  # words kept at hand; a run has few different ones


def plain(value: object) -> str:
    """Any value as one line of visible text: control, direction and surrogate characters become their code, e.g. \\x1b."""
    text = str(value)
    if not text.isascii() or not text.isprintable():
        text = "".join(char if unicodedata.category(char) not in _UNSEEN else _code(char) for char in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _code(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{{{ord(char):x}}}"


@cache
def cards() -> Mapping[str, DeviceCard]:
    """The cards of all drivers by kind; a driver is found by being in the package."""
    modules = sorted(info.name for info in pkgutil.iter_modules(caixue.drivers.__path__))
    found = (getattr(importlib.import_module(f"caixue.drivers.{name}"), "CARD", None) for name in modules)
    return {card.kind: card for card in found if isinstance(card, DeviceCard)}


@lru_cache(maxsize=_KEPT)
def alarm(name: str, device_kind: str = "") -> Alarm | None:
    """An alarm's row by its name: on the card of `device_kind`, else on any card that has it."""
    order = sorted(cards().values(), key=lambda card: card.kind != device_kind)
    return next((row for card in order for row in card.alarms.values() if row.name == name), None)


def split_device(device: str) -> tuple[str, str]:
    """The place and the kind of a device: "window-3.label-printer" → ("window-3", "label-printer"), "conveyor-1" → ("", "conveyor")."""
    place, _, kind = device.rpartition(".")
    return place, re.sub(r"-\d+$", "", kind)


@lru_cache(maxsize=_KEPT)
def window(name: str) -> str:
    """A window's Chinese name: "window-3" → 3 号窗, "manual-1" → 人工台 1."""
    word, _, number = plain(name).rpartition("-")
    return {"window": f"{number} 号窗", "manual": f"人工台 {number}"}.get(word, plain(name))


@cache
def kind_of_device(kind: str) -> tuple[str, str]:
    """A device kind in Chinese and English; an unknown kind stays as it is."""
    card = cards().get(kind)
    return (card.zh, card.en) if card else (OTHER_DEVICES.get(kind, plain(kind)), plain(kind).replace("-", " "))


@lru_cache(maxsize=_KEPT)
def letter(kind: str) -> str:
    """The one character that stands for a device kind in the drawing."""
    return LETTERS.get(kind) or kind_of_device(kind)[0][:1].upper()


@lru_cache(maxsize=_KEPT)
def device(name: str) -> str:
    """A device's Chinese name with its place: 3 号窗标签打印机, 传送带 1."""
    place, kind = split_device(name)
    number = name.rpartition("-")[2]
    zh = kind_of_device(kind)[0] + (f" {number}" if not place and number.isdigit() else "")
    return window(place) + zh if place else window(name) if name.startswith(("window-", "manual-")) else zh


@lru_cache(maxsize=_KEPT)
def patient(name: str) -> str:
    """A patient's short pseudonym: "patient-00042" → 042."""
    tail = plain(name).rpartition("-")[2]
    return f"{int(tail):03d}" if tail.isascii() and tail.isdigit() else tail[-8:]


@lru_cache(maxsize=_KEPT)
def incident(name: str) -> str:
    """An incident's number in Chinese: "incident-2" → 故障单 2."""
    number = plain(name).rpartition("-")[2]
    return f"故障单 {number}" if name == f"incident-{number}" else plain(name)


@lru_cache(maxsize=_KEPT)
def engineer(name: str) -> str:
    """An engineer in Chinese: "engineer-1" → 工程师 1; a name stays as it is."""
    number = plain(name).rpartition("-")[2]
    return f"工程师 {number}" if name == f"engineer-{number}" else "工程师" if name == "engineer" else plain(name)


@lru_cache(maxsize=_KEPT)
def fault(kind: str, device_kind: str = "") -> str:
    """A fault kind in Chinese, from the catalogue; an unknown one stays as it is."""
    rows = catalogue()
    row = rows.get((device_kind, kind)) or next((row for row in rows.values() if row.kind == kind), None)
    return row.zh if row else plain(kind)


@lru_cache(maxsize=_KEPT)
def word(value: str) -> str:
    """A kebab-case word of an event's data in Chinese where a table of the project has it."""
    found = alarm(value)
    if found:
        return found.zh
    if value in TUBE_KINDS:
        return TUBE_KINDS[value].zh
    if value in KINDS:
        return KINDS[value][0]
    return TASKS.get(value) or REASONS.get(value) or ITEMS.get(value) or fault(value)


def task(text: str, about: str = "") -> str:
    """What an engineer does, and at which device: "refill window-1.label-printer" → 补充耗材 1 号窗标签打印机."""
    first, _, rest = text.replace(":", " ").partition(" ")
    return f"{word(first)} {device(about or rest)}".strip()


def detail(data: Mapping[str, Any]) -> str:
    """What an event's data says, on one line; times and empty values are left out."""
    parts = (_part(key, data[key]) for key in sorted(data) if not key.endswith("_us"))
    return " · ".join(part for part in parts if part)


def _part(key: str, value: Any) -> str:
    if value is None or value == "" or value is False:
        return ""
    if key == "window":
        return window(str(value))
    if key in ("device", "printer", "target"):
        return device(str(value))
    if key == "tubes":
        return f"{count(value)} 管"
    if key in _AMOUNTS:
        return _AMOUNTS[key].format(plain(value))
    if key == "task":
        return task(str(value))
    if key == "incident":
        return incident(str(value))
    if key == "patient":
        return f"患者 {patient(str(value))}"
    if key == "priority":
        return "优先" if value else ""
    return word(value) if isinstance(value, str) else f"{key} {plain(value)}"


def count(tubes: Any) -> int:
    """How many tubes `tubes` means: a number, or a list of them."""
    return tubes if isinstance(tubes, int) else len(tubes) if isinstance(tubes, (list, tuple)) else 0
