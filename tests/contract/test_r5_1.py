"""R5.1: a swapped device is commissioned by the conformance suite and accepted by its users in writing; what is discontinued has a plan; all free.

The rules in detail: tests/caixue/ops/test_commissioning.py; that a change costs nothing: tests/contract/test_r5_5.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.typed import Typed

ENGINEER, HEAD, NURSE = "engineer-1", "head-1", "nurse-3"
DEVICE = "window-3.barcode-scanner"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("CAIXUE_LANG", "en")
    monkeypatch.setenv("CAIXUE_PERSON", ENGINEER)
    return Typed("eight-window-full", tmp_path / "room.ledger.db", capfd)


def test_a_swapped_device_is_open_until_the_suite_has_passed_and_the_users_have_signed(desk: Typed) -> None:
    desk.ok("software commission start", DEVICE, "--serial", "BS-2", "--old-serial", "BS-1", "--reason", "cracked")
    assert [one["number"] for one in desk.ok("software commission list --json")["commissioning"]] == ["commissioning-0001"]
    assert "does not follow" in desk.refused("software commission accept 1", by=NURSE)
    (event,) = desk.ok("software commission check 1 --json")["events"]
    rows = {row["check"]: row["verdict"] for row in event["data"]["rows"]}
    assert rows["answers-status"] == "pass" and "fail" not in rows.values() and event["data"]["simulated"]
    for check in desk.ok("software commission show 1 --json")["left"].split(", "):
        desk.refused("software commission accept 1", by=HEAD)
        desk.ok("software commission vouch 1", check, "--word", "tried by hand")
    assert "head, nurse" in desk.refused("software commission accept 1", by=ENGINEER).replace("nurse, head", "head, nurse")
    assert "accepted" in desk.ok("software commission accept 1", by=NURSE)
    assert desk.ok("software commission list --json")["commissioning"] == []


def test_what_ends_within_a_year_is_listed_with_its_replacement_plan(desk: Typed) -> None:
    assert desk.ok("software end-of-life list --json")["end_of_life"] == []
    desk.ok("software end-of-life add conveyor-1 --until 2027-06-30 --source", "maker's notice 12")
    assert "registered already" in desk.refused("software end-of-life add conveyor-1 --until 2027-01-31 --source x")
    desk.ok("software end-of-life plan 1 --plan", "swap at night", "--replacement", "belt B", "--replace-by", "2027-05-31")
    (row,) = desk.ok("software end-of-life list --within 36500d --json")["end_of_life"][:1]
    assert (row["thing"], row["replacement"], row["replace_by"]) == ("conveyor-1", "belt B", "2027-05-31")
    assert {"windows-server", "driver-service"} <= {
        one["thing"] for one in desk.ok("software end-of-life list --all --json")["end_of_life"]
    }
    assert "no accepted commissioning" in desk.refused("software end-of-life replaced 1 --commissioning commissioning-0001")
    desk.ok("software commission start conveyor-1 --serial CV-2 --reason", "discontinued")
    desk.ok("software commission check 1")
    desk.refused("software end-of-life replaced 1 --commissioning commissioning-0001")
    for check in filter(None, desk.ok("software commission show 1 --json")["left"].split(", ")):
        desk.ok("software commission vouch 1", check, "--word", "tried by hand")
    desk.ok("software commission accept 1", by=NURSE)
    desk.ok("software end-of-life replaced 1 --commissioning commissioning-0001")
    assert "conveyor-1" not in desk.ok("software end-of-life list --all")


def test_what_the_site_does_not_have_cannot_be_discontinued(desk: Typed) -> None:
    assert "conveyor-1" in desk.refused("software end-of-life add conveyor-11 --until 2027-06-30 --source x")
    desk.refused("software end-of-life add conveyor-1 --until tomorrow --source x")
