"""What the agent watches over, wired for one site: incidents, alarms, windows, readings, mains. All of it is known from the ledger's events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from caixue.agent.keeping import Keeper, KeptRecorder
from caixue.agent.lines import Counted
from caixue.agent.mains import KINDS as MAINS_KINDS
from caixue.agent.mains import MainsWatch
from caixue.agent.sieve import Sieve
from caixue.drivers.base import Driver
from caixue.drivers.ups import Ups, UpsOptions
from caixue.errors import LedgerError
from caixue.events import Event
from caixue.ledger import LedgerRecorder
from caixue.ops.blocking import AGENT, SPARED, Blocking
from caixue.ops.consumables import KINDS as CONSUMABLE_KINDS
from caixue.ops.consumables import Consumables
from caixue.ops.daily import KINDS as DAILY_KINDS
from caixue.ops.daily import DailyCounts
from caixue.ops.escalation import DueEscalation, due_escalations
from caixue.ops.gauges import Gauges
from caixue.ops.incidents import KINDS as INCIDENT_KINDS
from caixue.ops.incidents import MONITOR, Incidents
from caixue.ops.monitor import Monitor, Watch
from caixue.ops.power import fed_by
from caixue.ops.probing import KINDS as PROBE_KINDS
from caixue.ops.probing import Probing
from caixue.ops.readings import KINDS as READING_KINDS
from caixue.ops.readings import Answer, Measures, Value
from caixue.ops.runs import KINDS as RUN_KINDS
from caixue.ops.runs import Runs
from caixue.ops.stock import Stock
from caixue.ops.usage_book import KINDS as USAGE_KINDS
from caixue.ops.usage_book import UsageBook
from caixue.probes.processes import Process
from caixue.probes.reading import Reading as Probed
from caixue.site import Site
from caixue.sla import Deadlines

HEARD = frozenset(
    {
        *INCIDENT_KINDS,
        *READING_KINDS,
        *MAINS_KINDS,
        *RUN_KINDS,
        *PROBE_KINDS,
        *USAGE_KINDS,
        *DAILY_KINDS,
        *("alarm.raised", "alarm.cleared", "link.garbled", "link.timeout", "link.lost", "device.recovered"),
        *CONSUMABLE_KINDS,
        *("window.blocked", "window.restored", "reading.out-of-limit", "reading.noted"),
    }
)


class Duties:
    """The services of one site. They are made again, from the ledger, after a restart and after a time without it."""

    def __init__(self, site: Site, drivers: Mapping[str, Driver], keeper: Keeper) -> None:
        self.site = site
        self.recorder = KeptRecorder(keeper)
        self.clock = keeper.clock
        self.sieve = Sieve()
        self.runs = Runs()
        self.incidents = Incidents(self.recorder, self.clock, Deadlines.of(site))
        self.blocking = Blocking(_stopping(site, drivers))
        window_of = {name: site.devices[name].window for name in drivers}
        self.gauges = Gauges(self.recorder, Measures({name: driver.card for name, driver in drivers.items()}, window_of), self._worn)
        self.monitors = [self._monitor(window, own) for window, own in _by_window(site, drivers)]
        self.watches: dict[str, Watch] = {name: watch for monitor in self.monitors for name, watch in monitor.watches.items()}
        self._monitor_of = {driver.name: monitor for monitor in self.monitors for driver in monitor.drivers}
        self.consumables = Consumables(self.recorder, site, Stock(self.recorder, site.stock))
        self.probing = Probing(self.recorder, site.hosts, self.incidents)
        self.usage = UsageBook(site, self.recorder)
        self.daily = DailyCounts(LedgerRecorder(keeper.ledger), site.name, keeper.ledger.start)
        self._keeper = keeper
        self._drivers = drivers
        self.mains = _mains(site, drivers, self.incidents, self.watches)
        keeper.follow(self.hear, HEARD)

    def hear(self, event: Event) -> None:
        """Take one event: of the ledger, of the spool, or one that is not worth either."""
        self.sieve.hear(event)
        self.hear_only(event)

    def hear_only(self, event: Event) -> None:
        """Take one event that the ledger does not get."""
        about = event.data.get("device", "") if event.kind.startswith("incident.") else event.subject
        monitor = self._monitor_of.get(about)
        if monitor is not None:
            monitor.watches[about].add(event)
        if event.kind in RUN_KINDS:
            self.runs.hear(event)
        self.incidents.hear(event)
        self.blocking.hear(event)
        self.gauges.hear(event)
        self.consumables.hear(event)
        self.probing.hear(event)
        self.usage.hear(event)
        self.daily.hear(event)
        if self.mains is not None:
            self.mains.hear(event)

    def answered(self, answer: Answer) -> None:
        """One device was asked how it is; what it says of its consumables is noted where it is new. A device that is switched off says nothing."""
        if answer.reading is None and self.runs.laid_down(answer.at_us):
            return
        self.gauges.measures.answered(answer)
        if answer.reading is not None:
            self.consumables.look(self._drivers[answer.device])

    def probed(self, reading: Probed) -> None:
        """One probe has told how it is; while the room is laid down it opens no incident: the hospital may be at its network too."""
        self.probing.take(reading, report=not self.runs.laid_down(self.clock.monotonic_us()))

    def ran(self, processes: Sequence[Process]) -> None:
        """What runs on this machine: how the software is used is noted where it is news, and now and then."""
        self.usage.note_now_and_then(processes)

    def counted(self, news: Counted) -> None:
        """Note the numbers of a day, unless it has its numbers. Without the ledger it waits for the next look: the journals keep them,
        and a person may count meanwhile."""
        if news.day in self.daily.days or self._keeper.spool.waiting:
            return
        with suppress(LedgerError):
            self.daily.note(news.day, news.numbers, by=AGENT, op=f"day-{self.site.name}-{news.day}")

    def judge(self, one: Callable[[Callable[[], object]], object]) -> None:
        """Do what is due now, each duty through `one`, which may look after its errors. While the room is laid down nothing is.

        Raises LedgerError where neither ledger nor spool takes it; the next time it is due again.
        """
        now_us = self.clock.monotonic_us()
        if self.runs.laid_down(now_us):
            return
        mains = self.mains
        if mains is not None:
            one(lambda: mains.judge(now_us, len(self.blocking.blocked)))
        for monitor in self.monitors:
            one(monitor.judge)
        one(self._block)
        one(lambda: self.gauges.check(now_us))
        one(lambda: self.gauges.note_now_and_then(now_us))

    def due(self) -> list[DueEscalation]:
        """Who must be told of what (R4)."""
        return due_escalations(self.incidents.open.values(), self.clock.monotonic_us())

    def _block(self) -> None:
        drafts = list(self.blocking.due())
        if drafts:
            self.recorder.note_all(drafts, actor=AGENT)

    def _monitor(self, window: str, own: list[Driver]) -> Monitor:
        names = tuple(driver.name for driver in own)
        return Monitor(window, own, self.clock, self.incidents, windows_lost=lambda _: self.blocking.lost(names), refill=_seen)

    def _worn(self, value: Value, since_us: int) -> None:
        """A reading that names a symptom has passed its limit: somebody should look before it fails."""
        window = value.subject if value.subject in {each.name for each in self.site.windows} else ""
        self.incidents.report("" if window else value.subject, value.row.symptom, window=window, windows_lost=0, by=MONITOR, occurred_us=since_us)


def _seen(device: str, alarm: str) -> None:
    """Whoever looks at the consumables has noted it."""


def _by_window(site: Site, drivers: Mapping[str, Driver]) -> list[tuple[str, list[Driver]]]:
    """The devices of each window together, and each shared one by itself."""
    windows: dict[str, list[Driver]] = {}
    for name, driver in drivers.items():
        windows.setdefault(site.devices[name].window or f"\0{name}", []).append(driver)
    return [("" if window.startswith("\0") else window, own) for window, own in windows.items()]


def _stopping(site: Site, drivers: Mapping[str, Driver]) -> dict[str, frozenset[str]]:
    """The alarms that stop each device that its window cannot do without."""
    return {name: driver.blocking_alarms for name, driver in drivers.items() if site.devices[name].window and driver.card.kind not in SPARED}


def _mains(site: Site, drivers: Mapping[str, Driver], incidents: Incidents, watches: Mapping[str, Watch]) -> MainsWatch | None:
    fed = {name: fed_by(site, name) for name, driver in drivers.items() if isinstance(driver, Ups)}
    if not fed:
        return None
    first = next(iter(fed))
    return MainsWatch(incidents, watches, fed, UpsOptions.of(site.devices[first].options, first).contact)
