"""The command `caixue doctor` (contract G4, S1, S2, S6): is everything fit to run on this machine, for this site."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import SITE_FILE, JsonOption, LedgerOption, emit, ledger_place, show
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.clock import Clock
    from caixue.doctor.findings import Check, Finding

CRITICAL = 99
SiteArgument = Annotated[
    str | None,
    typer.Argument(metavar="[SITE]", envvar="CAIXUE_SITE", show_envvar=False, help=tr("现场文件；没有就只查本机", "A site file; without, the machine alone")),
]

BundleOption = Annotated[
    Path | None,
    typer.Option(
        "--bundle",
        metavar=tr("文件.zip", "FILE.zip"),
        help=tr("写诊断文件给厂家：没有密码，没有姓名", "Write a diagnostic file for the maker: no secrets, no names"),
    ),
]
LogOption = Annotated[
    list[Path] | None,
    typer.Option("--log", metavar=tr("文件", "FILE"), help=tr("诊断文件里的日志，可多次", "A log for the bundle; may be repeated")),
]
LastOption = Annotated[int, typer.Option("--last", min=0, help=tr("诊断文件里账本的最后几条", "How many entries of the ledger are in the bundle"))]


def register(app: typer.Typer) -> None:
    """Add this command to the program."""
    app.command("doctor", help=tr("体检：本机、安装、现场、账本、代理、设备", "A check-up: machine, installation, site, ledger, agent, devices"))(doctor)


def doctor(
    site: SiteArgument = None,
    ledger: LedgerOption = None,
    devices: Annotated[bool, typer.Option("--devices", help=tr("也问每台设备（只读）", "Ask every device too (read-only)"))] = False,
    bundle: BundleOption = None,
    log: LogOption = None,
    last: LastOption = 500,
    as_json: JsonOption = False,
) -> int:
    from caixue.clock import SystemClock
    from caixue.doctor.findings import State, examine, worst

    clock = SystemClock()
    source = site or (SITE_FILE if Path(SITE_FILE).exists() else None)
    checks = [*_machine(clock), *(_room(source, ledger, clock, devices=devices) if source else [])]
    findings = list(examine(checks))
    state = worst(findings)
    inside = _bundle(bundle, Asked(source, ledger, tuple(log or ()), last), clock, findings) if bundle else []
    if as_json:
        listed = {"bundle": bundle, "contents": inside} if bundle else {}
        emit({"schema": 1, "state": state.value, "findings": [finding.data() for finding in findings], **listed})
    else:
        heads = (tr("检查", "check"), tr("结果", "state"), tr("说明", "what"), tr("怎么办", "what to do"))
        show("", heads, [(each.check, each.state.value, each.text, "" if each.state is State.OK else each.hint) for each in findings])
        print(tr(f"总的结果：{state.value}", f"altogether: {state.value}"))
        if bundle:
            _say_what_is_inside(bundle, inside)
    return CRITICAL if state is State.CRIT else 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of a bundle."""

    source: str | None
    ledger: str | None
    logs: tuple[Path, ...]
    last: int


def _bundle(path: Path, asked: Asked, clock: Clock, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Write the bundle and list what is inside. A site that cannot be read is left out: the findings say so."""
    from caixue.doctor.bundle import Material, members, write
    from caixue.errors import UsageError
    from caixue.site import load_site

    site = None
    with suppress(UsageError):
        site = load_site(asked.source) if asked.source else None
    place = ledger_place(asked.ledger, asked.source or "", site.name) if site is not None else None
    inside = members(Material(clock, findings, os.environ, site, place, asked.logs, asked.last))
    write(path, inside, clock.now())
    return [member.data() for member in inside]


def _say_what_is_inside(path: Path, inside: Sequence[Mapping[str, Any]]) -> None:
    show(
        tr(f"{path} 里有（发给厂家前可以打开看）：", f"{path} contains (look into it before you send it):"),
        (tr("文件", "file"), tr("字节", "bytes"), tr("内容", "what")),
        [(row["name"], row["bytes"], row["about"]) for row in inside],
    )
    print(
        tr(
            "没有密码、地址、姓名和现场写的文字：文字只有长度和化名，化名的密钥不保存。",
            "No passwords, addresses, names or texts that people wrote: of a text its length and a pseudonym, whose key is kept nowhere.",
        )
    )


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
