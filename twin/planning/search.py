"""The search for the cheapest staffing that keeps every goal: fewer nurses half hour by half hour, guided by the approximation.

What is shown to fail with some nurses is taken to fail with fewer, and is not tried. Where nobody leaves, that is so; where people lose
patience it is a rule of thumb (those who leave make waits shorter), which can cost a cheaper staffing but never makes one that fails hold:
that is for simulated days to say. The approximation says which nurse is missed least.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from twin.planning.goals import LONGEST, WAIT, Held, Measured
from twin.planning.staffing import SLOT_H, Slots, Staffing, fewer, full, traded
from twin.planning.trials import Trial, Trials

Guess = Callable[[Staffing], tuple[float, float, float]]  # the approximation: the P90 wait, the longest and the mean, in seconds

TRADES = 8  # at most so many exchanges are tried from one staffing
TIE = 0.05  # weight of the mean wait, where the P90 alone does not tell two staffings apart
HOPELESS = 1.08  # beyond so many times a limit the corrected guess is believed, and an exchange not tried
GUESSES = 3  # how often the approximation is corrected by what was measured and thinks again


@dataclass(frozen=True, slots=True)
class Found:
    """What the search came to: the cheapest staffing found that keeps every goal (None: there is none)."""

    best: Trial | None
    top: Trial  # with a nurse at every window
    partial: bool = False


@dataclass(slots=True)
class Search:
    """One search. `best` and `top` can be read at any time, also after it was broken off."""

    trials: Trials
    guess: Guess
    slots: Slots
    windows: int
    least: int = 1
    refused: Collection[tuple[int, ...]] = ()  # nurses that are not to be had, although they seem to hold
    best: Trial | None = None
    top: Trial | None = None
    _failed: list[Staffing] = field(default_factory=list)
    _ratios: dict[str, float] = field(default_factory=dict)  # measured over guessed
    _guesses: dict[Staffing, tuple[float, float, float]] = field(default_factory=dict)

    def run(self) -> Found:
        """Search to the end; broken off by KeyboardInterrupt it gives what it has, as partial. Raises KeyboardInterrupt where that is nothing."""
        try:
            self.top = self.trials.decide(full(self.slots, self.windows))
            if self.top.held is not Held.HOLDS:
                return Found(None, self.top)
            self.best = self.top
            self._descend(self._first())
            return Found(self.best, self.top)
        except KeyboardInterrupt:
            if self.top is None:
                raise
            return Found(self.best, self.top, partial=True)

    def _first(self) -> Trial:
        """A staffing that holds, near the one that the approximation thinks best; corrected by what was measured, it thinks again."""
        assert self.top is not None
        best = self.top
        for _ in range(GUESSES):
            self._learn(best)
            path = self._path()
            if path[-1].nurse_hours >= best.staffing.nurse_hours:
                break
            better = self._bisected([one for one in path if one.nurse_hours < best.staffing.nurse_hours])
            if better is None:
                break
            best = better
            self._keep(best)
        return best

    def _bisected(self, path: list[Staffing]) -> Trial | None:
        """The furthest on the path that holds, if any does."""
        found, low, high = None, 0, len(path) - 1
        place = high  # the last one first: it is what the approximation believes in
        while low <= high:
            trial = self._try(path[place])
            if trial.held is Held.HOLDS:
                found, low = trial, place + 1
            else:
                high = place - 1
            place = (low + high) // 2
        return found

    def _descend(self, trial: Trial) -> None:
        """Take nurses away, then exchange them, as long as anything cheaper holds."""
        self._keep(trial)
        while True:
            next_one = self._cheaper_of([one for _, one in fewer(trial.staffing, self.slots, self.least)], trial)
            next_one = (
                next_one or self._cheaper_of(self._trades(trial.staffing), trial) or self._cheaper_of(self._earlier_home(trial), trial)
            )
            if next_one is None:
                return
            trial = next_one
            self._keep(trial)

    def _keep(self, trial: Trial) -> None:
        if self.best is None or trial.nurse_hours <= self.best.nurse_hours:
            self.best = trial

    def _cheaper_of(self, staffings: list[Staffing], than: Trial) -> Trial | None:
        """The first of these, the most hopeful first, that holds and really costs less: hours after the end count, too."""
        for staffing in sorted(staffings, key=self._rank):
            if self.ruled_out(staffing):
                continue
            trial = self._try(staffing)
            if trial.held is Held.HOLDS and trial.nurse_hours < than.nurse_hours:
                return trial
        return None

    def ruled_out(self, staffing: Staffing) -> bool:
        """Whether it has nowhere more than a staffing that is shown to fail; one that is merely not shown to hold rules out nothing."""
        return any(staffing.at_most(failed) for failed in self._failed)

    def _trades(self, staffing: Staffing) -> list[Staffing]:
        hopeful = {one for one in traded(staffing, self.slots, self.least) if self._value(one) <= HOPELESS}
        return sorted(hopeful, key=self._rank)[:TRADES]

    def _earlier_home(self, trial: Trial) -> list[Staffing]:
        """One nurse more in the last half hour, where that can cost less than what is worked after it."""
        last = trial.staffing.changed(self.slots.count - 1, 1)
        return [last] if last.nurses[-1] <= last.windows and trial.nurse_hours - trial.staffing.nurse_hours > SLOT_H else []

    def _try(self, staffing: Staffing) -> Trial:
        trial = self.trials.decide(staffing)
        if trial.held is Held.HOLDS and staffing.nurses in self.refused:
            trial = replace(trial, held=Held.OPEN)
        if trial.held is Held.FAILS:
            self._failed.append(staffing)
        return trial

    # the approximation

    def _path(self) -> list[Staffing]:
        """From a nurse at every window to the cheapest staffing that the approximation thinks good, one step after the other."""
        path = [full(self.slots, self.windows)]
        while True:
            choices = [one for _, one in fewer(path[-1], self.slots, self.least) if self._value(one) <= 1.0]
            choices = choices or [one for one in traded(path[-1], self.slots, self.least) if self._value(one) <= 1.0]
            if not choices:
                return path
            path.append(min(choices, key=self._rank))

    def _value(self, staffing: Staffing) -> float:
        """How near to its limits a staffing is thought to be; 1 is at the limit."""
        p90_s, longest_s, _ = self._guess_of(staffing)
        told = {WAIT: p90_s, LONGEST: longest_s}
        limits = {goal.figure: goal.value for goal in self.trials.goals if goal.figure in told and not goal.where}
        return max((told[name] * self._ratios.get(name, 1.0) / max(limit, 1.0) for name, limit in limits.items()), default=0.0)

    def _rank(self, staffing: Staffing) -> tuple[float, tuple[int, ...]]:
        """What is tried first: what is thought furthest from its limits, and of two alike where people wait less."""
        limit = next((goal.value for goal in self.trials.goals if goal.figure == WAIT and not goal.where), 1.0)
        return self._value(staffing) + TIE * self._guess_of(staffing)[2] / max(limit, 1.0), staffing.nurses

    def _guess_of(self, staffing: Staffing) -> tuple[float, float, float]:
        if staffing not in self._guesses:
            self._guesses[staffing] = self.guess(staffing)
        return self._guesses[staffing]

    def _learn(self, trial: Trial) -> None:
        """Correct the approximation by what was measured, where there was something to measure."""
        for name, told in zip((WAIT, LONGEST), self._guess_of(trial.staffing), strict=False):
            row: Measured | None = trial.of(name)
            if row is not None and row.days and told > 30.0 and row.mean > 30.0:
                self._ratios[name] = row.mean / told
