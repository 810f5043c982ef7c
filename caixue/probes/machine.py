"""The state of this machine (contract C2.3.1, S6): disks, memory, CPU, time since boot, clock, and on Windows its services.

On a server the command runs there; what is said of another machine comes from its probes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import psutil

from caixue.clock import Clock, SystemClock
from caixue.errors import CaixueError
from caixue.lang import tr
from caixue.probes.reading import Reading, State

ABOUT = "this-machine"
CPU_S = 1.0  # over which the use of the CPU is measured
HOUR_S, DAY_S = 3600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Limit:
    """From where on a figure is a warning, and critical; `low` where less is worse."""

    figure: str
    warn: float
    crit: float
    unit: str
    low: bool = False
    source: str = "assumed: docs/assumptions.md A-192"

    def state(self, value: float) -> State:
        """What the value means."""
        sign = -1 if self.low else 1
        return State.CRIT if sign * value >= sign * self.crit else State.WARN if sign * value >= sign * self.warn else State.OK


LIMITS: Mapping[str, Limit] = {
    row.figure: row
    for row in (
        Limit("disk.used", 0.85, 0.95, "share"),
        Limit("disk.free", 5e9, 1e9, "bytes", low=True),
        Limit("memory.used", 0.85, 0.95, "share"),
        Limit("swap.used", 0.5, 0.9, "share"),
        Limit("cpu.busy", 0.85, 0.98, "share"),
        Limit("uptime.long", 90.0, 365.0, "days"),  # patches want a restart
        Limit("uptime.short", 0.25, 0.0, "hours", low=True),  # somebody or something has just started it again
    )
}


@dataclass(frozen=True, slots=True)
class Service:
    """A service of Windows."""

    name: str
    running: bool
    automatic: bool


class Host:
    """What this machine says of itself, from psutil; any of it may raise OSError or psutil.Error."""

    def disks(self) -> list[str]:
        """The place of every disk of this machine that can be written; a disk that is mounted twice has its shortest place."""
        places: dict[str, str] = {}
        for part in psutil.disk_partitions(all=False):
            if part.fstype and "ro" not in part.opts.split(","):
                places[part.device] = min(places.get(part.device, part.mountpoint), part.mountpoint, key=len)
        return list(places.values())

    def space(self, place: str) -> tuple[int, int]:
        """Bytes in all and bytes free of the disk there."""
        usage = psutil.disk_usage(place)
        return usage.total, usage.free

    def memory(self) -> tuple[float, float]:
        """Shares of memory and of swap that are in use."""
        return psutil.virtual_memory().percent / 100, psutil.swap_memory().percent / 100

    def cpu(self) -> tuple[float, float]:
        """Seconds of all CPUs so far: in all, and idle."""
        times = psutil.cpu_times()
        return sum(times[:8]), times.idle + getattr(times, "iowait", 0.0)  # beyond the eighth, guests are counted twice

    def booted_s(self) -> float:
        """When it was started, in seconds since 1970."""
        return float(psutil.boot_time())

    def services(self) -> list[Service] | None:
        """The services of Windows; None on other systems."""
        iterate = getattr(psutil, "win_service_iter", None)
        if iterate is None:
            return None
        return [Service(each.name(), each.status() == "running", each.start_type() == "automatic") for each in iterate()]


def machine(clock: Clock, host: Host | None = None, services: Iterable[str] = ()) -> list[Reading]:
    """All readings of this machine; what cannot be read is unknown. `services`: those that must run, by name (Windows)."""
    read = host or Host()
    parts: tuple[tuple[str, Callable[[], Iterable[Reading]]], ...] = (
        ("disks", lambda: _disks(read)),
        ("memory", lambda: _memory(read)),
        ("cpu", lambda: _cpu(read, clock)),
        ("uptime", lambda: _uptime(read, clock)),
        ("services", lambda: _services(read, tuple(services))),
    )
    return [reading for name, part in parts for reading in _safely(name, part)]


def figures(clock: Clock | None = None, host: Host | None = None) -> Mapping[str, float]:
    """The figures of this machine in percent, as far as they can be read: "cpu_percent", "memory_percent", and "disk_percent" of the fullest disk."""
    read = machine(clock or SystemClock(), host)
    used = {reading.name: reading.values for reading in read if reading.state is not State.UNKNOWN}
    disks = [values["used"] for name, values in used.items() if name.startswith("disk ")]
    found = {"disk_percent": max(disks)} if disks else {}
    found |= {f"{name}_percent": used[name][key] for name, key in (("cpu", "busy"), ("memory", "used")) if name in used}
    return {name: 100 * share for name, share in found.items()}


def _safely(name: str, part: Callable[[], Iterable[Reading]]) -> list[Reading]:
    try:
        return list(part())
    except (OSError, psutil.Error, CaixueError, NotImplementedError) as error:
        return [
            Reading(name, ABOUT, State.UNKNOWN, detail=tr(f"读不出：{type(error).__name__}", f"cannot be read: {type(error).__name__}"))
        ]


def _reading(name: str, values: Mapping[str, float], judged: Mapping[str, float], detail: str) -> Reading:
    """One reading with the gravest state of the figures in `judged`."""
    states = [LIMITS[figure].state(value) for figure, value in judged.items()]
    state = State.CRIT if State.CRIT in states else State.WARN if State.WARN in states else State.OK
    return Reading(name, ABOUT, state, detail=detail, values=dict(values))


def _disks(host: Host) -> Iterator[Reading]:
    for place in host.disks():
        yield from _safely(f"disk {place}", partial(_disk, host, place))


def _disk(host: Host, place: str) -> Iterator[Reading]:
    total, free = host.space(place)
    used = 1 - free / total if total else 1.0
    detail = tr(f"剩 {free / 1e9:.1f} GB（已用 {used:.0%}）", f"{free / 1e9:.1f} GB free ({used:.0%} in use)")
    yield _reading(f"disk {place}", {"total": total, "free": free, "used": used}, {"disk.used": used, "disk.free": free}, detail)


def _memory(host: Host) -> Iterator[Reading]:
    memory, swap = host.memory()
    detail = tr(f"内存 {memory:.0%}，交换区 {swap:.0%}", f"memory {memory:.0%}, swap {swap:.0%}")
    yield _reading("memory", {"used": memory, "swap": swap}, {"memory.used": memory, "swap.used": swap}, detail)


def _cpu(host: Host, clock: Clock) -> Iterator[Reading]:
    before, idle_before = host.cpu()
    clock.sleep(CPU_S)
    after, idle_after = host.cpu()
    if after <= before:
        yield Reading("cpu", ABOUT, State.UNKNOWN, detail=tr("CPU 计数没有走", "the CPU's counters stand"))
        return
    busy = min(1.0, max(0.0, 1 - (idle_after - idle_before) / (after - before)))
    yield _reading("cpu", {"busy": busy}, {"cpu.busy": busy}, f"{busy:.0%}")


def _uptime(host: Host, clock: Clock) -> Iterator[Reading]:
    """Time since boot; a machine that was started in the future has a wrong clock."""
    up_s = clock.now().timestamp() - host.booted_s()
    if up_s < 0:
        yield Reading(
            "clock", ABOUT, State.CRIT, detail=tr("时钟早于开机时刻：校准系统时间", "the clock is before the boot: set the system's time")
        )
        return
    now = clock.now()
    said = tr(f"{now:%Y-%m-%d %H:%M:%S}；与时间服务器的差没有量", f"{now:%Y-%m-%d %H:%M:%S}; the offset to a time server is not measured")
    yield Reading("clock", ABOUT, State.OK, detail=said)
    detail = tr(f"开机 {up_s / DAY_S:.1f} 天", f"up for {up_s / DAY_S:.1f} days")
    yield _reading("uptime", {"up_s": up_s}, {"uptime.long": up_s / DAY_S, "uptime.short": up_s / HOUR_S}, detail)


def _services(host: Host, wanted: tuple[str, ...]) -> Iterator[Reading]:
    """Those that must run; without any named, how many of the automatic ones do: many of them rightly stop by themselves."""
    found = host.services()
    if found is None:
        for name in wanted:
            yield Reading(
                f"service {name}", ABOUT, State.UNKNOWN, detail=tr("服务只在 Windows 上查", "services are looked at on Windows alone")
            )
        return
    running = {service.name.lower() for service in found if service.running}
    known = {service.name.lower() for service in found}
    for name in wanted:
        state = State.OK if name.lower() in running else State.CRIT
        lacking = tr("没有运行", "does not run") if name.lower() in known else tr("没有这个服务", "there is no such service")
        yield Reading(f"service {name}", ABOUT, state, detail="" if state is State.OK else lacking)
    automatic = [service for service in found if service.automatic]
    stopped = sum(not service.running for service in automatic)
    detail = tr(f"自动启动的 {len(automatic)} 个，{stopped} 个没有运行", f"{len(automatic)} automatic ones, {stopped} of them do not run")
    yield Reading("services", ABOUT, State.OK, detail=detail, values={"automatic": len(automatic), "stopped": stopped})
