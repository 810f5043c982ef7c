"""The engineer's desk in the twin: attendance, leave and hand-over, the acts of each working day, the numbers of the day, the end of the month."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from caixue import __version__
from caixue.errors import UsageError
from caixue.events import Event
from caixue.folding import fold
from caixue.journal import Followed, Recorder
from caixue.months.closing import Months
from caixue.months.counting import numbers_of
from caixue.ops.accounting import Period
from caixue.ops.attendance import Attendance
from caixue.ops.closing import SIGNED
from caixue.ops.daily import DailyCounts
from caixue.ops.forms.handover import FORM as HANDOVER
from caixue.ops.handover import drafted
from caixue.ops.incidents import Incident, Incidents
from caixue.ops.inspection_plan import Due
from caixue.ops.sheets import OPENED, Sheets
from caixue.site import Site
from twin.books import Books
from twin.days import Day
from twin.desk_truth import NEVER, People, Stay
from twin.engineer import Engineers
from twin.office_acts import DeskActs
from twin.office_days import CLOSING_S, DRILL_DAY, INSPECT_FROM, OFFICE_DAYS, SIGNED_S
from twin.position import Steps
from twin.room import Room
from twin.world import US, World

LOOK_US = 10 * US  # how often somebody looks whether the drill is over
DRILL = ("lan", "interface-down")  # what is said to be wrong


class Entries:
    """The run's journal, numbered as its ledger will be: of all lines the ledger keeps only those of operations."""

    def __init__(self, journal: Followed, kept: Sequence[Event]) -> None:
        self._journal = journal
        self._kept = kept

    def append(self, event: Event) -> None:
        """Keep `event`, in the run's journal under its own number there."""
        self._journal.append(replace(event, seq=self._journal.next_seq()))

    def next_seq(self) -> int:
        """The number that the next entry will have in the ledger."""
        return len(self._kept)

    def follow(self, listener: Callable[[Event], None], kinds: object = None) -> None:
        """As the run's journal."""
        self._journal.follow(listener, kinds)  # type: ignore[arg-type]

    def entries(self) -> list[Event]:
        """All so far, as the ledger will have them."""
        return [replace(event, seq=number) for number, event in enumerate(self._kept)]


class Office:
    """The desk of one run. `morning`, `afternoon` and `evening` are part of each day; `after_all` comes when the last day is over."""

    def __init__(
        self,
        world: World,
        site: Site,
        days: Sequence[Day],
        recorder: Recorder,
        journal: Followed,
        kept: Sequence[Event],
        engineers: Engineers,
        incidents: Incidents,
        books: Books,
        room: Room,
        acts: DeskActs,
        opening: Callable[[Day], Sequence[tuple[int, int]]],
        today: Callable[[], Sequence[Event]],
    ) -> None:
        self.acts = acts
        self._world = world
        self._site = site
        self._days = days
        self._engineers = engineers
        self._incidents = incidents
        self._books = books
        self._room = room
        self._opening = opening
        self._today = today  # the lines of the day so far
        self._truth = acts.truth
        self._start = world.clock.now()
        self._attendance = Attendance(recorder, acts.people, journal)
        self._handover = Sheets(HANDOVER, recorder, acts.people, journal)
        self._counts = DailyCounts(recorder, site.name, self._start, journal)
        entries = Entries(journal, kept)
        self._months = Months(Recorder(entries, world.clock), site, self._start, entries, entries.entries)
        self._recorder = recorder
        self._rested_us: int | None = None  # since when nobody has watched
        self._before = (0, 0, 0)  # people who came, were served and left on the days before
        self._labelled = 0
        self._drilled: Incident | None = None
        self._began_us = 0  # when the drill did
        engineers.stands_in = lambda name: acts.leave.on_duty(name, world.now_us)

    # the day

    def watch(self, begins: bool) -> None:
        """The monitors begin, as a site's agent does, or rest until the next morning."""
        if begins:
            down_us = None if self._rested_us is None else self._world.now_us - self._rested_us
            self._recorder.note("agent.started", self._site.name, actor="agent", version=__version__, pid=0, down_us=down_us)
        else:
            self._rested_us = self._world.now_us
            self._recorder.note("agent.stopped", self._site.name, actor="agent", reason="evening")

    def morning(self, day: Day) -> Steps:
        """Who works today comes, and takes over what was handed over to him."""
        self._come()
        for sheet in self._handover.in_state(OPENED):
            self._handover.take("accepted", sheet.number, by=sheet.values["to"])
            self._truth.done["handover.accepted"] += 1
        yield from ()

    def afternoon(self, day: Day) -> Steps:
        """What stands in the table for this working day, what has fallen due, and the drill."""
        number = sum(self._site.calendar.day_kind(one.date).works for one in self._days[: day.index + 1])
        yield self._engineers.errand("desk", lambda name: self._desk(number, name))
        if number >= DRILL_DAY and not self._truth.done["drill.carried-out"]:
            yield from self._drill(day)

    def evening(self, day: Day) -> Steps:
        """The shift ends: the day is counted, the next one handed over where somebody else takes it, and he goes home."""
        yield self._world.kernel.timeout(max(0, self._shift_end_us(day) - self._world.now_us))
        self._count(day, self._engineers.first)
        for following in self._days[day.index + 1 : day.index + 2]:
            for name in self._engineers.names:
                self._hand_over(self._engineers.stands_in(name), self.acts.leave.on_duty(name, following.morning_us))
        self._go()
        self._truth.by_month[str(Period.of(day.date))] = dict(self._truth.lines)

    def after_all(self) -> Steps:
        """Where the last day is the last of its month, the month is closed on the next working morning; a month with days to come is not."""
        last = self._days[-1].date
        closing = last + timedelta(days=1)
        if Period.of(closing) == Period.of(last):
            return
        while not self._site.calendar.day_kind(closing).works:
            closing += timedelta(days=1)
        at_us = self._days[-1].midnight_us + ((closing - last) // timedelta(microseconds=1)) + self._site.shift.workday[0].start_us
        yield self._world.kernel.timeout(at_us - self._world.now_us)
        self._come()
        yield from self._close_months(self._engineers.first)
        self._go()

    # its parts

    def _desk(self, number: int, name: str) -> Steps:
        yield from self._close_months(name)
        for row in OFFICE_DAYS:
            if row.day == number:
                yield self._world.kernel.timeout(round(row.takes_s * US))
                self.acts.acts[row.act](name)
        if number >= INSPECT_FROM and self.acts.inspection.plan()[1] in (Due.DUE, Due.OPEN, Due.OVERDUE):
            yield from self.acts.inspect(name)
        yield from self.acts.see_to_backups(name)

    def _drill(self, day: Day) -> Steps:
        """The head of department calls: the network is down, and it is a drill. The engineer goes as if it were not.

        Where that cannot be, or is not over when the shift ends, it goes on tomorrow.
        """
        if self._drilled is None:
            device, symptom = DRILL
            try:
                self._drilled = self._incidents.report(device, symptom, window="", windows_lost=0, by=self.acts.head, drill=True)
            except UsageError:
                self._truth.refused["drill"] += 1
                return
            self._truth.drills.add(self._drilled.number)
            self._began_us = self._world.now_us
        while self._drilled.state != "closed" and self._world.now_us < self._shift_end_us(day):
            yield self._world.kernel.timeout(LOOK_US)
        if self._drilled.state == "closed":
            self.acts.carry_out_drill(self._drilled.number, self._began_us, self._engineers.first)

    def _shift_end_us(self, day: Day) -> int:
        """When the engineers go home: after the shift on workdays, with the opening hours on others (R2)."""
        works = self._site.calendar.day_kind(day.date).works
        return day.midnight_us + self._site.shift.workday[-1].end_us if works else day.closes_us

    def _come(self) -> None:
        for name in map(self._engineers.stands_in, self._engineers.names):
            self._truth.stays.append(Stay(name, self._date, self._world.now_us))
            self._attendance.come(name, by=name)

    def _go(self) -> None:
        for stay in self._truth.stays:
            if stay.left_us == NEVER:
                stay.left_us = self._world.now_us
                self._attendance.leave(stay.person, by=stay.person)

    def _hand_over(self, name: str, to: str) -> None:
        """The note of what is open, for somebody else who works tomorrow."""
        if to != name:
            open_, orders, consumables = self._incidents.waiting(), self._books.orders.orders.values(), self._books.consumables
            note = drafted(self._incidents.now(), open_, consumables.tasks.values(), self._books.stock, orders)
            said: dict[str, Any] = {"to": to, **note}
            self._handover.open(by=name, **said)
            self._truth.done["handover.opened"] += 1

    def _count(self, day: Day, name: str) -> None:
        """The numbers of the day from its lines; beside them, what was counted at the door."""
        opening = [list(span) for span in self._opening(day)]
        names = [window.name for window in self._site.windows]
        begun = Event(0, day.morning_us, "record.started", self._site.name, data={"windows": names, "opening": opening})
        record = fold([begun, *(event for event in self._today() if event.kind != "record.started")])
        self._counts.note(day.date, numbers_of(record), by=name)
        arrived, _, _, served, left = self._room.headcount()
        labelled = self._truth.lines["label.applied"]
        before = self._before
        self._truth.days[day.date] = People(arrived - before[0], served - before[1], left - before[2], labelled - self._labelled)
        self._before, self._labelled = (arrived, served, left), labelled

    def _close_months(self, name: str) -> Steps:
        """Every month that is over and was not closed: cut off, drafted with the figures of the four reports, signed by the head of department."""
        for period in self._months.closings.periods(self._world.clock.now()):
            if period.after <= self._date and self._months.closings.of(period).state != SIGNED and not period.is_year:
                self._months.cut_off(period, by=name)
                yield self._world.kernel.timeout(round(CLOSING_S * US))
                self._months.draft(period, by=name)
                yield self._world.kernel.timeout(round(SIGNED_S * US))
                self._sign(period)

    def _sign(self, period: Period) -> None:
        """The page that the head of department has signed is scanned."""
        scan = f"{self._site.name} {period} {self._months.closings.of(period).sha256}\n".encode()
        sha256 = hashlib.sha256(scan).hexdigest()
        closings = self._months.closings
        closings.sign(period, scan=f"{period}-signed.pdf", scan_sha256=sha256, signed_on=self._date, by=self.acts.head)
        self._truth.done["month.signed"] += 1

    @property
    def _date(self) -> date:
        return self._world.clock.now().date()
