"""The command `caixue agent` (contract C2.1, G4, R5.3): the long-running process of a site, one round of it, its supervisor, what it says of itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import JsonOption, LedgerOption, emit, ledger_place, show, site_source
from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.agent.status import Folder
    from caixue.site import Site

NOT_WELL = 99
SiteArgument = Annotated[
    str | None,
    typer.Argument(metavar="SITE", envvar="CAIXUE_SITE", show_envvar=False, help=tr("现场文件，默认 ./site.toml", "A site file; ./site.toml by default")),
]


def register(app: typer.Typer) -> None:
    """Add this command to the program."""
    about = tr("驻场代理：持续监控设备、记账本、开故障单", "The resident agent: watches the devices, keeps the ledger, opens incidents")
    app.command("agent", help=about)(agent)


def agent(
    site: SiteArgument = None,
    ledger: LedgerOption = None,
    interval: Annotated[str, typer.Option(metavar='"5 s"', help=tr("每条线路多久问一轮", "How often each line is asked"))] = "5 s",
    journal: Annotated[
        list[Path] | None,
        typer.Option(metavar=tr("文件", "FILE"), help=tr("窗口程序的日志，可多次：贴管、标本的读数", "A window program's JSONL journal; may be repeated")),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help=tr("只问一轮（测试、cron）", "One round alone (tests, cron)"))] = False,
    supervised: Annotated[
        bool, typer.Option("--supervised", help=tr("由父进程看护：崩溃或卡死后重新启动", "Under a parent that starts it again after a crash or a stall"))
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help=tr("只看状态：心跳、故障单、报警、八窗", "Only say how it is: heartbeat, incidents, alarms, windows"))
    ] = False,
    as_json: JsonOption = False,
) -> int:
    from caixue.agent.opening import Asked, folder_of, run
    from caixue.clock import US_PER_S
    from caixue.site import load_site
    from caixue.units import duration_us

    source = site_source(site)
    loaded = load_site(source)
    place = ledger_place(ledger, source, loaded.name)
    folder = folder_of(place, loaded.name)
    if status:
        return _status(loaded, place, folder, as_json=as_json)
    interval_s = duration_us(interval) / US_PER_S
    if not 0.05 <= interval_s <= 600:
        raise UsageError(tr(f"--interval 在 0.05 s 与 10 min 之间，不是 {interval}", f"--interval lies between 0.05 s and 10 min, not {interval}"))
    if supervised:
        return _supervise(source, place, interval, journal or [])
    return run(loaded, Asked(place, folder, interval_s, journals=tuple(journal or ())), os.environ, _tell, once=once)


def _supervise(source: str, place: str, interval: str, journals: list[Path]) -> int:
    from caixue.agent.supervising import Supervisor
    from caixue.clock import SystemClock

    command = [sys.executable, "-m", "caixue.cli", "agent", source, "--ledger", place, "--interval", interval]
    command += [word for path in journals for word in ("--journal", str(path))]
    return Supervisor(command, SystemClock(), _tell).run()


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# --status


def _status(site: Site, place: str, folder: Folder, *, as_json: bool) -> int:
    """0 while an agent runs and is well, 99 otherwise."""
    from caixue.agent.status import ALIVE_S, age_s
    from caixue.clock import SystemClock

    known, runs = folder.read(), folder.running()
    age, spool = age_s(known, SystemClock().now()), known.get("spool", {})
    well = runs and age is not None and age <= ALIVE_S and not known.get("stalled") and not spool.get("waiting") and not spool.get("refused")
    windows, why = _windows(site, place)
    data = {**known, "running": runs, "heartbeat_age_s": age, "well": well, "below_eight": windows, "below_eight_unknown": why}
    data["due"] = _due(site, place)
    if as_json:
        emit(data)
    else:
        _say(data)
    return 0 if well else NOT_WELL


def _windows(site: Site, place: str) -> tuple[list[dict[str, Any]], str]:
    """The days of the ledger with their minutes below eight windows, and why they are not known."""
    from caixue.availability import of_ledger
    from caixue.errors import CaixueError

    try:
        return [day.data() for day in of_ledger(place, site)], ""
    except CaixueError as error:
        return [], str(error)


def _due(site: Site, place: str) -> list[dict[str, Any]]:
    """What the engineer has to do now, over all duties; nothing where the ledger cannot be read, which the windows say."""
    from caixue.errors import CaixueError
    from caixue.months.agenda import of_ledger

    try:
        return [entry.data() for entry in of_ledger(place, site)]
    except CaixueError:
        return []


def _say(data: dict[str, Any]) -> None:
    age = data["heartbeat_age_s"]
    runs = tr("在运行", "runs") if data["running"] else tr("没有运行", "does not run")
    beat = tr("没有心跳", "no heartbeat") if age is None else tr(f"心跳 {age:.0f} 秒前", f"heartbeat {age:.0f} s ago")
    print(tr(f"代理{runs}，{beat}", f"the agent {runs}, {beat}"))
    spool = data.get("spool", {})
    if spool.get("waiting"):
        print(tr(f"账本不可用，{spool['waiting']} 条在等：{spool['why']}", f"no ledger, {spool['waiting']} records wait: {spool['why']}"))
    if spool.get("refused"):
        zh = f"账本不收 {spool['refused']} 条记录，在 {spool['refused_file']}；处理后移走这个文件"
        print(tr(zh, f"the ledger refused {spool['refused']} records, in {spool['refused_file']}; see to them, then move that file away"))
    if due := data.get("due"):
        late = sum(row["overdue"] for row in due)
        print(tr(f"该做的 {len(due)} 项，逾期 {late} 项：caixue month due", f"{len(due)} things to do, {late} overdue: caixue month due"))
    for row in data.get("uncounted", []):
        print(tr(f"{row['day']} 没有计数：{row['why']}", f"{row['day']} is not counted: {row['why']}"))
    for row in data.get("stalled", []):
        print(tr(f"{row['thread']} 不动了 {row['for_s']:.0f} 秒", f"{row['thread']} has not moved for {row['for_s']:.0f} s"))
    _tables(data)


def _tables(data: dict[str, Any]) -> None:
    incidents = [(row["number"], row["device"], row["symptom"], row["class"], row["state"], row["deadline"]) for row in data.get("incidents", [])]
    names = (tr("故障单", "incident"), tr("设备", "device"), tr("症状", "symptom"), tr("等级", "class"), tr("状态", "state"), tr("时限", "deadline"))
    show(tr("未关闭的故障单", "Open incidents"), names, incidents, empty=tr("没有未关闭的故障单", "no open incidents"))
    alarms = [(row["device"], row["alarm"]) for row in data.get("alarms", [])]
    alarms += [(row["name"], tr("无应答", "no answer")) for row in data.get("devices", []) if row["state"] == "silent"]
    show(tr("未解除的报警", "Standing alarms"), (tr("设备", "device"), tr("报警", "alarm")), alarms, empty=tr("没有报警", "no alarms"))
    worn = [(row["subject"], row["reading"], row["since"]) for row in data.get("out_of_limit", [])]
    if worn:
        show(tr("越限的读数（C2.1）", "Readings out of limit (C2.1)"), (tr("对象", "of"), tr("读数", "reading"), tr("自", "since")), worn)
    days = [(row["day"], f"{row['below_min']:g}", f"{row['open_min']:g}", row["fewest"]) for row in data["below_eight"]]
    heads = (tr("日期", "day"), tr("不足八窗的分钟", "minutes below eight"), tr("开放分钟", "minutes open"), tr("最少可用", "fewest usable"))
    show(tr("八窗（R5.3）", "Eight windows (R5.3)"), heads, days, empty=data["below_eight_unknown"] or tr("账本里还没有日子", "no days in the ledger yet"))
