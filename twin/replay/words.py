"""What the replay calls things: Chinese first, English beside it; every text that comes from a run is made visible and harmless."""

from __future__ import annotations

import importlib
import pkgutil
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

import caixue.drivers
from caixue.drivers.card import Alarm, DeviceCard
from caixue.ops.incidents import SYMPTOMS
from caixue.tubes import TUBE_KINDS
from twin.faults.catalogue import catalogue
from twin.replay.tables import ITEMS, KINDS, LETTERS, OTHER_DEVICES, REASONS, TASKS

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
    """An incident's number in Chinese: "incident-0002" → 故障单 2."""
    number = name.removeprefix("incident-")
    return f"故障单 {int(number)}" if number.isascii() and number.isdigit() else plain(name)


@lru_cache(maxsize=_KEPT)
def engineer(name: str) -> str:
    """An engineer in Chinese: "engineer-1" → 工程师 1; a name stays as it is."""
    number = plain(name).rpartition("-")[2]
    return f"工程师 {number}" if name == f"engineer-{number}" else "工程师" if name == "engineer" else plain(name)


@lru_cache(maxsize=_KEPT)
def fault(kind: str, device_kind: str = "") -> str:
    """A fault in Chinese by its kind or its English name, from the catalogue; an unknown one stays as it is."""
    rows = catalogue()
    row = rows.get((device_kind, kind)) or next((row for row in rows.values() if kind in (row.kind, row.en)), None)
    return row.zh if row else plain(kind)


@lru_cache(maxsize=_KEPT)
def word(value: str) -> str:
    """A kebab-case word of an event's data in Chinese where a table of the project has it."""
    if value in TUBE_KINDS:
        return TUBE_KINDS[value].zh
    if value in SYMPTOMS:
        return SYMPTOMS[value].zh
    if value in KINDS:
        return KINDS[value][0]
    known = TASKS.get(value) or REASONS.get(value) or ITEMS.get(value)
    row = None if known else alarm(value)
    return known or (row.zh if row else fault(value))


def task(text: str, about: str = "") -> str:
    """What an engineer does, and at which device: "refill window-1.label-printer" → 补充耗材 1 号窗标签打印机."""
    first, _, rest = text.replace(":", " ").partition(" ")
    return f"{word(first)} {device(about or rest)}".strip()


def count(tubes: Any) -> int:
    """How many tubes `tubes` means: a number, or a list of them."""
    return tubes if isinstance(tubes, int) else len(tubes) if isinstance(tubes, (list, tuple)) else 0


_PARTS: Mapping[str, Callable[[Any], str]] = {  # how a value of an event's data is said; None and "" are never said
    "window": lambda value: window(str(value)),
    "device": lambda value: device(str(value)),
    "printer": lambda value: device(str(value)),
    "target": lambda value: device(str(value)),
    "task": lambda value: task(str(value)),
    "incident": lambda value: incident(str(value)),
    "patient": lambda value: f"患者 {patient(str(value))}",
    "tubes": lambda value: f"{count(value)} 管",
    "priority": lambda value: "优先" if value else "",
    "level": lambda value: f"剩 {plain(value)}",
    "quantity": lambda value: f"数量 {plain(value)}",
    "lane": lambda value: f"{plain(value)} 道",
    "start": lambda value: "",
    "windows": lambda value: "",
    "seed": lambda value: "",
}


def detail(data: Mapping[str, Any]) -> str:
    """What an event's data says, on one line; times and empty values are left out."""
    return " · ".join(filter(None, (_part(key, data[key]) for key in sorted(data) if not key.endswith("_us"))))


def _part(key: str, value: Any) -> str:
    if value is None or value == "" or value is False:
        return ""
    if key in _PARTS:
        return _PARTS[key](value)
    return word(value) if isinstance(value, str) else f"{key} {plain(value)}"
