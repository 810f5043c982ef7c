"""Checks of one site (contract G4, S1): its file, its ledger and the backups of it, its agent, and its devices. Nothing is moved and nothing is noted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

from caixue.agent.opening import IN_THE_TWIN, folder_of
from caixue.agent.status import ALIVE_S, age_s
from caixue.clock import US_PER_S, Clock
from caixue.doctor.findings import Finding, Findings, State
from caixue.errors import CaixueError, DeviceError, LinkError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.lang import tr
from caixue.ledger import Ledger, open_ledger
from caixue.ledger.backup import last_backup
from caixue.ledger.engine import file_of, url_of
from caixue.ledger.verifying import verify
from caixue.opening import make_drivers
from caixue.site import Site

LOW_BYTES, LEAST_BYTES = 2_000_000_000, 200_000_000  # free space of the ledger's disk: docs/assumptions.md A-119
OLD, TOO_OLD = timedelta(days=1, hours=12), timedelta(days=7)  # age of the last backup; clause C2.3.2; A-119
BEHIND_S = 60.0


@dataclass(frozen=True, slots=True)
class Room:
    """The site that is examined, and where its ledger is."""

    site: Site
    ledger: str
    clock: Clock

    def site_file(self) -> Findings:
        """The file has been read already; what can be said of it."""
        site = self.site
        windows, devices = len(site.windows), len(site.devices)
        text = tr(f"{site.name}：{windows} 个窗口，{devices} 台设备", f"{site.name}: {windows} windows, {devices} devices")
        unreal = sum(spec.url.startswith(IN_THE_TWIN) for spec in site.devices.values())
        if unreal:
            told = text + tr(f"，{unreal} 台只在孪生里", f", {unreal} in the twin alone")
            yield Finding("site", State.WARN, told, tr("写上真实的 url", "give their real url"))
        else:
            yield Finding("site", State.OK, text)
        if not any(person.role == "engineer" for person in site.people):
            text = tr("没有驻场工程师（R1）", "no resident engineer (R1)")
            yield Finding("site", State.CRIT, text, tr("在 [[person]] 里写上", "add one under [[person]]"))

    def books(self) -> Findings:
        """The ledger: that it opens, that it is whole, that the clock is not behind it, that it is backed up."""
        file = file_of(url_of(self.ledger))
        if file is not None and not file.exists():
            hint = tr("第一次记账或 caixue agent 会建立", "the first record or caixue agent makes it")
            yield Finding("ledger", State.UNKNOWN, tr(f"还没有账本 {file}", f"no ledger yet: {file}"), hint)
            return
        with self._open() as ledger:
            wrong = verify(ledger)
            for finding in wrong[:5]:
                yield Finding("ledger", State.CRIT, str(finding), "caixue ledger verify")
            if not wrong:
                entries = ledger.head()[0] + 1
                yield Finding("ledger", State.OK, tr(f"{entries} 条，完整", f"{entries} entries, whole"))
            behind_s = ledger.clock.behind_us / US_PER_S
            if behind_s > BEHIND_S:
                text = tr(f"时钟比账本最后一条慢 {behind_s:.0f} 秒", f"the clock is {behind_s:.0f} s behind the last entry")
                yield Finding("clock", State.CRIT, text, tr("校准系统时间", "set the system's time"))
            yield from self._backup(ledger)

    def disk(self) -> Findings:
        """Room on the ledger's disk, and whether it may be written."""
        file = file_of(url_of(self.ledger))
        if file is None:
            yield Finding("disk", State.UNKNOWN, tr("账本在数据库服务器上，那里的空间没有查", "the ledger is on a server, whose space is not looked at"))
            return
        folder = file.resolve().parent
        free = shutil.disk_usage(folder).free
        state = State.CRIT if free < LEAST_BYTES else State.WARN if free < LOW_BYTES else State.OK
        yield Finding("disk", state, tr(f"{folder} 剩 {free / 1e9:.1f} GB", f"{free / 1e9:.1f} GB free at {folder}"))
        if not os.access(folder, os.W_OK) or (file.exists() and not os.access(file, os.W_OK)):
            yield Finding("disk", State.CRIT, tr(f"写不了 {file}", f"{file} cannot be written"), tr("检查权限", "look at its permissions"))

    def agent(self) -> Findings:
        """Whether an agent watches this site."""
        folder = folder_of(self.ledger, self.site.name)
        known = folder.read()
        age = age_s(known, self.clock.now())
        if not folder.running():
            yield Finding("agent", State.WARN, tr("代理没有运行", "no agent runs"), f"caixue agent {self.site.name}")
        elif age is None or age > ALIVE_S:
            beat = "?" if age is None else f"{age:.0f}"
            text = tr(f"代理的心跳停在 {beat} 秒前", f"the agent's last heartbeat is {beat} s old")
            yield Finding("agent", State.CRIT, text, tr("重新启动它", "start it again"))
        elif known.get("stalled") or known.get("spool", {}).get("waiting"):
            waiting = known.get("spool", {}).get("waiting", 0)
            stalled = ", ".join(row["thread"] for row in known.get("stalled", []))
            text = tr(f"等账本 {waiting} 条；不动的线程：{stalled or '无'}", f"{waiting} records wait; stalled: {stalled or 'none'}")
            yield Finding("agent", State.CRIT, text)
        else:
            yield Finding("agent", State.OK, tr(f"进程 {known['pid']}，心跳 {age:.0f} 秒前", f"process {known['pid']}, heartbeat {age:.0f} s ago"))

    def devices(self) -> Findings:
        """Ask every device how it is; a question moves nothing."""
        specs = [spec for spec in self.site.devices.values() if not spec.url.startswith(IN_THE_TWIN)]
        drivers = make_drivers(specs, self.clock, Recorder(MemoryJournal(), self.clock))
        for driver in drivers.values():
            with closing(driver.port):
                yield _asked(driver.name, lambda driver=driver: driver.status().alarms)  # type: ignore[misc]

    def _open(self) -> Ledger:
        people = {person.name: person.role for person in self.site.people}
        return open_ledger(self.ledger, site=self.site.name, people=people, clock=self.clock, create=False)

    def _backup(self, ledger: Ledger) -> Iterator[Finding]:
        last = last_backup(ledger)
        if last is None:
            yield Finding("backup", State.CRIT, tr("账本还没有备份（C2.3.2）", "the ledger has no backup (C2.3.2)"), "caixue ledger backup")
            return
        age = self.clock.now() - ledger.instant(last)
        state = State.CRIT if age > TOO_OLD else State.WARN if age > OLD else State.OK
        hours = age / timedelta(hours=1)
        text = tr(f"最近一次 {hours:.0f} 小时前：{last.subject}", f"the last one {hours:.0f} h ago: {last.subject}")
        yield Finding("backup", state, text, "caixue ledger backup")


def _asked(device: str, ask: Callable[[], tuple[str, ...]]) -> Finding:
    try:
        alarms = ask()
    except (LinkError, DeviceError) as error:
        return Finding(device, State.CRIT, str(error), tr("查电源、线缆、地址", "look at power, cable, address"))
    except CaixueError as error:
        return Finding(device, State.CRIT, str(error))
    return Finding(device, State.WARN if alarms else State.OK, ", ".join(alarms) or tr("应答正常", "answers"))

