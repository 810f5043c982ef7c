"""C6.1: the monthly inspection report has its figures: rounds, items, findings found, closed and open, and what goes wrong most often."""

from __future__ import annotations

from tests.contract.month_desk import PRINTER, MonthDesk, desk, fits

__all__ = ["desk"]


def inspected(desk: MonthDesk) -> None:
    """A round of four items with two findings, one of them put right in the month."""
    noon, round_ = desk.us(15, "12:10"), f"inspection-{desk.month}"
    items = [("inspection.read", {"item": f"item-{number}", "state": state}) for number, state in enumerate(("ok", "ok", "warn"))]
    who = {"measure": "see to it", "person": "engineer-1", "until": str(desk.day(20))}
    desk.past(
        (noon, "inspection.started", round_, {"month": desk.month, "items": 4, "reason": ""}),
        *((noon, kind, round_, data) for kind, data in items),
        (noon, "inspection.checked", round_, {"item": "earthing", "answer": "no", "state": "crit", "note": ""}),
        (noon, "inspection.finding", "finding-0001", {"round": round_, "item": "earthing", "what": "loose", "severity": "high", **who}),
        (noon, "inspection.finding", "finding-0002", {"round": round_, "item": "item-2", "what": "slow", "severity": "low", **who}),
        (noon, "inspection.finished", round_, {"ok": 2, "warn": 1, "crit": 1, "unknown": 0, "skipped": 0, "findings": 2}),
        (noon + 1, "inspection.finding-closed", "finding-0001", {"done": "tightened"}),
        *((noon, "alarm.raised", PRINTER, {"alarm": "paper-near-end"}) for _ in range(3)),
    )


def test_the_report_counts_rounds_items_and_findings(desk: MonthDesk):
    inspected(desk)
    figures = desk.figures()
    assert figures["inspection.rounds"] == 1
    assert figures["inspection.items"] == 4
    assert figures["inspection.state"] == {"crit": 1, "ok": 2, "warn": 1}
    assert (figures["inspection.findings"], figures["inspection.closed"], figures["inspection.open"]) == (2, 1, 1)
    assert figures["inspection.by_severity"] == {"high": 1, "low": 1}


def test_hidden_trouble_that_is_no_incident_yet_is_told_by_how_often_it_shows(desk: MonthDesk):
    inspected(desk)
    assert desk.value("trouble.top") == {f"{PRINTER} paper-near-end": 3}


def test_the_figures_of_the_report_are_frozen_in_the_draft_that_the_user_signs(desk: MonthDesk):
    inspected(desk)
    desk.sign()
    drafted = desk.entry("month.drafted")["reports"]["C6.1"]
    assert drafted["inspection.findings"] == {"value": 2, "before": None}


def test_the_report_is_shown_by_itself_within_80_columns(desk: MonthDesk):
    inspected(desk)
    shown = desk.ok(f"month figures {desk.month} --report C6.1")
    assert "C6.1" in shown and "G3" not in shown and fits(shown)
