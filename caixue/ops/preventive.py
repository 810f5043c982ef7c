"""The preventive plan (contract C2.1.4, C2.1.5): which task on which device, how often by calendar and by wear, and what is due now."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import floor

from caixue.lang import tr
from caixue.ops.preventive_tasks import TASKS, TaskRow
from caixue.ops.wear import life_of
from caixue.site import Site

IDLE_FROM = time(15)  # windows are idle from then on, room.md; assumed: docs/assumptions.md A-106
_NEVER = date.max


@dataclass(frozen=True, slots=True)
class Planned:
    """A task of the plan on one device; `window` is empty for a device that all windows share."""

    row: TaskRow
    device: str
    window: str = ""

    @property
    def limit(self) -> float | None:
        """The wear at which it is due; None where only the calendar counts."""
        life = life_of(self.row.kind, self.row.part) if self.row.part else None
        return self.row.every or (life.limit if life is not None and self.row.counter else None)


@dataclass(frozen=True, slots=True)
class Done:
    """When a task was done last, and what its counter had run then (None: not known)."""

    on: date
    run: float | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """What a counter has run in all, and how much a day (None: not known yet)."""

    run: float
    per_day: float | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """When one task of the plan is due, seen from `today`: by calendar, by wear, whichever comes first."""

    planned: Planned
    today: date
    last: date | None  # when it was done; None: never since the record began
    by_calendar: date = _NEVER
    by_wear: date = _NEVER  # a forecast from the use per day
    wear: float | None = None  # since it was done last

    @property
    def due_on(self) -> date:
        """The day on which it is due; the last day that there is when nothing tells."""
        return min(self.by_calendar, self.by_wear)

    @property
    def due(self) -> bool:
        """Whether it is due today or was before."""
        return self.due_on <= self.today

    @property
    def overdue_days(self) -> int:
        """For how many days it has been due; 0 on the day itself and before."""
        return max(0, (self.today - self.due_on).days)

    @property
    def margin(self) -> float | None:
        """How much wear is left, below 0 when it is overdue by wear; None where no counter tells."""
        limit = self.planned.limit
        return None if limit is None or self.wear is None else limit - self.wear

    @property
    def reason(self) -> str:
        """Why it is due then."""
        if self.by_wear < self.by_calendar:
            row = self.planned.row
            return tr(
                f"磨损 {self.wear:g} / {self.planned.limit:g}（{row.counter}）",
                f"wear {self.wear:g} of {self.planned.limit:g} ({row.counter})",
            )
        if self.last is None:
            return tr("还没有做过", "not done yet")
        return tr(f"上次 {self.last}", f"last {self.last}")


def plan_for(site: Site) -> tuple[Planned, ...]:
    """The plan of a site: every task of every device that it has."""
    return tuple(Planned(row, device.name, device.window) for device in site.devices.values() for row in TASKS if row.kind == device.kind)


def outlook(
    plan: Iterable[Planned],
    done: Mapping[tuple[str, str], Done],
    use: Mapping[tuple[str, str], Use],
    since: date,
    now: datetime,
) -> list[Task]:
    """Every task of the plan with the day on which it is due, the earliest first.

    `done`: device and task → the last time; `use`: device and counter; a task never done counts from `since`, when the record
    began, and its wear from the making of the device.
    """
    tasks = [_task(planned, done.get((planned.device, planned.row.name)), use, since, now.date()) for planned in plan]
    return sorted(tasks, key=lambda task: (task.due_on, task.planned.device, task.planned.row.name))


def due(
    plan: Iterable[Planned],
    done: Mapping[tuple[str, str], Done],
    use: Mapping[tuple[str, str], Use],
    since: date,
    now: datetime,
) -> list[Task]:
    """The tasks that are due, the longest overdue first; arguments as for `outlook`."""
    return [task for task in outlook(plan, done, use, since, now) if task.due]


def possible_now(tasks: Sequence[Task], now: datetime) -> list[Task]:
    """Those that may be begun at `now`: what needs an idle window waits until 15:00."""
    return [task for task in tasks if not task.planned.row.idle or now.time() >= IDLE_FROM]


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _task(planned: Planned, last: Done | None, use: Mapping[tuple[str, str], Use], since: date, today: date) -> Task:
    row, limit = planned.row, planned.limit
    by_calendar = months_later(last.on if last else since, row.months) + timedelta(days=row.days) if row.days or row.months else _NEVER
    counted = use.get((planned.device, row.counter)) if limit is not None else None
    if counted is None or limit is None:
        return Task(planned, today, last.on if last else None, by_calendar)
    wear = max(0.0, counted.run - ((last.run or 0.0) if last else 0.0))
    return Task(planned, today, last.on if last else None, by_calendar, _reached(limit - wear, counted.per_day, today), wear)


def _reached(left: float, per_day: float | None, today: date) -> date:
    """When the wear that is left will have been used."""
    if left <= 0:
        return today
    days = floor(left / per_day) if per_day else None
    return _NEVER if days is None or days > 36_500 else today + timedelta(days=days)
