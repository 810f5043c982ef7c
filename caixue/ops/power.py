"""The power of the room (contract C2.1.1, C5, R4): what a UPS tells of the mains, the ordered shutdown, and the start-up after a release.

When the UPS runs on battery and what hangs on the mains directly is silent, the mains are out: an incident is opened, the
clocks stand (R4), and after a while everything that the UPS feeds is laid down in order, the UPS last. Nothing comes back
by itself: the hospital releases the room, then the windows are started one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import partial

from caixue.clock import US_PER_S, Clock
from caixue.drivers.base import Driver
from caixue.drivers.ups import Ups, UpsOptions
from caixue.errors import DeviceError, LinkError, NotArmed, UsageError
from caixue.journal import Recorder
from caixue.labelling import LabellingStation
from caixue.ops.incidents import Incident, Incidents
from caixue.ops.monitor import Monitor
from caixue.ops.steps import Place, carry_out
from caixue.ops.stopping import ON_BATTERY
from caixue.site import Site
from caixue.units import nearest

MAINS = "mains"
PAUSE = "mains-or-network-of-hospital"
OUTPUT_OFF_AFTER_S = 60.0  # from the end of the ordered shutdown until the UPS takes its output away; docs/assumptions.md A-89
SWITCH_ON_S = 30.0  # a person at one window: switches on, looks, lets it start; docs/assumptions.md A-89
WITNESSES = 2  # devices on the mains that must both be silent


def fed_by(site: Site, ups: str) -> tuple[str, ...]:
    """The devices that `ups` feeds, in the site's order. Raises UsageError for a name in `feeds` that the site does not have."""
    patterns = UpsOptions.of(site.devices[ups].options, ups).feeds
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in site.devices):
            raise UsageError(f"{ups}: feeds {pattern!r}, which is no device here{nearest(pattern, site.devices)}")
    return tuple(name for name in site.devices if name != ups and any(fnmatchcase(name, pattern) for pattern in patterns))


def ordered_shutdown(ups: Ups, fed: Iterable[Driver], clock: Clock, recorder: Recorder, *, reason: str) -> tuple[str, ...]:
    """Lay down everything that `ups` feeds, step by step, then let the UPS switch its output off; gives what failed.

    A device that fails, or that nobody has armed, is journaled and holds nothing up: the battery does not wait.
    """
    fed = tuple(fed)
    rows = [(step, driver) for step in ON_BATTERY for driver in fed if driver.card.kind in step.kinds]
    recorder.note("shutdown.started", ups.name, reason=reason, devices=[driver.name for _, driver in rows])
    place = Place(ups.name, clock)
    failed = [driver.name for step, driver in rows if not _done(driver.name, recorder, partial(carry_out, step, place, driver))]
    if not _done(ups.name, recorder, partial(ups.shut_down, OUTPUT_OFF_AFTER_S)):
        failed.append(ups.name)
    recorder.note("shutdown.finished", ups.name, failed=failed)
    return tuple(failed)


def _done(device: str, recorder: Recorder, act: Callable[[], object]) -> bool:
    try:
        act()
    except (DeviceError, LinkError, NotArmed) as error:
        recorder.note("shutdown.step", device, result=str(error))
        return False
    recorder.note("shutdown.step", device, result="done")
    return True


def start_up(
    site: str,
    stations: Mapping[str, LabellingStation],
    shared: Iterable[Driver],
    clock: Clock,
    recorder: Recorder,
    back: Callable[[str, DeviceError | LinkError | None], None],
) -> tuple[str, ...]:
    """Bring the room back after the hospital's release: what all windows share, then each window from a clean start.

    `back` is told each window, and what is wrong where it did not come. Gives the names of those.
    """
    recorder.note("startup.started", site, windows=list(stations))
    for driver in shared:
        with suppress(DeviceError, LinkError):  # it has journaled why, and the monitor sees to it
            driver.restart()
    failed = []
    for name, station in stations.items():
        clock.sleep(SWITCH_ON_S)
        wrong = _restarted(station)
        failed += [name] if wrong is not None else []
        back(name, wrong)
    recorder.note("startup.finished", site, failed=failed)
    return tuple(failed)


def _restarted(station: LabellingStation) -> DeviceError | LinkError | None:
    try:
        station.restart()
    except (DeviceError, LinkError) as error:
        return error
    return None


class PowerGuard(Monitor):
    """Watches one UPS, and acts when the mains are out. Its rounds are those of a monitor of that one device."""

    def __init__(
        self,
        ups: Ups,
        options: UpsOptions,
        clock: Clock,
        incidents: Incidents,
        *,
        fed: Sequence[Driver],
        witnesses: Sequence[Driver],
        windows_lost: Callable[[str], int],
        refill: Callable[[str, str], None],
    ) -> None:
        super().__init__("", (ups,), clock, incidents, windows_lost=windows_lost, refill=refill)
        self.ups = ups
        self.options = options
        self.incident: Incident | None = None  # of the present outage
        self._fed = tuple(fed)
        self._witnesses = tuple(witnesses)[:WITNESSES]
        self._since_us: int | None = None  # on battery
        self._out = self._laid_down = False

    @property
    def recorder(self) -> Recorder:
        """The journal that everything here goes to."""
        return self.incidents.recorder

    def round(self) -> None:
        """Read the UPS, then act on what it tells."""
        super().round()
        reading = self.ups.reading
        if reading is None:
            return
        if "on-battery" in reading.alarms:
            self._on_battery(low="battery-low" in reading.alarms)
        elif self._since_us is not None:
            self._on_mains()

    def released(self, site: str, person: str) -> None:
        """The hospital lets the room start again, in the name of `person`: all clocks run (R4)."""
        self.recorder.note("hospital.released", site, actor=person, person=person)
        for incident in list(self.incidents.open.values()):
            if incident.paused_since_us is not None:
                self.incidents.resume(incident, person=person)

    def back(self) -> None:
        """The room has been started: what is silent from now on is news again."""
        self.incidents.on_hold = False
        self.incident = None

    def _on_battery(self, *, low: bool) -> None:
        now_us = self.clock.monotonic_us()
        if self._since_us is None:
            self._since_us = now_us
        if not self._out:
            self.incidents.on_hold = True  # until the witnesses have been asked
            self._out = self._nobody_answers()
            self.incidents.on_hold = self._out
            if self._out:
                self._mains_lost()
        if not self._laid_down and (low or now_us - self._since_us >= self.options.shutdown_after_us):
            self._laid_down = True
            reason = "battery-low" if low else f"on battery for {(now_us - self._since_us) // US_PER_S} s"
            ordered_shutdown(self.ups, self._fed, self.clock, self.recorder, reason=reason)

    def _nobody_answers(self) -> bool:
        """Whether the devices on the mains are silent too; otherwise it is the UPS's own input."""
        return bool(self._witnesses) and not any(_heard(driver) for driver in self._witnesses)

    def _mains_lost(self) -> None:
        self.recorder.note("power.lost", MAINS, device=self.ups.name)
        lost = self._windows_lost("")
        self.incident = self.incidents.report(MAINS, "mains-off", window="", windows_lost=lost, by="monitor", occurred_us=self._since_us)
        if PAUSE in self.incidents.deadlines.readings.clock_pauses:
            for incident in list(self.incidents.open.values()):
                if incident.paused_since_us is None:
                    self.incidents.pause(incident, reason=PAUSE, person=self.options.contact)

    def _on_mains(self) -> None:
        if self._out:
            self.recorder.note("power.restored", MAINS, device=self.ups.name)
        self._since_us = None
        self._out = self._laid_down = False


def _heard(driver: Driver) -> bool:
    try:
        driver.status()
    except LinkError:
        return False
    return True
