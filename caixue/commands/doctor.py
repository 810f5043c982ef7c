"""The command `caixue doctor`: is everything fit to run on this machine, for this site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from caixue.commands.common import SITE_FILE, JsonOption, LedgerOption, emit, ledger_place, show
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.clock import Clock
    from caixue.doctor.findings import Check

CRITICAL = 99
SiteArgument = Annotated[
    str | None,
    typer.Argument(metavar="[SITE]", envvar="CAIXUE_SITE", show_envvar=False, help=tr("现场文件；没有就只查本机", "A site file; without, the machine alone")),
]


def register(app: typer.Typer) -> None:
    """Add this command to the program."""
    app.command("doctor", help=tr("体检：本机、安装、现场、账本、代理、设备", "A check-up: machine, installation, site, ledger, agent, devices"))(doctor)


def doctor(
    site: SiteArgument = None,
    ledger: LedgerOption = None,
    devices: Annotated[bool, typer.Option("--devices", help=tr("也问每台设备（只读）", "Ask every device too (read-only)"))] = False,
    as_json: JsonOption = False,
) -> int:
    from caixue.clock import SystemClock
    from caixue.doctor.findings import State, examine, worst

    clock = SystemClock()
    source = site or (SITE_FILE if Path(SITE_FILE).exists() else None)
    checks = [*_machine(clock), *(_room(source, ledger, clock, devices=devices) if source else [])]
    findings = list(examine(checks))
    state = worst(findings)
    if as_json:
        emit({"schema": 1, "state": state.value, "findings": [finding.data() for finding in findings]})
    else:
        heads = (tr("检查", "check"), tr("结果", "state"), tr("说明", "what"), tr("怎么办", "what to do"))
        show("", heads, [(each.check, each.state.value, each.text, "" if each.state is State.OK else each.hint) for each in findings])
        print(tr(f"总的结果：{state.value}", f"altogether: {state.value}"))
    return CRITICAL if state is State.CRIT else 0


def _machine(clock: Clock) -> list[Check]:
    from caixue.doctor import machine
    from caixue.doctor.findings import Check

    return [
        Check("python", machine.python),
        Check("packages", machine.packages),
        Check("sqlite", machine.sqlite),
        Check("clock", lambda: machine.clock_sane(clock)),
        Check("time-zone", lambda: machine.time_zone(clock)),
        Check("console", machine.console),
        Check("fonts", machine.fonts),
        Check("calendar", lambda: machine.calendar(clock)),
        Check("serial", machine.serial_ports),
        Check("armed", lambda: machine.leases(clock)),
    ]


def _room(source: str, ledger: str | None, clock: Clock, *, devices: bool) -> list[Check]:
    """The checks of a site; one whose file cannot be read is itself the finding."""
    from caixue.doctor.findings import Check, Finding, State
    from caixue.doctor.room import Room
    from caixue.errors import UsageError
    from caixue.site import load_site

    try:
        loaded = load_site(source)
    except UsageError as error:
        said = str(error)
        return [Check("site", lambda: [Finding("site", State.CRIT, said)])]
    room = Room(loaded, ledger_place(ledger, source, loaded.name), clock)
    own = [Check("site", room.site_file), Check("ledger", room.books), Check("disk", room.disk), Check("agent", room.agent)]
    return [*own, *([Check("devices", room.devices)] if devices else [])]
