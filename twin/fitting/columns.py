"""Which column of a queue log is which: the names that queueing systems give them, and where none is found, what to write.

No header is ever quoted: where a file has no header, its first row holds people.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caixue.errors import UsageError
from caixue.lang import tr
from twin.problems import nearest

ARRIVED, STARTED, ENDED = "arrived_at", "service_started_at", "service_ended_at"
POSITION, PRIORITY, TICKET, DATE = "position", "priority", "ticket", "date"
# what is read → the names of its column, the surest first
NAMES: Mapping[str, tuple[str, ...]] = {
    ARRIVED: (
        "arrived_at", "到达时间", "取号时间", "签到时间", "报到时间", "到诊时间", "登记时间", "排队时间", "排队开始时间", "入队时间", "到达", "取号",
        "arrival_time", "arrival", "arrived", "ticket_time", "check_in_time", "checkin_time", "checked_in_at",
    ),
    STARTED: (
        "service_started_at", "开始时间", "服务开始时间", "采血开始时间", "开始采血时间", "开始", "叫号时间", "叫号", "呼叫时间", "接诊时间", "受理时间",
        "start_time", "started_at", "start", "called_at", "call_time", "service_start",
    ),
    ENDED: (
        "service_ended_at", "结束时间", "服务结束时间", "采血结束时间", "采血完成时间", "完成时间", "办结时间", "结束", "完成",
        "end_time", "ended_at", "end", "finish_time", "finished_at", "service_end",
    ),
    POSITION: ("position", "窗口", "窗口号", "窗口编号", "窗口名称", "采血窗口", "采血台", "台号", "柜台", "window", "counter", "desk"),
    PRIORITY: ("priority", "优先", "优先级", "是否优先", "优先标志"),
    TICKET: ("ticket", "票号", "排队号", "排队号码", "号票", "取号号码", "流水号", "ticket_no", "ticket_number", "queue_number"),
    DATE: ("date", "日期", "就诊日期", "业务日期", "取号日期", "排队日期", "采血日期", "visit_date"),
}  # fmt: skip
_FIELD_OF = {name: field for field, names in NAMES.items() for name in names}
_BRACKETS = re.compile(r"[(\[【].*?[)\]】]")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the known columns stand, from 0, and how many columns the file has; the others are never kept."""

    places: Mapping[str, int]
    width: int  # 0: there is no header, rows may be of any width
    also: Mapping[int, str]  # further columns that a field could have come from: place → field

    @property
    def dropped(self) -> int:
        """How many columns are not read."""
        return max(0, self.width - len(self.places))


class TwoColumns(Exception):
    """Two columns have the same name: `field`, at these places from 1."""

    def __init__(self, field: str, places: Sequence[int]) -> None:
        super().__init__(field)
        self.field, self.places = field, tuple(places)


def overrides(words: Sequence[str]) -> dict[str, str]:
    """What `--column arrived_at=到达` says, by field; raises UsageError for an unknown field or a word without "="."""
    found: dict[str, str] = {}
    for word in words:
        field, sign, header = (part.strip() for part in word.partition("="))
        field = _FIELD_OF.get(_folded(field), field)
        if not sign or not header or field not in NAMES:
            how = tr("写法如 --column arrived_at=到达 或 arrived_at=3；可写：", "write it like --column arrived_at=3; known: ")
            raise UsageError(f"--column {word}: {how}" + tr("、", ", ").join(NAMES))
        if field in found:
            raise UsageError(tr(f"--column {field} 写了两次", f"--column {field} stands twice"))
        found[field] = header
    return found


def columns_of(cells: Sequence[str], asked: Mapping[str, str]) -> Columns | None:
    """The columns below this row, None where it is no header; raises TwoColumns.

    `asked` names columns by their header, or by their number from 1.
    """
    names = [_folded(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    places, also = _named(names, asked)
    for field, header in asked.items():
        if (place := _place(header, names)) is not None:
            places[field] = place
    return Columns(places, len(names), also) if ARRIVED in places and _is_header(names, asked, places) else None


def numbered(asked: Mapping[str, str]) -> Columns | None:
    """The columns of a file without a header, where all are asked for by number; else None."""
    if ARRIVED not in asked or not all(header.isdecimal() and int(header) > 0 for header in asked.values()):
        return None
    return Columns({field: int(header) - 1 for field, header in asked.items()}, 0, {})


def resembling(cells: Sequence[str]) -> tuple[int, str] | None:
    """A column that could be that of the arrivals, from 1, with the known name that it resembles."""
    for place, cell in enumerate(cells, 1):
        if close := nearest(_folded(cell), NAMES[ARRIVED]):
            return place, close
    return None


def _named(names: Sequence[str], asked: Mapping[str, str]) -> tuple[dict[str, int], dict[int, str]]:
    """The place of each field by the surest name that the header has, and the places of its other names."""
    places: dict[str, int] = {}
    also: dict[int, str] = {}
    for field, known in NAMES.items():
        if field in asked:
            continue
        for name in known:
            at = [place for place, given in enumerate(names) if given == name]
            if len(at) > 1 and field not in places:
                raise TwoColumns(field, [place + 1 for place in at])
            for place in at:
                if field in places:
                    also[place] = field
                places.setdefault(field, place)
    return places, also


def _place(header: str, names: Sequence[str]) -> int | None:
    if (folded := _folded(header)) in names:
        return names.index(folded)
    return int(header) - 1 if header.isdecimal() and 0 < int(header) <= len(names) else None


def _is_header(names: Sequence[str], asked: Mapping[str, str], places: Mapping[str, int]) -> bool:
    """A header names at least one column; with numbers alone, any row would do."""
    named = [field for field, header in asked.items() if field in places and not header.isdecimal()]
    return bool(named) or any(field not in asked for field in places)


def _folded(cell: str) -> str:
    text = _BRACKETS.sub("", unicodedata.normalize("NFKC", cell)).strip("\ufeff \t\r\n:\"'")
    return re.sub(r"[\s\-]+", "_", text.lower())
