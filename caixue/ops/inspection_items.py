"""The table of what a monthly inspection looks at (contract C1): one row an item, with how it is looked at, its limits and where they come from.

An item is read automatically, through a driver, a probe, this machine or the ledger, or a person looks and gives one of the allowed answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from caixue.drivers.card import DeviceCard
from caixue.drivers.ups import CARD as UPS
from caixue.lang import tr
from caixue.ops.inspection_manual import ROWS as MANUAL_ROWS
from caixue.ops.thresholds import THRESHOLDS
from caixue.ops.wear import LIVES
from caixue.probes.reading import LOST_CRIT, State


class Area(StrEnum):
    """Where an item belongs: the four areas of C1, the network, and the room itself."""

    APPLICATION = "application"
    HARDWARE = "hardware"
    SERVERS = "servers"
    DATABASES = "databases"
    NETWORK = "network"
    SAFETY = "safety"


AREAS: Mapping[Area, tuple[str, str]] = {
    Area.APPLICATION: ("应用软件", "application software"),
    Area.HARDWARE: ("硬件设备", "hardware"),
    Area.SERVERS: ("服务器", "servers"),
    Area.DATABASES: ("数据库", "databases"),
    Area.NETWORK: ("网络与线路", "network and lines"),
    Area.SAFETY: ("安全与整洁", "safety and tidiness"),
}


class How(StrEnum):
    """What gives the reading of an item."""

    DEVICE = "device"  # the device's own answer
    WEAR = "wear"  # its counters against the life of a part
    GAUGE = "gauge"  # the monitor's last reading
    PROBE = "probe"
    MACHINE = "machine"  # the computer on which caixue runs
    RECORD = "record"  # the ledger and the site file
    MANUAL = "manual"


# What a person may answer: word → (Chinese, what it comes to).
ANSWERS: Mapping[str, tuple[str, State]] = {"ok": ("正常", State.OK), "attention": ("需注意", State.WARN), "bad": ("异常", State.CRIT)}
SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is looked at. `of`: the kind of device, host or part of the site that has it; "*": every device.

    `reading` is the name of the value in what is asked; a value beyond `warn` is a warning, beyond `crit` critical.
    """

    name: str
    zh: str
    en: str
    area: Area
    how: How
    of: str = ""
    reading: str = ""
    unit: str = ""
    warn: float | None = None
    crit: float | None = None
    worse: Literal["above", "below"] = "above"
    look_zh: str = ""  # manual: what to look at
    look_en: str = ""
    answers: tuple[str, ...] = ()
    clause: str = "C1"
    source: str = "project"

    @property
    def text(self) -> str:
        """The item in the user's language."""
        return tr(self.zh, self.en)

    @property
    def look(self) -> str:
        """What a person looks at, in the user's language."""
        return tr(self.look_zh, self.look_en)

    def warn_on(self, card: DeviceCard | None) -> float | None:
        """Where the warning begins; a reading of the monitor has the limit of its table, for a device with this card."""
        return THRESHOLDS[self.reading].limit_on(card) if self.reading in THRESHOLDS else self.warn

    def judge(self, value: float, card: DeviceCard | None = None) -> State:
        """What a value comes to; a value on the limit is still good."""
        if self._beyond(value, self.crit):
            return State.CRIT
        return State.WARN if self._beyond(value, self.warn_on(card)) else State.OK

    def _beyond(self, value: float, limit: float | None) -> bool:
        return limit is not None and (value > limit if self.worse == "above" else value < limit)


_WEAR = "assumed: docs/assumptions.md A-220"
_BACKUP = "assumed: docs/assumptions.md A-222"
_TABLE = "caixue/ops/thresholds.py"


def _rows(**usual: Any) -> Callable[..., Item]:
    """Items that have most in common; each says the rest."""

    def item(name: str, zh: str, en: str, **rest: Any) -> Item:
        return Item(name, zh, en, **{**usual, **rest})

    return item


_DEVICE = _rows(area=Area.HARDWARE, how=How.DEVICE, clause="C2.1", source=_TABLE)
_GAUGE = _rows(area=Area.HARDWARE, how=How.GAUGE, clause="C2.1", source=_TABLE)
_PROBE = _rows(area=Area.SERVERS, how=How.PROBE, reading="latency", unit="ms", clause="C2.3.1", source="[[probe]] of the site")
_LOCAL = _rows(area=Area.SERVERS, how=How.MACHINE, of="machine", unit="share", clause="C2.3.1", source="caixue/probes/machine.py")
_RECORD = _rows(area=Area.APPLICATION, how=How.RECORD, source=_BACKUP)
_UPS = {"of": "ups", "clause": "C2.4", "source": _WEAR}
_HARDWARE: tuple[Item, ...] = (
    _DEVICE("device-state", "设备状态与报警", "state and alarms", of="*", reading="state", unit="alarms", warn=0, source="the device's card"),
    _DEVICE("answer-time", "应答时间", "answer time", of="*", reading="answer.p95", unit="s"),
    _DEVICE("belt-ratio", "传送带实测与设定速度之比", "measured over set belt speed", of="conveyor", reading="belt.ratio", unit="share", worse="below"),
    _DEVICE("ups-load", "不间断电源负载", "load of the UPS", reading="load_percent", unit="%", warn=80, crit=UPS.limits["load_percent"], **_UPS),
    _DEVICE("ups-temperature", "不间断电源温度", "temperature of the UPS",
            reading="temperature_c", unit="C", warn=40, crit=UPS.limits["temperature_c"], **_UPS),
    _GAUGE("first-scan", "一次扫描即读出的比例", "share read at the first scan", of="window", reading="label.first-scan", unit="share", worse="below"),
    _GAUGE("label-rejects", "每千张标签的剔除数", "tubes rejected per 1,000 labels", of="window", reading="label.rejects", unit="per_1000"),
    _GAUGE("transport-time", "标本运送时间 P95", "P95 of the specimens' transport", of="specimens", reading="transport.p95", unit="s"),
)  # fmt: skip
_WEARING = tuple(
    Item(
        f"{life.part}-wear", "磨损占寿命的比例", "share of the part's life that is used", Area.HARDWARE, How.WEAR, life.kind, life.part,
        "share", 0.8, 1.0, clause="C2.1.5", source=f"{_WEAR}; {life.source}",
    )
    for life in LIVES
)  # fmt: skip
_BEHIND: tuple[Item, ...] = (
    _PROBE("interface-reach", "接口连通与应答时间", "the interface answers, how fast", area=Area.APPLICATION, of="interface"),
    _RECORD("support-left", "软件支持期剩余天数", "days of support left",
            of="supported", reading="support", unit="day", warn=180, crit=0, worse="below", clause="R5.1"),
    _RECORD("ledger-backup", "账本最近一次备份距今", "age of the ledger's last backup", of="ledger",
            reading="age", unit="h", warn=36, crit=168, clause="C2.3.2", source="assumed: docs/assumptions.md A-119"),
    _RECORD("data-backup", "软件与模板最近一次验证过的备份距今", "age of the last verified backup of software and templates",
            of="backed-up", reading="age", unit="day", warn=8, crit=31, clause="C2.2.3"),
    _PROBE("server-reach", "服务器连通与应答时间", "the server answers, how fast", of="server"),
    _LOCAL("cpu", "本机处理器占用", "processor of this machine", reading="cpu.busy"),
    _LOCAL("memory", "本机内存占用", "memory of this machine", reading="memory.used"),
    _LOCAL("disk", "本机磁盘占用，最满的一个", "the fullest disk of this machine", reading="disk.used"),
    _PROBE("database-reach", "数据库连通与应答时间", "the database answers, how fast", area=Area.DATABASES, of="database", clause="C2.3.2"),
    _PROBE("network-reach", "网络设备连通与时延", "the network equipment answers, how fast", area=Area.NETWORK, of="network", clause="C2.4"),
    _PROBE("network-loss", "网络丢包比例", "share of lost packets",
           area=Area.NETWORK, of="network", clause="C2.4", reading="lost", unit="share", warn=0, crit=LOST_CRIT, source="assumed: docs/assumptions.md A-191"),
)  # fmt: skip
_MANUAL = tuple(
    Item(
        row.name, row.zh, row.en, Area(row.area), How.MANUAL, row.of, look_zh=row.look_zh, look_en=row.look_en,
        answers=tuple(ANSWERS), clause=row.clause, source="assumed: docs/assumptions.md A-223",
    )
    for row in MANUAL_ROWS
)  # fmt: skip
__all__ = ["ANSWERS", "AREAS", "HOSTS_OF", "ITEMS", "SKIPPED", "Area", "How", "Item", "State"]
ITEMS: tuple[Item, ...] = (*_HARDWARE, *_WEARING, *_BEHIND, *_MANUAL)
HOSTS_OF: Mapping[str, tuple[str, ...]] = {"server": ("server", "pc"), "database": ("database",), "network": ("switch", "firewall")}
