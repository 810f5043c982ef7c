"""What can be wrong with a row of a queue log, what becomes of the row, and what to do; rows are told by file and line, never quoted."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from caixue.lang import tr


class Kind(IntEnum):
    """What is wrong with a row."""

    NO_ARRIVAL = 1
    ARRIVAL = 2
    ARRIVAL_DATE_ONLY = 3
    NO_DATE = 4
    TOO_FEW = 5
    TOO_MANY = 6
    QUOTES = 7
    HEADER_AGAIN = 8
    DUPLICATE = 9
    LEFT_OUT_DAY = 10
    NO_SERVICE = 20
    NO_START = 21
    NO_END = 22
    SERVICE = 23
    START_BEFORE_ARRIVAL = 24
    BACKWARDS = 25
    ZERO = 26
    TOO_LONG = 27
    TICKET_TWICE = 40
    PRIORITY = 41


class Fate(IntEnum):
    """What becomes of the row."""

    LEFT_OUT = 0  # nobody came by it
    ARRIVAL_ALONE = 1  # the arrival counts, the service is unrecorded
    KEPT = 2  # it counts in full


class Words(NamedTuple):
    """A kind of mistake for people: what it is, and what to do."""

    zh: str
    en: str
    do_zh: str
    do_en: str


WORDS: Mapping[Kind, Words] = {
    Kind.NO_ARRIVAL: Words("没有到达时间", "no time of arrival", "填写，或删去这一行（如合计行）", "fill it in, or delete the line"),
    Kind.ARRIVAL: Words(
        "到达时间读不懂", "the arrival is no time", "写成 2026-01-05 07:03:12，年份在前", "write 2026-01-05 07:03:12, the year first"
    ),
    Kind.ARRIVAL_DATE_ONLY: Words(
        "到达只有日期，没有钟点", "the arrival is a date without a time", "把该列格式设为日期和时间再导出", "export the column with its time"
    ),
    Kind.NO_DATE: Words("没有日期", "no date", "写上日期，或加 --date", "write the date, or add --date"),
    Kind.TOO_FEW: Words("格数比表头少", "fewer cells than the header", "补上缺的格；换行不能拆开一行", "add the missing cells"),
    Kind.TOO_MANY: Words("格数比表头多", "more cells than the header", "给含分隔符的格加双引号", "quote the cell that holds a separator"),
    Kind.QUOTES: Words("引号不成对", "quotes that do not match", "双引号要成对，格内的写两个", "quotes come in pairs; double them inside a cell"),
    Kind.HEADER_AGAIN: Words("又是一行表头", "the header once more", "无需处理", "nothing"),
    Kind.DUPLICATE: Words("与另一行重复", "repeats another row", "无需处理；若不是重复，核对票号", "nothing; if it is no repetition, check the ticket"),
    Kind.LEFT_OUT_DAY: Words("这一天按 --without 不计", "this day is left out by --without", "无需处理", "nothing"),
    Kind.NO_SERVICE: Words("没有服务时间", "no times of service", "过号、离开的人如此；否则补上", "usual for who left; else fill them in"),
    Kind.NO_START: Words("没有开始时间", "no start of service", "补上开始时间", "fill in the start"),
    Kind.NO_END: Words("没有结束时间", "no end of service", "补上结束时间；多半忘了按结束", "fill in the end; somebody forgot to press it"),
    Kind.SERVICE: Words("服务时间读不懂", "a time of service is no time", "写成 2026-01-05 07:03:12", "write 2026-01-05 07:03:12"),
    Kind.START_BEFORE_ARRIVAL: Words("开始早于到达", "started before the arrival", "核对两台机器的时钟", "compare the clocks of the machines"),
    Kind.BACKWARDS: Words("结束早于开始", "ended before its start", "核对两列是否颠倒", "see whether the columns are swapped"),
    Kind.ZERO: Words("服务时长为零", "a service of no length", "连按两次叫号会这样", "two presses in a row do this"),
    Kind.TOO_LONG: Words("服务时间过长", "a service far too long", "多半忘了按结束；确有其事则调 --longest", "an end forgotten; if true, raise --longest"),
    Kind.TICKET_TWICE: Words("同一天同一票号来了两次", "the same ticket twice on one day", "两次都计入；核对是否重发", "both count; was it issued again?"),
    Kind.PRIORITY: Words("优先一格读不懂", "the priority is not understood", "写 0–9 或 是、否；按普通计", "write 0 to 9, yes or no; taken as ordinary"),
}  # fmt: skip


def fate(kind: Kind) -> Fate:
    """What becomes of a row of that kind."""
    return Fate.LEFT_OUT if kind < Kind.NO_SERVICE else Fate.ARRIVAL_ALONE if kind < Kind.TICKET_TWICE else Fate.KEPT


def fate_words(one: Fate) -> str:
    """The same for people."""
    texts = {
        Fate.LEFT_OUT: ("不计入", "left out"),
        Fate.ARRIVAL_ALONE: ("计到达，不计服务时间", "the arrival counts, the service does not"),
        Fate.KEPT: ("计入", "counted"),
    }
    return tr(*texts[one])


@dataclass(slots=True)
class BadRows:
    """The rows with something wrong, by file (its number from 0) and line, in a few bytes each."""

    files: array[int] = field(default_factory=lambda: array("L"))
    lines: array[int] = field(default_factory=lambda: array("L"))
    kinds: array[int] = field(default_factory=lambda: array("B"))

    def add(self, file: int, line: int, kind: Kind) -> None:
        """Note one."""
        self.files.append(file)
        self.lines.append(line)
        self.kinds.append(kind)

    def extend(self, files: Sequence[int], lines: Sequence[int], kind: Kind) -> None:
        """Note several of one kind."""
        self.files.extend(files)
        self.lines.extend(lines)
        self.kinds.extend([kind] * len(files))

    def __len__(self) -> int:
        return len(self.lines)

    def sorted(self) -> Iterator[tuple[int, int, Kind]]:
        """All of them as (file, line, kind), by file and line."""
        for file, line, kind in sorted(zip(self.files, self.lines, self.kinds, strict=True)):
            yield file, line, Kind(kind)

    def counts(self) -> dict[Kind, int]:
        """How many there are of each kind."""
        found = Counter(self.kinds)
        return {kind: found[kind] for kind in Kind if found[kind]}

    def counts_by_file(self) -> dict[int, dict[Kind, int]]:
        """The same for each file that has any."""
        found: dict[int, dict[Kind, int]] = {}
        for (file, kind), count in sorted(Counter(zip(self.files, self.kinds, strict=True)).items()):
            found.setdefault(file, {})[Kind(kind)] = count
        return found
