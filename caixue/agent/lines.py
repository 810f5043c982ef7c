"""Reading the devices: one thread a line, because a port has one user at a time and a silent line must not hold up the others.

Threads only ask devices and put what they hear into a queue; everything else happens in the main thread. This is the one
module of the agent that knows threads and signals.
"""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from types import FrameType

from caixue.clock import US_PER_S, Clock
from caixue.drivers.base import Driver
from caixue.errors import DeviceError, LinkError
from caixue.events import Event
from caixue.ops.readings import Answer
from caixue.probes.asking import probe
from caixue.probes.processes import Process, Programs
from caixue.probes.reading import Reading as Probed
from caixue.site import ProbeSpec

LEFT_ALONE_S = 60.0  # a thread may be busy for so long beyond its interval: a few silent devices on one line
PROGRAMS_S = 300.0  # between two looks at the programs of this machine; docs/assumptions.md A-243
_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")  # the last is Windows' way to stop a service


@dataclass(frozen=True, slots=True)
class Broken:
    """A mistake of the program's own while it asked a device."""

    device: str
    what: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody wants the agent to end."""

    reason: str


@dataclass(frozen=True, slots=True)
class Running:
    """What runs on this machine."""

    processes: tuple[Process, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """The numbers of a day that is over."""

    day: date
    numbers: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Why the numbers of a day could not be told; empty: nothing stands against it any more."""

    day: date
    why: str


News = Event | Answer | Probed | Running | Counted | Uncounted | Broken | Stop


class Mailbox:
    """Where the threads put what they hear. Also a journal for drivers: what they note is news like the rest, stamped with its time."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[News] = queue.SimpleQueue()

    def put(self, news: News) -> None:
        """Leave a piece of news; also from a signal handler."""
        self._queue.put(news)

    def append(self, event: Event) -> None:
        """A driver notes something."""
        self._queue.put(event)

    def next_seq(self) -> int:
        """The ledger will number it."""
        return 0

    def take(self, wait_s: float) -> list[News]:
        """Everything that has come, waiting at most `wait_s` for the first of it."""
        news: list[News] = []
        with suppress(queue.Empty):
            news.append(self._queue.get(timeout=wait_s) if wait_s > 0 else self._queue.get_nowait())
            while True:
                news.append(self._queue.get_nowait())
        return news

    def stop_on_signals(self) -> None:
        """Ctrl-C, SIGTERM and Windows' Ctrl-Break become news."""

        def take(number: int, frame: FrameType | None) -> None:
            self.put(Stop(signal.Signals(number).name))

        for name in _SIGNALS:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), take)


class Asking(threading.Thread):
    """Asks something every `interval_s`. It ends with the process, or when told to."""

    vital = True  # when it does not move on, the agent is not well and asks to be started again

    def __init__(self, name: str, interval_s: float, clock: Clock, mailbox: Mailbox) -> None:
        super().__init__(name=name, daemon=True)
        self.progress_us = clock.monotonic_us()
        self.rounds = 0
        self._interval_s = interval_s
        self._clock = clock
        self._mailbox = mailbox
        self._over = threading.Event()

    def stalled_s(self, now_us: int) -> float:
        """For how long it has not moved on, beyond what one round may take; 0 while all is well."""
        silent_s = (now_us - self.progress_us) / US_PER_S
        return silent_s if silent_s > self._interval_s + LEFT_ALONE_S else 0.0

    def end(self) -> None:
        """Ask no more."""
        self._over.set()

    def run(self) -> None:
        while not self._over.is_set():
            began_us = self._clock.monotonic_us()
            self.round()
            left_s = self._interval_s - (self._clock.monotonic_us() - began_us) / US_PER_S
            self._over.wait(max(0.05, left_s))

    def round(self) -> None:
        """Ask once."""
        raise NotImplementedError


class Line(Asking):
    """The devices of one line, in turn."""

    def __init__(self, name: str, drivers: Sequence[Driver], interval_s: float, clock: Clock, mailbox: Mailbox) -> None:
        super().__init__(name, interval_s, clock, mailbox)
        self.drivers = tuple(drivers)

    def round(self) -> None:
        """Ask every device once."""
        for driver in self.drivers:
            if self._over.is_set():
                return
            self._ask(driver)
            self.progress_us = self._clock.monotonic_us()
        self.rounds += 1

    def _ask(self, driver: Driver) -> None:
        """One answer, or that there was none; a mistake in a driver costs its own device alone."""
        asked_us, reading = self._clock.monotonic_us(), None
        try:
            reading = driver.status()
        except (LinkError, DeviceError):
            pass  # it has said so itself
        except Exception as error:
            self._mailbox.put(Broken(driver.name, f"{type(error).__name__}: {error}"))
        now_us = self._clock.monotonic_us()
        self._mailbox.put(Answer(driver.name, now_us, now_us - asked_us, reading))


class ProbeLine(Asking):
    """One probe: a server or an interface that hangs costs nobody but itself, and restarting the agent would not help it."""

    vital = False

    def __init__(self, spec: ProbeSpec, clock: Clock, mailbox: Mailbox) -> None:
        super().__init__(spec.name, spec.every_us / US_PER_S, clock, mailbox)
        self._spec = spec

    def round(self) -> None:
        """Ask it once; a mistake of the program's own is said, and costs this probe alone."""
        try:
            self._mailbox.put(probe(self._spec, self._clock))
        except Exception as error:
            self._mailbox.put(Broken(self._spec.name, f"{type(error).__name__}: {error}"))
        self.progress_us = self._clock.monotonic_us()
        self.rounds += 1


class ProgramLine(Asking):
    """The programs of this machine, all at once."""

    vital = False

    def __init__(self, programs: Programs, clock: Clock, mailbox: Mailbox) -> None:
        super().__init__("programs", PROGRAMS_S, clock, mailbox)
        self._programs = programs

    def round(self) -> None:
        """Look once."""
        try:
            self._mailbox.put(Running(tuple(self._programs.running())))
        except Exception as error:
            self._mailbox.put(Broken(self.name, f"{type(error).__name__}: {error}"))
        self.progress_us = self._clock.monotonic_us()
        self.rounds += 1


def one_round(lines: Iterable[Asking], within_s: float) -> None:
    """Let every line ask its devices once, all at the same time, and wait for them for at most `within_s` together."""
    threads = [threading.Thread(target=line.round, daemon=True) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(within_s / max(1, len(threads)))
