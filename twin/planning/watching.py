"""How far a search is: about, since nobody knows beforehand how many staffings it will try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from caixue.lang import tr
from twin.progress import minutes

TRIED = 14  # staffings that a search usually tries, and the days each takes
DAYS_EACH = 450
ALL_DAYS = 4  # tries with all days: the plan, its confirmation, what is cheaper, and one that was near


@dataclass(frozen=True, slots=True)
class Step:
    """How many days have been simulated, of about how many, and the best cost so far."""

    days: int
    about: int
    best_h: float | None


@dataclass(frozen=True, slots=True)
class Pace:
    """A step in numbers for people."""

    share: float
    days: int
    left_s: float | None
    best_h: float | None

    def told(self) -> str:
        """Days so far, the best cost, and the time left."""
        parts = [tr(f"{self.days:,} 天", f"{self.days:,} days")]
        if self.best_h is not None:
            parts.append(tr(f"目前最好 {self.best_h:.1f} 护士小时", f"best so far {self.best_h:.1f} nurse hours"))
        if self.left_s is not None:
            parts.append(tr(f"约还需 {minutes(self.left_s)}", f"about {minutes(self.left_s)} left"))
        return " · ".join(parts)


class Pacer:
    """Turns steps into paces; `clock` gives real seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._began_s = clock, clock()

    def pace(self, step: Step) -> Pace:
        """How far the search is now; it never says that it is over before it is."""
        share = min(0.99, step.days / max(1, step.about))
        took_s = self._clock() - self._began_s
        left_s = took_s * (1 - share) / share if share > 0.02 else None
        return Pace(share, step.days, left_s, step.best_h)


def about(days: int) -> int:
    """How many days a plan takes in all, roughly, where its last word takes `days`."""
    return TRIED * min(DAYS_EACH, days) + ALL_DAYS * days
