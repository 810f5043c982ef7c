"""R1: one resident engineer, there when he should be, competent, and replaced in his leave by one who is; who goes hands over to who comes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from caixue.clock import SHANGHAI, SystemClock
from caixue.ledger import LedgerRecorder, open_ledger
from caixue.ops.attendance import Attendance
from caixue.ops.leave import Leave, LeaveBook
from caixue.ops.presence import Mark, month_of
from caixue.ops.refilling import open_until_next_chance
from caixue.ops.resident import findings, on_duty, substitutes
from caixue.ops.roster import Roster
from caixue.ops.topics import TOPICS
from caixue.ops.training import Training
from caixue.roles import ENGINEER
from caixue.site import Site, load_site
from tests.caixue.ops.incident_bench import WallClock
from tests.contract.typed import Typed

SITE_FILE = """
schema = 1
extends = "eight-window"
name = "room"
[[person]]
name = "engineer-1"
role = "engineer"
[[person]]
name = "engineer-2"
role = "engineer"
[[person]]
name = "nurse-1"
role = "nurse"
[[person]]
name = "head-1"
role = "head"
[[person]]
name = "maker-1"
role = "maker"
"""
ONE, TWO, HEAD = "engineer-1", "engineer-2", "head-1"
START = datetime(2026, 11, 23, tzinfo=SHANGHAI)  # a Monday
DAY_US, HOUR_US = 86_400_000_000, 3_600_000_000


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    file = tmp_path / "room.toml"
    file.write_text(SITE_FILE, encoding="utf-8")
    return file


@pytest.fixture
def typed(tmp_path: Path, site_file: Path, capfd: pytest.CaptureFixture[str]) -> Typed:
    return Typed(site_file, tmp_path / "room.db", capfd)


class Month:
    """A month's registers on a ledger, with a clock that moves by hand."""

    def __init__(self, place: str, site: Site) -> None:
        self.clock, self.site = WallClock(START), site
        self.people = {person.name: person.role for person in site.people}
        self.ledger = open_ledger(place, site=site.name, people=self.people, clock=self.clock, start=START)
        recorder = LedgerRecorder(self.ledger)
        self.attendance = Attendance(recorder, self.people, self.ledger)
        self.leaves = LeaveBook(recorder, self.people, self.ledger)
        self.training = Training(recorder, self.people, self.ledger)

    def __enter__(self) -> Month:
        return self

    def __exit__(self, *_: object) -> None:
        self.ledger.close()

    @property
    def roster(self) -> Roster:
        return Roster.of(self.site, self.leaves.granted, START)

    def at(self, day: int, hour: float) -> Month:
        self.clock.advance_to(round(day * DAY_US + hour * HOUR_US))
        return self

    def work(self, person: str, day: int, *hours: float) -> None:
        """Come and leave at these hours, in turns."""
        for index, hour in enumerate(hours):
            self.at(day, hour)
            (self.attendance.leave if index % 2 else self.attendance.come)(person, by=person)

    def train(self, person: str) -> None:
        """Every topic of a resident engineer: planned, held and passed today."""
        today = self.clock.now().date()
        for topic in (each.name for each in TOPICS.values() if ENGINEER in each.roles):
            (planned,) = self.training.plan(person, topic, "maker-1", today, by=HEAD)
            self.training.hold(planned.subject, today, by=HEAD)
            self.training.passed(planned.subject, "实操合格", HEAD, by=HEAD)

    def wrong(self) -> list[tuple[str, str]]:
        """What breaks R1 now."""
        now_us, trainings = self.clock.monotonic_us(), self.training.sheets.sheets.values()
        duties = on_duty(self.roster, self.attendance.attended(), trainings, self.clock.now().date(), now_us)
        found = findings(duties, needed=True, now_us=now_us) + substitutes(self.leaves.granted, trainings, self.roster, now_us)
        return [(one.what, one.person) for one in found]


def test_a_month_of_the_resident_with_a_leave_and_its_substitute_stands_in_the_table(ledger_place: str, site_file: Path) -> None:
    with Month(ledger_place, load_site(site_file)) as month:
        month.at(0, 1)
        month.leaves.ask(Leave(ONE, 2 * DAY_US, 4 * DAY_US, TWO), by=HEAD)
        month.work(ONE, 0, 6.5, 12, 15, 17.5)
        month.work(ONE, 1, 7, 12, 15, 17)  # half an hour late, half an hour early
        month.work(TWO, 2, 6.5, 12, 15, 17.5)
        month.at(7, 0)
        days = month_of(month.roster, month.attendance.attended(), ONE, date(2026, 11, 1), month.clock.monotonic_us())
    marks = {day.day.day: day.marks for day in days}
    assert marks[22] == (Mark.OFF,)  # before the record
    assert [marks[day] for day in (23, 25, 26, 27)] == [(Mark.THERE,), (Mark.COVERED,), (Mark.UNCOVERED,), (Mark.ABSENT,)]
    assert marks[24] == (Mark.LATE, Mark.EARLY)
    assert marks[28] == marks[29] == (Mark.ABSENT,), "on days off the clinic's hours are owed (R2)"
    assert marks[30] == (Mark.COMING,)
    tuesday = next(day for day in days if day.day.day == 24)
    assert (tuesday.late_us, tuesday.early_us, tuesday.present_us) == (HOUR_US // 2, HOUR_US // 2, 7 * HOUR_US)
    assert {day.substitute for day in days} == {"", TWO}


def test_a_resident_is_in_order_once_he_is_trained_and_there(ledger_place: str, site_file: Path) -> None:
    with Month(ledger_place, load_site(site_file)) as month:
        month.at(0, 6.5).attendance.come(ONE, by=ONE)
        assert month.at(0, 8).wrong() == [("not-competent", ONE)]
        month.train(ONE)
        assert month.wrong() == []
        month.attendance.leave(ONE, by=ONE)
        assert month.at(1, 8).wrong() == [("absent", ONE)]


def test_a_leave_with_an_untrained_substitute_is_found_before_it_begins(ledger_place: str, site_file: Path) -> None:
    with Month(ledger_place, load_site(site_file)) as month:
        month.at(0, 6.5).attendance.come(ONE, by=ONE)
        month.train(ONE)
        month.leaves.ask(Leave(ONE, 5 * DAY_US, 6 * DAY_US, TWO), by=HEAD)
        assert month.at(0, 8).wrong() == [("substitute-not-competent", TWO)]
        month.train(TWO)
        assert month.wrong() == []


# By the command line.


def test_the_roster_shows_who_is_on_duty_and_who_stands_in(typed: Typed) -> None:
    first = datetime.now(SHANGHAI).date() + timedelta(days=1)
    leave = ("--from", f"{first}T00:00", "--until", f"{first + timedelta(days=1)}T00:00", "--substitute", TWO)
    typed.ok("leave ask engineer-1", *leave, by=HEAD)
    days = typed.ok("people roster --days 3 --json")["days"]
    assert [[one["person"] for one in day["on_duty"]] for day in days[1:]] == [[TWO], [ONE]]
    assert days[1]["on_duty"][0]["substitute"] and days[1]["on_leave"] == days[1]["on_duty"][0]["hours"]
    assert TWO in typed.ok("people roster --days 3")


def test_the_question_for_the_resident_ends_with_99_while_something_is_wrong(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    midnight = datetime.combine(datetime.now(SHANGHAI).date() + timedelta(days=1), time(), SHANGHAI)
    opening = open_until_next_chance(load_site("eight-window"), midnight)[0][0]  # somebody has to be there
    monkeypatch.setattr(SystemClock, "now", lambda _: opening)
    code, said, _ = typed.type("people resident --json")
    assert code == 99 and ("not-competent", ONE) in {(each["what"], each["person"]) for each in said["findings"]}
    code, said, _ = typed.type("people resident")
    assert code == 99 and "engineer-1 尚未合格" in said


def test_attendance_is_typed_and_its_month_counts(typed: Typed) -> None:
    typed.ok("people attend come", by=ONE)
    assert "attendance-0001" in typed.refused("people attend come", by=ONE)
    typed.ok("people attend leave", by=ONE)
    typed.refused("people attend leave", by=ONE)
    assert "本人" in typed.refused("people attend come --person engineer-1", by=TWO)
    typed.ok("people attend absent sick --person engineer-2 --reason 发热", by=HEAD)
    assert [row["person"] for row in typed.ok("people attend list --json")["sheets"]] == [ONE, TWO]
    month = typed.ok("people attend month engineer-1 --json")
    assert month["person"] == ONE and len(month["days"]) >= 28 and month["total"]["owed_s"] >= 0
    assert "engineer-1" in typed.ok("people attend month")
    assert "没有" in typed.refused("people attend month engineer-9")
    assert "2026-11" in typed.refused("people attend month --month November")


def test_a_shift_is_handed_over_with_what_the_ledger_knows_and_accepted_by_name(typed: Typed) -> None:
    typed.ok("stock open", by=ONE)
    typed.ok("incident open --device window-3.tube-dispenser --symptom tube-jam --window 3 --reason 交班前", by=ONE)
    typed.ok("stock count motor opening 0 --reason 盘点", by=ONE)
    draft = typed.ok("people handover draft --json")
    assert [line.split()[0] for line in draft["incidents"]] == ["incident-0001"]
    assert [line.split()[0] for line in draft["low_stock"]] == ["motor"]
    typed.ok("people handover write --to engineer-2 --workaround 3号口先用备管机 --remarks 好", by=ONE)
    assert TWO in typed.refused("people handover accept 1", by=HEAD)
    (waiting,) = typed.ok("people handover list --json")["sheets"]
    assert (waiting["to"], waiting["incidents"], waiting["workarounds"]) == (TWO, draft["incidents"], ["3号口先用备管机"])
    assert "incident-0001" in typed.ok("people handover show 1")
    typed.ok("people handover accept 1 --answer 知道了", by=TWO)
    assert typed.ok("people handover list --json")["sheets"] == []
    typed.ok("people handover write --to engineer-2", by=ONE)
    typed.ok("people handover return 2 --reason 缺一台设备", by=TWO)


def test_a_hand_over_sent_twice_is_noted_once(typed: Typed) -> None:
    words = "people handover write --to engineer-2 --op evening-1"
    first, second = (typed.ok(f"{words} --json", by=ONE)["events"] for _ in range(2))
    assert first == second
    assert len(typed.ok("people handover list --json")["sheets"]) == 1


def test_whom_to_call_stands_in_one_list(typed: Typed) -> None:
    typed.ok("people contact add --name 王工 --role 厂家 --telephone 0311-85 --for 主机", by=ONE)
    typed.ok("people contact add --name 李工 --role 信息科 --telephone 8123 --for 网络 --valid-until 2020-01-01", by=ONE)
    assert [row["name"] for row in typed.ok("people contacts --json")["sheets"]] == ["王工"]
    assert len(typed.ok("people contacts --all --json")["sheets"]) == 2
    typed.ok("people contact change 1 --telephone 139", by=ONE)
    assert "139" in typed.ok("people contacts")
    typed.ok("people contact withdraw 1 --reason 离职", by=ONE)
    assert "没有" in typed.ok("people contacts")
    assert "日期" in typed.refused("people contact change 2 --valid-until soon", by=ONE)


@pytest.mark.parametrize("words", ["--day 9999-12-31 --days 366", "--day 0001-01-01"])
def test_the_roster_ends_where_the_calendar_ends(typed: Typed, words: str) -> None:
    assert typed.ok(f"people roster --json {words}")["days"]
