"""Times as queueing systems, people and Excel write them, in the time of Shanghai.

A moment is an int of microseconds since 1970-01-01 00:00 on the clocks of Shanghai; a time of day without a date is below one day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from caixue.clock import SHANGHAI
from caixue.units import US_PER_DAY

FIRST_YEAR, LAST_YEAR = 1990, 2100  # what is outside is no visit
EXCEL_DAY_0 = date(1899, 12, 30)
EPOCH = date(1970, 1, 1)
EMPTY, UNREADABLE, DATE_ONLY = -1, -2, -3  # in place of a moment
_KEPT = 200_000  # texts whose meaning is remembered
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:](\d{1,9}))?)?"
_DATE = r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
_PLAIN = re.compile(rf"(?:{_DATE})?(?:(?:^|[ T]\s*)(?:{_CLOCK})(?:\s*(Z|[+-]\d{{2}}:?\d{{2}}))?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[ T]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?")
_SERIAL = re.compile(r"(\d{5})?(?:(?<!\d)0)?(?:[.](\d+))?")
_HALF = re.compile(r"上午|凌晨|早上|早晨|下午|中午|晚上|(?<![a-z])[ap]\.?m\.?(?![a-z])", re.IGNORECASE)
_AFTERNOON = ("下午", "中午", "晚上")
_WEEKDAY = re.compile(r"[(]?(?:星期|周|礼拜)[一二三四五六日天][)]?")
_WORDS = re.compile(r"(\d{1,2})[时点](\d{1,2})分?(?:(\d{1,2})秒?)?")
_DAY_WORDS = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?")


class Unreadable(ValueError):
    """The cell holds no time; it is not quoted, for it may hold anything."""


class Times:
    """Reads cells, remembering the meaning of the dates and times of day that it has met."""

    def __init__(self) -> None:
        self._days: dict[str, int] = {}
        self._clocks: dict[str, int] = {}
        self._wholes: dict[str, int] = {}
        self._midnights: dict[str, int] = {}

    def column(self, cells: Iterable[str]) -> list[int]:
        """The moments in cells; EMPTY, UNREADABLE or DATE_ONLY where there is none."""
        days, clocks, wholes = self._days.get, self._clocks.get, self._wholes.get
        found: list[int] = []
        for cell in cells:
            if cell[10:11] == "T":
                head, tail = cell[:10], cell[11:]
            else:
                head, _, tail = cell.partition(" ")
            day_us, clock_us = days(head), clocks(tail)
            if day_us is not None and clock_us is not None:
                found.append(day_us + clock_us)
                continue
            whole_us = wholes(cell)
            found.append(self._slowly(cell, head, tail) if whole_us is None else whole_us)
        return found

    def read(self, cell: str) -> int:
        """The moment in one cell, or why there is none, as `column` has it."""
        return self.column((cell,))[0]

    def days(self, cells: Iterable[str]) -> list[int]:
        """The midnights of the dates in cells; EMPTY or UNREADABLE where there is none."""
        return [known if (known := self._midnights.get(cell)) is not None else self._day(cell) for cell in cells]

    def _day(self, cell: str) -> int:
        text = plain(cell)
        try:
            day_us = _parts(text)[0] if text else EMPTY
        except Unreadable:
            day_us = None
        _remember(self._midnights, cell, UNREADABLE if day_us is None else day_us)
        return self._midnights.get(cell, UNREADABLE if day_us is None else day_us)

    def _slowly(self, cell: str, head: str, tail: str) -> int:
        text = plain(cell)
        if not text:
            return EMPTY
        try:
            day_us, clock_us = _parts(text)
        except Unreadable:
            return UNREADABLE
        if clock_us is None:
            return DATE_ONLY
        if day_us is not None and tail and _is_date(head):
            _remember(self._days, head, day_us)
            _remember(self._clocks, tail, clock_us)
        else:
            _remember(self._wholes, cell, (day_us or 0) + clock_us)
        return (day_us or 0) + clock_us


def date_of(moment_us: int) -> date:
    """The day of a moment."""
    return EPOCH + timedelta(days=moment_us // US_PER_DAY)


def midnight_us(day: date) -> int:
    """The midnight with which a day begins."""
    return (day - EPOCH).days * US_PER_DAY


def plain(cell: str) -> str:
    """The text without the tabs, quotes and full-width forms that exports put around times."""
    text = unicodedata.normalize("NFKC", cell).strip().strip("'").strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1].strip()  # how exports keep Excel from reading a number
    return text


def _parts(text: str) -> tuple[int | None, int | None]:
    """Midnight of the date, and microseconds after it; None for what is not there. Raises Unreadable."""
    try:
        if (serial := _SERIAL.fullmatch(text)) and any(serial.groups()):
            return _excel(serial)
        if compact := _COMPACT.fullmatch(text):
            year, month, day, *clock = compact.groups()
            return _midnight(year, month, day), _clock_us(clock[0], clock[1], clock[2], None) if clock[0] else None
        return _written(text)
    except (ValueError, OverflowError):
        raise Unreadable from None


def _written(text: str) -> tuple[int | None, int | None]:
    halves = _HALF.findall(text)
    if len(halves) > 1 or len(text) > 60:
        raise ValueError
    text = _WORDS.sub(_with_colons, _DAY_WORDS.sub(r"\1-\2-\3 ", _WEEKDAY.sub(" ", _HALF.sub(" ", text))))
    match = _PLAIN.fullmatch(" ".join(text.split()))
    if match is None or not any(match.groups()):
        raise ValueError
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    midnight = _midnight(year, month, day) if year else None
    if hour is None:
        if halves or zone:
            raise ValueError
        return midnight, None
    clock_us = _clock_us(_of_24(hour, halves[0]) if halves else hour, minute, second, fraction)
    return midnight, clock_us if zone is None else clock_us + _shift_us(midnight, clock_us, zone)


def _with_colons(match: re.Match[str]) -> str:
    hour, minute, second = match.groups()
    return f" {hour}:{minute.zfill(2)}" + (f":{second.zfill(2)}" if second else "")


def _of_24(hour: str, half: str) -> str:
    """The hour of 24 for one of 12; "下午 13:05" is taken as it stands."""
    number, later = int(hour), half in _AFTERNOON or half.lower().startswith("p")
    if later:
        return str(number + 12 if number < 12 else number)
    if number > 12:
        raise ValueError
    return str(number % 12) if half in ("凌晨", "上午") or half.lower().startswith("a") else hour


def _shift_us(midnight: int | None, clock_us: int, zone: str) -> int:
    """From the clocks of the zone to those of Shanghai; a time of day alone has no zone."""
    if midnight is None:
        raise ValueError
    offset = datetime.strptime(zone, "%z").utcoffset()
    moment = datetime(EPOCH.year, 1, 1, tzinfo=SHANGHAI) + timedelta(microseconds=midnight + clock_us)
    here = moment.utcoffset()
    assert offset is not None and here is not None
    return (here - offset) // timedelta(microseconds=1)


def _midnight(year: str, month: str, day: str) -> int:
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise ValueError
    return midnight_us(date(int(year), int(month), int(day)))


def _clock_us(hour: str, minute: str, second: str | None, fraction: str | None) -> int:
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + int((fraction or "0").ljust(6, "0")[:6])


def _excel(match: re.Match[str]) -> tuple[int | None, int | None]:
    """Excel's number of days; what its decimals say of the time of day is meant to the millisecond at best."""
    days, decimals = match.groups()
    share = float(f"0.{decimals}") if decimals else 0.0
    clock_us = round(share * US_PER_DAY / 1000) * 1000 if decimals else None
    if days is None:
        if clock_us is None or clock_us >= US_PER_DAY:
            raise ValueError
        return None, clock_us
    day = EXCEL_DAY_0 + timedelta(days=int(days))
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError
    return midnight_us(day), clock_us


def _is_date(text: str) -> bool:
    return re.fullmatch(_DATE, text) is not None


def _remember(known: dict[str, int], text: str, us: int) -> None:
    if len(known) < _KEPT:
        known[text] = us
