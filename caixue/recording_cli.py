"""The commands `caixue record` and `caixue transcript`: keep what passes the ports, and read it in words."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.clock import Clock
    from caixue.drivers.base import Driver

UNREACHABLE = 4
_EVERY_S = 1.0


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("record", help=tr("查询设备状态，把通信原样记入文件", "Read devices and keep their traffic in a file"), epilog=_example())(record)
    app.command("transcript", help=tr("把通信记录读成文字", "Read a recording in words"))(transcript)


def _example() -> str:
    return tr("例：", "Example: ") + "caixue record site.toml --device 'window-3.*' --seconds 60 --out traffic.jsonl"


def record(
    site: Annotated[str, typer.Argument(metavar="SITE", help=tr("现场文件", "A site file"))],
    devices: Annotated[
        list[str] | None,
        typer.Option("--device", metavar=tr("名字", "NAME"), help=tr("只查这些，可多次，可用 *；默认全部", "Only these; may be repeated, * allowed")),
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, metavar="N", help=tr("查 N 轮，默认 1 轮", "Rounds, 1 by default"))] = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, metavar="S", help=tr("查 S 秒", "Go on for S seconds"))] = None,
    every: Annotated[float, typer.Option(min=0.01, metavar="S", help=tr("每轮相隔 S 秒", "Seconds between rounds"))] = _EVERY_S,
    out: Annotated[Path, typer.Option(metavar=tr("文件", "FILE"), help=tr("新文件，默认 traffic.jsonl", "A new file"))] = Path("traffic.jsonl"),
    as_json: Annotated[bool, typer.Option("--json", help=tr("输出 JSON", "Print JSON"))] = False,
) -> int:
    from caixue.clock import SystemClock
    from caixue.opening import open_site

    if count is not None and seconds is not None:
        raise UsageError(tr("--count 与 --seconds 只能用一个", "--count and --seconds exclude each other"))
    _chosen(_names_in(site), devices)
    clock = SystemClock()
    opened = open_site(site, clock=clock, record=out)
    chosen = [opened.drivers[name] for name in _chosen(opened.drivers, devices)]
    failed = _rounds(chosen, clock, count or (None if seconds else 1), seconds, every)
    for driver in chosen:
        driver.port.close()
    _report(chosen, failed, out, as_json=as_json)
    return UNREACHABLE if any(driver.reading is None for driver in chosen) else 0


def _names_in(site: str) -> Iterable[str]:
    from caixue.site import load_site

    return load_site(site).devices


def _chosen(known: Iterable[str], wanted: Sequence[str] | None) -> list[str]:
    """The names that fit a pattern, each once, in the site's order; raises UsageError for a pattern that fits none."""
    from caixue.units import nearest

    names = [*known]
    for pattern in wanted or ():
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(tr(f"现场没有设备 {pattern}", f"the site has no device {pattern}") + nearest(pattern, tuple(names)))
    return [name for name in names if not wanted or any(fnmatchcase(name, pattern) for pattern in wanted)]


def _rounds(drivers: Sequence[Driver], clock: Clock, count: int | None, seconds: float | None, every_s: float) -> dict[str, str]:
    """Read all devices again and again; gives the last failure of each that had one. Ctrl-C ends it early and loses nothing."""
    from caixue.errors import DeviceError, LinkError

    failed: dict[str, str] = {}
    started_us = clock.monotonic_us()
    done = 0
    try:
        while True:
            for driver in drivers:
                try:
                    driver.status()
                except (LinkError, DeviceError) as error:
                    failed[driver.name] = str(error)
            done += 1
            next_us = started_us + int(done * every_s * 1_000_000)
            if done == count or (seconds is not None and next_us - started_us >= seconds * 1_000_000):
                return failed
            clock.sleep(max(0, next_us - clock.monotonic_us()) / 1_000_000)
    except KeyboardInterrupt:
        return failed


def _report(drivers: Sequence[Driver], failed: dict[str, str], out: Path, *, as_json: bool) -> None:
    if as_json:
        rows = [_row(driver, failed) for driver in drivers]
        _emit(json.dumps({"schema": 1, "file": str(out), "devices": rows}, ensure_ascii=False))
        return
    for driver in drivers:
        reading = driver.reading
        words = failed.get(driver.name, "") if reading is None else " ".join([reading.state, *reading.alarms])
        print(f"{driver.name}  {words}")
    print(tr(f"通信记入 {out}；里面可能有姓名，按患者资料保管", f"traffic is in {out}; names may stand in it, keep it as patient data"))


def _row(driver: Driver, failed: dict[str, str]) -> dict[str, Any]:
    reading = driver.reading
    state, alarms = ("", ()) if reading is None else (reading.state, reading.alarms)
    return {"name": driver.name, "state": state, "alarms": list(alarms), "error": failed.get(driver.name, "")}


def transcript(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=tr("通信记录", "A recording"))],
    device: Annotated[str | None, typer.Option(metavar=tr("名字", "NAME"), help=tr("只看这一台", "Only this device"))] = None,
    show_all: Annotated[
        bool, typer.Option("--hex", help=tr("所有字节都显示，包括可能是姓名的", "Show all bytes, also those that may be names"))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=tr("每行一个 JSON 对象", "One JSON object a line"))] = False,
) -> None:
    from caixue.link.recording import open_traffic
    from caixue.transcript import transcribe

    header, transfers = open_traffic(file)
    if device is not None:
        header.device(device)
    show = _writer(header.start, show_all=show_all, as_json=as_json)
    for line in transcribe(header, transfers):
        if device in (None, line.device):
            show(line)


def _writer(start: datetime, *, show_all: bool, as_json: bool) -> Callable[[Any], None]:
    from caixue.transcript import as_json as json_of
    from caixue.transcript import as_text

    if as_json:
        return lambda line: _emit(json_of(line, show_all=show_all))
    return lambda line: print(as_text(line, start, show_all=show_all))


def _emit(text: str) -> None:
    """Print JSON as UTF-8, whatever the console's encoding: it is for programs."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8") + b"\n")
    sys.stdout.buffer.flush()
