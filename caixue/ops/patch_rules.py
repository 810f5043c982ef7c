"""What stands against a step of a patch or change request (contract R5.1, R5.5): one rule a step, each a pure function that gives the reason or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from caixue.lang import tr
from caixue.ops.change_steps import ANSWERED, APPROVED, CLOSED, DECLINED, INSTALLED, REJECTED, ROLLED_BACK, TESTED
from caixue.ops.freeze import ChangeFreeze
from caixue.ops.sheets import OPENED, Asked, Sheet
from caixue.ops.verdicts import lacking
from caixue.ops.versions import EVERYWHERE, Versions
from caixue.units import nearest

OVER = (REJECTED, DECLINED, ROLLED_BACK, CLOSED)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules look at: the versions, the freeze, every patch and change request, and the names of windows and hosts."""

    versions: Versions
    freeze: ChangeFreeze
    sheets: tuple[Sheet, ...]
    places: tuple[str, ...]


def verdicts_of(sheet: Sheet) -> Iterator[Mapping[str, Any]]:
    """Every verdict that was attached to it, in order."""
    for event in sheet.history:
        if event.kind.endswith(f".{TESTED}"):
            yield from event.data["verdicts"]


def testers_of(sheet: Sheet) -> set[str]:
    """Who attached them."""
    return {event.actor for event in sheet.history if event.kind.endswith(f".{TESTED}")}


def _opening(asked: Asked, known: Known) -> str:
    values = asked.values
    known.versions.spec(values["software"])
    if values.get("version") == values["from_version"]:
        return tr(f"{values['software']} 已经是 {values['version']}", f"{values['software']} is {values['version']} already")
    wrong = _digest(values)
    same = next((one for one in known.sheets if _same(one, asked) and one.state not in OVER), None)
    return wrong or ("" if same is None else tr(f"已经登记：{same.number}", f"registered already: {same.number}"))


def _same(sheet: Sheet, asked: Asked) -> bool:
    """Whether an open sheet is about the same version of the same software."""
    version = asked.values.get("version")
    return version is not None and (sheet.values["software"], sheet.values.get("version")) == (asked.values["software"], version)


def _digest(values: Mapping[str, Any]) -> str:
    if ("file" in values) != ("sha256" in values):
        return tr("文件名和 SHA-256 要一起写", "a file is named together with its SHA-256")
    fits = "sha256" not in values or _SHA256.fullmatch(values["sha256"])
    return "" if fits else tr("SHA-256 是 64 位小写十六进制", "a SHA-256 is 64 lower-case hexadecimal digits")


def _answering(asked: Asked, known: Known) -> str:
    if not asked.values["free"]:
        return tr(
            "合同 R5.1：维修、更换、安装、调试不另收费；请厂家改答复",
            "contract R5.1: it is free of charge; ask the maker for another answer",
        )
    assert asked.sheet is not None
    if asked.values.get("version") == asked.sheet.values["from_version"]:
        return tr("改后的版本与现在相同", "the version after it is the present one")
    return _digest(asked.values)


def _testing(asked: Asked, known: Known) -> str:
    """A verdict belongs to one change: its file was written after that was registered and answered, and is attached once."""
    assert asked.sheet is not None
    known_us = asked.sheet.when_us(ANSWERED) or asked.sheet.opened_us
    used = {each["sha256"]: sheet.number for sheet in known.sheets for each in verdicts_of(sheet)}
    if not asked.values["verdicts"]:
        return tr("没有附孪生判定", "no verdict is attached")
    for each in asked.values["verdicts"]:
        if each["sha256"] in used:
            number = used[each["sha256"]]
            return tr(f"{each['scenario']} 的判定已附在 {number}", f"the verdict on {each['scenario']} is attached to {number} already")
        if each["made_us"] < known_us:
            return tr(
                f"{each['scenario']} 的判定早于 {asked.sheet.number} 的登记或厂家答复，请重新运行",
                f"the verdict on {each['scenario']} is older than {asked.sheet.number} or the maker's answer: run it again",
            )
        used[each["sha256"]] = asked.sheet.number
    return ""


def _approving(asked: Asked, known: Known) -> str:
    assert asked.sheet is not None
    sheet = asked.sheet
    software = sheet.values["software"]
    if not sheet.values.get("version"):
        return tr("还没有改后的版本；先记厂家答复", "the version after it is not known: note the maker's answer first")
    missing = lacking(known.versions.spec(software).kind, verdicts_of(sheet))
    if missing:
        return missing
    if asked.by in testers_of(sheet):
        return tr("验证的人不能自己批准", "who tested it does not approve it")
    return known.freeze.objection(sheet.number, software)


def _installing(asked: Asked, known: Known) -> str:
    assert asked.sheet is not None
    software = asked.values["software"]
    spec, said = known.versions.spec(software), asked.sheet.values["from_version"]
    for place in asked.values["where"]:
        if place not in (*known.places, spec.host, EVERYWHERE):
            return tr(f"现场没有 {place}", f"the site has no {place}") + nearest(place, known.places)
    if asked.values["before"] != said:
        now = asked.values["before"]
        return tr(
            f"登记和验证的是从 {said} 升级，现在却是 {now}：请重新登记",
            f"it was tested on top of {said}, but {now} is there: register it anew",
        )
    return known.freeze.objection(asked.sheet.number, software)


def _rolling_back(asked: Asked, known: Known) -> str:
    assert asked.sheet is not None
    installed_us = asked.sheet.when_us(INSTALLED)
    begun_us = asked.values["begun_us"]
    if installed_us is None or not installed_us <= begun_us <= asked.at_us:
        return tr("回退要在安装之后、现在之前开始", "a rollback begins after the installation and before now")
    return ""


OBJECTIONS: Mapping[str, Callable[[Asked, Known], str]] = {
    OPENED: _opening,
    ANSWERED: _answering,
    TESTED: _testing,
    APPROVED: _approving,
    INSTALLED: _installing,
    ROLLED_BACK: _rolling_back,
}
