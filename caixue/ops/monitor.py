"""The device monitor (contract C2.1): reads every device at its card's interval and decides what a person must know.

A reply in the workflow counts as a reading: alarms are journaled by the drivers, whoever asked. An alarm becomes an incident
when it is still there after the debounce time; low consumables become refill tasks; readings that pass their limits are
noted (`caixue.ops.gauges`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from caixue.clock import US_PER_S, Clock
from caixue.drivers.base import Driver
from caixue.errors import DeviceError, LedgerError, LinkError
from caixue.events import Event
from caixue.ops.gauges import Gauges
from caixue.ops.incidents import MONITOR, Incidents
from caixue.ops.readings import Answer

DEBOUNCE_US = 10 * US_PER_S  # what is over so soon is counted and opens no incident; judgement A-08
NURSE_CLEARS_WITHIN_US = 60 * US_PER_S  # a nurse needs some 40 s for a jam and calls if she cannot; judgement A-08
NURSE_CLEARS = frozenset({"tube-jam", "paper-jam"})
NOISY_COUNT = 8  # garbled replies of one device within NOISY_WITHIN_US make a noisy link; judgement A-08
NOISY_WITHIN_US = 600 * US_PER_S
REFILL_ALARMS = frozenset({"lane-low", "lane-empty", "paper-near-end"})


KINDS = (  # what a watch takes
    *("alarm.raised", "alarm.cleared", "link.garbled", "link.timeout", "link.lost", "device.recovered"),
    *("incident.opened", "incident.merged"),
)


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should see to."""

    device: str
    symptom: str
    since_us: int


class Watch:
    """What the monitor concludes from the journal about one device. Pure: events in, alerts out."""

    def __init__(self, device: str) -> None:
        self.device = device
        self._active: dict[str, int] = {}  # alarm → since
        self._told: set[str] = set()
        self._garbled: deque[int] = deque(maxlen=NOISY_COUNT)
        self._silent_since_us: int | None = None

    @property
    def alarms(self) -> tuple[str, ...]:
        """The alarms that stand, in the order in which they came up."""
        return tuple(self._active)

    @property
    def silent_since_us(self) -> int | None:
        """Since when it has not answered properly; None while it does."""
        return self._silent_since_us

    def add(self, event: Event) -> None:
        """Take one event whose subject is this device, or an incident's: what was told before a restart was told."""
        kind, at_us = event.kind, event.at_us
        if kind == "alarm.raised":
            self._active.setdefault(event.data["alarm"], at_us)
        elif kind == "alarm.cleared":
            self._active.pop(event.data["alarm"], None)
            self._told.discard(event.data["alarm"])
        elif kind == "link.garbled":
            self._garbled.append(at_us)
        elif kind in ("link.timeout", "link.lost") and self._silent_since_us is None:
            self._silent_since_us = at_us
        elif kind == "device.recovered":
            self._silent_since_us = None
            self._told.discard("no-answer")
        elif kind in ("incident.opened", "incident.merged") and event.actor == MONITOR and event.data["device"] == self.device:
            self._told.add(event.data["symptom"])

    def forget(self, symptom: str) -> None:
        """It could not be told after all."""
        self._told.discard(symptom)

    def alerts(self, now_us: int) -> list[Alert]:
        """New alerts, each told once per episode."""
        due = [Alert(self.device, alarm, since) for alarm, since in self._active.items() if now_us - since >= _patience_us(alarm)]
        if self._silent_since_us is not None and now_us - self._silent_since_us >= DEBOUNCE_US:
            due.append(Alert(self.device, "no-answer", self._silent_since_us))
        if self._noisy(now_us):
            due.append(Alert(self.device, "link-noisy", self._garbled[0]))
        else:
            self._told.discard("link-noisy")
        fresh = [alert for alert in due if alert.symptom not in self._told]
        self._told.update(alert.symptom for alert in fresh)
        return fresh

    def _noisy(self, now_us: int) -> bool:
        return len(self._garbled) == NOISY_COUNT and now_us - self._garbled[0] <= NOISY_WITHIN_US


def _patience_us(alarm: str) -> int:
    """How long an alarm may stand before somebody has to come; a jam is the nurse's first."""
    return NURSE_CLEARS_WITHIN_US if alarm in NURSE_CLEARS else DEBOUNCE_US


class Monitor:
    """Polls the devices of one window, or one that all windows share (`window` empty), and turns alerts into incidents and refill tasks."""

    def __init__(
        self,
        window: str,
        drivers: Sequence[Driver],
        clock: Clock,
        incidents: Incidents,
        *,
        windows_lost: Callable[[str], int],
        refill: Callable[[str, str], None],
        gauges: Gauges | None = None,
    ) -> None:
        self.window = window
        self.drivers = drivers
        self.clock = clock
        self.incidents = incidents
        self._windows_lost = windows_lost
        self._refill = refill
        self._gauges = gauges
        self.watches = {driver.name: Watch(driver.name) for driver in drivers}

    def on_event(self, event: Event) -> None:
        """Take an event of the journal; events of other windows are not this monitor's."""
        watch = self.watches.get(event.subject)
        if watch is not None:
            watch.add(event)

    def round(self) -> None:
        """Read every device, then act on what is known; while the mains are out, silence is explained and waits."""
        for driver in self.drivers:
            self._read(driver)
        self.judge()
        if self._gauges is not None:
            self._gauges.check(self.clock.monotonic_us())

    def judge(self) -> None:
        """Act on what is known. What the ledger did not take is told again the next time; raises LedgerError then."""
        if self.incidents.on_hold:
            return
        now_us = self.clock.monotonic_us()
        for watch in self.watches.values():
            alerts = watch.alerts(now_us)
            for place, alert in enumerate(alerts):
                try:
                    self._act(alert)
                except LedgerError:
                    for untold in alerts[place:]:
                        watch.forget(untold.symptom)
                    raise

    def run(self, offset_s: float, interval_s: float, stopped: Callable[[], bool]) -> None:
        """Make rounds every `interval_s` until `stopped()`; the first after `offset_s`."""
        self.clock.sleep(offset_s)
        next_us = self.clock.monotonic_us()
        while not stopped():
            self.round()
            next_us += int(interval_s * US_PER_S)
            self.clock.sleep(max(0, next_us - self.clock.monotonic_us()) / US_PER_S)

    def _read(self, driver: Driver) -> None:
        """One reading; a failure is journaled by the driver, and so the watch sees it."""
        reading, asked_us = None, self.clock.monotonic_us()
        with suppress(LinkError, DeviceError):
            reading = driver.status()
        if self._gauges is not None:
            now_us = self.clock.monotonic_us()
            self._gauges.measures.answered(Answer(driver.name, now_us, now_us - asked_us, reading))

    def _act(self, alert: Alert) -> None:
        if alert.symptom in REFILL_ALARMS:
            self._refill(alert.device, alert.symptom)
        if alert.symptom in ("lane-low", "paper-near-end"):
            return
        lost = self._windows_lost(self.window)
        self.incidents.report(alert.device, alert.symptom, window=self.window, windows_lost=lost, by=MONITOR, occurred_us=alert.since_us)
