"""The fit of queue logs: what was read, the load by kind of day, the law of services, and what a reader should know about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.site import BUILT_IN, Site, load_site
from caixue.units import US_PER_DAY, format_duration
from twin.fitting.bad_rows import Kind
from twin.fitting.laws import COARSE
from twin.fitting.people import NONE
from twin.fitting.profile import UNDATED, Group, missing_days, profile
from twin.fitting.queue_log import Progress, QueueLog, Reading, read_logs
from twin.fitting.services import ServiceFit, fit_service
from twin.fitting.times import midnight_us
from twin.problems import did_you_mean

SLOT_US = 1_800_000_000
_SHORTEST_SLOT_US, _LONGEST_SLOT_US = 300_000_000, 14_400_000_000
NAMED = 12  # days that a note names


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fit and how."""

    reading: Reading = field(default_factory=Reading)
    slot_us: int = SLOT_US
    without: tuple[date, ...] = ()
    site: str = "bare-windows"


@dataclass(frozen=True, slots=True)
class Fit:
    """Everything that came of some queue logs."""

    wanted: Wanted
    site: Site
    log: QueueLog
    groups: tuple[Group, ...]
    service: ServiceFit | None
    notes: tuple[str, ...]  # what a reader should know, for people

    @property
    def last_day(self) -> date | None:
        """The last day of the log that has a date."""
        days = [day for group in self.groups if group.name != UNDATED for day in group.days]
        return date.fromisoformat(max(days)) if days else None


def fit(paths: Sequence[Path], wanted: Wanted, progress: Progress = lambda name, rows, share: None) -> Fit:
    """Fit these files. Raises ArrivalsError naming file and line where one is no queue log, UsageError for what was asked wrongly."""
    check_slot(wanted.slot_us)
    site = _site(wanted.site)
    log = _without(read_logs(paths, wanted.reading, progress), wanted.without)
    groups = profile(log, site.calendar, wanted.slot_us)
    recorded = log.people.service_us[log.people.service_us != NONE]
    service = fit_service(recorded, len(log.people.service_us) - len(recorded))
    return Fit(wanted, site, log, groups, service, tuple(_notes(site, log, groups, service)))


def _site(name: str) -> Site:
    if name not in BUILT_IN and not name.endswith(".toml"):
        raise UsageError(tr(f"--site {name}：没有这个现场；", f"--site {name}: no such site; ") + did_you_mean(name, BUILT_IN))
    return load_site(name)


def check_slot(slot_us: int) -> None:
    """Raise UsageError for slots that do not divide a day, or are too short or long to be of use."""
    if not _SHORTEST_SLOT_US <= slot_us <= _LONGEST_SLOT_US or US_PER_DAY % slot_us:
        raise UsageError(
            tr(
                f"--slot {format_duration(slot_us)}：要在 5 min 到 4 h 之间并能整除一天，如 30 min",
                f"--slot {format_duration(slot_us)}: from 5 min to 4 h, and a whole number of them a day, such as 30 min",
            )
        )


def _without(log: QueueLog, days: Sequence[date]) -> QueueLog:
    """The log without these days; their rows are noted. Raises UsageError for a day that is not in it, and where nobody is left."""
    there = log.people.arrived_us // US_PER_DAY
    numbers = [midnight_us(day) // US_PER_DAY for day in days]
    for day, number in zip(days, numbers, strict=True):
        if number not in there:
            raise UsageError(tr(f"--without {day}：记录里没有这一天", f"--without {day}: the logs have no such day"))
    keep = ~np.isin(there, numbers)
    if not keep.any():
        raise UsageError(tr("--without 之后一天也不剩", "no day is left after --without"))
    log.bad.extend(log.people.file[~keep].tolist(), log.people.line[~keep].tolist(), Kind.LEFT_OUT_DAY)
    return log.only(keep)


def _notes(site: Site, log: QueueLog, groups: Sequence[Group], service: ServiceFit | None) -> list[str]:
    return [*_file_notes(log), *_day_notes(site, groups), *_service_notes(log, service)]


def _file_notes(log: QueueLog) -> list[str]:
    notes = []
    for one in log.files:
        if one.repeats:
            notes.append(
                tr(f"{one.name} 与 {one.repeats} 内容相同，只读一次", f"{one.name} has the same content as {one.repeats}; read once")
            )
        if one.broken_characters:
            what = f"{one.broken_characters} 个字符读不出（{one.encoding}），首见第 {one.broken_line} 行"
            notes.append(
                tr(
                    f"{one.name}：{what}",
                    f"{one.name}: {one.broken_characters} characters are not {one.encoding}, the first on line {one.broken_line}",
                )
            )
        for place, name in sorted(one.also.items()):
            zh = f"{one.name}：第 {place} 列也可作 {name}，没有用（--column {name}={place} 可改）"
            notes.append(tr(zh, f"{one.name}: column {place} could be {name} too (--column {name}={place})"))
    return notes


def _day_notes(site: Site, groups: Sequence[Group]) -> list[str]:
    notes = []
    if missing := missing_days(groups, site.calendar):
        days = _named([day.isoformat() for day in missing])
        notes.append(tr(f"这些工作日没有人，当作停诊：{days}", f"nobody came on these workdays, taken as closed: {days}"))
    days_known = [date.fromisoformat(day) for group in groups if group.name != UNDATED for day in group.days]
    if years := sorted({str(day.year) for day in days_known if site.calendar.day_kind(day).provisional}):
        zh = f"{_named(years)} 年的节假日与调休没有公布的数据，按星期几算"
        notes.append(tr(zh, f"holidays and make-up days of {_named(years)} are not known; the weekday decides"))
    return notes


def _service_notes(log: QueueLog, service: ServiceFit | None) -> list[str]:
    notes = []
    if service is None:
        few = int((log.people.service_us != NONE).sum())
        notes.append(
            tr(
                f"有用的服务时间只有 {few} 次，没有拟合；场景用默认值",
                f"only {few} usable services: not fitted, the scenarios have the default",
            )
        )
        return notes
    if service.resolution_s > COARSE * service.mean_s:
        zh = f"服务时间只记到 {service.resolution_s:g} s，短的会成为零而不计，均值偏大"
        notes.append(
            tr(zh, f"services are noted to {service.resolution_s:g} s: short ones become zero and do not count, the mean is too high")
        )
    return notes


def _named(words: Sequence[str]) -> str:
    more = len(words) - NAMED
    return tr("、", ", ").join(words[:NAMED]) + (tr(f" 等 {len(words)} 个", f" and {more} more") if more > 0 else "")
