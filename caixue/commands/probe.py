"""The commands `caixue probe …` (contract C2.3.1, C2.4, S6, S7): ask servers, interfaces and the network how they are, and look at what was noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, emit, group, open_desk, show, site_source
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from caixue.probes.reading import Reading
    from caixue.site import ProbeSpec, Site

CRITICAL = 99
Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=tr("哪些探测，默认全部", "Which probes; all by default"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    from caixue.commands import probe_circuit, probe_instruction

    mine = group(
        app, "probe", "探测：服务器、接口、网络、线路、院方指示", "Servers, interfaces, network, circuits, the hospital's instructions"
    )
    mine.command("run", help=tr("现在问一遍；有严重的退出码 99", "Ask now; exit code 99 where something is critical"))(run)
    mine.command("list", help=tr("现场文件里的探测和最近状态", "The probes of the site file and their last states"))(list_)
    mine.command("history", help=tr("记过的状态变化和读数", "Changes and readings that were noted"))(history)
    mine.command("machine", help=tr("本机：磁盘、内存、CPU、开机时间、服务", "This machine: disks, memory, CPU, uptime, services"))(machine)
    probe_circuit.register(mine)
    probe_instruction.register(mine)


def run(
    names: Names = None,
    note: Annotated[
        bool, typer.Option("--note", help=tr("把读数记进账本（要 --by）", "Note the readings in the ledger (needs --by)"))
    ] = False,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> int:
    from caixue.clock import SystemClock
    from caixue.ops.probing import Probing
    from caixue.probes.asking import probe
    from caixue.site import load_site

    loaded = load_site(site_source(site))
    specs, clock = _specs(loaded, names), SystemClock()
    if not note:
        return _told([probe(spec, clock) for spec in specs], as_json=as_json)
    with open_desk(site, ledger, by, acts=True) as desk:
        readings = [probe(spec, clock) for spec in specs]  # before the turn: nobody waits for a silent peer
        with desk.ledger.turn():
            Probing(desk.recorder, loaded.hosts, followed=desk.ledger).note(readings, by=desk.person, op=op)
    return _told(readings, as_json=as_json)


def list_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from datetime import timedelta

    from caixue.ops.probing import Probing

    with open_desk(site, ledger) as desk:
        known, start = Probing(desk.recorder, desk.site.hosts, followed=desk.ledger).known, desk.ledger.start
        specs = desk.site.probes
    rows: list[dict[str, Any]] = []
    for spec in specs:
        last = known.get(spec.name)
        told = {"state": last.state.value, "since": start + timedelta(microseconds=last.since_us), "detail": last.detail} if last else {}
        rows.append({"name": spec.name, "kind": spec.kind, "about": spec.about, "every_s": spec.every_us / 1e6, **told})
    if as_json:
        emit({"schema": 1, "probes": rows})
        return
    heads = (tr("探测", "probe"), tr("种类", "kind"), tr("对象", "about"), tr("状态", "state"), tr("自", "since"), tr("说明", "what"))
    cells = [
        (each["name"], each["kind"], each["about"], each.get("state", "–"), _when(each.get("since")), each.get("detail", ""))
        for each in rows
    ]
    show("", heads, cells, empty=tr("现场文件里没有 [[probe]]", "the site file has no [[probe]]"))


def history(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help=tr("哪个探测", "Which probe"))] = None,
    last: Annotated[int, typer.Option("--last", min=1, help=tr("最近几条", "How many of the latest"))] = 50,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
) -> None:
    from caixue.ops.probing import KINDS

    with open_desk(site, ledger) as desk:
        found = [(desk.ledger.instant(event), event) for event in desk.ledger.events(KINDS) if name in (None, event.subject)][-last:]
    if as_json:
        emit({"schema": 1, "history": [{"at": at, "probe": event.subject, "by": event.actor, **event.data} for at, event in found]})
        return
    heads = (tr("时间", "at"), tr("探测", "probe"), tr("状态", "state"), tr("延迟 ms", "ms"), tr("丢失", "lost"), tr("说明", "what"))
    rows = []
    for at, event in found:
        data = event.data
        rows.append((_when(at), event.subject, data["state"], _ms(data["latency_us"]), f"{data['lost']}/{data['tried']}", data["detail"]))
    show("", heads, rows, empty=tr("还没有记过", "nothing was noted yet"))


def machine(
    service: Annotated[
        list[str] | None,
        typer.Option(
            "--service", metavar="NAME", help=tr("必须运行的 Windows 服务，可多次", "A Windows service that must run; may be repeated")
        ),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    from caixue.clock import SystemClock
    from caixue.probes.machine import machine as read

    return _told(read(SystemClock(), services=service or ()), as_json=as_json)


def _specs(site: Site, names: Sequence[str] | None) -> list[ProbeSpec]:
    """The probes of these names. Raises UsageError for an unknown one, and for a site without any."""
    known = {spec.name: spec for spec in site.probes}
    if not known:
        raise UsageError(tr(f"{site.name} 的现场文件里没有 [[probe]]", f"the site file of {site.name} has no [[probe]]"))
    for name in names or ():
        if name not in known:
            raise UsageError(tr(f"没有探测 {name}", f"no probe {name}") + nearest(name, known))
    return [known[name] for name in dict.fromkeys(names or known)]


def _told(readings: Iterable[Reading], *, as_json: bool) -> int:
    """Show the readings; 99 where one is critical: a peer that is down is a finding, not an error of the program's."""
    from caixue.probes.reading import State, gravest

    readings = list(readings)
    state = gravest(reading.state for reading in readings)
    if as_json:
        emit({"schema": 1, "state": state.value, "readings": [reading.data() for reading in readings]})
    else:
        heads = (
            tr("探测", "probe"),
            tr("对象", "about"),
            tr("状态", "state"),
            tr("延迟 ms", "ms"),
            "P95",
            tr("丢失", "lost"),
            tr("说明", "what"),
        )
        rows = []
        for each in readings:
            lost = f"{each.lost}/{each.tried}" if each.tried else ""
            rows.append((each.name, each.about, each.state.value, _ms(each.latency_us), _ms(each.values.get("p95_us")), lost, each.detail))
        show("", heads, rows)
    return CRITICAL if state is State.CRIT else 0


def _ms(us: int | None) -> str:
    return "" if us is None else f"{us / 1000:.1f}"


def _when(at: Any) -> str:
    return f"{at:%m-%d %H:%M:%S}" if at is not None else ""
