"""Queue logs whose load and services are known, written as queueing systems and Excel write them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from caixue.workdays import day_kind
from twin.fitting.bad_rows import BadRows
from twin.fitting.people import NONE, People
from twin.fitting.queue_log import QueueLog
from twin.fitting.times import midnight_us

RATES = (60.0, 120.0, 180.0, 200.0, 160.0, 90.0)  # per hour, from 07:00 in half hours
MONDAYS = tuple(
    date(2026, 3, 2) + timedelta(days=7 * week)
    for week in range(8)
    if day_kind(date(2026, 3, 2) + timedelta(days=7 * week)).kind == "workday"
)


@dataclass(frozen=True)
class Visit:
    """One person: when they came, were called and left."""

    arrived: datetime
    started: datetime
    ended: datetime
    window: int
    ticket: str


def lognormal(dice: np.random.Generator, count: int) -> np.ndarray:
    variance = np.log1p((50 / 150) ** 2)
    return dice.lognormal(np.log(150) - variance / 2, np.sqrt(variance), count)  # mean 150 s, sd 50 s


def gamma(dice: np.random.Generator, count: int) -> np.ndarray:
    return dice.gamma(4.0, 40.0, count)  # mean 160 s, sd 80 s


def exponential(dice: np.random.Generator, count: int) -> np.ndarray:
    return dice.exponential(120.0, count)


def _times(dice: np.random.Generator, rates: Sequence[float], factor: float) -> np.ndarray:
    """Seconds after midnight."""
    scale = max(0.1, 1 + factor * dice.standard_normal())
    counts = dice.poisson(np.array(rates) * scale / 2)
    return np.sort(np.concatenate([7 * 3600 + 1800 * slot + dice.uniform(0, 1800, count) for slot, count in enumerate(counts)]))


def arrivals(days: Sequence[date] = MONDAYS, seed: int = 1, rates: Sequence[float] = RATES, factor: float = 0.0) -> QueueLog:
    """The same people as a log that has been read, without services."""
    dice = np.random.default_rng(seed)
    arrived_us = np.concatenate([midnight_us(day) + (_times(dice, rates, factor) * 1e6).astype(np.int64) for day in days])
    nothing = np.full(len(arrived_us), NONE, np.int64)
    people = People(arrived_us, nothing, nothing, nothing, nothing * 0, nothing * 0, nothing * 0, np.arange(len(arrived_us)) + 2)
    return QueueLog((), people, BadRows(), len(arrived_us))


def visits(
    days: Sequence[date] = MONDAYS,
    seed: int = 1,
    rates: Sequence[float] = RATES,
    service: Callable[[np.random.Generator, int], np.ndarray] = lognormal,
    factor: float = 0.0,
) -> list[Visit]:
    """Poisson arrivals at these rates on each day, `factor` the standard deviation of whole days; to the second."""
    dice = np.random.default_rng(seed)
    found: list[Visit] = []
    for day in days:
        times = _times(dice, rates, factor)
        waits, services = dice.exponential(60, len(times)), np.maximum(1, np.round(service(dice, len(times))))
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the clocks of the log
        for number, (time, wait, length) in enumerate(zip(times, waits, services, strict=True)):
            arrived = midnight + timedelta(seconds=int(time))
            started = arrived + timedelta(seconds=int(wait))
            found.append(Visit(arrived, started, started + timedelta(seconds=int(length)), number % 8 + 1, f"A{number:04d}"))
    return found


Form = Callable[[datetime], str]


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def excel_short(moment: datetime) -> str:
    return f"{moment.year}/{moment.month}/{moment.day} {moment.hour}:{moment:%M:%S}"


def half_days(moment: datetime) -> str:
    return f"{moment.year}/{moment.month}/{moment.day} {'上午' if moment.hour < 12 else '下午'} {moment.hour % 12 or 12}:{moment:%M:%S}"


def serial(moment: datetime) -> str:
    passed = moment - datetime(1899, 12, 30)  # noqa: DTZ001
    return f"{passed / timedelta(days=1):.10f}"


def full_width(moment: datetime) -> str:
    return iso(moment).translate({ord(char): chr(ord(char) + 0xFEE0) for char in "0123456789-:"})


def words(moment: datetime) -> str:
    return f"{moment.year}年{moment.month}月{moment.day}日 {moment.hour}时{moment.minute}分{moment.second}秒"


FORMS: Mapping[str, Form] = {each.__name__: each for each in (iso, excel_short, half_days, serial, full_width, words)}
CHINESE = ("姓名", "票号", "取号时间", "叫号时间", "结束时间", "窗口", "电话")
ENGLISH = ("name", "ticket", "arrived_at", "service_started_at", "service_ended_at", "position", "phone")


def rows(people: Sequence[Visit], form: Form = iso) -> list[tuple[str, ...]]:
    return [("王小明", one.ticket, form(one.arrived), form(one.started), form(one.ended), str(one.window), "13912345678") for one in people]


def text(people: Sequence[Visit], form: Form = iso, header: Sequence[str] = CHINESE, separator: str = ",") -> str:
    return "\r\n".join(separator.join(row) for row in (header, *rows(people, form))) + "\r\n"


def workbook(people: Sequence[Visit], path: Path, form: Form | None = None) -> None:
    """The log as .xlsx, with true dates, or with text."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(CHINESE)
    for one in people:
        times = (one.arrived, one.started, one.ended)
        sheet.append(["王小明", one.ticket, *(times if form is None else map(form, times)), one.window, "13912345678"])
    content = io.BytesIO()
    book.save(content)
    path.write_bytes(content.getvalue())
