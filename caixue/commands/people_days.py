"""Days and months as they are typed and shown in `caixue people`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.commands.common import Desk


def day_typed(desk: Desk, text: str) -> date:
    """A day such as 2026-11-23, today for nothing. Raises UsageError otherwise."""
    if not text.strip():
        return desk.now.date()
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(tr(f"{text} 不是日期，写成 2026-11-23", f"{text} is no date; write 2026-11-23")) from None


def month_typed(desk: Desk, text: str) -> date:
    """The first day of a month such as 2026-11, of this month for nothing. Raises UsageError otherwise."""
    if not text.strip():
        return desk.now.date().replace(day=1)
    try:
        return date.fromisoformat(f"{text.strip()}-01")
    except ValueError:
        raise UsageError(tr(f"{text} 不是月份，写成 2026-11", f"{text} is no month; write 2026-11")) from None


def clock_time(us: int | None, start: datetime) -> str:
    """An instant of the record as people read it within a day."""
    return "" if us is None else f"{start + timedelta(microseconds=us):%m-%d %H:%M}"
