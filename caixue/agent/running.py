"""The agent's main loop: take the news, keep them, do what is due, say that all is well; and stop within a second when asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from caixue.agent.duties import Duties
from caixue.agent.keeping import Keeper
from caixue.agent.lines import Asking, Broken, Counted, Mailbox, News, Running, Stop, Uncounted, one_round
from caixue.agent.overhearing import Overheard
from caixue.agent.report import report
from caixue.agent.status import HEARTBEAT_S, Folder
from caixue.agent.watchdog import Watchdog
from caixue.agent.words import plain, plain_data
from caixue.clock import US_PER_S
from caixue.drivers.base import Driver
from caixue.errors import LedgerError, UsageError
from caixue.events import Event
from caixue.journal import Draft
from caixue.lang import tr
from caixue.ops.blocking import AGENT
from caixue.probes.reading import Reading as Probed
from caixue.site import Site

TICK_S = 0.25
CATCH_UP_S, BRING_OVER_S = 1.0, 2.0
PENDING = 10_000  # news that wait in memory while neither ledger nor spool takes anything
ONE_ROUND_S = 30.0
SUPERVISOR_GONE = "supervisor-gone"
DAYS = "days"  # the thread that counts them

Tell = Callable[[str], object]


class Every:
    """Says when something is due again."""

    def __init__(self, interval_s: float) -> None:
        self._interval_us, self._due_us = int(interval_s * US_PER_S), 0

    def due(self, now_us: int) -> bool:
        """Whether it is due; if so, the next time is one interval from now."""
        if now_us < self._due_us:
            return False
        self._due_us = now_us + self._interval_us
        return True


class Agent:
    """One site's agent over an open ledger. `facts` go into the status file as they are."""

    def __init__(
        self,
        site: Site,
        keeper: Keeper,
        drivers: Mapping[str, Driver],
        lines: Sequence[Asking],
        mailbox: Mailbox,
        folder: Folder,
        watchdog: Watchdog,
        *,
        facts: Mapping[str, Any],
        tell: Tell,
        overheard: Sequence[Overheard] = (),
        orphaned: Callable[[], bool] = lambda: False,
    ) -> None:
        self.site = site
        self.keeper = keeper
        self.drivers = drivers
        self.lines = lines
        self.mailbox = mailbox
        self.folder = folder
        self.facts = dict(facts)
        self.stopping = ""
        self.stalled: dict[str, float] = {}
        self.broken: dict[str, str] = {}  # device → a mistake of the program's own
        self.uncounted: dict[date, str] = {}  # day → why it has no numbers yet
        self.dropped = 0
        self._watchdog = watchdog
        self._tell = tell
        self._orphaned = orphaned
        self._overheard = tuple(overheard)
        self._pending: deque[News] = deque()
        self._stale = self._mute = False
        self._wrong: deque[str] = deque(maxlen=100)  # what was wrong, said once
        self._told_due: set[tuple[str, str]] = set()
        self._catch_up, self._bring_over, self._heartbeat = Every(CATCH_UP_S), Every(BRING_OVER_S), Every(HEARTBEAT_S)
        self._ping = Every(watchdog.every_s) if watchdog.every_s is not None else None
        keeper.bring_over()
        self.duties = Duties(site, drivers, keeper)

    @property
    def now_us(self) -> int:
        """The present instant of the ledger's time line."""
        return self.keeper.clock.monotonic_us()

    # a life

    def start(self, version: str, pid: int) -> None:
        """Go on where the last agent stopped: only what differs from the ledger is news."""
        self._carry_on()
        down_us = self._down_us()
        self._note("agent.started", version=version, pid=pid, down_us=down_us)
        for line in self.lines:
            line.start()
        self._watchdog.tell("READY=1")

    def run(self) -> None:
        """Until somebody wants it to end."""
        while not self.stopping:
            self.tick(TICK_S)

    def once(self) -> None:
        """One round over all devices, for tests and for cron: nothing is said of starting and stopping."""
        self._carry_on()
        one_round(self.lines, ONE_ROUND_S)
        self.tick(0.0)
        self._write("once")

    def stop(self, reason: str) -> None:
        """Say why, and leave everything whole."""
        self._watchdog.tell("STOPPING=1")
        for line in self.lines:
            line.end()
        with suppress(LedgerError, UsageError):
            self._note("agent.stopped", reason=reason)
        self.keeper.bring_over()
        self._write("stopped")

    def tick(self, wait_s: float) -> None:
        """One turn of the loop."""
        news = self.mailbox.take(wait_s)
        try:
            self._take(news)
            self._singly(self._with_the_ledger)
            self.duties.judge(self._singly)
            self._mute = False
        except LedgerError as error:
            if not self._mute:
                self._tell(tr(f"什么也记不下，先留在内存里：{error}", f"nothing can be kept, waiting in memory: {error}"))
            self._mute = True
        self._singly(self._look_after)

    # its parts

    def _singly(self, part: Callable[[], object]) -> None:
        """Do one thing. What is wrong with it is said once and ends neither the others nor the agent: the next thing may be right."""
        try:
            part()
        except UsageError as error:
            if str(error) not in self._wrong:
                self._wrong.append(str(error))
                self._tell(tr(f"没有记下：{plain(str(error))}", f"not noted: {plain(str(error))}"))

    def _take(self, news: Sequence[News]) -> None:
        self._pending.extend(news)
        while len(self._pending) > PENDING:
            self._pending.popleft()
            self.dropped += 1
        while self._pending:
            self._singly(partial(self._take_one, self._pending[0]))  # raises LedgerError: it stays
            self._pending.popleft()

    def _take_one(self, news: News) -> None:
        if isinstance(news, Stop):
            self.stopping = self.stopping or news.reason
        elif isinstance(news, Broken):
            self._break(news)
        elif isinstance(news, Event):
            self._event(news)
        elif isinstance(news, Probed):
            self.duties.probed(replace(news, detail=plain(news.detail)))
            self.broken.pop(news.name, None)
        elif isinstance(news, Running):
            self.duties.ran(news.processes)
        elif isinstance(news, Counted):
            self.duties.counted(news)
            self.uncounted.pop(news.day, None)
            self.broken.pop(DAYS, None)
        elif isinstance(news, Uncounted):
            self._uncounted(news)
        else:
            self.duties.answered(news)
            if news.reading is not None:
                self.broken.pop(news.device, None)

    def _event(self, event: Event) -> None:
        """What a driver noted: into the ledger where it is new to it, else to the monitor alone."""
        event = replace(event, data=plain_data(event.data))
        if self.duties.sieve.keeps(event):
            self.keeper.note([Draft(event.kind, event.subject, event.data)], actor="caixue", at_us=event.at_us)
        else:
            self.duties.hear_only(event)

    def _break(self, news: Broken) -> None:
        what = plain(news.what)
        if self.broken.get(news.device) != what:
            self._note("agent.stalled", thread=news.device, for_s=0.0, detail=what)
            self.broken[news.device] = what
            self._tell(tr(f"{news.device}：程序出错 {what}", f"{news.device}: the program failed with {what}"))

    def _uncounted(self, news: Uncounted) -> None:
        """A day that cannot be counted is said once for each reason, and stands in the status until it is."""
        why = plain(news.why)
        if why and self.uncounted.get(news.day) != why:
            self._tell(tr(f"{news.day} 没有计数：{why}", f"{news.day} is not counted: {why}"))
        self.uncounted.pop(news.day, None)
        if why:
            self.uncounted[news.day] = why

    def _with_the_ledger(self) -> None:
        """Hear what others wrote, bring over what waits; after a time without the ledger everything is learnt anew from it."""
        now_us = self.now_us
        if self.keeper.spool.waiting and self._bring_over.due(now_us):
            since_us = self.keeper.since_us
            if self.keeper.bring_over():
                self._stale = True
                if since_us is not None:
                    self._note("agent.stalled", thread="ledger", for_s=round((now_us - since_us) / US_PER_S, 1), detail="")
        if self._stale and not self.keeper.spool.waiting:
            self.keeper.leave()
            self.duties = Duties(self.site, self.drivers, self.keeper)
            self._stale = False
        if self._catch_up.due(now_us):
            self.keeper.catch_up()
            for journal in self._overheard:
                for event in journal.news(now_us):
                    self.duties.gauges.measures.hear(event)

    def _look_after(self) -> None:
        """The check before a ping: every line has moved on. Then the heartbeat."""
        now_us = self.now_us
        stalled = {line.name: seconds for line in self.lines if (seconds := line.stalled_s(now_us))}
        for name in sorted(stalled.keys() - self.stalled.keys()):
            self._tell(tr(f"{name} 的线程不动了", f"the thread of {name} does not move on"))
            with suppress(LedgerError):
                self._note("agent.stalled", thread=name, for_s=round(stalled[name], 1), detail="")
        self.stalled = stalled
        if not any(line.vital and line.name in stalled for line in self.lines) and self._ping is not None and self._ping.due(now_us):
            self._watchdog.tell("WATCHDOG=1")
        if self._heartbeat.due(now_us):
            self._tell_due()
            self._write("running")
            if self._orphaned():
                self.stopping = self.stopping or SUPERVISOR_GONE

    def _tell_due(self) -> None:
        """Who must be told of what (R4), once each."""
        due = {(each.incident, each.rule): each for each in self.duties.due()}
        for key in sorted(due.keys() - self._told_due):
            each = due[key]
            self._tell(tr(f"{each.incident}：要上报 {each.to}（{each.rule}）", f"{each.incident}: tell {each.to} ({each.rule})"))
        self._told_due = set(due)

    def _carry_on(self) -> None:
        for name, watch in self.duties.watches.items():
            self.drivers[name].carry_on(watch.alarms, troubled=watch.silent_since_us is not None)

    def _down_us(self) -> int | None:
        """How long no agent ran; None where none ever did. The heartbeat tells it to a few seconds."""
        alive = [*self._ends()]
        return max(0, self.now_us - max(alive)) if alive else None

    def _ends(self) -> Iterator[int]:
        kinds = ("agent.started", "agent.stopped", "agent.stalled")
        yield from (event.at_us for event in self.keeper.ledger.events(kinds))
        with suppress(KeyError, ValueError, TypeError):
            beat = datetime.fromisoformat(str(self.folder.read()["heartbeat"]))
            yield (beat - self.keeper.ledger.start) // timedelta(microseconds=1)

    def _note(self, kind: str, **data: Any) -> None:
        self.keeper.note([Draft(kind, self.site.name, plain_data(data))], actor=AGENT)

    def _write(self, state: str) -> None:
        self.folder.write(report(self, state))
