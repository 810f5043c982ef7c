"""An experiment under way, for people: how many days are done and how long it still takes, and breaking it off with Ctrl-C."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from caixue.lang import tr
from twin.experiments.paired import Comparing
from twin.experiments.running import Running
from twin.progress import KNOWN_FROM, Meter, minutes


@dataclass(frozen=True, slots=True)
class Pace:
    """Days done and expected in all, days a real second and real seconds to go; None: not known yet."""

    done: int
    expected: int
    a_second: float | None
    left_s: float | None
    points: tuple[int, int] | None = None  # done, of how many

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.done / max(1, self.expected))

    def told(self) -> str:
        """Points, days, speed and time left on one line."""
        parts = [tr(f"{self.done:,}/{self.expected:,} 天", f"{self.done:,} of {self.expected:,} days")]
        if self.points is not None and self.points[1] > 1:
            parts.insert(0, tr(f"{self.points[0]}/{self.points[1]} 个点", f"{self.points[0]} of {self.points[1]} points"))
        if self.a_second is not None and self.left_s is not None:
            parts.append(tr(f"{self.a_second:,.4g} 天/s", f"{self.a_second:,.4g} days/s"))
            parts.append(tr(f"还需 {minutes(self.left_s)}", f"{minutes(self.left_s)} left"))
        return " · ".join(parts)


class Pacer:
    """Turns a sweep or a comparison into paces; `clock` gives real seconds.

    Speed counts from the first batch on: before it stand the start of processes and compiling, and what an earlier run did.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._first: tuple[float, int] | None = None  # when the first batch was done, and how many days there were then

    def pace(self, progress: Running | Comparing) -> Pace:
        """How far it is now."""
        done, expected, points = _size(progress)
        if self._first is None:
            self._first = (self._clock(), done)
        took_s, fresh = self._clock() - self._first[0], done - self._first[1]
        known = took_s > 0 and fresh > 0 and fresh / max(1, expected) >= KNOWN_FROM
        a_second = fresh / took_s if known else None
        return Pace(done, expected, a_second, max(0, expected - done) / a_second if a_second else None, points)


def _size(progress: Running | Comparing) -> tuple[int, int, tuple[int, int] | None]:
    if isinstance(progress, Comparing):
        return progress.days, progress.expected, None
    count = len(progress.designs)
    finished = sum(map(progress.finished, range(count)))
    return progress.days, sum(map(progress.expected, range(count))), (finished, count)


class Stopper:
    """Ctrl-C: the first lets the batch in hand finish, the second breaks off at once (KeyboardInterrupt). Outside the main thread it does nothing."""

    def __init__(self, show: Meter) -> None:
        self._show, self._asked, self._told = show, 0, False
        self._before: Any = None

    def __enter__(self) -> Self:
        with suppress(ValueError):
            self._before = signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        self._show.close()

    def seen(self, progress: Any) -> bool:
        """Show the progress; True when no further batch should be taken."""
        if self._asked and not self._told:  # not in the handler: it may come in the middle of another print
            self._told = True
            print(tr("这一批做完就停；再按一次 Ctrl-C 立即停", "stopping after this batch; Ctrl-C again stops at once"), file=sys.stderr)
        self._show(progress)
        return self._asked > 0

    @property
    def asked(self) -> bool:
        """Whether somebody wanted it to stop."""
        return self._asked > 0

    def _hear(self, *_: object) -> None:
        self._asked += 1
        if self._asked > 1:
            raise KeyboardInterrupt
