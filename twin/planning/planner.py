"""A plan from its question to its answer (contract G2, G3): limits, search, confirmation, the cheaper neighbours, remedies where nothing holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.metrics import FIGURES
from caixue.units import US_PER_MINUTE
from twin.planning.documents import document_of, slots_of
from twin.planning.eased import written
from twin.planning.goals import (
    BELOW_EIGHT,
    COUNT,
    LEAST_SAMPLES,
    LEFT,
    USABLE_LEAST,
    Goal,
    Held,
    Measured,
    goals_of,
    left_goal,
    wait_goal,
)
from twin.planning.remedies import KINDS, Remedy, remedies
from twin.planning.search import Search
from twin.planning.simulated import Room
from twin.planning.staffing import fewer, full
from twin.planning.trials import Trial, Trials
from twin.pools import Pool
from twin.scenario import scenario_site
from twin.scenario_model import Scenario
from twin.timing.untold import untold_of

OTHER_SEED = 1_000_003  # added to the scenario's seed for the days that confirm a plan, once more for each further attempt
CONFIRMATIONS = 3  # how many plans in a row may fail to be confirmed
WINDOWS_REQUIRED = 8  # R5.3


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the planner. Times in microseconds; the texts are how people wrote them."""

    scenario: Scenario
    folder: Path  # where the files of the plan go
    wait_us: int | None = None
    wait_text: str = ""
    longest_us: int | None = None
    longest_text: str = ""
    confidence: float = 0.95
    days: int = 2000
    least: int = 1  # nurses, whenever the room is open
    earliest_us: int | None = None  # after midnight
    kinds: tuple[str, ...] = KINDS  # of remedies


@dataclass(frozen=True, slots=True)
class Tried:
    """A remedy and what came of it with a nurse at every window."""

    remedy: Remedy
    top: Trial


@dataclass(frozen=True, slots=True)
class Leaving:
    """How many leave of those who come on an average day with a nurse at every window."""

    left: float
    count: float

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.left / self.count if self.count else 0.0


@dataclass(slots=True)
class Plan:
    """The answer so far: it can be read at any time, also after the work was broken off."""

    question: Question
    goals: tuple[Goal, ...]
    room: Room
    top: Trial | None = None  # a nurse at every window, within the windows and hours as they are
    remedy: Remedy | None = None
    tried: list[Tried] = field(default_factory=list)
    best: Trial | None = None
    confirmed: Trial | None = None  # the same staffing on other days
    attempts: int = 0  # at a confirmation, each on days of its own
    unconfirmed: dict[tuple[int, ...], Trial] = field(
        default_factory=dict
    )  # nurses that seemed to hold, on the days that did not confirm it
    cheaper: tuple[Trial, ...] = ()
    shown_cheaper: Trial | None = None  # the one that is written to a file, against the limits that stand there
    not_shown: tuple[Trial, ...] = ()  # cheaper ones that neither hold nor are shown to fail
    unmeasured: tuple[Goal, ...] = ()  # limits of figures that timing does not simulate, such as labels
    unproven: tuple[Goal, ...] = ()  # limits of figures that too few days have a value of
    leaving: Leaving | None = None  # what the limit on who leaves comes from; None where the scenario has its own
    partial: bool = False
    days_run: int = 0

    @property
    def holds(self) -> bool:
        """True for a plan that keeps every limit that was decided, on its own days and on other ones."""
        both = (self.best, self.confirmed)
        return all(trial is not None and trial.held is Held.HOLDS for trial in both)

    @property
    def confirming_seed(self) -> int:
        """The seed of the days of the last attempt at a confirmation."""
        return other_seed(self.question.scenario.seed, self.attempts)


def other_seed(seed: int, attempt: int) -> int:
    """The seed of the confirming days of attempt 1, 2, ...: nothing was chosen by them before."""
    return (seed + OTHER_SEED * attempt) % 2**63


def ready(question: Question) -> Plan:
    """The plan before any work. Raises UsageError for a scenario that cannot be planned."""
    scenario = question.scenario
    goals = goals_of(scenario.expectations, question.wait_us, question.wait_text, question.longest_us, question.longest_text)
    goals = tuple(goal for goal in goals if FIGURES[goal.figure].unit != "list")
    if wait_goal(goals) is None:
        what = tr("场景没有 patient.wait.p90 的限值", "the scenario has no limit of patient.wait.p90")
        raise UsageError(what + tr('；加上 --wait "20 min"', '; add --wait "20 min"'))
    if scenario.days > 1:
        raise UsageError(tr("规划只做一天的：删去 days", "plans are for one day: remove `days`"))
    if scenario.windows.open == "recorded":
        raise UsageError(
            tr('windows.open = "recorded" 是既成事实，无可规划', 'windows.open = "recorded" is a fact: nothing is left to plan')
        )
    untold = untold_of(scenario, scenario_site(scenario))
    decided = tuple(goal for goal in goals if not untold.hides(goal.figure, goal.where))
    unmeasured = tuple(goal for goal in goals if untold.hides(goal.figure, goal.where))
    return Plan(question, decided, _room(question, goals), unmeasured=unmeasured)


def _room(question: Question, goals: Sequence[Goal]) -> Room:
    scenario, site = question.scenario, scenario_site(question.scenario)
    slots, start_us = slots_of(scenario), -scenario.midnight_us
    if question.earliest_us is not None:
        slots = slots.opened(_earliest(question.earliest_us, slots.start_us, slots.count))
    if _eight_asked(goals) and len(site.windows) < WINDOWS_REQUIRED:
        what = tr(f"现场只有 {len(site.windows)} 个窗口，R5.3 要 8 个", f"the site has {len(site.windows)} windows, R5.3 asks for 8")
        raise UsageError(what + (tr("；写 [windows] count = 8", "; write [windows] count = 8") if not site.devices else ""))
    if question.least > len(site.windows):
        what = tr(
            f"--least {question.least} 多于现场的 {len(site.windows)} 个窗口",
            f"--least {question.least}, but there are {len(site.windows)} windows",
        )
        raise UsageError(what)
    document = {**document_of(scenario, question.folder), "fidelity": "timing"}
    minutes = -(-scenario.duration_us // US_PER_MINUTE)
    return Room(document, question.folder / "plan.toml", slots, len(site.windows), not site.devices, start_us, minutes)


def _earliest(earliest_us: int, start_us: int, count: int) -> int:
    slot = (earliest_us - start_us) // (30 * US_PER_MINUTE)
    if not 0 <= slot < count:
        clock = f"{start_us // US_PER_MINUTE // 60:02d}:{start_us // US_PER_MINUTE % 60:02d}"
        raise UsageError(tr(f"--earliest 要在场景开始（{clock}）以后", f"--earliest must not be before the scenario's start ({clock})"))
    return slot


def _eight_asked(goals: Sequence[Goal]) -> bool:
    return any(goal.figure in (BELOW_EIGHT, USABLE_LEAST) for goal in goals)


@dataclass(slots=True)
class Planner:
    """Works on a plan with a pool; `tell` hears each trial, `done` how many more days have been simulated."""

    plan: Plan
    pool: Pool
    tell: Callable[[Trial], None] = lambda trial: None
    done: Callable[[int], None] = lambda days: None
    search: Search | None = None  # the one that goes on

    @property
    def best_h(self) -> float | None:
        """Nurse hours of the best staffing so far."""
        best = self.plan.best or (None if self.search is None else self.search.best)
        return None if best is None else best.nurse_hours

    def work(self) -> Plan:
        """Plan to the end; Ctrl-C leaves the best so far, as partial. Raises KeyboardInterrupt where there is nothing yet."""
        plan = self.plan
        try:
            self._solve(plan.room)
            if plan.best is None:
                self._remedy()
        except KeyboardInterrupt:
            if plan.best is None:
                raise
            plan.partial = True
        return plan

    def _look_first(self, room: Room, asked: Sequence[Goal]) -> None:
        """What all days say with a nurse at every window: which limits can be decided, and how many may leave."""
        plan = self.plan
        counted = (Goal(LEFT, ">=", 0.0, ">= 0"), Goal(COUNT, ">=", 0.0, ">= 0"))
        first = self._trials(room, (*asked, *counted)).after(full(room.slots, room.windows), plan.question.days)
        *rows, left, count = first.rows
        plan.unproven = tuple(row.goal for row in rows if row.days < LEAST_SAMPLES)
        limit = left_goal(asked, left.mean, count.mean)
        plan.leaving = None if limit is None else Leaving(left.mean, count.mean)
        plan.goals = (*(row.goal for row in rows if row.days >= LEAST_SAMPLES), *([] if limit is None else [limit]))

    def _trials(self, room: Room, goals: Sequence[Goal]) -> Trials:
        question = self.plan.question
        evaluate = room.evaluate(self.pool, goals, self._count)
        return Trials(evaluate, goals, question.confidence, question.days, tell=self.tell)

    def _count(self, days: int) -> None:
        self.plan.days_run += days
        self.done(days)

    def _solve(self, room: Room) -> None:
        """Search in this room, confirm on other days, and look at what is cheaper."""
        plan, asked = self.plan, self._asked()
        self._look_first(room, asked)
        trials = self._trials(room, plan.goals)
        plan.unconfirmed, plan.attempts = {}, 0
        while plan.attempts < CONFIRMATIONS:
            search = Search(trials, room.guess(room.demand()), room.slots, room.windows, plan.question.least, plan.unconfirmed)
            self.search = search
            found = search.run()
            plan.room, plan.best, plan.partial = room, found.best, found.partial
            plan.top = plan.top or found.top
            if plan.best is None or plan.partial:
                return
            plan.best = self._thinned(trials, plan.best)
            plan.confirmed = plan.unconfirmed.get(plan.best.staffing.nurses)
            if plan.confirmed is not None:
                break  # there is nothing else to be had
            plan.attempts += 1
            other = self._trials(room.with_seed(plan.confirming_seed), plan.goals)
            plan.confirmed = other.after(plan.best.staffing, plan.question.days)
            if plan.holds:
                break
            plan.unconfirmed[plan.best.staffing.nurses] = plan.confirmed
        self._look_below(trials)

    def _asked(self) -> tuple[Goal, ...]:
        """The limits that were asked for and that timing simulates, without what the planner adds for one room."""
        plan = self.plan
        added = plan.goals[-1:] if plan.leaving is not None else ()
        return (*(goal for goal in plan.goals if goal not in added), *plan.unproven)

    def _thinned(self, trials: Trials, best: Trial) -> Trial:
        """The same nurses with as few windows open as keep the limits, on all days."""
        days = self.plan.question.days
        for spare in range(best.staffing.spare):
            fewest = trials.decide(replace(best.staffing, spare=spare))
            if fewest.held is Held.HOLDS and (whole := trials.after(fewest.staffing, days)).held is Held.HOLDS:
                return whole
        return trials.after(best.staffing, days)

    def _look_below(self, trials: Trials) -> None:
        """The staffings with one nurse less in one half hour, each with every window open; the nearest that all days show to fail is kept.

        It has to fail by the limits as they stand in the plan's file, which a clause that some days break is eased in.
        """
        plan = self.plan
        assert plan.best is not None
        best, slots = plan.best.staffing, plan.room.slots
        plan.cheaper = tuple(trials.decide(replace(one, spare=one.windows)) for _, one in fewer(best, slots, plan.question.least))
        limits, passed = [one.goal for one in written(plan.best, plan.question.confidence)], []
        for trial in sorted((trial for trial in plan.cheaper if trial.held is Held.FAILS), key=_excess):
            whole = trials.against(replace(trial.staffing, spare=best.spare), plan.question.days, limits)
            if whole.held is Held.FAILS:
                plan.shown_cheaper = whole
                break
            passed.append(trial)
        plan.not_shown = tuple(trial for trial in plan.cheaper if trial in passed or self._last_word(trial) is Held.OPEN)

    def _last_word(self, trial: Trial) -> Held:
        """What is known of a staffing, on the days that did not confirm it where there are such."""
        return self.plan.unconfirmed.get(trial.staffing.nurses, trial).held

    def _remedy(self) -> None:
        """Try what would help, and plan with the first change that does."""
        plan = self.plan
        asked = plan.room
        assert plan.top is not None
        broken = [row for row in plan.top.rows if row.held(plan.question.confidence) is not Held.HOLDS]
        if not plan.top.unfinished and not any(_is_of_people(row) for row in broken):
            return  # what fails has nothing to do with how many work when
        decided = tuple(goal for goal in self._asked() if goal not in plan.unproven)
        for remedy in remedies(asked, plan.question.kinds):
            if any(tried.remedy.kind == remedy.kind and tried.top.held is Held.HOLDS for tried in plan.tried):
                continue  # the smallest change of a kind is enough
            top = self._trials(remedy.room, decided).decide(full(remedy.room.slots, remedy.room.windows))
            plan.tried.append(Tried(remedy, top))
        helping = next((tried.remedy for tried in plan.tried if tried.top.held is Held.HOLDS), None)
        if helping is not None:
            plan.remedy = helping
            self._solve(helping.room)


def _excess(trial: Trial) -> float:
    """How far a failing staffing is beyond its limits; furthest where the work does not end."""
    if trial.unfinished:
        return math.inf
    rows = [row for row in trial.rows if row.days and row.goal.value]
    return max((abs(row.mean / row.goal.value - 1.0) for row in rows if not row.goal.expectation.holds(row.mean)), default=0.0)


def _is_of_people(row: Measured) -> bool:
    return row.goal.figure.startswith(("patient.", "queue.", "return."))
