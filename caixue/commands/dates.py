"""Days that people type, for commands of the duties."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.clock import Clock


def one_day(text: str, option: str) -> date:
    """The day in "2026-12-01". Raises UsageError otherwise."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(tr(f"{option} 不是日期：{text}；写成 2026-12-01", f"{option} is no date: {text}; write 2026-12-01")) from None


def day_or_today(text: str | None, clock: Clock, option: str) -> date:
    """The day that was typed, else the one that it is in Shanghai. Raises UsageError for what is none."""
    from caixue.ops.dating import today

    return today(clock) if text is None else one_day(text, option)
