"""How far a run is, on stderr: a bar where people watch, else a plain line now and then; and breaking a run off with Ctrl-C."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from caixue.lang import tr

if TYPE_CHECKING:
    from twin.result import Progress

BAR_EVERY_S = 0.1  # of real time
LINES = 10  # during a run, beside the first
KNOWN_FROM = 0.02  # of a run; before that nobody can say how long it takes


@dataclass(frozen=True, slots=True)
class Pace:
    """A run in numbers for people: `share` from 0 to 1, `factor` times real time, `left_s` real seconds to go; None: not known yet."""

    share: float
    at: datetime | None  # None: many days are done together
    factor: float | None
    left_s: float | None
    number: int  # of the replication, from 1
    of: int
    day: int = 1  # of one run, from 1
    days: int = 1

    def told(self) -> str:
        """Simulated time of day, speed, time left and replication on one line."""
        parts = [] if self.at is None else [f"{self.at:%H:%M}"]
        if self.days > 1:
            parts.insert(0, tr(f"第 {self.day}/{self.days} 天", f"day {self.day} of {self.days}"))
        if self.factor is not None and self.left_s is not None:
            parts.append(tr(f"{self.factor:,.0f} 倍实时", f"{self.factor:,.0f} x real time"))
            parts.append(tr(f"还需 {minutes(self.left_s)}", f"{minutes(self.left_s)} left"))
        if self.of > 1:
            parts.append(tr(f"第 {self.number}/{self.of} 次", f"run {self.number} of {self.of}"))
        return " · ".join(parts)


def minutes(seconds: float) -> str:
    """Real seconds as people read them: 65 → 1:05."""
    whole = round(seconds)
    hours = f"{whole // 3600}:{whole // 60 % 60:02d}" if whole >= 3600 else f"{whole // 60}"
    return f"{hours}:{whole % 60:02d}"


class Pacer:
    """Turns the engine's progress into paces; `clock` gives real seconds."""

    def __init__(self, start: datetime, clock: Callable[[], float]) -> None:
        self._start, self._clock = start, clock
        self._began_s = clock()
        self._number = self._before_us = self._now_us = 0

    def pace(self, progress: Progress) -> Pace:
        """How far the run is now."""
        if progress.replication != self._number:
            self._number, self._before_us = progress.replication, self._before_us + self._now_us
        self._now_us = progress.simulated_us
        share = (progress.replication + progress.share) / progress.replications
        took_s = self._clock() - self._began_s
        known = share >= KNOWN_FROM and took_s > 0
        factor = (self._before_us + self._now_us) / 1e6 / took_s if known else None
        left_s = took_s * (1 - share) / share if known else None
        at = None if progress.together else self._start + timedelta(microseconds=progress.simulated_us)
        return Pace(share, at, factor, left_s, progress.replication + 1, progress.replications, progress.day + 1, progress.days)


class Told(Protocol):
    """How far something is, in a number from 0 to 1 and in words."""

    @property
    def share(self) -> float: ...

    def told(self) -> str: ...


class Paces(Protocol):
    """Something that tells how far a run is from what the run says of itself."""

    def pace(self, progress: Any) -> Told: ...


class Meter(Protocol):
    """Something that shows progress until it is closed."""

    def __call__(self, progress: Any) -> None: ...

    def close(self) -> None: ...


class Silent:
    """Shows nothing."""

    def __call__(self, progress: Any) -> None:
        pass

    def close(self) -> None:
        pass


class Lines:
    """A line on stderr at the start, and each time another tenth of the run is done."""

    def __init__(self, pacer: Paces) -> None:
        self._pacer, self._next = pacer, 0

    def __call__(self, progress: Any) -> None:
        pace = self._pacer.pace(progress)
        if pace.share * LINES >= self._next:
            self._next = int(pace.share * LINES) + 1
            print(f"{pace.share:5.0%}  {pace.told()}", file=sys.stderr, flush=True)

    def close(self) -> None:
        pass


class Bar:
    """A bar on the last line of a terminal; it is gone when the run is over."""

    def __init__(self, pacer: Paces, clock: Callable[[], float]) -> None:
        from rich import progress
        from rich.console import Console

        self._pacer, self._clock, self._shown_s = pacer, clock, 0.0
        columns = (
            progress.BarColumn(20),
            progress.TextColumn("{task.percentage:>3.0f}%", markup=False),
            progress.TextColumn("{task.description}", markup=False),
        )
        self._bar = progress.Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
        self._bar.start()
        self._task = self._bar.add_task("", total=1.0)

    def __call__(self, progress: Any) -> None:
        pace = self._pacer.pace(progress)
        if self._clock() - self._shown_s >= BAR_EVERY_S:
            self._shown_s = self._clock()
            self._bar.update(self._task, completed=pace.share, description=pace.told(), refresh=True)

    def close(self) -> None:
        self._bar.stop()


def meter(start: datetime, clock: Callable[[], float], *, quiet: bool) -> Meter:
    """The meter of a run that suits stderr."""
    return meter_of(Pacer(start, clock), clock, quiet=quiet)


def meter_of(pacer: Paces, clock: Callable[[], float], *, quiet: bool) -> Meter:
    """The meter that suits stderr."""
    if quiet:
        return Silent()
    return Bar(pacer, clock) if sys.stderr.isatty() else Lines(pacer)


class Breaker:
    """Ctrl-C during a run. The first lets the replication in hand finish if others are complete, else breaks it off; the second always does.

    Breaking off means KeyboardInterrupt. Outside the main thread it does nothing.
    """

    def __init__(self, show: Callable[[Progress], None]) -> None:
        self.number = 0  # of the replication in hand
        self._show, self._asked, self._told = show, 0, False
        self._before: Any = None

    def __enter__(self) -> Self:
        with suppress(ValueError):
            self._before = signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def progress(self, progress: Progress) -> None:
        """Show the progress, and break the run off here where Ctrl-C asked for it: nothing is half done at this point."""
        self.number = progress.replication
        if self._asked and progress.replication == 0:
            raise KeyboardInterrupt
        if self._asked and not self._told:
            self._told = True
            print(
                tr("本次重复做完就停；再按一次 Ctrl-C 立即中断", "stopping after this replication; Ctrl-C again breaks it off"),
                file=sys.stderr,
            )
        self._show(progress)

    def stop(self) -> bool:
        """True when no further replication should begin."""
        return self._asked > 0

    def _hear(self, *_: object) -> None:
        self._asked += 1
        if self._asked > 1:
            raise KeyboardInterrupt
