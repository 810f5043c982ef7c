"""The commands `caixue software list` and `caixue software usage` (contract C2.2.1, R5.5): which version is where, and how it is used."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, Desk, JsonOption, LedgerOption, OpOption, SiteOption, emit, open_desk, show, site_source
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.usage import Look
    from caixue.probes.processes import Login

CRITICAL = 99
Here = Annotated[
    str,
    typer.Option(
        "--here",
        envvar="CAIXUE_HERE",
        show_envvar=False,
        metavar=tr("主机", "HOST"),
        help=tr("这台机器是现场文件里的哪台（主机或窗口）", "Which host or window of the site this machine is"),
    ),
]
Note = Annotated[bool, typer.Option("--note", help=tr("记入账本，下次与它比", "Note it; the next look is compared with it"))]


def register(mine: App) -> None:
    """Add these commands to the group."""
    mine.command("list", help=tr("哪里装着哪个版本", "Which version is where"))(list_)
    mine.command(
        "usage",
        help=tr(
            "进程、内存、重启、日志错误；退出码 99：有的没在运行", "Processes, memory, restarts, errors; exit code 99: one does not run"
        ),
    )(usage)


def list_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.ops.patch_rules import OVER
    from caixue.ops.patching import Patching

    with open_desk(site, ledger) as desk:
        book = Patching(desk.site, desk.recorder, desk.ledger)
        rows = [_row(one, book, desk) for one in book.versions.rows()]
        waiting = [(sheet.number, sheet.values["software"]) for sheet in book.sheets() if sheet.state not in (*OVER, "installed")]
    for row in rows:
        row["waiting"] = [number for number, software in waiting if software == row["software"]]
    if as_json:
        emit({"schema": 1, "software": rows})
        return
    heads = (tr("软件", "software"), tr("哪里", "where"), tr("版本", "version"), tr("自", "since"), tr("依据", "by"), tr("待办", "waiting"))
    show(
        "", heads, [(*(row[key] for key in ("software", "place", "version", "since", "number")), ", ".join(row["waiting"])) for row in rows]
    )


def _row(one: Any, book: Any, desk: Desk) -> dict[str, Any]:
    spec = book.versions.spec(one.software)
    since = None if one.since_us is None else f"{desk.ledger.start + timedelta(microseconds=one.since_us):%Y-%m-%d %H:%M}"
    return {"software": one.software, "kind": spec.kind, "place": one.place, "version": one.version, "since": since, "number": one.number}


def usage(
    here: Here = "",
    note: Note = False,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> int:
    from pathlib import Path

    from caixue.ops.usage_book import UsageBook
    from caixue.probes.processes import ThisMachine
    from caixue.probes.reading import State

    source, programs = site_source(site), ThisMachine()
    with open_desk(site, ledger, by, acts=note) as desk:
        base = Path(source).parent if source.endswith(".toml") else Path()
        book = UsageBook(desk.site, desk.recorder, desk.ledger, base=base)
        _check_here(here, desk)
        looks, logins = book.looks(programs, here=here), programs.logins()
        if note:
            book.note(looks, by=desk.person, op=op)
    _tell(looks, logins, as_json=as_json)
    return CRITICAL if any(one.state is State.CRIT for one in looks) else 0


def _check_here(here: str, desk: Desk) -> None:
    from caixue.errors import UsageError
    from caixue.units import nearest

    known = (*(host.name for host in desk.site.hosts), *(window.name for window in desk.site.windows))
    if here and here not in known:
        raise UsageError(tr(f"--here：现场没有 {here}", f"--here: the site has no {here}") + nearest(here, known))


def _tell(looks: list[Look], logins: list[Login] | None, *, as_json: bool) -> None:
    if as_json:
        rows = [{"software": one.software, **one.to_data(), **({"unknown": one.unknown} if one.unknown else {})} for one in looks]
        accounts = None if logins is None else [{"account": one.account, "terminal": one.terminal} for one in logins]
        emit({"schema": 1, "software": rows, "logins": accounts})
        return
    heads = (tr("软件", "software"), tr("状态", "state"), tr("进程", "processes"), tr("用量", "use"), tr("说明", "detail"))
    show("", heads, [_shown(one) for one in looks], empty=tr("现场文件里没有软件", "the site file names no software"))
    who = tr("读不出", "not told") if logins is None else ", ".join(dict.fromkeys(one.account for one in logins)) or tr("无人", "nobody")
    print(tr(f"登录：{who}", f"logged in: {who}"))


def _shown(one: Look) -> tuple[Any, ...]:
    cpu = [each.cpu for each in one.processes if each.cpu is not None]
    told = [
        one.unknown,
        tr(f"没在运行：{', '.join(one.missing)}", f"not running: {', '.join(one.missing)}") if one.missing else "",
        tr(f"重启 {one.restarts} 次", f"{one.restarts} restarts") if one.restarts else "",
        tr(f"日志 {one.errors} 行错误", f"{one.errors} errors in its log") if one.errors else "",
    ]
    used = (
        f"{one.memory_bytes // 1024**2} MB" if one.processes else "",
        f"CPU {sum(cpu) * 100:.0f} %" if cpu else "",
        tr(f"句柄 {one.handles}", f"{one.handles} handles") if one.handles else "",
    )
    return one.software, one.state.value, len(one.processes) or "", "，".join(filter(None, used)), "；".join(filter(None, told))
