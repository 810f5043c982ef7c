"""Looks at the software of a machine, one after the other (contract C2.2.1): taken, compared with the last, noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from caixue.clock import US_PER_S
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.ops.dating import record_start
from caixue.ops.usage import Look, errors_in, is_here, look
from caixue.ops.versions import EVERYWHERE
from caixue.probes.processes import Process, Programs
from caixue.site_estate import SoftwareSpec
from caixue.site_model import Site

KIND = "software.looked"
KINDS = (KIND,)
EVERY_US = 4 * 3_600 * US_PER_S  # unchanged, it is noted so often; docs/assumptions.md A-243
IDLE = ("template", "firmware")  # kinds of software that have no processes of their own
MOST = 4 * 1024 * 1024  # bytes of a log that one look reads: the last ones


class UsageBook:
    """The last look at every software on every machine. It changes by hearing events alone.

    `base` is the folder of the site file; where that is not known, logs with relative paths are not read.
    """

    def __init__(self, site: Site, recorder: Recorder, followed: Followed | None = None, *, base: Path | None = None) -> None:
        self.site = site
        self.recorder = recorder
        self.base = base
        self.last: dict[tuple[str, str], Mapping[str, Any]] = {}  # software, place → what was noted, and when
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def looks(self, programs: Programs, *, here: str = "") -> list[Look]:
        """One look at every software, on the machine `here` (a host or window of the site; empty: not said). Nothing is noted yet."""
        try:
            return self._looks(programs.running(), "", here)
        except OSError as error:
            return self._looks([], tr(f"读不出进程：{error}", f"the processes cannot be read: {error}"), here)

    def _looks(self, running: list[Process], why: str, here: str) -> list[Look]:
        unnamed = [host.name for host in self.site.hosts if not host.address]
        return [self._look(spec, running, why, here, unnamed) for spec in self.site.software if spec.kind not in IDLE]

    def note(self, looks: Iterable[Look], *, by: str = "monitor", op: str = "") -> list[Event]:
        """Note what is known."""
        drafts = [Draft(KIND, one.software, one.to_data()) for one in looks if not one.unknown]
        events = self.recorder.note_all(drafts, actor=by, op=op)
        for event in events:
            self.hear(event)
        return events

    def note_now_and_then(self, running: Sequence[Process], *, here: str = "", by: str = "monitor") -> list[Event]:
        """Look at what runs, and note what is news: another state, something missing, restarted or erring, or that nothing was noted for hours."""
        return self.note([one for one in self._looks(list(running), "", here) if self._is_news(one)], by=by)

    def hear(self, event: Event) -> None:
        """Take one look that was noted; hearing it again changes nothing."""
        if event.kind == KIND:
            self.last[event.subject, event.data["place"]] = {**event.data, "at_us": event.at_us}

    def _is_news(self, found: Look) -> bool:
        before = self.last.get((found.software, found.place))
        if before is None or found.restarts or found.errors:
            return True
        same = (before["state"], before["missing"]) == (found.state.value, list(found.missing))
        return not same or self.recorder.clock.monotonic_us() - before["at_us"] >= EVERY_US

    def _look(self, spec: SoftwareSpec, running: list[Process], why: str, here: str, unnamed: list[str]) -> Look:
        place = here or spec.host or EVERYWHERE
        if not is_here(spec, here, unnamed):
            away = tr(f"在那台机器上看：--here {spec.host}", f"look on that machine: --here {spec.host}")
            return Look(spec.name, spec.host, unknown=away)
        if why:
            return Look(spec.name, place, unknown=why)
        before, clock = self.last.get((spec.name, place)), self.recorder.clock
        found = look(spec, running, before, place=place, start_s=record_start(clock).timestamp(), now_us=clock.monotonic_us())
        log = (self.base or Path()) / spec.log if spec.log else None
        readable = log is not None and (self.base is not None or log.is_absolute())
        return self._with_log(found, log, before) if log is not None and readable else found

    def _with_log(self, found: Look, log: Path, before: Mapping[str, Any] | None) -> Look:
        """The same with the errors in what its log has grown by; the first look only marks where it ends."""
        try:
            with log.open("rb") as file:
                end = file.seek(0, 2)
                known = end if before is None else before.get("log_at", end)
                file.seek(max(0 if known > end else known, end - MOST))  # shorter than before: it was begun anew
                text = _text(file.read(end - file.tell()))
        except OSError as error:
            return replace(
                found, unknown=tr(f"读不了日志 {log.name}：{error.strerror}", f"its log {log.name} cannot be read: {error.strerror}")
            )
        return replace(found, errors=None if before is None else errors_in(text), log_at=end)


def _text(content: bytes) -> str:
    """The lines of a log, in UTF-8 or else as Chinese Windows writes them: in GBK, or in UTF-16, which alone has zeros."""
    if b"\0" in content:
        return content.decode("utf-16-le", errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("gb18030", errors="replace")
