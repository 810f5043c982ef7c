"""C6.2: every fault leaves a repair record that is signed, and the month says how many there are and whether they are whole."""

from __future__ import annotations

import pytest

from tests.contract.month_desk import PRINTER, MonthDesk, desk

__all__ = ["desk"]


def test_the_month_lists_a_record_for_each_closed_incident_with_cause_action_part_and_who_verified(desk: MonthDesk):
    desk.incident(1, 5, 20)
    desk.incident(2, 6, 25)
    records = desk.ok(f"month figures {desk.month} --json")["repairs"]
    assert [record["incident"] for record in records] == ["incident-0001", "incident-0002"]
    first = records[0]
    assert (first["device"], first["class"], first["symptom"]) == (PRINTER, "一般", "no-read")
    assert (first["found"], first["action"], first["part"], first["verified_by"]) == ("head worn", "replaced", "print-head", "nurse-1")
    assert first["restored_us"] - first["reported_us"] == 20 * 60_000_000


def test_the_share_of_whole_records_counts_those_that_lack_something(desk: MonthDesk):
    desk.incident(1, 5, 20)
    at_us = desk.us(7, "09:00")
    data = {"device": PRINTER, "window": "window-1", "class": "一般", "symptom": "no-read", "occurred_us": at_us}
    times = {"reported_us": at_us, "detected_us": None, "deadline_us": at_us + 1}
    desk.past((at_us, "incident.opened", "incident-0002", {**data, **times}), (at_us + 2, "incident.closed", "incident-0002", {}))
    assert desk.value("repair.closed") == 2
    assert desk.value("repair.whole.share") == pytest.approx(0.5)


def test_an_incident_is_not_closed_without_somebody_who_verified_the_repair(desk: MonthDesk):
    at_us = desk.us(7, "09:00")
    data = {"device": PRINTER, "window": "window-1", "class": "一般", "symptom": "no-read", "occurred_us": at_us}
    times = {"reported_us": at_us, "detected_us": None, "deadline_us": at_us + 1}
    steps = [
        (at_us + number, f"incident.{step}", "incident-0001", {})
        for number, step in enumerate(("acknowledged", "on-site", "diagnosed", "restored"), 1)
    ]
    desk.past((at_us, "incident.opened", "incident-0001", {**data, **times}), *steps)
    assert "verified" in desk.refused("incident close 1", by="engineer-1")
    assert desk.value("repair.closed") == 0


def test_the_draft_names_the_records_and_their_digest(desk: MonthDesk):
    desk.incident(1, 5, 20)
    desk.sign()
    frozen = desk.entry("month.drafted")["reports"]["C6.2"]
    assert frozen["repairs"] == ["incident-0001"] and len(frozen["sha256"]) == 64
