"""What people must be trained in (contract C3): topics, for which posts, how long a pass is valid, and who may judge it.

The rows are the project's own, docs/assumptions.md A-210; the contract says only: until competent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caixue.lang import tr
from caixue.roles import ENGINEER, HEAD, MAKER, NURSE


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; `roles` need it, `assessors` are the roles that may judge it, a pass is valid for `months`."""

    name: str
    zh: str
    en: str
    roles: tuple[str, ...]
    assessors: tuple[str, ...]
    months: int = 12  # docs/assumptions.md A-210

    @property
    def text(self) -> str:
        """The topic in the user's language."""
        return tr(self.zh, self.en)


_ROOM = (ENGINEER, HEAD)  # who judges nurses
_SYSTEM = (MAKER, HEAD)  # who judges the engineer
_ALL = (ENGINEER, HEAD, MAKER)

_ROWS = (
    Topic("window-operation", "窗口操作：叫号、核对、取盘", "working at a window: call, check, tray", (NURSE,), _ROOM),
    Topic("label-check", "身份核对与条码贴管规范", "identity check and the rules of label placement", (NURSE, ENGINEER), _ALL),
    Topic("jams-and-refills", "清卡管、换标签纸、补试管", "clearing jams, changing paper, loading tubes", (NURSE, ENGINEER), _ALL),
    Topic("fault-report", "报修与配合工程师", "reporting faults, and helping the engineer", (NURSE,), _ROOM, 24),
    Topic("working-by-hand", "停电、断网时的人工贴管", "labels by hand when power or network is out", (NURSE, ENGINEER), _ALL),
    Topic("confidentiality", "保密：资料不复制、不外传", "confidentiality: no data is copied or handed on", (NURSE, ENGINEER), _ALL),
    Topic("start-and-stop", "开机与有序关机", "start-up and ordered shut-down", (ENGINEER,), _SYSTEM),
    Topic("upkeep", "保养、校准、更换易损件", "maintenance, calibration, wearing parts", (ENGINEER,), _SYSTEM),
    Topic("backup-and-restore", "备份、核对、恢复", "backup, verifying, restoring", (ENGINEER,), _SYSTEM),
    Topic("emergencies", "停电、断网的应急处置", "what to do in a power cut or a network incident", (ENGINEER,), _SYSTEM),
)
TOPICS: Mapping[str, Topic] = {topic.name: topic for topic in _ROWS}
