"""Symptoms: what a device or a person says is wrong, how long it usually takes to mend, and the class of fault that follows (R3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caixue.clock import US_PER_S

GENERAL, LARGER, MAJOR = "一般", "较大", "重大"
CLASSES = (GENERAL, LARGER, MAJOR)
BACK_WITHIN_US = 600 * US_PER_S  # design §6: still usable, or back within 10 minutes
ANY = ""  # the family of what may be the outside of any trouble: silence, a caller without words for it
OTHER, OUT_OF_SERVICE = "other", "out-of-service"  # what a call says that names nothing more
UNKNOWN_REPAIR_S = 900


@dataclass(frozen=True, slots=True)
class Symptom:
    """What a symptom usually means for the room. Symptoms of one family at one window are taken for one episode."""

    name: str
    zh: str
    family: str
    expected_repair_s: float
    identity_hazard: bool = False
    source: str = "assumed: docs/assumptions.md A-07"


SYMPTOMS: Mapping[str, Symptom] = {
    symptom.name: symptom
    for symptom in (
        Symptom("no-read", "条码读不出", "printing", 1080),
        Symptom("label-quality", "贴管质量变差", "printing", 1080),
        Symptom("mismatch", "读回条码不符", "identity", 600, identity_hazard=True),
        Symptom("wrong-kind", "料道试管颜色不符", "identity", 600, identity_hazard=True),
        Symptom("lane-locked", "料道已锁定", "identity", 600, identity_hazard=True),
        Symptom("tube-jam", "试管卡住", "tube", 300),
        Symptom("double-pick", "一次出两管", "tube", 300),
        Symptom("lane-empty", "料道已空", "tube", 120),
        Symptom("paper-out", "缺纸", "printing", 120),
        Symptom("paper-jam", "卡纸", "printing", 420),
        Symptom("ribbon-out", "缺碳带", "printing", 180),
        Symptom("head-open", "打印头未合", "printing", 120),
        Symptom("cover-open", "盖未合", "printing", 60),
        Symptom("cutter-jam", "切刀卡住", "printing", 600),
        Symptom("paused", "已暂停", "printing", 60),
        Symptom("over-temperature", "打印头过热", "printing", 600),
        Symptom("unnamed-stop", "打印机停机，原因不明", "printing", 300),
        Symptom("offline", "打印机脱机", "printing", 60),
        Symptom("overheated", "温度过高", "printing", 1200),
        Symptom("mechanical-error", "走纸机构故障", "printing", 600),
        Symptom("door-open", "前门打开", "tube", 60),
        Symptom("emergency-stop", "急停", "tube", 120),
        Symptom("suction-lost", "吸盘失压", "tube", 900),
        Symptom("motor-fault", "电机故障", "tube", 7200),
        Symptom("label-missing", "无标签可取", "tube", 300),
        Symptom("tube-missing", "工位无管", "tube", 120),
        Symptom("belt-blocked", "传送带卡住", "belt", 300),
        Symptom("exit-blocked", "出口光电被遮挡", "belt", 180),
        Symptom("belt-stopped", "传送带停机", "belt", 1500),
        Symptom("belt-slip", "传送带打滑", "belt", 3600),
        Symptom("sorter-jam", "分拣口卡管", "belt", 300),
        Symptom("lane-mismatch", "分拣错道", "belt", 600, identity_hazard=True),
        Symptom("sorter-scanner-fail", "分拣扫描失效", "belt", 600, identity_hazard=True),
        Symptom("mains-off", "市电中断", "power", 1800),
        Symptom("on-battery", "电源转电池供电", "power", 300),
        Symptom("battery-low", "电池电量低", "power", 3600),
        Symptom("on-bypass", "电源转旁路", "power", 180),
        Symptom("ups-failed", "不间断电源故障", "power", 3600),
        Symptom("overload", "电源过载", "power", 300),
        Symptom("black-screen", "叫号屏黑屏", "display", 720),
        Symptom("stale-call", "叫号未更新", "display", 720),
        Symptom("link-noisy", "通信误码", ANY, 300),
        Symptom("interface-down", "接口不通", "network", 1800),
        Symptom("host-unreachable", "主机不可达", "network", 1800),
        Symptom("slow", "响应慢", "network", 600),
        Symptom("service-missing", "驱动服务没有运行", ANY, 900, source="assumed: docs/assumptions.md A-260"),
        Symptom("out-of-service", "窗口停用", "window", 2700),
        Symptom("no-answer", "设备无应答", ANY, 600),
        Symptom(OTHER, "其他", ANY, UNKNOWN_REPAIR_S),
    )
}


# A symptom that trouble elsewhere brings about, further on along the belt or on a window's host: what it shows → what may be behind it.
SHOWS: Mapping[str, frozenset[str]] = {
    "exit-blocked": frozenset({"sorter-jam", "sorter-scanner-fail", "lane-mismatch"}),
    "no-answer": frozenset({"service-missing"}),  # of every device of a window whose driver service is gone
}


def shows(symptom: str, cause: str) -> bool:
    """Whether `symptom` on one device may be no more than what `cause`, elsewhere, looks like from there."""
    return cause in SHOWS.get(symptom, ())


def known_symptom(name: str) -> Symptom:
    """The row of that name; a symptom without one is a family of its own, and not counted on to be short."""
    return SYMPTOMS.get(name) or Symptom(name, name, name, UNKNOWN_REPAIR_S)


def alike(one: str, other: str) -> bool:
    """Whether two symptoms at one window may be two faces of one trouble."""
    first, second = known_symptom(one).family, known_symptom(other).family
    return first == second or ANY in (first, second)


def severity(symptom: str, windows_lost: int, *, shared: bool = False) -> str:
    """The class of an incident (R3), from what is known when it opens; `shared`: the device serves all windows.

    重大: two or more windows lost by it, or any by a shared device. 较大: an identity hazard; or a window lost, or a shared
    device down, for longer than ten minutes as the symptom goes. 一般: one unit, and the window usable or soon back.
    """
    row = known_symptom(symptom)
    if windows_lost >= 2 or (shared and windows_lost):
        return MAJOR
    if row.identity_hazard or ((shared or windows_lost) and row.expected_repair_s * US_PER_S > BACK_WITHIN_US):
        return LARGER
    return GENERAL
