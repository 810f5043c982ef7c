"""Rows of a queue log as columns of numbers, many rows at a time: when each person came and how long the service took."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from caixue.units import US_PER_DAY
from twin.fitting.bad_rows import BadRows, Kind
from twin.fitting.columns import ARRIVED, DATE, ENDED, POSITION, PRIORITY, STARTED, TICKET, Columns
from twin.fitting.text_rows import Record
from twin.fitting.times import DATE_ONLY, EMPTY, UNREADABLE, Times, midnight_us, plain

Numbers = NDArray[np.int64]

NONE = -1  # no time, no position
_KEPT = 10_000  # texts whose meaning is remembered
_YES, _NO = ("是", "y", "yes", "true", "优先", "√", "vip"), ("否", "n", "no", "false", "普通", "×", "-", "无")
_NOT_UNDERSTOOD = 2


@dataclass(frozen=True, slots=True)
class People:
    """A place for each person; times are moments of `twin.fitting.times`, NONE where there is none."""

    arrived_us: Numbers
    started_us: Numbers
    service_us: Numbers
    position: Numbers  # a number for each name, NONE without one
    urgent: Numbers  # 1: goes first
    ticket: Numbers  # a digest, 0 for none
    file: Numbers
    line: Numbers

    def only(self, keep: NDArray[np.bool_] | Numbers) -> People:
        """These people alone."""
        return People(*(getattr(self, name)[keep] for name in self.__slots__))

    @staticmethod
    def together(parts: Sequence[People]) -> People:
        """All of them, one after the other."""
        nobody = np.zeros(0, np.int64)
        return People(*(np.concatenate([nobody, *(getattr(part, name) for part in parts)]) for name in People.__slots__))


class _Meanings(dict[str, int]):
    """The numbers of texts, found once each."""

    def __init__(self, number: Callable[[str], int]) -> None:
        super().__init__()
        self._number = number

    def __missing__(self, text: str) -> int:
        number = self._number(text)
        if len(self) < _KEPT:
            self[text] = number
        return number


class RowReader:
    """Reads the rows of all files, noting those with something wrong."""

    def __init__(self, times: Times, bad: BadRows, longest_us: int) -> None:
        self.without_date = 0  # times of arrival that had no date of their own
        self._times, self._bad, self._longest_us = times, bad, longest_us
        self._names: dict[str, int] = {}
        self._positions, self._urgent = _Meanings(self._position), _Meanings(_urgent)

    def read(self, block: Sequence[Record], columns: Columns, file: int, day: date | None) -> People:
        """The people in these rows; `day` is that of times without a date, None where nobody knows it."""
        lines, rows = self._well_shaped(block, columns, file)
        column = _columns(rows, columns)
        arrived_us, kind, base = self._arrivals(column, 0 if day is None else midnight_us(day), len(rows))
        here = np.flatnonzero(kind == 0)
        self._note(file, lines, kind)
        picked = {name: [cells[place] for place in here.tolist()] if len(here) < len(rows) else cells for name, cells in column.items()}
        arrived_us, base, lines = arrived_us[here], base[here], lines[here]
        started_us, service_us = self._services(picked, arrived_us, base, file, lines)
        nothing = np.full(len(here), NONE, np.int64)
        urgent = np.fromiter(map(self._urgent.__getitem__, picked.get(PRIORITY, ())), np.int64)
        if len(urgent):
            self._note(file, lines, np.where(urgent == _NOT_UNDERSTOOD, Kind.PRIORITY, 0))
        return People(
            arrived_us=arrived_us,
            started_us=started_us,
            service_us=service_us,
            position=np.fromiter(map(self._positions.__getitem__, picked[POSITION]), np.int64) if POSITION in picked else nothing,
            urgent=(urgent == 1).astype(np.int64) if PRIORITY in picked else nothing * 0,
            ticket=np.array([hash(cell.strip()) for cell in picked[TICKET]], np.int64) if TICKET in picked else nothing * 0,
            file=nothing * 0 + file,
            line=lines,
        )

    def _well_shaped(self, block: Sequence[Record], columns: Columns, file: int) -> tuple[Numbers, list[Sequence[str]]]:
        """The rows that have the cells they should, with their lines."""
        least = max(columns.width, 1 + max(columns.places.values()))
        lines: list[int] = []
        rows: list[Sequence[str]] = []
        for line, cells in block:
            if cells is not None and (len(cells) == least or (len(cells) > least and _fits(cells, columns.width))):
                lines.append(line)
                rows.append(cells)
            else:
                self._bad.add(file, line, Kind.QUOTES if cells is None else Kind.TOO_FEW if len(cells) < least else Kind.TOO_MANY)
        return np.array(lines, np.int64), rows

    def _arrivals(self, column: dict[str, list[str]], base_us: int, count: int) -> tuple[Numbers, Numbers, Numbers]:
        """When they came, what is wrong with that (a Kind, or 0), and the midnight of each row's day without a date."""
        base = np.full(count, base_us, np.int64)
        wrong = np.zeros(count, np.int64)
        if DATE in column:
            days = np.array(self._times.days(column[DATE]), np.int64)
            base = np.where(days >= 0, days, base)
            wrong[days == UNREADABLE] = Kind.ARRIVAL
        came = np.array(self._times.column(column[ARRIVED]), np.int64)
        for code, kind in ((EMPTY, Kind.NO_ARRIVAL), (UNREADABLE, Kind.ARRIVAL), (DATE_ONLY, Kind.ARRIVAL_DATE_ONLY)):
            wrong[came == code] = kind
        self.without_date += int(((came >= 0) & (came < US_PER_DAY) & (base == base_us)).sum())
        return np.where(came < US_PER_DAY, came + base, came), wrong, base

    def _services(
        self, column: dict[str, list[str]], arrived_us: Numbers, base: Numbers, file: int, lines: Numbers
    ) -> tuple[Numbers, Numbers]:
        """When each service began and how long it took, NONE where that is not recorded, which is noted."""
        if STARTED not in column or ENDED not in column:
            nothing = np.full(len(arrived_us), NONE, np.int64)
            return nothing, nothing
        day_us = np.where(base > 0, base, arrived_us - arrived_us % US_PER_DAY)
        began, ended = (np.array(self._times.column(column[name]), np.int64) for name in (STARTED, ENDED))
        start_us, end_us = (np.where((us >= 0) & (us < US_PER_DAY), us + day_us, us) for us in (began, ended))
        unreadable = np.minimum(began, ended) < EMPTY
        length_us = end_us - start_us
        wrong = np.select(
            [
                unreadable,
                (began == EMPTY) & (ended == EMPTY),
                began == EMPTY,
                ended == EMPTY,
                start_us < arrived_us,
                length_us > self._longest_us,
                length_us == 0,
                length_us < 0,
            ],
            [
                Kind.SERVICE,
                Kind.NO_SERVICE,
                Kind.NO_START,
                Kind.NO_END,
                Kind.START_BEFORE_ARRIVAL,
                Kind.TOO_LONG,
                Kind.ZERO,
                Kind.BACKWARDS,
            ],
            0,
        )
        self._note(file, lines, wrong)
        return np.where(wrong == 0, start_us, NONE), np.where(wrong == 0, length_us, NONE)

    def _note(self, file: int, lines: Numbers, kinds: Numbers) -> None:
        for place in np.flatnonzero(kinds).tolist():
            self._bad.add(file, int(lines[place]), Kind(int(kinds[place])))

    def _position(self, text: str) -> int:
        """A number in place of the name of a position."""
        name = plain(text)
        return self._names.setdefault(name, len(self._names)) if name else NONE


def _columns(rows: Sequence[Sequence[str]], columns: Columns) -> dict[str, list[str]]:
    return {name: [row[place] for row in rows] for name, place in columns.places.items()}


def _fits(cells: Sequence[str], width: int) -> bool:
    """Whether what stands beyond the header is empty; without a header anything may."""
    return not width or not any(cell.strip() for cell in cells[width:])


def _urgent(text: str) -> int:
    """1 for somebody who goes first, 0 for others."""
    word = plain(text).lower()
    if not word or word in _NO:
        return 0
    if word in _YES:
        return 1
    return int(word != "0") if re.fullmatch(r"[0-9]", word) else _NOT_UNDERSTOOD
