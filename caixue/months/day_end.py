"""Whether a day of the window programs' journals is over and whole, so that its numbers may be noted without a person (contract C6.3).

The journals are read, not what a process happened to overhear: one that was started again at noon still counts the whole day.
A day of which they tell only a part is left to a person, who looks and then counts it by hand (docs/decisions/0032-months.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from caixue.clock import US_PER_S
from caixue.day import NEVER, DayRecord, Outcome
from caixue.errors import UsageError
from caixue.events import Event
from caixue.lang import tr
from caixue.months.counting import day_of_events, midnight_of, numbers_of, of_the_day, on_the_line
from caixue.site import Site
from caixue.units import US_PER_DAY

Numbers = Mapping[str, float | None]

QUIET_US = 30 * 60 * US_PER_S  # nothing new for so long, with everything settled, ends a day before midnight: docs/assumptions.md A-253
GRACE_US = 10 * 60 * US_PER_S  # a journal that begins so much after the doors opened has missed something: A-253


def numbers_at_end(paths: Iterable[Path], day: date, site: Site, now_us: int) -> Numbers | None:
    """The numbers of `day`, as `numbers_of` tells them, seen `now_us` after its midnight; None while it is not over, and where nothing was open.

    Before midnight it is over when the doors have closed by the calendar, no window is open, nobody waits, no tube is on its way and
    nothing new has come for QUIET_US. Raises UsageError for a journal that cannot be read, and for a day of which they tell only a part.
    """
    hours, over = site.opening_on(day), now_us >= US_PER_DAY
    if not over and now_us < max((span.end_us for span in hours), default=0):
        return None
    tale = _tale(paths, day)
    record = day_of_events(tale.events, day, site)
    if not len(record.patients) and not len(record.labels):
        if over and hours:
            raise _part(tr("开诊，而日志里没有人和管", "the room was open, and the journals tell of no patient and no tube"))
        return None
    if not over and (tale.events[-1].at_us > now_us - QUIET_US or not _settled(record, tale)):
        return None
    lacking = _lacks(tale, site, min((span.start_us for span in hours), default=None))
    if lacking:
        raise _part(lacking)
    return numbers_of(record)


def _part(why: str) -> UsageError:
    return UsageError(tr(f"{why}；看过后用 caixue month count 计数", f"{why}; look, then use caixue month count"))


@dataclass(slots=True)
class _Tale:
    """What the journals tell about one day, in microseconds since its midnight."""

    events: list[Event] = field(default_factory=list)  # of the day itself
    since: dict[str, int] = field(default_factory=dict)  # window → since when a journal tells about it
    turns: list[tuple[int, str, bool]] = field(default_factory=list)  # when a window opened (True) or closed, also after the day

    def hear(self, event: Event, begun_us: int) -> None:
        """Take one event of a journal that began at `begun_us`."""
        for window in _named(event):
            self.since[window] = min(begun_us, self.since.get(window, begun_us))
        if of_the_day(event):
            self.events.append(event)
        if event.kind in ("window.opened", "window.closed") and event.at_us >= 0:
            self.turns.append((event.at_us, event.subject, event.kind == "window.opened"))

    def open_at_end(self) -> Iterator[tuple[str, bool]]:
        """The windows that were open when the day ended, each with whether it closed later, before it opened again."""
        last: dict[str, bool] = {}
        later: dict[str, bool] = {}
        for at_us, window, opened in sorted(self.turns):
            if at_us < US_PER_DAY:
                last[window] = opened
            else:
                later.setdefault(window, opened)
        return ((window, not later.get(window, True)) for window, opened in last.items() if opened)


def _tale(paths: Iterable[Path], day: date) -> _Tale:
    tale = _Tale()
    for path in paths:
        begun_us: int | None = None
        for event in on_the_line(path, midnight_of(day)):
            begun_us = event.at_us if begun_us is None else begun_us
            tale.hear(event, begun_us)
    tale.events.sort(key=lambda event: event.at_us)
    return tale


def _named(event: Event) -> Iterable[str]:
    """The windows that an event says a journal is about."""
    if event.kind == "record.started":
        said = event.data.get("windows") or ()
        return [f"window-{number}" for number in range(1, said + 1)] if isinstance(said, int) else [str(name) for name in said]
    return (event.subject,) if event.kind.startswith("window.") else ()


def _settled(record: DayRecord, tale: _Tale) -> bool:
    """Whether nobody is here any more, no window is open and no tube is on its way."""
    labels = record.labels
    on_the_way = (labels.drawn_us != NEVER) & (labels.received_us == NEVER) & (labels.voided_us == NEVER)
    here = record.patients.outcome == Outcome.WAITING
    return not (np.any(on_the_way) or np.any(here) or any(True for _ in tale.open_at_end()))


def _lacks(tale: _Tale, site: Site, doors_us: int | None) -> str:
    """What the journals do not tell about the day; empty where they tell all of it."""
    silent = [window.name for window in site.windows if window.name not in tale.since]
    if silent:
        return tr(f"没有日志说到 {silent[0]} 等 {len(silent)} 个窗口", f"no journal tells of {silent[0]} ({len(silent)} windows in all)")
    late = [name for name, since_us in tale.since.items() if doors_us is not None and since_us > doors_us + GRACE_US]
    if late:
        return tr(f"{late[0]} 的日志在开门之后才开始", f"the journal of {late[0]} begins after the doors opened")
    left = [name for name, closed in tale.open_at_end() if not closed]
    return tr(f"{left[0]} 没有关窗的记录", f"nothing tells that {left[0]} closed") if left else ""
