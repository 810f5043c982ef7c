"""A month goes open → cut off → drafted → signed or rejected; what is signed never changes, and two people cannot close one month."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import date, datetime
from pathlib import Path

import pytest

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.events import Event
from caixue.ops.accounting import Period
from caixue.ops.closing import Closings, digest
from caixue.ops.forms.improvement import FORM
from caixue.ops.sheets import Sheets
from tests.caixue.months.closing_bench import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    PEOPLE,
    SCAN,
    SITE,
    START,
    YEAR,
    Bench,
    months_of,
    real_ledger,
    scan_of,
)

IN_TIME = datetime(2026, 11, 2, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def bench() -> Bench:
    return Bench().at(11, 2)


def states(bench: Bench, *periods: Period) -> list[str]:
    return [bench.months.closings.of(period).state for period in periods]


# periods


@pytest.mark.parametrize("name", ["2026-13", "2026-1", "26-11", "", "November", "2026-11-01", "9999"])
def test_what_is_no_month_and_no_year_is_refused(name: str):
    with pytest.raises(UsageError):
        Period.named(name)


def test_a_period_is_half_open_and_never_begins_before_the_record():
    from_us, until_us = OCTOBER.span_us(START)
    assert (from_us, until_us) == (0, NOVEMBER.span_us(START)[0])
    assert YEAR.span_us(START)[1] == DECEMBER.span_us(START)[1] == Period.named("2027-01").span_us(START)[0]


def test_december_is_followed_by_january_and_a_year_by_the_next():
    assert (str(DECEMBER.next), str(YEAR.next), str(Period.named("2027-01").before)) == ("2027-01", "2027", "2026-12")


# the way


def test_a_month_is_cut_off_at_the_last_entry_drafted_and_signed_by_the_user(bench: Bench):
    last = bench.note("order.placed", "order-0001", lines=[], due_us=0, supplier="x").seq
    bench.signed()
    closing = bench.months.closings.of(OCTOBER)
    assert (closing.state, closing.seq, closing.revision) == ("signed", last, 1)
    assert (closing.scan, closing.signed_on, closing.sha256) == ("2026-10.pdf", "2026-11-02", digest(closing.reports or {}))


def test_a_month_that_is_not_over_is_not_cut_off(bench: Bench):
    with pytest.raises(UsageError, match="2026-11"):
        bench.months.cut_off(NOVEMBER, by="engineer-1")


def test_the_instant_of_midnight_belongs_to_the_next_month():
    bench = Bench().at(11, 1, 0)
    bench.incident(1)
    bench.at(12, 1, 0).months.cut_off(OCTOBER, by="engineer-1")
    bench.months.cut_off(NOVEMBER, by="engineer-1")
    assert [bench.months.figures(month).value("incident.count") for month in (OCTOBER, NOVEMBER)] == [0, 1]


def test_months_are_cut_off_in_their_order(bench: Bench):
    with pytest.raises(UsageError, match="2026-10"):
        bench.at(12, 2).months.cut_off(NOVEMBER, by="engineer-1")


def test_a_month_before_the_record_is_none(bench: Bench):
    with pytest.raises(UsageError):
        bench.months.cut_off(Period.named("2026-09"), by="engineer-1")
    with pytest.raises(UsageError):
        bench.months.figures(Period.named("2026-09"))


@pytest.mark.parametrize("who", ["engineer-1", "nurse-1", "maker-1"])
def test_nobody_but_the_head_of_department_signs(bench: Bench, who: str):
    bench.drafted()
    with pytest.raises(UsageError, match="month"):
        bench.months.closings.sign(OCTOBER, **SCAN, signed_on=date(2026, 11, 2), by=who)
    assert states(bench, OCTOBER) == ["drafted"]


def test_a_nurse_cuts_nothing_off(bench: Bench):
    with pytest.raises(UsageError):
        bench.months.cut_off(OCTOBER, by="nurse-1")
    assert bench.journal.events == []


@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2026, 11, 3)])
def test_a_signature_is_not_older_than_the_draft_nor_to_come(bench: Bench, day: date):
    bench.drafted()
    with pytest.raises(UsageError):
        bench.months.closings.sign(OCTOBER, **SCAN, signed_on=day, by="head-1")


def test_a_signature_without_a_scan_is_refused(bench: Bench):
    bench.drafted()
    with pytest.raises(UsageError):
        bench.months.closings.sign(OCTOBER, scan="", scan_sha256="", signed_on=date(2026, 11, 2), by="head-1")


def test_a_scan_belongs_to_one_month(bench: Bench):
    bench.signed()
    bench.at(12, 2)
    with pytest.raises(UsageError, match="2026-10"):
        bench.drafted(NOVEMBER).months.closings.sign(NOVEMBER, **scan_of(OCTOBER), signed_on=date(2026, 12, 2), by="head-1")


def test_steps_out_of_order_are_refused_and_nothing_is_noted(bench: Bench):
    for step in (
        lambda: bench.months.draft(OCTOBER, by="engineer-1"),
        lambda: bench.months.closings.sign(OCTOBER, **SCAN, signed_on=date(2026, 11, 2), by="head-1"),
        lambda: bench.months.closings.reject(OCTOBER, reason="x", by="head-1"),
    ):
        with pytest.raises(UsageError):
            step()
    assert bench.journal.events == []


def test_a_signed_month_takes_no_further_step(bench: Bench):
    bench.signed()
    for step in (
        lambda: bench.months.cut_off(OCTOBER, by="engineer-1"),
        lambda: bench.months.draft(OCTOBER, by="engineer-1"),
        lambda: bench.months.closings.reject(OCTOBER, reason="x", by="head-1"),
    ):
        with pytest.raises(UsageError, match="head-1"):
            step()


def test_a_rejected_month_is_drafted_again_as_the_next_revision_and_may_take_in_what_was_mended(bench: Bench):
    bench.note("order.placed", "order-0001", lines=[], due_us=0, supplier="x")
    bench.drafted().months.closings.reject(OCTOBER, reason="a day is missing", by="head-1")
    assert bench.months.closings.of(OCTOBER).reason == "a day is missing"
    bench.note("day.counted", "room", date="2026-10-09", tubes=700)
    bench.months.cut_off(OCTOBER, by="engineer-1")
    bench.months.draft(OCTOBER, by="engineer-1")
    closing = bench.months.closings.of(OCTOBER)
    assert (closing.state, closing.revision) == ("drafted", 2)
    assert bench.months.figures(OCTOBER).value("tube.labelled") == 700


def test_a_draft_of_figures_that_are_as_of_another_cut_off_is_refused(bench: Bench):
    bench.months.cut_off(OCTOBER, by="engineer-1")
    with pytest.raises(UsageError):
        bench.months.closings.draft(OCTOBER, {}, seq=99, by="engineer-1")


def test_whoever_reads_the_journal_later_knows_the_same(bench: Bench):
    bench.drafted().months.closings.reject(OCTOBER, reason="x", by="head-1")
    bench.months.draft(OCTOBER, by="engineer-1")
    again = bench.again().closings
    assert (again.closings, again.cuts) == (bench.months.closings.closings, bench.months.closings.cuts)


# time


def test_a_step_is_overdue_on_the_working_day_after_its_term_by_the_sites_calendar(bench: Bench):
    calendar = SITE.calendar
    due = OCTOBER.due("cut-off", calendar)
    assert due == date(2026, 11, 3)  # 2 November is a Monday
    assert bench.months.closings.overdue(bench.at(11, 3).clock.now(), calendar) == []
    (late,) = bench.months.closings.overdue(bench.at(11, 4).clock.now(), calendar)
    assert (late.period, late.step, late.due) == (OCTOBER, "cut-off", due)
    bench.drafted()
    assert bench.months.closings.overdue(bench.clock.now(), calendar) == []
    (late,) = bench.months.closings.overdue(bench.at(11, 30).clock.now(), calendar)
    assert late.step == "signed"


# years


def test_a_year_needs_its_months_signed_and_something_planned_to_improve(bench: Bench):
    bench.at(12, 2).signed(OCTOBER).signed(NOVEMBER).at(1, 4, year=2027)
    with pytest.raises(UsageError, match="2026-12"):
        bench.months.cut_off(YEAR, by="engineer-1")
    bench.signed(DECEMBER).months.cut_off(YEAR, by="engineer-1")
    with pytest.raises(UsageError, match="improve"):
        bench.months.draft(YEAR, by="engineer-1")
    plan = Sheets(FORM, bench.recorder, PEOPLE, bench.journal)
    plan.open(by="engineer-1", year=2026, what="spare print heads", why="two stock-outs", person="engineer-1", due="2027-02-01")
    bench.months.draft(YEAR, by="engineer-1")
    bench.months.closings.sign(YEAR, **scan_of(YEAR), signed_on=date(2027, 1, 4), by="head-1")
    assert states(bench, YEAR, DECEMBER) == ["signed", "signed"]


# late corrections


def test_what_is_noted_after_the_cut_off_never_changes_the_month_and_is_listed_with_the_next_with_its_effect(bench: Bench):
    bench.at(10, 12).incident(1)
    bench.note("day.counted", "room", date="2026-10-12", tubes=1000)
    bench.at(11, 2).signed()
    before = bench.months.figures(OCTOBER).reports()
    bench.at(11, 5).incident(2, occurred_us=5_000_000, reason="found in the notebook")
    bench.at(12, 1).months.cut_off(NOVEMBER, by="engineer-1")
    assert bench.months.figures(OCTOBER).reports() == before == bench.months.closings.of(OCTOBER).reports
    (late,) = bench.months.figures(NOVEMBER).corrections
    assert (late.period, late.event.subject) == (OCTOBER, "incident-0002")
    assert bench.months.figures(NOVEMBER).reports()["C6.3"]["corrections"] == [f"2026-10 {late.event.seq}"]
    assert late.effect["incident.count"] == (1, 2)
    assert late.effect["fault.rate"] == (1.0, 2.0)


def test_a_late_correction_is_listed_once_with_the_first_month_that_is_closed_after_it(bench: Bench):
    entry = bench.at(10, 12).note("consumable.refilled", "window-1.label-printer", item="label-roll", quantity=30, lot="A1")
    bench.at(11, 2).signed()
    right = {"reason": "typed wrong", "right": '{"quantity": 3}'}
    bench.note("entry.corrected", f"entry-{entry.seq}", **right)
    bench.at(12, 1).months.cut_off(NOVEMBER, by="engineer-1")
    bench.at(1, 4, year=2027).months.cut_off(DECEMBER, by="engineer-1")
    (late,) = bench.months.figures(NOVEMBER).corrections
    assert late.effect["consumable.put_in"] == ({"label-roll": 30}, {"label-roll": 3})
    assert bench.months.figures(DECEMBER).corrections == ()


def test_a_correction_before_the_cut_off_counts(bench: Bench):
    entry = bench.at(10, 12).note("consumable.refilled", "window-1.label-printer", item="label-roll", quantity=30, lot="A1")
    bench.note("entry.corrected", f"entry-{entry.seq}", reason="typed wrong", right='{"quantity": 3}')
    bench.at(11, 2).drafted()
    assert bench.months.figures(OCTOBER).value("consumable.put_in") == {"label-roll": 3}


def test_a_correction_in_words_alone_is_listed_and_changes_no_figure(bench: Bench):
    entry = bench.at(10, 12).note("order.placed", "order-0001", lines=[], due_us=0, supplier="x")
    bench.at(11, 2).signed()
    bench.note("entry.corrected", f"entry-{entry.seq}", reason="typed wrong", right="the other supplier")
    (late,) = bench.at(11, 3).months.figures(NOVEMBER).corrections
    assert (late.effect, late.readable) == ({}, False)


def test_an_entry_brought_over_from_a_spool_after_the_cut_off_is_late(bench: Bench):
    bench.signed()
    october = bench.at(10, 30)
    october.note("power.lost", "mains", device="ups")
    (late,) = bench.at(11, 3).months.figures(NOVEMBER).corrections
    assert late.effect["power.lost"] == (0, 1)
    assert bench.months.figures(NOVEMBER).value("power.lost") == 0


# two people


def test_of_two_people_who_close_one_month_the_second_is_told_by_whom_it_was_closed(tmp_path: Path):
    place = tmp_path / "ledger.db"
    with real_ledger(place, IN_TIME) as one, real_ledger(place, IN_TIME) as other:
        mine, theirs = months_of(one), months_of(other)
        mine.cut_off(OCTOBER, by="engineer-1")
        with pytest.raises(UsageError, match="engineer-1"):
            theirs.cut_off(OCTOBER, by="head-1")
        theirs.draft(OCTOBER, by="head-1")
        with pytest.raises(UsageError, match="head-1"):
            mine.draft(OCTOBER, by="engineer-1")
        assert [event.kind for event in one.events()] == ["month.cut-off", "month.drafted"]
        assert mine.closings.of(OCTOBER).head != "" and len(mine.closings.of(OCTOBER).head) == 64


def test_of_many_threads_that_close_one_month_at_once_exactly_one_does(tmp_path: Path):
    place, told = tmp_path / "ledger.db", list[str]()
    real_ledger(place, IN_TIME).close()
    go = threading.Barrier(5, timeout=20.0)

    def close() -> None:
        with real_ledger(place, IN_TIME) as ledger:
            months = months_of(ledger)
            go.wait()
            try:
                told.append(months.cut_off(OCTOBER, by="engineer-1")[0].kind)
            except UsageError as error:
                told.append(str(error))

    threads = [threading.Thread(target=close) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("month.cut-off") == 1 and sum("engineer-1" in words for words in told) == 4
    with real_ledger(place, IN_TIME) as ledger:
        assert len(list(ledger.events())) == 1


_PROCESS = """
import sys
from pathlib import Path
from caixue.errors import UsageError
from tests.caixue.months.test_closing import IN_TIME
from tests.caixue.months.closing_bench import OCTOBER, months_of, real_ledger
with real_ledger(Path(sys.argv[1]), IN_TIME) as ledger:
    months = months_of(ledger)
    try:
        print(months.cut_off(OCTOBER, by="engineer-1")[0].kind)
    except UsageError as error:
        print("refused")
"""


def test_of_two_processes_that_close_one_month_exactly_one_does(tmp_path: Path):
    place = tmp_path / "ledger.db"
    real_ledger(place, IN_TIME).close()
    root = Path(__file__).resolve().parents[3]
    started = [
        subprocess.Popen([sys.executable, "-c", _PROCESS, str(place)], cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    assert sorted(one.communicate()[0].strip() for one in started) == ["month.cut-off", "refused"]


def test_the_same_operation_sent_twice_is_noted_once(tmp_path: Path):
    with real_ledger(tmp_path / "ledger.db", IN_TIME) as ledger:
        months = months_of(ledger)
        for _ in range(2):
            months.cut_off(OCTOBER, by="engineer-1", op="a")
            months.draft(OCTOBER, by="engineer-1", op="b")
            months.closings.sign(OCTOBER, **SCAN, signed_on=date(2026, 11, 2), by="head-1", op="c")
        assert [event.kind for event in ledger.events()] == ["month.cut-off", "month.drafted", "month.signed"]
        assert Closings(months.closings.recorder, PEOPLE, ledger.start, ledger).closings == months.closings.closings


def test_a_month_of_very_many_incidents_and_corrections_still_fits_into_one_entry(tmp_path: Path):
    with real_ledger(tmp_path / "ledger.db", datetime(2026, 12, 1, 9, 0, tzinfo=SHANGHAI)) as ledger:
        data = {"device": "window-1.label-printer", "window": "window-1", "class": "一般", "symptom": "no-read", "deadline_us": 2}
        times = {"occurred_us": 1, "reported_us": 1, "detected_us": None}
        rows = [Event(0, 1, "incident.opened", f"incident-{number:04d}", "engineer-1", None, {**data, **times}) for number in range(600)]
        words = {"verified_by": "nurse-1", "found": "dirt " * 40, "action": "cleaned " * 40}
        ledger.note_past([*rows, *(Event(0, 9, "incident.closed", row.subject, "engineer-1", None, words) for row in rows)])
        months = months_of(ledger)
        months.cut_off(OCTOBER, by="engineer-1")
        months.draft(OCTOBER, by="engineer-1")
        assert months.figures(OCTOBER).value("repair.closed") == 600
