"""How the software of a site is used on one machine (contract C2.2.1): processes, memory, CPU, handles, restarts, and errors in its log.

Pure: what runs and what the last look saw go in, a `Look` comes out. `caixue.ops.usage_book` notes looks and reads logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caixue.clock import US_PER_S
from caixue.lang import tr
from caixue.ops.versions import EVERYWHERE
from caixue.probes.processes import Process, known_as
from caixue.probes.reading import State
from caixue.site_estate import SoftwareSpec

MEMORY_BYTES, HANDLES = 2 * 1024**3, 10_000  # of one software, a warning from there; docs/assumptions.md A-241
ERRORS_WARN, ERRORS_CRIT = 1, 20  # new error lines since the last look; docs/assumptions.md A-241
SAME_S = 2.0  # a process whose start is told within this is the same one; docs/assumptions.md A-241
ERROR_LINE = re.compile(r"\b(?:ERROR|FATAL|CRITICAL|EXCEPTION)\b|错误|异常|失败", re.IGNORECASE)  # docs/assumptions.md A-241


@dataclass(frozen=True, slots=True)
class Seen:
    """One process of a software; `cpu` is its share of one processor since the last look, None where that is not known."""

    name: str
    pid: int
    since_us: int  # of the record
    memory_bytes: int | None
    cpu_s: float | None
    cpu: float | None
    threads: int | None
    handles: int | None

    def to_data(self) -> dict[str, Any]:
        """The process as an event keeps it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at one software saw; `restarts` and `errors` are counted since the last look, None where nothing could be counted."""

    software: str
    place: str
    processes: tuple[Seen, ...] = ()
    missing: tuple[str, ...] = ()
    restarts: int | None = None
    errors: int | None = None
    log_at: int | None = None  # bytes of the log that were read
    unknown: str = ""  # why nothing is known

    @property
    def memory_bytes(self) -> int:
        """Of all its processes."""
        return sum(each.memory_bytes or 0 for each in self.processes)

    @property
    def handles(self) -> int:
        """Of all its processes."""
        return sum(each.handles or 0 for each in self.processes)

    @property
    def state(self) -> State:
        """Missing or many errors: critical; restarted, large or erring: a warning."""
        if self.unknown:
            return State.UNKNOWN
        errors = self.errors or 0
        if self.missing or errors >= ERRORS_CRIT:
            return State.CRIT
        warned = self.restarts or errors >= ERRORS_WARN or self.memory_bytes > MEMORY_BYTES or self.handles > HANDLES
        return State.WARN if warned else State.OK

    def to_data(self) -> dict[str, Any]:
        """The look as an event keeps it."""
        seen = [each.to_data() for each in self.processes]
        said = {"state": self.state.value, "place": self.place, "processes": seen, "missing": list(self.missing)}
        counted = {"restarts": self.restarts, "errors": self.errors, "log_at": self.log_at}
        return said | {name: value for name, value in counted.items() if value is not None}


def is_here(spec: SoftwareSpec, here: str, unnamed: Iterable[str] = ()) -> bool:
    """Whether a software runs on the machine `here`; `unnamed` are hosts without an address, which means this one."""
    return spec.host in ("", here, *unnamed)


def look(
    spec: SoftwareSpec, running: Sequence[Process], before: Mapping[str, Any] | None, *, place: str, start_s: float, now_us: int
) -> Look:
    """One look at the processes of `spec`; `before` is what the last one noted at the same place, with its `at_us`.

    `start_s` is the record's start in seconds since 1970.
    """
    if not spec.processes:
        return Look(spec.name, place, unknown=tr("现场文件里没有写进程", "the site file names no processes"))
    earlier = {(each["name"], each["pid"]): each for each in (before or {}).get("processes", ())}
    seen, missing = list[Seen](), list[str]()
    for name in spec.processes:
        mine = [one for one in running if known_as(name) in one.names]
        seen += [_seen(name, one, earlier.get((name, one.pid)), before, start_s, now_us) for one in mine]
        missing += [] if mine else [name]
    restarts = None if before is None else sum(_new(each, earlier) for each in seen if any(key[0] == each.name for key in earlier))
    return Look(spec.name, place or EVERYWHERE, tuple(seen), tuple(missing), restarts)


def errors_in(text: str) -> int:
    """How many lines of a log tell of an error."""
    return sum(ERROR_LINE.search(line) is not None for line in text.splitlines())


def _seen(
    name: str, one: Process, earlier: Mapping[str, Any] | None, before: Mapping[str, Any] | None, start_s: float, now_us: int
) -> Seen:
    since_us = round((one.since_s - start_s) * US_PER_S)
    used, passed_us = None, now_us - (before or {}).get("at_us", now_us)
    if earlier is not None and one.cpu_s is not None and earlier["cpu_s"] is not None and passed_us > 0 and not _moved(since_us, earlier):
        used = max(0.0, one.cpu_s - earlier["cpu_s"]) / (passed_us / US_PER_S)
    share = None if used is None else round(used, 4)
    return Seen(name, one.pid, since_us, one.memory_bytes, one.cpu_s, share, one.threads, one.handles)


def _new(each: Seen, earlier: Mapping[tuple[str, int], Mapping[str, Any]]) -> bool:
    """Whether a process was started after the last look, which had seen one of that name."""
    known = earlier.get((each.name, each.pid))
    return known is None or _moved(each.since_us, known)


def _moved(since_us: int, earlier: Mapping[str, Any]) -> bool:
    return abs(since_us - int(earlier["since_us"])) > SAME_S * US_PER_S
