"""A recorded day: who arrived when, and how long each was served, read from a CSV file such as Excel writes.

No personal data come in: columns that are not known are dropped here, and messages quote known columns only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from caixue.clock import SHANGHAI
from caixue.lang import tr
from caixue.tubes import TEST_RULES
from caixue.units import format_duration
from twin.csv_rows import COLUMNS, ArrivalsError, Row, Table, decoded, rows_of
from twin.problems import Problem, did_you_mean, quoted, read_file

ARRIVED, STARTED, ENDED = "arrived_at", "service_started_at", "service_ended_at"
MAXIMUM_BYTES = 50_000_000
MAXIMUM_PROBLEMS = 1000
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?")
_DATED = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T ]\s*(\S.*)")
_ZONE = re.compile(r"(.*?)\s*(Z|[+-]\d{2}:?\d{2})")
_US = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ArrivalLog:
    """One recorded day as columns, a place for each person, sorted by arrival and line; times in microseconds after the run's start.

    A column that the file does not have is None. A row whose times run backwards or are missing has no service
    (None in `started_us`, `ended_us` and `service_us`); its line is in `unrecorded` when the file records services at all.
    """

    arrived_us: tuple[int, ...]
    started_us: tuple[int | None, ...] | None
    ended_us: tuple[int | None, ...] | None
    service_us: tuple[int | None, ...] | None  # None unless both times are recorded
    position: tuple[str, ...] | None
    priority: tuple[int, ...] | None  # higher goes first; 0 where the cell is empty
    orders: tuple[tuple[str, ...], ...] | None  # names of tests; none where the cell is empty
    line: tuple[int, ...]  # where each row stands in the file, from 1
    unrecorded: tuple[int, ...]  # lines without a usable service
    dropped_columns: tuple[str, ...]

    @property
    def positions(self) -> Mapping[str, tuple[int, int]]:
        """When each position worked: its first start and its last end among the recorded services."""
        spans: dict[str, tuple[int, int]] = {}
        for name, start_us, end_us in zip(self.position or (), self.started_us or (), self.ended_us or (), strict=False):
            if name and start_us is not None and end_us is not None:
                first_us, last_us = spans.get(name, (start_us, end_us))
                spans[name] = min(first_us, start_us), max(last_us, end_us)
        return dict(sorted(spans.items(), key=lambda item: _natural(item[0])))


def read_arrivals(path: Path, start: datetime, duration_us: int | None = None, *, needs: Sequence[str] = ()) -> ArrivalLog:
    """The recorded day in a CSV file; times of day and times without a zone are Shanghai time, on the day of `start`.

    `needs` names further columns that must be there. Raises ArrivalsError for a file that is not such a CSV, an unreadable
    time, and arrivals before `start` or, where `duration_us` is given, not within it.
    """
    return parse_arrivals(read_file(path, MAXIMUM_BYTES, ArrivalsError), path, start, duration_us, needs=needs)


def parse_arrivals(content: bytes, path: Path, start: datetime, duration_us: int | None = None, *, needs: Sequence[str] = ()) -> ArrivalLog:
    """The recorded day in these bytes; see `read_arrivals`."""
    rows = rows_of(decoded(content, path), path)
    table = Table.of(next(rows, None), path, (ARRIVED, *needs))
    reader = _Reader(table, start, duration_us)
    for row in rows:
        reader.read(row)
        if len(reader.problems) >= MAXIMUM_PROBLEMS:
            break
    if not reader.problems:
        reader.problems += _lacking(reader, needs)
    if reader.problems:
        raise ArrivalsError(path, reader.problems)
    return reader.log()


def _lacking(reader: _Reader, needs: Sequence[str]) -> Iterator[Problem]:
    header = reader.table.header
    if not reader.people:
        yield Problem(
            header.line, tr("表头下面没有数据", "no rows below the header"), tr("每人一行", "one row a person"), quoted(header.text)
        )
    elif {STARTED, ENDED} <= set(needs) and all(one.service_us is None for one in reader.people):
        what = tr("没有一行记录了完整的服务时间", "no row records a whole service")
        yield Problem(header.line, what, tr("填写开始和结束时间", "fill in start and end"), quoted(header.text))


@dataclass(frozen=True, slots=True)
class _Person:
    arrived_us: int
    line: int
    started_us: int | None
    ended_us: int | None
    service_us: int | None
    position: str
    priority: int
    orders: tuple[str, ...]


class _Bad(Exception):
    """One cell cannot be read: what it is, and what to write."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class _Reader:
    """Turns rows into people and problems."""

    def __init__(self, table: Table, start: datetime, duration_us: int | None) -> None:
        self.table = table
        self.start = start
        self.duration_us = duration_us
        self.people: list[_Person] = []
        self.problems: list[Problem] = []

    def read(self, row: Row) -> None:
        """Take one row of the file."""
        width = self.table.width
        if len(row.cells) < width or any(row.cells[width:]):
            count = max(place for place, cell in enumerate(row.cells, 1) if cell or place == 1)
            what = tr(f"这一行有 {count} 格，表头有 {width} 格", f"{count} cells in this row, {width} in the header")
            hint = tr("补上缺的格，或给含分隔符的格加双引号", "add the missing cells, or quote a cell that holds a separator")
            self.problems.append(Problem(row.line, what, hint, self.table.quote(row, aligned=False)))
            return
        try:
            self.people.append(self._person(row))
        except _Bad as bad:
            self.problems.append(Problem(row.line, bad.what, bad.hint, self.table.quote(row)))

    def log(self) -> ArrivalLog:
        """Everybody, sorted."""
        people = sorted(self.people, key=lambda one: (one.arrived_us, one.line))
        has = self.table.columns.keys() & set(COLUMNS)
        timed = {STARTED, ENDED} <= has
        return ArrivalLog(
            arrived_us=tuple(one.arrived_us for one in people),
            started_us=tuple(one.started_us for one in people) if STARTED in has else None,
            ended_us=tuple(one.ended_us for one in people) if ENDED in has else None,
            service_us=tuple(one.service_us for one in people) if timed else None,
            position=tuple(one.position for one in people) if "position" in has else None,
            priority=tuple(one.priority for one in people) if "priority" in has else None,
            orders=tuple(one.orders for one in people) if "orders" in has else None,
            line=tuple(one.line for one in people),
            unrecorded=tuple(sorted(one.line for one in people if one.service_us is None)) if timed else (),
            dropped_columns=self.table.dropped,
        )

    def _person(self, row: Row) -> _Person:
        cells = {name: row.cells[place] for name, place in self.table.columns.items()}
        arrived_us = self._arrival(cells[ARRIVED])
        started_us, ended_us = self._time(cells.get(STARTED, "")), self._time(cells.get(ENDED, ""))
        if started_us is not None and started_us < arrived_us:
            started_us = None
        if ended_us is not None and ended_us < (arrived_us if started_us is None else started_us):
            ended_us = None
        service_us = None if started_us is None or ended_us is None else ended_us - started_us
        position = unicodedata.normalize("NFKC", cells.get("position", ""))
        return _Person(
            arrived_us,
            row.line,
            started_us,
            ended_us,
            service_us,
            position,
            _priority(cells.get("priority", "")),
            _orders(cells.get("orders", "")),
        )

    def _arrival(self, cell: str) -> int:
        arrived_us = self._time(cell)
        if arrived_us is None:
            raise _Bad(tr("没有到达时间", "no time of arrival"), tr("填写时间，例如 07:05:30", "write a time, such as 07:05:30"))
        if arrived_us < 0:
            moment = (self.start + arrived_us * _US).isoformat()
            what = tr(f"到达早于运行开始（{self.start.isoformat()}）", f"arrived before the run starts ({self.start.isoformat()})")
            raise _Bad(what, tr(f"在场景中写 start = {moment} 或更早", f"in the scenario, write start = {moment} or earlier"))
        if self.duration_us is not None and arrived_us > self.duration_us:
            length = format_duration(self.duration_us)
            what = tr(f"到达晚于运行结束（历时 {length}）", f"arrived after the run ends (it lasts {length})")
            enough = format_duration(-(-arrived_us // 60_000_000) * 60_000_000)
            raise _Bad(what, tr(f'在场景中写 duration = "{enough}" 或更长', f'in the scenario, write duration = "{enough}" or longer'))
        return arrived_us

    def _time(self, cell: str) -> int | None:
        """The microseconds after the start in "07:05:30" or "2026/11/23 7:05"; None for an empty cell."""
        text = unicodedata.normalize("NFKC", cell).strip()
        if not text:
            return None
        try:
            return (_moment(text, self.start) - self.start) // _US
        except (ValueError, OverflowError):
            raise _Bad(tr(f'"{cell}" 不是时间', f'"{cell}" is not a time'), _time_hint(text)) from None


def _moment(text: str, start: datetime) -> datetime:
    """The aware moment in a time of day, or a date and time with or without a zone; raises ValueError for anything else."""
    if clock := _CLOCK.fullmatch(text):
        day = start.astimezone(SHANGHAI)
        return datetime(day.year, day.month, day.day, *_clock(clock), tzinfo=SHANGHAI)
    dated = _DATED.fullmatch(text)
    zoned = _ZONE.fullmatch(dated[4]) if dated else None
    clock = _CLOCK.fullmatch(zoned[1] if zoned else dated[4]) if dated else None
    if dated is None or clock is None or not 1900 <= int(dated[1]) <= 2200:
        raise ValueError(text)
    naive = datetime(int(dated[1]), int(dated[2]), int(dated[3]), *_clock(clock))  # noqa: DTZ001 - its zone comes in the next line
    return naive.replace(tzinfo=datetime.strptime(zoned[2], "%z").tzinfo if zoned else SHANGHAI)


def _clock(match: re.Match[str]) -> tuple[int, int, int, int]:
    hour, minute, second, fraction = match.groups()
    return int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0"))


def _time_hint(text: str) -> str:
    """How to write the time that somebody seems to have meant."""
    numbers = re.findall(r"\d+", text)[:3]
    if re.fullmatch(r"\d{0,6}\.\d+", text):
        seconds = round(float(f"0.{numbers[-1]}") * 86_400) % 86_400
        meant = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        return tr(
            f"这是 Excel 的时间数值：把该列格式设为时间再导出（{meant}）",
            f"this is Excel's number of a time: format the column as time ({meant})",
        )
    if len(numbers) >= 2 and len(numbers[0]) <= 2 and int(numbers[0]) < 24 and all(len(one) <= 2 and int(one) < 60 for one in numbers[1:]):
        meant = ":".join(one.zfill(2) for one in numbers)
        return tr(f'写成 "{meant}"？', f'write "{meant}"?')
    return tr('写法如 "07:05:30" 或 "2026-11-23 07:05:30"', 'write it like "07:05:30" or "2026-11-23 07:05:30"')


def _priority(cell: str) -> int:
    text = unicodedata.normalize("NFKC", cell).strip()
    if not re.fullmatch(r"[0-9]?", text):
        raise _Bad(
            tr(f'"{cell}" 不是优先级', f'"{cell}" is not a priority'),
            tr("写 0 到 9，越大越先；可空", "write 0 to 9, higher goes first; may be empty"),
        )
    return int(text or 0)


def _orders(cell: str) -> tuple[str, ...]:
    tests = tuple(re.split(r"[;|、\s]+", unicodedata.normalize("NFKC", cell).strip())) if cell.strip() else ()
    for test in tests:
        if test not in TEST_RULES:
            raise _Bad(tr(f'没有检验项目 "{test}"', f'no test "{test}"'), did_you_mean(test, tuple(TEST_RULES)))
    return tests


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Sorts "window-10" after "window-9"."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name))
