"""R3: immediate response; 一般 removed in 30 minutes, 较大 in one working day, 重大 in three, over Chinese holidays, to the second.

100,000 random incidents against an oracle: tests/caixue/ops/test_sla_oracle.py.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from caixue.ops.incidents import GENERAL, LARGER, MAJOR, Incident
from tests.contract.incident_desk import CommandLine, LedgerDesk

CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "general, past midnight": ("2026-11-22T23:45", {"symptom": "tube-jam"}, "2026-11-23T00:15"),
    "larger, over National Day": ("2026-09-30T08:00", {"symptom": "mismatch"}, "2026-10-08T17:30"),
    "larger, to a make-up Saturday": ("2026-02-13T16:00", {"symptom": "mismatch"}, "2026-02-14T17:30"),
    "major, over a weekend": ("2026-11-20T08:00", {"symptom": "tube-jam", "windows_lost": 2}, "2026-11-25T17:30"),
}
CLASSES = dict(zip(CASES, (GENERAL, LARGER, LARGER, MAJOR), strict=True))


def opened(desk: LedgerDesk, symptom: str, windows_lost: int = 0) -> Incident:
    return desk.incidents.report("window-3.tube-dispenser", symptom, window="window-3", windows_lost=windows_lost, by="nurse-1")


def restore(desk: LedgerDesk, incident: Incident) -> None:
    for state in ("acknowledged", "on-site", "diagnosed", "restored"):
        desk.incidents.advance(incident, state, by="engineer-1")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("late_s", [0, 1], ids=["at the very second", "a second late"])
def test_every_class_has_its_clock_and_a_breach_is_declared_only_after_it(ledger_place: str, name: str, late_s: int) -> None:
    start, trouble, due = CASES[name]
    with LedgerDesk(ledger_place, start) as desk:
        incident = opened(desk, **trouble)
        deadline = desk.incidents.now().deadline(incident)
        assert incident.severity == CLASSES[name]
        assert f"{deadline.at:%Y-%m-%dT%H:%M}" == due and deadline.clause == "R3"
        restored_at = deadline.at + timedelta(seconds=late_s)
        desk.at((restored_at - desk.start) / timedelta(minutes=1))
        restore(desk, incident)
        assert desk.figure("sla.breaches") == late_s
        assert desk.figure("sla.breaches", f"class == {incident.severity}") == late_s


def test_the_engineer_takes_up_a_call_at_once(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, "2026-11-23T08:00") as desk:
        opened(desk, "tube-jam")
        owed = desk.deadlines.owed(desk.start)
        assert owed.clocks == ("response",)
        assert desk.deadlines.deadline("response", desk.start).at - desk.start == timedelta(minutes=5)


def test_a_pause_is_the_hospitals_and_gives_back_what_it_took(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, "2026-11-23T08:00") as desk:
        general, larger = (
            opened(desk, "tube-jam"),
            desk.incidents.report("conveyor-1", "belt-slip", window="", windows_lost=0, by="monitor"),
        )
        for incident in (general, larger):
            desk.at(10).incidents.pause(incident, reason="mains-or-network-of-hospital", person="facilities-1", by="engineer-1")
        for incident in (general, larger):
            desk.at(70).incidents.resume(incident, person="facilities-1", by="engineer-1")
        now = desk.incidents.now()
        assert [f"{now.deadline(each).at:%m-%d %H:%M}" for each in (general, larger)] == ["11-23 09:30", "11-25 07:30"]


def test_a_downgrade_cannot_hide_a_breach(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, "2026-11-23T08:00") as desk:
        incident = opened(desk, "tube-jam")
        desk.at(31).incidents.override(incident, MAJOR, by="head-1", reason="看来很严重")
        desk.at(40)
        restore(desk, incident)
        assert desk.figure("sla.breaches") == 1


def test_a_stricter_class_counts_from_the_start_of_the_clock(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, "2026-11-23T08:00") as desk:
        incident = opened(desk, "mismatch")
        desk.at(40).incidents.override(incident, GENERAL, by="head-1", reason="标签破损")
        assert incident.passed(desk.incidents.now().us)


def test_a_deadline_that_crosses_days_nobody_has_published_is_marked(tmp_path: Path) -> None:
    with LedgerDesk(str(tmp_path / "year.ledger.db"), "2026-12-30T08:00") as desk:
        incident = opened(desk, "tube-jam", 2)
        assert incident.provisional and str(desk.incidents.now().deadline(incident)).endswith("（暂定）")


def test_the_list_counts_down_and_says_when_the_clock_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    caixue = CommandLine(tmp_path, monkeypatch, capsys)
    caixue("open", "--window", "5", "--symptom", "paper-jam")
    assert "剩 29 min" in caixue("list")
    caixue("pause", "1", "--reason", "access-refused", "--person", "head-1")
    assert "暂停：access-refused" in caixue("list")
    caixue("resume", "1", "--person", "head-1")
    caixue("classify", "1", "较大", "--reason", "窗口停用")
    shown = caixue.json("list")["incidents"][0]
    assert (shown["class"], len(shown["pauses"]), shown["paused_since"], shown["passed"]) == ("较大", 1, None, False)
