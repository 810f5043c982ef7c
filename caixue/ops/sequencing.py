"""Start-up and shut-down in the order that their steps depend on (contract C2.1.1): resumable, by hand where it must be, dry if wanted.

The order is computed from a procedure's table for whatever devices a site has. What has been done is known from the events
alone: after a failure half-way, an interruption or a lost process, `resume` goes on at the first step that is not done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from caixue.drivers.base import Driver
from caixue.drivers.jobs import JobDriver
from caixue.errors import DeviceError, LinkError, UsageError
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.ops.planning import PlannedStep, plan, remaining
from caixue.ops.runs import DONE, FAILED, KINDS, SKIPPED, UNDONE, WOULD, Run, Runs
from caixue.ops.steps import Place, Procedure, carry_out
from caixue.site import Site

# The name of the person who has done a step by hand, or an empty text. The second argument says why a step of the
# machine's own failed; it is empty for steps that are always done by hand.
Confirm = Callable[[PlannedStep, str], str]
Told = Callable[[PlannedStep, str, str], None]  # a step, its result (empty when it begins), and the detail


def nobody(step: PlannedStep, why: str) -> str:
    """Confirm nothing."""
    return ""


def unheard(step: PlannedStep, result: str, detail: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt; `waiting` is the step that somebody has yet to confirm."""

    run: str
    dry: bool
    results: Mapping[str, str]  # step → result, for every step that was looked at so far, in earlier attempts too
    failed: tuple[str, ...]
    skipped: tuple[str, ...]
    unreachable: tuple[str, ...]  # of the failed, those whose device did not answer
    waiting: str = ""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.failed or self.skipped or self.waiting)


class Sequencer:
    """Carries out procedures on a site's drivers. What it notes through `recorder` it hears from `followed`, the same journal."""

    def __init__(self, site: Site, drivers: Mapping[str, Driver], recorder: Recorder, followed: Followed) -> None:
        self.site = site
        self.runs = Runs()
        followed.follow(self.runs.hear, KINDS)
        self._drivers = drivers
        self._recorder = recorder
        self._lanes = dict(site.tubes.lanes)

    def run(
        self,
        procedure: Procedure,
        *,
        by: str,
        windows: Sequence[str] = (),
        resume: bool = False,
        dry_run: bool = False,
        confirm: Confirm = nobody,
        told: Told = unheard,
    ) -> Outcome:
        """Carry out `procedure` in the name of `by`, at all windows and what they share or at `windows` alone.

        A step that fails stops only those that need it. Without a confirmation the sequence ends at a step that is done by hand.
        A dry run sends nothing and notes what would be done. Raises UsageError without a name, for unknown windows and when
        there is nothing to resume, and NotArmed at the first step that would move something on a port that nobody has armed.
        """
        if not by.strip():
            raise UsageError(tr("要写明由谁开机、关机：--by 姓名", "say who does it: --by NAME"))
        with self._recorder.turn():  # nobody else takes the run's name, or the same run, before it is noted
            before = self._to_resume(procedure) if resume else None
            windows = before.windows if before else tuple(windows)
            steps = plan(self.site, procedure, windows)
            if before and before.steps != tuple(step.name for step in steps):
                raise UsageError(tr(f"{before.name} 之后现场有改动，请重新开始", f"the site has changed since {before.name}: start anew"))
            run = self._begin(procedure, steps, by.strip(), windows, before, dry_run=dry_run)
        if dry_run:
            return self._say(run, steps, told)
        if before:
            self._look_again(run, steps)
        return self._go_on(run, steps, confirm, told)

    def steps(self, procedure: Procedure, *, windows: Sequence[str] = (), resume: bool = False) -> tuple[PlannedStep, ...]:
        """What `run` with these arguments is about. Raises UsageError like it."""
        return plan(self.site, procedure, self._to_resume(procedure).windows if resume else windows)

    def _to_resume(self, procedure: Procedure) -> Run:
        run = self.runs.latest
        if run is None or run.procedure != procedure.name or run.complete:
            raise UsageError(tr(f"没有可以继续的{procedure.zh}", f"there is no {procedure.en} to resume"))
        return run

    def _begin(
        self, procedure: Procedure, steps: Sequence[PlannedStep], by: str, windows: Sequence[str], before: Run | None, *, dry_run: bool
    ) -> Run:
        """Note the start. A dry run is a run of its own, so that it can never be taken for the real one."""
        name = before.name if before and not dry_run else self.runs.next_name(procedure.name, self._recorder.clock.now())
        names = [step.name for step in (remaining(steps, before.done) if before and dry_run else steps)]
        self._recorder.note("sequence.started", name, actor=by, plan=procedure.name, steps=names, by=by, dry=dry_run, windows=list(windows))
        return self.runs.by_name[name]

    def _say(self, run: Run, steps: Sequence[PlannedStep], told: Told) -> Outcome:
        for step in steps:
            if step.name in run.steps:
                self._note(run, step, WOULD, step.row.en, told)
        return self._finish(run, ())

    def _look_again(self, run: Run, steps: Sequence[PlannedStep]) -> None:
        """Take back what was done and no longer holds, and whatever rests on it."""
        for step in steps:
            if run.results.get(step.name) == DONE:
                why = self._why_undone(run, step)
                if why:
                    self._note(run, step, UNDONE, why, unheard)

    def _why_undone(self, run: Run, step: PlannedStep) -> str:
        for need in step.needs:
            if run.results.get(need) == UNDONE:
                return f"{need} no longer holds"
        if step.row.stands is None or step.name in run.people:  # nothing to look at, or a person has looked
            return ""
        drivers = self._of(step)
        try:
            holds = step.row.stands(self._place(step), *drivers)
        except (DeviceError, LinkError) as error:
            return str(error)
        restarted = any(before and now == 0 for before, now in zip(run.jobs.get(step.name, ()), _jobs(drivers), strict=False))
        return "" if holds and not restarted else "restarted" if holds else "no longer holds"

    def _go_on(self, run: Run, steps: Sequence[PlannedStep], confirm: Confirm, told: Told) -> Outcome:
        unreachable: list[str] = []
        for step in steps:
            if run.results.get(step.name) == DONE:
                continue
            missing = [need for need in step.needs if run.results.get(need) != DONE]
            if missing:
                self._note(run, step, SKIPPED, f"needs {', '.join(missing)}", told)
                continue
            told(step, "", "")
            if step.row.by_hand:
                if not self._confirmed(run, step, confirm(step, ""), told):
                    return _outcome(run, unreachable, waiting=step.name)
                continue
            error = self._carry_out(run, step, told)
            if error is not None and not self._confirmed(run, step, confirm(step, str(error)), told) and isinstance(error, LinkError):
                unreachable.append(step.name)
        return self._finish(run, unreachable)

    def _carry_out(self, run: Run, step: PlannedStep, told: Told) -> DeviceError | LinkError | None:
        """Do one step; gives what went wrong with the device. What is wrong with the call (not armed) ends the run."""
        drivers = self._of(step)
        try:
            detail = carry_out(step.row, self._place(step), *drivers)
        except (DeviceError, LinkError) as error:
            self._note(run, step, FAILED, str(error), told)
            return error
        except UsageError as error:
            self._note(run, step, FAILED, str(error), told)
            raise
        self._note(run, step, DONE, detail, told, jobs=_jobs(drivers))
        return None

    def _confirmed(self, run: Run, step: PlannedStep, person: str, told: Told) -> bool:
        """Whether a person vouches for the step."""
        person = person.strip()
        if person:
            self._recorder.note("sequence.confirmed", run.name, actor=person, step=step.name, person=person)
            self._note(run, step, DONE, "by hand", told)
        return bool(person)

    def _finish(self, run: Run, unreachable: Iterable[str]) -> Outcome:
        outcome = _outcome(run, unreachable)
        self._recorder.note("sequence.finished", run.name, failed=list(outcome.failed), skipped=list(outcome.skipped))
        return outcome

    def _note(self, run: Run, step: PlannedStep, result: str, detail: str, told: Told, jobs: Sequence[int] = ()) -> None:
        device = step.devices[0] if step.devices else ""
        self._recorder.note("sequence.step", run.name, step=step.name, device=device, result=result, detail=detail, jobs=list(jobs))
        told(step, result, detail)

    def _of(self, step: PlannedStep) -> list[Driver]:
        return [self._drivers[name] for name in step.devices]

    def _place(self, step: PlannedStep) -> Place:
        return Place(step.window or (step.devices or (self.site.name,))[0], self._recorder.clock, self._lanes)


def _jobs(drivers: Iterable[Driver]) -> list[int]:
    """The number of the last job that each device has taken; a device that has restarted begins again at 0."""
    readings = (driver.reading for driver in drivers if isinstance(driver, JobDriver))
    return [int(reading.values["accepted"]) for reading in readings if reading is not None]


def _outcome(run: Run, unreachable: Iterable[str], waiting: str = "") -> Outcome:
    ended = {result: tuple(step for step in run.steps if run.results.get(step) == result) for result in (FAILED, SKIPPED)}
    return Outcome(run.name, run.dry, dict(run.results), ended[FAILED], ended[SKIPPED], tuple(unreachable), waiting)
