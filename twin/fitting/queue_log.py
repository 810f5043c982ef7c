"""Queue logs: everybody who came in some files, each once; every row that cannot be used is noted with its line.

Nothing but times leaves this module. Ticket numbers serve to find repeated rows, as hashes under the key of the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import US_PER_DAY
from twin.csv_rows import ArrivalsError
from twin.fitting.bad_rows import WORDS, BadRows, Kind
from twin.fitting.columns import ARRIVED, Columns
from twin.fitting.header import header_of
from twin.fitting.opening import day_in_name, opened, unreadable
from twin.fitting.people import NONE, Numbers, People, RowReader
from twin.fitting.text_rows import Record
from twin.fitting.times import Times
from twin.problems import Problem

Progress = Callable[[str, int, float], None]  # file, rows read, share of the file

LONGEST_US = 2 * 3_600_000_000  # a service; longer ones are ends that somebody forgot to press: docs/assumptions.md A-160
MAXIMUM_FILES = 4000
_BLOCK = 16_384  # rows


@dataclass(frozen=True, slots=True)
class Reading:
    """How logs are read."""

    columns: Mapping[str, str] = field(default_factory=dict)  # field → header or number
    day: date | None = None  # of times without a date
    sheet: str | None = None
    longest_us: int = LONGEST_US


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file: what it was, and how its rows were read."""

    name: str
    encoding: str  # "xlsx" for a workbook
    separator: str
    columns: Mapping[str, int]  # field → place from 1
    also: Mapping[int, str]  # columns that a field could have come from, too
    dropped_columns: int
    rows: int
    broken_characters: int = 0
    broken_line: int = 0
    day: date | None = None  # of its times without a date, if it has such, from --date or the file's name
    repeats: str = ""  # the name of an earlier file with the same bytes; then nothing of it was read


@dataclass(frozen=True, slots=True)
class QueueLog:
    """Everybody who came, in the order of files and lines; the people of a file without dates came below zero, a day each file."""

    files: tuple[FileRead, ...]
    people: People
    bad: BadRows
    rows: int

    def only(self, keep: NDArray[np.bool_]) -> QueueLog:
        """The same log with these people alone."""
        return QueueLog(self.files, self.people.only(keep), self.bad, self.rows)


def undated_day(file: int) -> int:
    """The number of the day of a file without dates, as `arrived_us // US_PER_DAY` gives it."""
    return -1 - file


def read_logs(paths: Sequence[Path], reading: Reading, progress: Progress = lambda name, rows, share: None) -> QueueLog:
    """The people in these files. Raises ArrivalsError with file and line for a file that is no queue log, and where nobody is in any."""
    if len(paths) > MAXIMUM_FILES:
        raise UsageError(tr(f"最多 {MAXIMUM_FILES} 个文件", f"at most {MAXIMUM_FILES} files"))
    reader = _Reader(reading, progress)
    parts = [reader.read(path) for path in paths]
    people = People.together(parts)
    if not len(people.line):
        raise ArrivalsError(paths[reader.bad.files[0] if len(reader.bad) else 0], [_nobody(reader.bad)])
    keep = _once(people, reader.bad)
    return QueueLog(tuple(reader.files), people.only(keep), reader.bad, sum(one.rows for one in reader.files))


class _Reader:
    """Reads files one after the other."""

    def __init__(self, reading: Reading, progress: Progress) -> None:
        self.bad, self.files = BadRows(), list[FileRead]()
        self._reading, self._progress, self._times = reading, progress, Times()
        self._rows = RowReader(self._times, self.bad, reading.longest_us)
        self._read: dict[tuple[bytes, date | None], str] = {}  # content and day → name

    def read(self, path: Path) -> People:
        """The people of one more file; nobody where it is a copy of an earlier one."""
        log, encoding = opened(path, self._reading.sheet)
        day = self._reading.day or day_in_name(path.stem)
        if (copied := self._read.get((encoding.digest, day))) is not None:
            self.files.append(FileRead(path.name, encoding.name, "", {}, {}, 0, 0, repeats=copied))
            return People.together(())
        self._read[encoding.digest, day] = path.name
        parts: list[People] = []
        rows, without_date = 0, self._rows.without_date
        try:
            records = log.records()
            columns, header = header_of(path, records, self._reading.columns, self._times)
            for block in _blocks(records, columns, header):
                rows += len(block)
                parts.append(self._rows.read(self._data(block, columns, header), columns, len(self.files), day))
                self._progress(path.name, rows, log.share)
        except OSError as refused:
            raise unreadable(path, refused) from None
        people = self._dated(People.together(parts))
        day = day if self._rows.without_date > without_date else None
        places = {name: place + 1 for name, place in columns.places.items()}
        also = {place + 1: name for place, name in columns.also.items()}
        broken = (encoding.broken, encoding.line)
        self.files.append(FileRead(path.name, encoding.name, log.separator, places, also, columns.dropped, rows, *broken, day))
        return people

    def _data(self, block: Sequence[Record], columns: Columns, header: Record) -> Sequence[Record]:
        """The rows without headers that come again, as on the pages of some exports."""
        place = columns.places[ARRIVED]
        if not columns.width or header[1] is None:
            return block
        name, again = header[1][place], [cell.strip() for cell in header[1]]
        repeated = {
            line
            for line, cells in block
            if cells is not None and len(cells) > place and cells[place] == name and [cell.strip() for cell in cells] == again
        }
        for line in sorted(repeated):
            self.bad.add(len(self.files), line, Kind.HEADER_AGAIN)
        return [record for record in block if record[0] not in repeated] if repeated else block

    def _dated(self, people: People) -> People:
        """People of this file without a date: all of them, then it is one day without a date; or some, then their rows are bad."""
        file = len(self.files)
        undated = people.arrived_us < US_PER_DAY
        if not undated.any():
            return people
        if undated.all():
            shift = undated_day(file) * US_PER_DAY
            started_us = np.where(people.service_us == NONE, NONE, people.started_us + shift)
            rest = (people.service_us, people.position, people.urgent, people.ticket, people.file, people.line)
            return People(people.arrived_us + shift, started_us, *rest)
        lines = people.line[undated].tolist()
        self.bad.extend([file] * len(lines), lines, Kind.NO_DATE)
        return people.only(~undated)


def _blocks(records: Iterator[Record], columns: Columns, header: Record) -> Iterator[list[Record]]:
    """Many rows at a time, blank ones left out; without a header, the row that was looked at comes first."""
    place = columns.places[ARRIVED]
    first = [] if columns.width else [header]
    while True:
        block = list(islice(records, _BLOCK))
        if not block and not first:
            return
        yield [*first, *(record for record in block if not _blank(record[1], place))]
        first = []


def _blank(cells: Sequence[str] | None, place: int) -> bool:
    """A row without a single character."""
    if cells is None or (len(cells) > place and cells[place]):
        return False
    return not any(cell and not cell.isspace() for cell in cells)


def _nobody(bad: BadRows) -> Problem:
    if not len(bad):
        return Problem(1, tr("表头下面没有数据", "no rows below the header"), tr("每人一行", "one row a person"))
    line, words = bad.lines[0], WORDS[Kind(bad.kinds[0])]
    what = tr(f"没有一行能用；这一行{words.zh}", f"no row can be used; on this line: {words.en}")
    return Problem(line, what, tr(words.do_zh, words.do_en))


def _once(people: People, bad: BadRows) -> NDArray[np.bool_]:
    """True for each person once: a row that repeats another is left out and noted.

    Rows repeat each other with the same ticket, or without tickets the same service at the same position, and the same arrival.
    """
    day = people.arrived_us // US_PER_DAY
    served = np.where(people.service_us == NONE, np.iinfo(np.int64).max, people.started_us)  # of a person's rows one with a service is kept
    order = np.lexsort((people.line, people.file, people.position, people.service_us, served, people.arrived_us, people.ticket, day))
    sorted_people, day = people.only(order), day[order]
    same = _like_before(sorted_people.ticket) & (day[1:] == day[:-1])
    again = same & _like_before(sorted_people.arrived_us)
    numbered = sorted_people.ticket[1:] != 0
    alike = np.logical_and.reduce([_like_before(one) for one in (served[order], sorted_people.service_us, sorted_people.position)])
    at_one_place = alike & (sorted_people.service_us[1:] != NONE) & (sorted_people.position[1:] != NONE)
    gone, twice = order[1:][again & (numbered | at_one_place)], order[1:][same & numbered & ~again]
    bad.extend(people.file[gone].tolist(), people.line[gone].tolist(), Kind.DUPLICATE)
    bad.extend(people.file[twice].tolist(), people.line[twice].tolist(), Kind.TICKET_TWICE)
    keep = np.ones(len(order), np.bool_)
    keep[gone] = False
    return keep


def _like_before(numbers: Numbers) -> NDArray[np.bool_]:
    return numbers[1:] == numbers[:-1]
