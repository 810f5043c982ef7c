"""When the inspection of a month is due (contract C1): from its first working day, and overdue after its last; one round a month."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.workdays import Calendar


class Due(StrEnum):
    """Where the inspection of a month stands."""

    AHEAD = "ahead"
    DUE = "due"
    OPEN = "open"  # begun
    OVERDUE = "overdue"
    DONE = "done"
    LATE = "late"  # done, after the month's last working day


DUE_TEXT = {
    Due.AHEAD: ("未到期", "not due yet"),
    Due.DUE: ("应做", "due"),
    Due.OPEN: ("进行中", "begun"),
    Due.OVERDUE: ("逾期", "overdue"),
    Due.DONE: ("已做", "done"),
    Due.LATE: ("已做，迟了", "done, late"),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The inspection of one month; `provisional` while nobody has published which of its days are worked."""

    month: str
    first: date
    last: date
    provisional: bool = False

    def standing(self, today: date, begun: bool, finished: date | None) -> Due:
        """Where it stands: `begun` by a round of this month, `finished` on a day."""
        if finished is not None:
            return Due.DONE if finished <= self.last else Due.LATE
        if today > self.last:
            return Due.OVERDUE
        if begun:
            return Due.OPEN
        return Due.AHEAD if today < self.first else Due.DUE


def month_of(day: date) -> str:
    """The month of a day, such as `2026-12`."""
    return f"{day:%Y-%m}"


def known_month(text: str) -> str:
    """The month in `2026-12`. Raises UsageError for anything else."""
    if re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) is None or text < "1900-01":
        raise UsageError(tr(f"{text!r} 不是月份，写成 2026-12", f"{text!r} is no month; write 2026-12"))
    return text


def plan_of(month: str, calendar: Calendar) -> Plan:
    """The plan of a month such as `2026-12`, by working days and make-up days. Raises UsageError for no month.

    A month without a working day, which no calendar has had yet, is planned from its first day to its last.
    """
    year, number = (int(part) for part in known_month(month).split("-"))
    days = [date(year, number, 1) + timedelta(days=offset) for offset in range(monthrange(year, number)[1])]
    kinds = [calendar.day_kind(day) for day in days]
    worked = [day for day, kind in zip(days, kinds, strict=True) if kind.works] or days
    return Plan(month, worked[0], worked[-1], any(kind.provisional for kind in kinds))
