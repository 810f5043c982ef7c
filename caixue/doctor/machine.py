"""Checks of the machine and the installation (contract S6): versions, SQLite, time, console, fonts, calendar, serial ports, leases."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path
from zoneinfo import ZoneInfo

from caixue.clock import SHANGHAI, Clock
from caixue.doctor.findings import Finding, Findings, State
from caixue.lang import tr
from caixue.lease import Leases
from caixue.workdays import Calendar, china

FIXED_IN = (3, 51, 3)  # https://sqlite.org/wal.html#walresetbug
FIRST_WAL = (3, 7, 0)
_BOUND = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?\s*([^;]*)(?:;(.*))?$")
_CONSOLE = "采血 √ × → ≤ ≥"


def python() -> Findings:
    """The interpreter, by the bounds of the package."""
    version = sys.version.split()[0]
    wanted = metadata.metadata("caixue")["Requires-Python"]
    fits = _fits(version, wanted)
    yield Finding("python", State.OK if fits else State.CRIT, f"Python {version} ({wanted})", "" if fits else tr("换一个 Python", "use another Python"))


def packages() -> Findings:
    """Every package that caixue needs, by its bounds."""
    wrong = 0
    for name, bounds in requirements():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong += 1
            yield Finding("packages", State.CRIT, tr(f"缺少 {name}（{bounds}）", f"{name} is missing ({bounds})"), f'pip install "{name}{bounds}"')
            continue
        if not _fits(version, bounds):
            wrong += 1
            text = tr(f"{name} {version} 不在 {bounds} 之内", f"{name} {version} is not within {bounds}")
            yield Finding("packages", State.WARN, text, f'pip install "{name}{bounds}"')
    if not wrong:
        yield Finding("packages", State.OK, tr(f"{len(list(requirements()))} 个包都在范围内", f"{len(list(requirements()))} packages are within bounds"))


def requirements() -> Sequence[tuple[str, str]]:
    """Name and bounds of every package that is always needed on this system."""
    rows = []
    for line in metadata.requires("caixue") or ():
        match = _BOUND.match(line)
        if match is None:
            continue
        name, bounds, condition = match[1], match[2].strip(), match[3] or ""
        if "extra" in condition or ("win32" in condition and sys.platform != "win32"):
            continue
        rows.append((name, bounds))
    return rows


def _fits(version: str, bounds: str) -> bool:
    """Whether a version lies within bounds like ">=2.0,<3"; enough for the ones that we write ourselves."""
    own = _numbers(version)
    for bound in filter(None, (part.strip() for part in bounds.split(","))):
        sign, number = re.match(r"([<>=!~]+)\s*(.*)", bound).groups()  # type: ignore[union-attr]  # our own bounds
        wanted = _numbers(number)
        width = max(len(own), len(wanted))
        ours, theirs = own + (0,) * (width - len(own)), wanted + (0,) * (width - len(wanted))
        if not {">=": ours >= theirs, "<=": ours <= theirs, "<": ours < theirs, ">": ours > theirs, "==": ours == theirs, "!=": ours != theirs}[sign]:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0])[:4])


def sqlite(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Findings:
    """The WAL-reset defect: two connections that write and checkpoint one file at once can corrupt it. The ledger has one writer at a time."""
    text = f"SQLite {'.'.join(map(str, version))}"
    if FIRST_WAL <= version < FIXED_IN:
        why = tr("有 WAL 重置缺陷；账本一次只有一个写者，碰不到", "has the WAL-reset defect; the ledger has one writer at a time and does not meet it")
        hint = tr("不要用别的程序写账本文件；升级到 3.51.3 以上更好", "let no other program write the ledger's file; 3.51.3 or later is better")
        yield Finding("sqlite", State.WARN, f"{text}：{why}", hint)
    else:
        yield Finding("sqlite", State.OK, text)


def time_zone(clock: Clock) -> Findings:
    """That the zone's data are there, and which zone the machine is in; times are shown in Shanghai's whatever it is."""
    now = clock.now()
    if now.astimezone(ZoneInfo("Asia/Shanghai")).utcoffset() != timedelta(hours=8):
        yield Finding("time-zone", State.CRIT, tr("Asia/Shanghai 的数据不对", "the data of Asia/Shanghai are wrong"), "pip install tzdata")
        return
    local = now.astimezone().utcoffset()
    if local == timedelta(hours=8):
        yield Finding("time-zone", State.OK, "UTC+8")
    else:
        text = tr(f"本机不在东八区（{local}）；显示仍用北京时间", f"this machine is not in UTC+8 ({local}); times are shown in Shanghai's")
        yield Finding("time-zone", State.WARN, text, tr("核对系统时区", "check the system's time zone"))


def clock_sane(clock: Clock, installed_us: float | None = None) -> Findings:
    """A clock before our own files were written is wrong; how far it is off a time server is another check's affair."""
    newest = max((path.stat().st_mtime for path in Path(__file__).parent.glob("*.py")), default=0.0) if installed_us is None else installed_us
    now = clock.now()
    if now.timestamp() < newest - 86_400:
        text = tr(f"时钟 {now:%Y-%m-%d %H:%M} 早于程序安装的时间", f"the clock says {now:%Y-%m-%d %H:%M}, before the program was installed")
        yield Finding("clock", State.CRIT, text, tr("校准系统时间", "set the system's time"))
    else:
        text = tr(f"{now:%Y-%m-%d %H:%M:%S}；与时间服务器的差没有量", f"{now:%Y-%m-%d %H:%M:%S}; the offset to a time server is not measured")
        yield Finding("clock", State.OK, text)


def console() -> Findings:
    """Whether what we print can be shown."""
    encoding = getattr(sys.stdout, "encoding", None) or ""
    try:
        _CONSOLE.encode(encoding)
    except LookupError:
        yield Finding("console", State.UNKNOWN, tr(f"控制台编码 {encoding!r} 不认识", f"the console's encoding {encoding!r} is not known"))
    except UnicodeEncodeError:
        text = tr(f"控制台编码 {encoding} 显示不了中文，会用转义代替", f"the console's encoding {encoding} has no Chinese; escapes are shown")
        yield Finding("console", State.WARN, text, "Windows: chcp 936, chcp 65001; Linux: LANG=zh_CN.UTF-8")
    else:
        yield Finding("console", State.OK, encoding)


def fonts() -> Findings:
    """The font that ships, with the words that every page has."""
    from caixue.fonts import coverage, sans_path

    if not sans_path().is_file():
        yield Finding("fonts", State.CRIT, tr("随附字体不见了", "the font that ships is missing"), "pip install --force-reinstall caixue")
        return
    lacking = "".join(sorted(set("采血管标签故障维修报告医院护士工程师驻场窗口") - coverage()))
    state = State.CRIT if lacking else State.OK
    yield Finding("fonts", state, tr(f"缺字：{lacking}", f"characters missing: {lacking}") if lacking else sans_path().name)


def calendar(clock: Clock, known: Calendar | None = None) -> Findings:
    """Whether the workdays of this year and of the next are published; deadlines that cross others are provisional."""
    days = known or china()
    for year, state in ((clock.now().astimezone(SHANGHAI).year, State.CRIT), (clock.now().astimezone(SHANGHAI).year + 1, State.WARN)):
        day = datetime(year, 7, 1, 12, tzinfo=SHANGHAI)
        if days.day_kind(day).provisional:
            text = tr(f"{year} 年的工作日暂定，跨到那里的时限也是暂定", f"the workdays of {year} are provisional, and so are deadlines that reach them")
            hint = tr("国务院通知发布后升级 chinesecalendar，或写日历文件", "upgrade chinesecalendar once the notice is out, or write a calendar file")
            yield Finding("calendar", state, text, hint)
        else:
            yield Finding("calendar", State.OK, tr(f"{year} 年已公布", f"{year} is published"))


def serial_ports() -> Findings:
    """That every serial port of this machine may be opened by this user; none is opened."""
    from serial.tools import list_ports

    ports = list(list_ports.comports())
    for port in ports:
        usable = os.name == "nt" or os.access(port.device, os.R_OK | os.W_OK)
        hint = "" if usable else tr("把用户加入 dialout 组后重新登录", "add the user to the group dialout and log in again")
        yield Finding("serial", State.OK if usable else State.CRIT, f"{port.device} {port.description}", hint)
    if not ports:
        yield Finding("serial", State.OK, tr("本机没有串口", "this machine has no serial port"))


def leases(clock: Clock) -> Findings:
    """Who has armed what on this machine now."""
    standing = Leases(clock).standing()
    for lease in standing:
        until = f"{lease.grant.until:%Y-%m-%d %H:%M}"
        devices = ", ".join(lease.grant.devices)
        text = tr(f"{lease.grant.person} 授权 {devices} 动作，到 {until}", f"{lease.grant.person} has armed {devices} until {until}")
        yield Finding("armed", State.WARN, text, "caixue disarm")
    if not standing:
        yield Finding("armed", State.OK, tr("没有设备被授权动作", "no device is armed"))
