"""What is done at the engineer's desk, by the services of a real site: each act has a name, and whoever does it also tells the truth of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from caixue.drivers.base import Driver
from caixue.errors import UsageError
from caixue.journal import Followed, Recorder
from caixue.ops.backup.service import Backups
from caixue.ops.backup.terms import newest
from caixue.ops.change_steps import APPROVED
from caixue.ops.drills import Drills
from caixue.ops.drills_table import DRILLS
from caixue.ops.feedback import Feedback
from caixue.ops.inspection import Inspection
from caixue.ops.inspection_known import Known
from caixue.ops.inspection_reading import Sources, observe
from caixue.ops.leave import Leave, LeaveBook
from caixue.ops.patching import Patching
from caixue.ops.training import Training
from caixue.ops.verdict_terms import REQUIRED
from caixue.ops.verdicts import TwinVerdict, read_verdict
from caixue.roles import HEAD, MAKER, NURSE
from caixue.site import Site
from caixue.site_estate import SoftwareSpec
from twin.chance import Chance
from twin.desk_truth import Away, DeskTruth
from twin.estate import Disk, Hosts
from twin.faults.injector import Injector
from twin.office_days import BACKUP_S, LOOK_S
from twin.position import Steps
from twin.world import US, World

Evidence = Callable[[str], bytes]  # scenario → the bytes of its result.json, as `caixue run` gives them
TOPIC = "jams-and-refills"
DRILL = "network-lost"
DRILL_SCENARIO = DRILLS[DRILL].scenarios[0]
PATCH_VERSION = "{version}.1"
LEFT_OUT = "ledger-backup"  # of the inspection: the ledger of a run is written when the run is over
SEEN = {
    "app-cache": "比上月多，还没有清理 / more than last month, not yet purged"
}  # what the engineer finds to mention; docs/assumptions.md A-264


@dataclass(frozen=True, slots=True)
class AtHand:
    """What of the room is at hand at the desk."""

    drivers: Mapping[str, Driver]
    injector: Injector


class DeskActs:
    """The acts by name; each is done by somebody, at once. What is refused is counted and left."""

    def __init__(
        self,
        world: World,
        site: Site,
        recorder: Recorder,
        journal: Followed,
        chance: Chance,
        at_hand: AtHand,
        truth: DeskTruth,
        leaves: tuple[Leave, ...],
        evidence: Evidence | None,
    ) -> None:
        start = world.clock.now()
        people = {person.name: person.role for person in site.people}
        self.site = site
        self.people = people
        self.truth = truth
        self.disk = Disk(site)
        self.leave = LeaveBook(recorder, people, journal)
        self.training = Training(recorder, people, journal)
        self.feedback = Feedback(recorder, people, journal)
        self.drills = Drills(recorder, people, journal)
        self.patching = Patching(site, recorder, journal)
        self.inspection = Inspection(recorder, site, start, journal)
        self.backups = Backups(recorder, site, journal, base=self.disk.base, scratch=self.disk.restoring)
        self.head, self.nurse, self.maker = (
            next(name for name, role in people.items() if role == wanted) for wanted in (HEAD, NURSE, MAKER)
        )
        self._world = world
        self._at_hand = at_hand
        self._leaves = leaves
        self._evidence = evidence
        hosts = Hosts(chance, truth)
        self._sources = Sources(world.clock, Known(recorder, journal), at_hand.drivers, hosts.probe, hosts.machine)
        self._numbers: dict[str, str] = {}  # what an act has opened → its number
        self.acts: Mapping[str, Callable[[str], object]] = {
            "prepare-media": self._prepare_media,
            "ask-leave": self._ask_leave,
            "plan-training": self._plan_training,
            "hold-training": self._hold_training,
            "fail-training": self._fail_training,
            "pass-training": self._pass_training,
            "collect-feedback": self._collect_feedback,
            "answer-feedback": self._answer_feedback,
            "improve-feedback": self._improve_feedback,
            "close-feedback": self._close_feedback,
            "find-patch": self._find_patch,
            "test-patch": self._test_patch,
            "ask-approval": self._ask_approval,
            "backup-before": self._backup_before,
            "install-patch": self._install_patch,
            "close-patch": self._close_patch,
            "plan-drill": self._plan_drill,
            "close-findings": self._close_findings,
            "check-backups": self._check_backups,
        }

    @property
    def today(self) -> date:
        """The day of the room's clock."""
        return self._world.clock.now().date()

    def verdict(self, scenario: str) -> TwinVerdict | None:
        """What the twin says of a scenario; None where nobody can run one."""
        return None if self._evidence is None else read_verdict(self._evidence(scenario))

    def _do(self, what: str, act: Callable[..., object], *arguments: object, **said: object) -> bool:
        """Do something that may be refused, and keep count of both."""
        try:
            act(*arguments, **said)
        except UsageError:
            self.truth.refused[what] += 1
            return False
        self.truth.done[what] += 1
        return True

    # leave

    def _ask_leave(self, by: str) -> None:
        """The first request forgets the substitute and is refused."""
        for row in self._leaves:
            for asked in (Leave(row.person, row.from_us, row.until_us, ""), row):
                if self._do("leave", self.leave.ask, asked, by=self.head):
                    self.truth.away.append(Away(row.person, row.from_us, row.until_us, row.substitute))

    # training

    def _plan_training(self, by: str) -> None:
        (opened,) = self.training.plan(self.nurse, TOPIC, by, self.today + timedelta(days=1), by=by)
        self._numbers["training"] = opened.subject
        self.truth.done["training.opened"] += 1

    def _hold_training(self, by: str) -> None:
        self._do("training.held", self.training.hold, self._numbers["training"], self.today, by=by)

    def _fail_training(self, by: str) -> None:
        again = self.today + timedelta(days=1)
        words = "卡管时没有先停机 / did not stop the machine before reaching in"
        self._do("training.failed", self.training.failed, self._numbers["training"], words, self.head, by=by, planned=again)

    def _pass_training(self, by: str) -> None:
        self._do("training.passed", self.training.passed, self._numbers["training"], "合格 / competent", self.head, by=by)

    # feedback

    def _collect_feedback(self, by: str) -> None:
        nurses = [name for name, role in self.people.items() if role == NURSE]
        (survey,) = self.feedback.collect(nurses, "in-person", by=by)
        words = "叫号屏字太小 / the letters on the display are too small"
        (said,) = self.feedback.receive("wish", "叫号屏 / the call display", words, by=by, giver=self.nurse, survey=survey.subject)
        self._numbers["feedback"] = said.subject
        self.truth.done.update(("survey.opened", "feedback.opened"))

    def _answer_feedback(self, by: str) -> None:
        words = "本周内放大 / they will be larger within the week"
        self._do("feedback.answered", self.feedback.answer, self._numbers["feedback"], words, by=by)

    def _improve_feedback(self, by: str) -> None:
        self._do("feedback.improved", self.feedback.improve, self._numbers["feedback"], "字号放大一级 / one size larger", by=by)

    def _close_feedback(self, by: str) -> None:
        self._do("feedback.closed", self.feedback.close, self._numbers["feedback"], True, by=by)

    # backups

    def _prepare_media(self, by: str) -> None:
        for medium in self.site.media:
            self._do("medium.prepared", self.backups.prepare, medium.name, by=by)

    def see_to_backups(self, by: str) -> Steps:
        """Whatever is due is backed up, and the restore of the month rehearsed."""
        for due in self.backups.due() if self.site.media else ():
            yield self._world.kernel.timeout(round(BACKUP_S * US))
            if due.what == "backup":
                self._back_up(due.software, by)
        drill = next((due for due in self.backups.due() if due.what == "drill"), None)
        if drill is not None:
            yield self._world.kernel.timeout(round(BACKUP_S * US))
            copy = newest(each for each in self.backups.copies.values() if each.software == drill.software)
            assert copy is not None
            self._do("backup.drilled", self.backups.drill, copy.number, by=by)

    def _back_up(self, software: str, by: str) -> None:
        self._do("backup.made", self.backups.make, software, self.site.media[0].name, by=by)

    def _check_backups(self, by: str) -> None:
        for copy in list(self.backups.copies.values()):
            self._do("backup.checked", self.backups.check, copy.number, by=by)

    # a patch

    @property
    def patched(self) -> SoftwareSpec | None:
        """The software that a patch comes for: the first of the site that needs the least proof and is backed up."""
        kept = [one for one in self.site.software if one.folder and one.kind in REQUIRED]
        return min(kept, key=lambda one: len(REQUIRED[one.kind]), default=None) if self.site.media else None

    def _find_patch(self, by: str) -> None:
        spec = self.patched
        if spec is not None:
            version = PATCH_VERSION.format(version=spec.version)
            words = "条码边距 / margins of the barcode"
            (found,) = self.patching.find(spec.name, version, "fault", by=self.maker, advisory=words, maker=self.maker)
            self._numbers["patch"] = found.subject
            self.truth.done["patch.opened"] += 1

    def _ask_approval(self, by: str) -> None:
        if "patch" in self._numbers:
            self._do("patch.approved", self.patching.approve, self._numbers["patch"], by=self.head)

    def _test_patch(self, by: str) -> None:
        if self._evidence is not None and self.patched is not None and "patch" in self._numbers:
            found = [(read_verdict(self._evidence(scenario)), self._world.now_us) for scenario in REQUIRED[self.patched.kind]]
            self._do("patch.tested", self.patching.test, self._numbers["patch"], found, by=by)

    def _backup_before(self, by: str) -> None:
        if self._may_install():
            self._back_up(self.patching.sheet(self._numbers["patch"]).values["software"], by)

    def _install_patch(self, by: str) -> None:
        """The files of the new version are copied over those of the old one; then it is noted."""
        if self._may_install():
            said = self.patching.sheet(self._numbers["patch"]).values
            self.disk.write(said["software"], said["version"])
            self._do("patch.installed", self.patching.install, self._numbers["patch"], by=by)

    def _may_install(self) -> bool:
        return "patch" in self._numbers and self.patching.sheet(self._numbers["patch"]).state == APPROVED

    def _close_patch(self, by: str) -> None:
        if self.truth.done["patch.installed"]:
            self._do("patch.closed", self.patching.close, self._numbers["patch"], "标签正常 / the labels are right", by=by)

    # the emergency drill

    def _plan_drill(self, by: str) -> None:
        self.truth.done["drill.opened"] += 1
        self._numbers["drill"] = self.drills.plan(DRILL, self.today, by, by=by)[0].subject

    def carry_out_drill(self, incident: str, began_us: int, by: str) -> None:
        """The sheet of the drill, with the twin's verdict on the scenario that rehearses it."""
        words = "电话表在手边，手写单够用 / the telephone list was at hand, and there were enough paper slips"
        took_part, number = [self.head, by, self.nurse], self._numbers["drill"]
        said = {"result": self.verdict(DRILL_SCENARIO), "incident": incident}
        self._do("drill.carried-out", self.drills.carry_out, number, took_part, began_us, self._world.now_us, words, by=by, **said)

    # the inspection

    def inspect(self, by: str) -> Steps:
        """The round of the month: what devices, probes and the machine say, then a look at everything else."""
        inspection = self.inspection
        inspection.begin(by=by)
        inspection.skip([LEFT_OUT], reason="运行结束才写账本 / the ledger is written when the run is over", by=by)
        observed = yield from self._world.call(observe, inspection.to_read(), self._sources)
        inspection.note_readings(observed, by=by)
        for point in inspection.to_look():
            yield self._world.kernel.timeout(round(LOOK_S * US))
            answer, words = self._look(point.item.name, point.item.of)
            self.truth.answers[point.name] = answer
            inspection.check(point.name, answer, by=by, note=words)
            if words:
                self._find(words, point.name, by)
        assert inspection.current is not None
        for point_name in inspection.unexplained(inspection.current):
            self._find(f"{point_name} 严重 / critical", point_name, by)
        self._do("inspection.finished", inspection.finish, by=by)

    def _look(self, item: str, kind: str) -> tuple[str, str]:
        """What he sees: something that is visibly wrong with a device of that kind, or what there is to mention."""
        for name, driver in self._at_hand.drivers.items():
            fault = self._at_hand.injector.visible(name) if driver.card.kind == kind else None
            if fault is not None:
                return "bad", f"{name}: {fault.zh} / {fault.en}"
        return ("attention", SEEN[item]) if item in SEEN else ("ok", "")

    def _find(self, what: str, point: str, by: str) -> None:
        measure = "一周内处理 / to be seen to within the week"
        self._do("inspection.finding", self.inspection.find, what, by=by, measure=measure, item=point)

    def _close_findings(self, by: str) -> None:
        for finding in list(self.inspection.open_findings()):
            self._do("inspection.finding-closed", self.inspection.close_finding, finding.number, done="已处理 / seen to", by=by)
