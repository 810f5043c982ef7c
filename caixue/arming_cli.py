"""The commands `caixue arm` and `caixue disarm`: a named person lets devices of a bench move, for one program and for a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.clock import Clock
    from caixue.journal import Recorder
    from caixue.lease import Lease, Leases
    from caixue.link.arming import Grant

LOST, INTERRUPTED = 1, 130


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    about = tr("授权现场设备动作、打印：谁，哪些，到何时，给哪个程序", "Let a bench's devices move and print: who, which, how long, for which program")
    app.command("arm", help=about, epilog=_example())(arm)
    app.command("disarm", help=tr("结束授权", "End what was armed"))(disarm)


def _example() -> str:
    words = "caixue arm site.toml --person 王工 --device 'window-1.*' --for '30 min' -- pytest --bench site.toml --actuate"
    return tr("例：", "Example: ") + words


def arm(
    site: Annotated[str | None, typer.Argument(metavar="SITE", help=tr("现场文件", "A site file"))] = None,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- COMMAND…]", help=tr("授权给这个程序；不写则一直占着，到 Ctrl-C", "Arm this program; without, hold until Ctrl-C")),
    ] = None,
    person: Annotated[str, typer.Option(metavar=tr("姓名", "NAME"), help=tr("谁授权", "Who arms"))] = "",
    devices: Annotated[
        list[str] | None, typer.Option("--device", metavar=tr("名字", "NAME"), help=tr("哪些设备，可多次，可用 *", "Which; may be repeated, * allowed"))
    ] = None,
    duration: Annotated[str, typer.Option("--for", metavar='"30 min"', help=tr("多久，最多 12 小时", "How long, 12 h at most"))] = "",
    reason: Annotated[str, typer.Option(metavar=tr("文字", "TEXT"), help=tr("为什么", "Why"))] = "",
    journal: Annotated[Path | None, typer.Option(metavar=tr("文件", "FILE"), help=tr("把授权记入 JSONL 文件", "Note it in a JSONL file"))] = None,
    status: Annotated[bool, typer.Option("--status", help=tr("只看现在谁占着什么", "Only say who holds what now"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=tr("--status 输出 JSON", "Print JSON with --status"))] = False,
) -> int:
    from caixue.clock import SystemClock
    from caixue.journal import Recorder
    from caixue.journal.file import FileJournal
    from caixue.journal.memory import MemoryJournal
    from caixue.lease import Leases

    clock = SystemClock()
    leases = Leases(clock)
    if status:
        _show(leases.standing(), as_json=as_json)
        return 0
    if site is None:
        raise UsageError(tr("要写明现场文件，或 --status", "name a site file, or give --status"))
    name, given, ports = _wanted(site, person, devices or (), duration, reason, clock)
    with ExitStack() as stack:
        recorder = Recorder(stack.enter_context(FileJournal(journal)) if journal else MemoryJournal(), clock)
        lease = leases.acquire(name, given, ports, recorder)
        stack.callback(leases.release, lease.token)
        _note(recorder, "arming.armed", lease, devices=list(given.devices), until=given.until.isoformat(), reason=reason)
        stack.callback(_note, recorder, "arming.disarmed", lease, reason="ended")
        return _run(command, leases, lease) if command else _hold(leases, lease, clock)


def _wanted(site: str, person: str, devices: Sequence[str], duration: str, reason: str, clock: Clock) -> tuple[str, Grant, list[str]]:
    """Name of the site, the grant, and the ports that it is about. Raises UsageError, also where no real port is among them."""
    from caixue.lease import moving_ports
    from caixue.link.arming import grant
    from caixue.site import load_site
    from caixue.units import duration_us

    if not duration:
        raise UsageError(tr('要写明多久：--for "30 min"', 'say how long: --for "30 min"'))
    loaded = load_site(site)
    now = clock.now()
    given = grant(person, devices, now + timedelta(microseconds=duration_us(duration)), loaded.devices, now, reason)
    ports = moving_ports({device: loaded.devices[device].url for device in given.devices})
    if not ports:
        raise UsageError(tr("这些设备都不在真实端口上，不用授权", "none of these devices is on a real port; nothing to arm"))
    return loaded.name, given, [*ports.values()]


def _note(recorder: Recorder, kind: str, lease: Lease, **data: Any) -> None:
    person = lease.grant.person
    recorder.note(kind, lease.site, actor=person, person=person, **data)


def _run(command: Sequence[str], leases: Leases, lease: Lease) -> int:
    """Run a program that finds the lease in its environment, and give its exit code. Ctrl-C is the program's affair."""
    from caixue.lease import RENEW_S, TOKEN

    try:
        running = subprocess.Popen(command, env={**os.environ, TOKEN: lease.token})
    except OSError as error:
        raise UsageError(tr(f"启动不了 {command[0]}：{error.strerror}", f"cannot start {command[0]}: {error.strerror}")) from None
    stands = True
    while True:
        try:
            return running.wait(RENEW_S)
        except subprocess.TimeoutExpired:
            if stands and not leases.renew(lease.token):
                stands = False
                _tell(tr("授权已结束；程序还在运行，但不能再动作", "no longer armed; the program goes on and can move nothing"))
        except KeyboardInterrupt:
            continue


def _hold(leases: Leases, lease: Lease, clock: Clock) -> int:
    from caixue.lease import RENEW_S, TOKEN

    print(f"{TOKEN}={lease.token}", flush=True)
    _tell(_line(lease))
    try:
        while leases.renew(lease.token):
            left_s = (lease.grant.until - clock.now()).total_seconds()
            clock.sleep(max(0.0, min(RENEW_S, left_s)))
    except KeyboardInterrupt:
        return INTERRUPTED
    over = clock.now() >= lease.grant.until
    _tell(tr("授权到时", "the time is over") if over else tr("授权被结束", "ended by somebody"))
    return 0 if over else LOST


def disarm(
    site: Annotated[str | None, typer.Argument(metavar="SITE", help=tr("只结束这个现场的；默认全部", "Of this site alone; all by default"))] = None,
) -> None:
    from caixue.clock import SystemClock
    from caixue.lease import Leases, moving_ports
    from caixue.site import load_site

    leases = Leases(SystemClock())
    ports = None if site is None else moving_ports({name: spec.url for name, spec in load_site(site).devices.items()}).values()
    standing = leases.standing(ports)
    for lease in standing:
        leases.release(lease.token)
        print(tr("已结束：", "ended: ") + _line(lease))
    if not standing:
        print(tr("没有人占用", "nobody holds anything"))


def _show(standing: Sequence[Lease], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.flush()
        sys.stdout.buffer.write(json.dumps({"schema": 1, "leases": [_row(lease) for lease in standing]}, ensure_ascii=False).encode() + b"\n")
        sys.stdout.buffer.flush()
        return
    print("\n".join(map(_line, standing)) or tr("没有人占用", "nobody holds anything"))


def _line(lease: Lease) -> str:
    given = lease.grant
    until = f"{given.until:%Y-%m-%d %H:%M:%S}"
    why = f"  {given.reason}" if given.reason else ""
    return f"{lease.site}  {given.person}  {tr('到', 'until')} {until}  {tr('进程', 'process')} {lease.pid}  {', '.join(given.devices)}{why}"


def _row(lease: Lease) -> dict[str, Any]:
    """A lease for programs, without the token: whoever has that may move things."""
    given = lease.grant
    return {
        "site": lease.site,
        "person": given.person,
        "devices": list(given.devices),
        "until": given.until.isoformat(),
        "reason": given.reason,
        "ports": list(lease.ports),
        "process": lease.pid,
        "epoch": lease.epoch,
    }


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
