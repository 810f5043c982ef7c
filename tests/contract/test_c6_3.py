"""C6.3: the monthly operations report: its figures, its cut-off, its draft, the user's signature, and what is corrected late."""

from __future__ import annotations

import pytest

from tests.contract.month_desk import MonthDesk, desk, fits

__all__ = ["desk"]


def busy(desk: MonthDesk) -> None:
    """A month with two counted days and two incidents, one of them late."""
    desk.counted(9, patients=400, served=390, left=10, tubes=1200, voided=3, window_h=60.0, collecting_h=8.0, transport_p95_s=900.0)
    desk.counted(10, patients=300, served=290, left=5, tubes=800, voided=1, window_h=60.0, collecting_h=8.0, transport_p95_s=1500.0)
    desk.incident(1, 9, 20)
    desk.incident(2, 10, 45)


def test_the_report_tells_the_fault_rate_and_the_collection_efficiency(desk: MonthDesk):
    busy(desk)
    figures = desk.figures()
    assert figures["fault.rate"] == pytest.approx(2 * 1000 / 2000)
    assert figures["collection.per_window_h"] == pytest.approx(680 / 120, abs=1e-6)
    assert figures["throughput.per_h"] == pytest.approx(680 / 16)
    assert figures["specimen.transport.p95.max"] == 1500.0


def test_the_report_tells_by_class_what_was_repaired_in_time(desk: MonthDesk):
    busy(desk)
    figures = desk.figures()
    assert (figures["sla.restored"], figures["sla.in_time"], figures["sla.breached"]) == ({"一般": 2}, {"一般": 1}, {"一般": 1})
    assert figures["sla.longest"] == {"一般": 2700.0}


def test_a_drill_is_no_fault(desk: MonthDesk):
    desk.incident(1, 9, 60, drill=True)
    figures = desk.figures()
    assert (figures["incident.count"], figures["sla.breached"], figures["incident.drills"]) == (0, {}, 1)


def test_every_figure_has_a_unit_a_definition_and_a_clause_and_stands_beside_the_month_before_and_the_year(desk: MonthDesk):
    from caixue.sla import clause_ids

    for row in desk.ok(f"month figures {desk.month} --json")["figures"]:
        assert row["definition"] and row["clause"] in clause_ids() and row["unit"], row["name"]
        assert row.keys() >= {"value", "before", "year"}


def test_a_day_without_numbers_is_told_so_that_no_figure_is_too_good_unnoticed(desk: MonthDesk):
    busy(desk)
    figures = desk.figures()
    assert (figures["days.counted"], figures["days.missing"]) == (2, figures["open.days"] - 2)
    told = desk.ok(f"month figures {desk.month}")
    assert f"有 {figures['days.missing']} 个开诊日缺数" in told and f"有 {figures['unwatched.hours']:,.2f} 小时没有监测" in told


def test_a_month_is_cut_off_drafted_and_signed_with_the_scan(desk: MonthDesk):
    busy(desk)
    desk.ok("month cut-off", by="engineer-1")
    desk.ok("month draft", by="engineer-1")
    desk.ok("month sign --scan", desk.scan(), by="head-1")
    (row,) = [row for row in desk.ok("month list --json")["periods"] if row["period"] == desk.month]
    assert (row["state"], row["revision"], row["scan"], row["overdue"]) == ("signed", 1, "signed.pdf", None)
    assert len(row["head"]) == len(row["sha256"]) == len(row["scan_sha256"]) == 64


def test_the_engineer_may_not_sign_his_own_report(desk: MonthDesk):
    desk.draft()
    assert "engineer-1" in desk.refused("month sign --scan", desk.scan(), by="engineer-1")


@pytest.mark.parametrize("content", [b"", None], ids=["empty", "missing"])
def test_a_scan_that_is_empty_or_missing_is_refused(desk: MonthDesk, content: bytes | None):
    desk.draft()
    desk.refused("month sign --scan", "nowhere.pdf" if content is None else desk.scan(content), by="head-1")


def test_a_report_that_the_user_sends_back_is_drafted_again(desk: MonthDesk):
    desk.draft()
    desk.ok("month reject --reason", "one day has no numbers", by="head-1")
    desk.counted(9, tubes=100)
    desk.draft()
    assert desk.entry("month.drafted")["revision"] == 2
    assert desk.value("tube.labelled") == 100


def test_what_is_noted_after_the_cut_off_leaves_the_month_alone_and_is_listed_with_the_next(desk: MonthDesk):
    busy(desk)
    desk.sign()
    desk.incident(3, 12, 20)
    assert desk.value("incident.count") == 2
    listed = desk.ok(f"month corrections {desk.this_month} --json")["corrections"]
    assert listed[0]["period"] == desk.month and listed[0]["effect"]["incident.count"] == [2, 3]
    assert desk.month in desk.ok(f"month corrections {desk.this_month}")


def test_the_present_month_cannot_be_cut_off(desk: MonthDesk):
    desk.refused(f"month cut-off {desk.this_month}", by="engineer-1")


def test_the_tables_fit_80_columns_of_a_gbk_console(desk: MonthDesk):
    busy(desk)
    desk.sign()
    for words in ("month list", f"month figures {desk.month}", f"month year {desk.month[:4]}", "month plan", "month corrections"):
        assert fits(desk.ok(words)), words


def test_the_numbers_of_a_day_are_counted_from_the_window_programs_journals_and_name_nobody(desk: MonthDesk):
    from caixue.events import Event
    from caixue.journal.file import FileJournal

    path, day = desk.folder / "events.jsonl", desk.day(9)
    rows = [
        (0, "record.started", "room", {"start": f"{day}T06:00:00+08:00", "windows": 1}),
        (4000, "window.opened", "window-1", {}),
        (4000, "window.staffed", "window-1", {}),
        (4100, "patient.arrived", "patient-00001", {}),
        (4160, "patient.called", "patient-00001", {"window": "window-1"}),
        (4170, "label.created", "L1", {"patient": "patient-00001"}),
        (4180, "label.applied", "L1", {}),
        (4190, "label.verified", "L1", {}),
        (4300, "patient.served", "patient-00001", {"window": "window-1"}),
        (4300, "label.drawn", "L1", {"patient": "patient-00001"}),
        (5500, "label.received", "L1", {}),
        (7600, "window.closed", "window-1", {}),
    ]
    with FileJournal(path) as journal:
        for seq, (second, kind, subject, data) in enumerate(rows):
            journal.append(Event(seq, second * 1_000_000, kind, subject, "", None, data))
    desk.ok(f"month count {path} --day {day}", by="engineer-1")
    told = desk.entry("day.counted")
    assert "patient-00001" not in str(told)
    assert (told["served"], told["tubes"], told["wait_p90_s"], told["transport_p95_s"], told["window_h"]) == (1, 1, 60.0, 1200.0, 1.0)
    assert str(day) in desk.refused(f"month count {path} --day {day}", by="engineer-1")  # a day is counted once
    assert str(path) in desk.refused(f"month count {path} {path} --day {desk.day(10)}", by="engineer-1")  # nothing twice over
    assert str(desk.day(10)) in desk.refused(
        f"month count {path} --day {desk.day(10)}", by="engineer-1"
    )  # nor a day that they do not tell of
