"""Patches and change requests: approved with verdicts alone, installed with a way back, taken back in time, and told by events alone (R5.1, R5.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from caixue.errors import UsageError
from caixue.ops.patching import Patching
from caixue.site import SpecialPeriod
from tests.caixue.ops.patch_room import DRIVER, ENGINEER, HEAD, MAKER, NEEDED, NURSE, OS, SECOND, TEMPLATES, PatchRoom


@pytest.fixture
def room() -> PatchRoom:
    return PatchRoom()


def refused(room: PatchRoom, act: Callable[[], object], words: str = ".") -> None:
    before = len(room.journal.events)
    with pytest.raises(UsageError, match=words):
        act()
    assert len(room.journal.events) == before


def test_a_patch_goes_from_found_to_installed_and_the_versions_say_so(room: PatchRoom) -> None:
    number = room.installed()
    assert room.book.sheet(number).state == "installed"
    assert room.book.versions.at(DRIVER) == "2.5.0" and room.book.versions.at(TEMPLATES) == "2026.10"
    room.book.close(number, "八窗正常一周", by=ENGINEER)
    assert room.book.sheet(number).state == "closed"


def test_nothing_is_approved_without_a_verdict(room: PatchRoom) -> None:
    number = room.found()
    refused(room, lambda: room.book.approve(number, by=HEAD), "peak-monday")


def test_nor_with_some_of_the_scenarios_alone(room: PatchRoom) -> None:
    number = room.found()
    room.book.test(number, [room.verdict("peak-monday")], by=ENGINEER)
    refused(room, lambda: room.book.approve(number, by=HEAD), "wrong-label-day")
    room.book.test(number, [room.verdict("wrong-label-day")], by=ENGINEER)
    room.book.approve(number, by=HEAD)


def test_nor_with_one_that_failed_until_the_same_seed_passes(room: PatchRoom) -> None:
    number = room.found()
    failed = [room.verdict("peak-monday"), room.verdict("wrong-label-day", passed=False, seed=5)]
    room.book.test(number, failed, by=ENGINEER)
    room.book.test(number, [room.verdict("wrong-label-day", seed=6)], by=ENGINEER)
    refused(room, lambda: room.book.approve(number, by=HEAD), "5")
    room.book.test(number, [room.verdict("wrong-label-day", seed=5)], by=ENGINEER)
    room.book.approve(number, by=HEAD)


def test_a_verdict_belongs_to_one_patch(room: PatchRoom) -> None:
    first, second = room.found(), room.found(TEMPLATES, "2026.11")
    verdict = room.verdict("wrong-label-day")
    room.book.test(first, [verdict], by=ENGINEER)
    refused(room, lambda: room.book.test(second, [verdict], by=ENGINEER), first)
    refused(room, lambda: room.book.test(second, [room.verdict("wrong-label-day", salt=7)] * 2, by=ENGINEER))


def test_a_verdict_from_before_the_patch_was_registered_is_refused(room: PatchRoom) -> None:
    room.wait(5)
    old = room.verdict("wrong-label-day")
    room.wait(1)
    number = room.found(TEMPLATES, "2026.11")
    refused(room, lambda: room.book.test(number, [old], by=ENGINEER), number)


@pytest.mark.parametrize("by", [ENGINEER, SECOND, NURSE, MAKER])
def test_the_head_alone_approves(room: PatchRoom, by: str) -> None:
    number = room.tested()
    refused(room, lambda: room.book.approve(number, by=by), by)


def test_the_event_keeps_the_digest_the_commit_and_the_numbers(room: PatchRoom) -> None:
    number = room.tested()
    kept = room.book.sheet(number).values["verdicts"]
    assert [each["scenario"] for each in kept] == list(NEEDED)
    assert all(len(each["sha256"]) == 64 and each["commit"] and each["caixue"] and each["made_us"] for each in kept)
    assert {"figure": "label.crossed", "where": "", "limit": "== 0", "actual": 0.0, "verdict": "pass"} in kept[0]["rows"]


def test_in_a_change_freeze_nothing_is_approved_or_installed_but_what_the_head_exempts() -> None:
    room = PatchRoom(SpecialPeriod("保障", first=date(2026, 11, 23), last=date(2026, 11, 30)))
    room.backed_up()
    number = room.tested()
    refused(room, lambda: room.book.approve(number, by=HEAD), "保障")
    room.book.freeze.exempt(number, "高危漏洞", by=HEAD)
    room.book.approve(number, by=HEAD)
    room.book.install(number, by=ENGINEER)
    assert room.book.versions.at(DRIVER) == "2.5.0"


def test_a_rollback_is_never_frozen() -> None:
    room = PatchRoom(SpecialPeriod("保障", first=date(2026, 11, 24), last=date(2026, 11, 30)))
    number = room.installed()
    room.wait(24 * 60)
    begun_us = room.clock.now_us
    room.wait(12)
    room.book.roll_back(number, "驱动服务被杀毒软件隔离", begun_us=begun_us, by=ENGINEER)
    sheet = room.book.sheet(number)
    assert (sheet.state, sheet.values["duration_us"], sheet.values["where"]) == ("rolled-back", 12 * 60_000_000, ["all"])
    assert room.book.versions.at(DRIVER) == "2.4.1"


@pytest.mark.parametrize("verified, version", [(False, "2.4.1"), (True, "2.4.0")])
def test_nothing_is_installed_unless_what_is_there_lies_in_a_verified_backup(room: PatchRoom, verified: bool, version: str) -> None:
    number = room.approved()
    refused(room, lambda: room.book.install(number, by=ENGINEER), "backup|备份")
    room.backed_up(version=version, verified=verified)
    refused(room, lambda: room.book.install(number, by=ENGINEER), "backup|备份")
    room.book.install(number, by=ENGINEER) if room.backed_up(number="backup-0002") else None
    assert room.book.sheet(number).values["backup"] == "backup-0002"


@pytest.mark.parametrize("kind, data", [("backup.checked", {"whole": False, "reason": "bit"}), ("backup.expired", {"reason": "old"})])
def test_a_backup_that_was_found_damaged_or_is_deleted_does_not_count(room: PatchRoom, kind: str, data: dict[str, object]) -> None:
    number = room.approved()
    room.recorder.note(kind, room.backed_up(), actor=ENGINEER, **data)
    refused(room, lambda: room.book.install(number, by=ENGINEER), "backup|备份")


def test_of_what_caixue_does_not_back_up_somebody_says_what_can_be_gone_back_to(room: PatchRoom) -> None:
    number = room.found(OS, "2019 (17763.7000)")
    refused(room, lambda: room.book.install(number, by=ENGINEER, backup="快照"))  # nobody has approved it
    room.book.test(number, [room.verdict("peak-monday"), room.verdict("power-cut")], by=ENGINEER)
    room.book.approve(number, by=HEAD)
    refused(room, lambda: room.book.install(number, by=ENGINEER), "--backup")
    room.book.install(number, by=ENGINEER, backup="server-app 的快照")
    assert room.book.versions.at(OS) == "2019 (17763.7000)"


def test_it_is_installed_window_by_window_and_taken_back_from_all_of_them(room: PatchRoom) -> None:
    room.backed_up()
    number = room.approved()
    room.book.install(number, where=["window-1"], by=ENGINEER)
    room.book.install(number, where=["window-2", "window-3"], by=ENGINEER)
    assert [room.book.versions.at(DRIVER, f"window-{n}") for n in (1, 2, 3, 4)] == ["2.5.0"] * 3 + ["2.4.1"]
    refused(room, lambda: room.book.install(number, where=["window-1"], by=ENGINEER), r"2\.5\.0")
    refused(room, lambda: room.book.install(number, where=["window-11"], by=ENGINEER), "window-1")
    room.book.roll_back(number, "慢", begun_us=room.clock.now_us, by=ENGINEER)
    assert {room.book.versions.at(DRIVER, f"window-{n}") for n in (1, 2, 3, 4)} == {"2.4.1"}


def test_what_was_tested_on_top_of_another_version_is_not_installed(room: PatchRoom) -> None:
    room.backed_up()
    late = room.approved(version="2.4.2")
    room.book.install(room.approved(version="2.5.0"), by=ENGINEER)
    room.backed_up(version="2.5.0", number="backup-0002")
    refused(room, lambda: room.book.install(late, by=ENGINEER), r"2\.4\.1")


def test_the_same_patch_is_registered_once_and_never_for_what_is_there_or_unknown(room: PatchRoom) -> None:
    number = room.found()
    refused(room, lambda: room.found(), number)
    refused(room, lambda: room.found(version="2.4.1"))
    refused(room, lambda: room.found("driver-servise"), "driver-service")
    room.book.reject(number, "厂家撤回", by=HEAD)
    assert room.found() != number
    refused(room, lambda: room.book.find(DRIVER, "2.6.0", "security", file="x.zip", by=ENGINEER), "SHA-256")


def test_a_change_is_answered_free_of_charge_or_the_answer_is_refused(room: PatchRoom) -> None:
    number = room.book.ask(TEMPLATES, "customisation", "标签加科室名", asked_by="护士长", by=NURSE)[0].subject
    refused(room, lambda: room.book.answer(number, "两千元", maker=MAKER, free=False, by=ENGINEER), "R5.1")
    refused(room, lambda: room.book.approve(number, by=HEAD))
    room.book.answer(number, "下周", maker=MAKER, free=True, version="2026.11", by=ENGINEER)
    room.wait(1)
    refused(room, lambda: room.book.approve(number, by=HEAD), "wrong-label-day")
    room.book.test(number, [room.verdict("wrong-label-day")], by=ENGINEER)
    room.book.approve(number, by=HEAD)
    room.backed_up(TEMPLATES, "2026.10")
    room.book.install(number, by=ENGINEER)
    assert room.book.versions.at(TEMPLATES) == "2026.11"
    room.book.close(number, "护士长看过", by=NURSE)


def test_a_verdict_from_before_the_maker_had_answered_is_not_on_what_he_will_deliver(room: PatchRoom) -> None:
    number = room.book.ask(TEMPLATES, "customisation", "标签加科室名", asked_by="护士长", by=NURSE)[0].subject
    room.wait(1)
    early = room.verdict("wrong-label-day")
    room.wait(1)
    room.book.answer(number, "下周", maker=MAKER, free=True, version="2026.11", by=ENGINEER)
    refused(room, lambda: room.book.test(number, [early], by=ENGINEER))
    room.book.test(number, [room.verdict("wrong-label-day")], by=ENGINEER)


def test_a_configuration_change_needs_a_verdict_as_a_patch_does(room: PatchRoom) -> None:
    number = room.book.ask(DRIVER, "configuration", "轮询改 500 ms", asked_by="head-1", version="2.4.1+c1", by=ENGINEER)[0].subject
    refused(room, lambda: room.book.approve(number, by=HEAD), "peak-monday")


WHO = st.sampled_from([ENGINEER, HEAD, NURSE, MAKER, SECOND, "nobody"])


class Acts(RuleBasedStateMachine):
    """Anybody does anything in any order; whatever is noted keeps the rules."""

    def __init__(self) -> None:
        super().__init__()
        self.room = PatchRoom(SpecialPeriod("保障", first=date(2026, 11, 24), last=date(2026, 11, 24)))

    def act(self, doing: Callable[[], object]) -> None:
        before = len(self.room.journal.events)
        try:
            doing()
        except UsageError:
            assert len(self.room.journal.events) == before
        self.room.wait(7)

    def number(self, n: int) -> str:
        numbers = [sheet.number for sheet in self.room.book.sheets()]
        return numbers[n % len(numbers)] if numbers else "patch-0001"

    @rule(by=WHO, software=st.sampled_from([DRIVER, TEMPLATES]), version=st.sampled_from(["2.4.1", "2.5.0", "2.6.0"]))
    def find(self, by: str, software: str, version: str) -> None:
        self.act(lambda: self.room.book.find(software, version, "security", by=by))

    @rule(by=WHO, version=st.sampled_from(["", "2026.11"]))
    def ask(self, by: str, version: str) -> None:
        self.act(lambda: self.room.book.ask(TEMPLATES, "configuration", "字号", asked_by="护士长", version=version, by=by))

    @rule(by=WHO, n=st.integers(0, 5), scenario=st.sampled_from(NEEDED), passed=st.booleans(), salt=st.integers(0, 12), late=st.booleans())
    def test(self, by: str, n: int, scenario: str, passed: bool, salt: int, late: bool) -> None:
        verdict, now_us = self.room.verdict(scenario, passed=passed, salt=salt)
        self.act(lambda: self.room.book.test(self.number(n), [(verdict, now_us if late else 1)], by=by))

    @rule(n=st.integers(0, 5))
    def tested_and_approved(self, n: int) -> None:
        fresh = [self.room.verdict(scenario) for scenario in NEEDED]
        self.act(lambda: self.room.book.test(self.number(n), fresh, by=ENGINEER))
        self.act(lambda: self.room.book.approve(self.number(n), by=HEAD))

    @rule(by=WHO, n=st.integers(0, 5))
    def approve(self, by: str, n: int) -> None:
        self.act(lambda: self.room.book.approve(self.number(n), by=by))

    @rule(by=WHO, n=st.integers(0, 5))
    def reject(self, by: str, n: int) -> None:
        self.act(lambda: self.room.book.reject(self.number(n), "不要", by=by))

    @rule(by=WHO, n=st.integers(0, 5), where=st.sampled_from([(), ("window-1",), ("window-1", "window-2"), ("mars",)]))
    def install(self, by: str, n: int, where: tuple[str, ...]) -> None:
        self.act(lambda: self.room.book.install(self.number(n), where=where, by=by))

    @rule(by=WHO, n=st.integers(0, 5), ago=st.integers(-1, 30))
    def roll_back(self, by: str, n: int, ago: int) -> None:
        self.act(lambda: self.room.book.roll_back(self.number(n), "慢", begun_us=self.room.clock.now_us - ago * 60_000_000, by=by))

    @rule(by=WHO, n=st.integers(0, 5))
    def close(self, by: str, n: int) -> None:
        self.act(lambda: self.room.book.close(self.number(n), "好", by=by))

    @rule(software=st.sampled_from([DRIVER, TEMPLATES]), verified=st.booleans())
    def back_up(self, software: str, verified: bool) -> None:
        number = f"backup-{len(self.room.journal.events):04d}"
        self.room.backed_up(software, self.room.book.versions.at(software), verified=verified, number=number)

    @rule()
    def next_day(self) -> None:
        self.room.wait(12 * 60)

    @invariant()
    def every_approval_rests_on_passing_verdicts_of_its_own(self) -> None:
        used: dict[str, str] = {}
        verdicts: dict[str, dict[tuple[str, int], str]] = {}
        testers: dict[str, set[str]] = {}
        software, approved, good = dict[str, str](), set[str](), set[tuple[str, str]]()
        for event in self.room.journal.events:
            name, _, step = event.kind.partition(".")
            if event.kind == "backup.made" and event.data["verified"]:
                good.add((event.data["software"], event.data["version"]))
            if name not in ("patch", "change"):
                continue
            if step == "opened":
                software[event.subject] = event.data["software"]
            elif step == "tested":
                testers.setdefault(event.subject, set()).add(event.actor)
                for each in event.data["verdicts"]:
                    assert used.setdefault(each["sha256"], event.subject) == event.subject
                    verdicts.setdefault(event.subject, {})[each["scenario"], each["seed"]] = each["verdict"]
            elif step == "approved":
                mine = verdicts[event.subject]
                needed = NEEDED if software[event.subject] == DRIVER else NEEDED[1:]
                assert event.actor == HEAD and HEAD not in testers[event.subject]
                assert set(mine.values()) == {"pass"} and {scenario for scenario, _ in mine} >= set(needed)
                assert self.room.site.special_periods[0].first != (self.day(event.at_us))
                approved.add(event.subject)
            elif step == "installed":
                assert event.subject in approved and event.actor in (ENGINEER, SECOND)
                assert (software[event.subject], event.data["before"]) in good
                assert self.room.site.special_periods[0].first != self.day(event.at_us)

    def day(self, at_us: int) -> date:
        return date(2026, 11, 23 + (at_us + 8 * 3_600_000_000) // 86_400_000_000) if at_us < 7 * 86_400_000_000 else date(2027, 1, 1)

    @invariant()
    def whoever_reads_the_journal_later_knows_the_same(self) -> None:
        later = Patching(self.room.site, self.room.recorder, self.room.journal)
        assert list(later.sheets()) == list(self.room.book.sheets())
        assert list(later.versions.rows()) == list(self.room.book.versions.rows())


TestActs = Acts.TestCase
TestActs.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
