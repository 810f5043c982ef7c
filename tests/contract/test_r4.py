"""R4: serious matters go to the head of department, in time and once; the clock stands only in the hospital's name; roles are kept.

Leave with a substitute: tests/caixue/ops/test_leave.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue.cli import main
from caixue.errors import UsageError
from caixue.ops.escalation import HEAD, MAKER, due_escalations, escalate
from caixue.ops.incidents import Incident
from tests.caixue.ops.incident_bench import MINUTE_US
from tests.contract.incident_desk import CommandLine, LedgerDesk


@pytest.fixture
def caixue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(tmp_path, monkeypatch, capsys)


def major(desk: LedgerDesk) -> Incident:
    return desk.incidents.report("conveyor-1", "belt-stopped", window="", windows_lost=3, by="monitor")


@pytest.mark.parametrize(("told", "seconds"), [(9, 540), (10, 600), (11, 660)])
def test_how_soon_the_head_of_department_knew_of_a_major_fault_is_a_figure(ledger_place: str, told: int, seconds: int) -> None:
    with LedgerDesk(ledger_place, "2026-11-23T08:00") as desk:
        incident = major(desk)
        (due,) = due_escalations(desk.incidents.waiting(), desk.incidents.now().us)
        assert (due.to, due.due_us) == (HEAD, 10 * MINUTE_US)
        escalate(desk.at(told).incidents, incident, to=HEAD, person="head-1", reason="major", by="engineer-1")
        assert desk.figure("incident.escalation.max") == seconds


def test_what_was_told_is_noted_once(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, "2026-11-23T08:00") as desk:
        incident = major(desk)
        for _ in range(3):
            escalate(desk.incidents, incident, to=HEAD, person="head-1", reason="major", by="engineer-1")
        assert desk.kinds().count("incident.escalated") == 1


def test_the_makers_ticket_arrival_loan_and_warranty_are_on_record(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, "2026-11-23T08:00") as desk:
        incident = desk.incidents.report("window-4.collection-host", "motor-fault", window="window-4", windows_lost=1, by="monitor")
        for state, data in (("acknowledged", {}), ("on-site", {}), ("diagnosed", {"found": "电机烧毁", "missing": "motor"})):
            desk.incidents.advance(incident, state, by="engineer-1", **data)
        assert [one.to for one in due_escalations(desk.incidents.waiting(), desk.incidents.now().us)] == [MAKER]
        answer = {"ticket": "MK-77", "eta_us": 300 * MINUTE_US, "loan": "host-loan-2", "warranty": "保内"}
        escalate(desk.incidents, incident, to=MAKER, person="maker-1", reason="part-missing", by="engineer-1", **answer)
        (told,) = (event for event in desk.ledger.events() if event.kind == "incident.escalated")
        assert {key: told.data[key] for key in answer} == answer


@pytest.mark.parametrize(
    ("kind", "actor"), [("escalate", "nurse-1"), ("pause", "nurse-1"), ("override", "nurse-1"), ("override", "maker-1")]
)
def test_who_may_not_does_not(ledger_place: str, kind: str, actor: str) -> None:
    with LedgerDesk(ledger_place, "2026-11-23T08:00") as desk:
        incident = major(desk)
        with pytest.raises(UsageError, match=actor):
            if kind == "escalate":
                escalate(desk.incidents, incident, to=HEAD, person="head-1", reason="major", by=actor)
            elif kind == "pause":
                desk.incidents.pause(incident, reason="access-refused", person=actor)
            else:
                desk.incidents.override(incident, "一般", by=actor, reason="不严重")
        assert desk.kinds() == ["incident.opened"] and incident.severity == "重大"


def test_the_list_says_who_must_be_told_until_it_is_done(caixue: CommandLine) -> None:
    caixue("open", "--device", "conveyor-1", "--symptom", "belt-stopped", "--lost", "3")
    assert "待上报 incident-0001 → head：重大故障" in caixue("list")
    assert [row["to"] for row in caixue.json("list")["to_tell"]] == ["head"]
    caixue("escalate", "1", "--to", "head", "--reason", "major")
    assert "待上报" not in caixue("list")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("escalate", "1", "--to", "mayor", "--reason", "major"), "head"),
        (("escalate", "1", "--to", "head", "--reason", "major", "--person", "nurse-1"), "--person"),
        (("escalate", "1", "--to", "head", "--reason", "major", "--by", "nurse-1"), "nurse-1"),
        (("pause", "1", "--reason", "access-refused", "--person", "engineer-1"), "--person"),
        (("pause", "1", "--reason", "tired", "--person", "head-1"), "access-refused"),
        (("resume", "1", "--person", "head-1"), "没有暂停"),
        (("remote", "start", "1"), "remote authorise"),
        (("remote", "authorise", "1", "--person", "maker-1", "--scope", "看", "--until", "2099-01-01T00:00", "--by", "head-1"), "12 小时"),
        (("remote", "end", "1", "--result", "好"), "没有远程会话"),
    ],
)
def test_what_the_conduct_rules_forbid_is_refused_and_not_noted(caixue: CommandLine, words: tuple[str, ...], says: str) -> None:
    caixue("open", "--device", "conveyor-1", "--symptom", "belt-stopped", "--lost", "3")
    caixue(*words, code=2)
    assert says in caixue.error
    assert [row["kind"] for row in caixue.json("show", "1")["course"]] == ["incident.opened"]


def test_leave_without_a_named_substitute_is_refused_and_the_refusal_stands_in_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAIXUE_SITE", "eight-window")
    words = ["leave", "ask", "engineer-1", "--from", "2026-12-01T06:30", "--until", "2026-12-01T17:30"]
    assert main([*words, "--by", "head-1"]) == 2
    assert "没有指定替班人" in capfd.readouterr().err
    assert main(["ledger", "show", "--kind", "leave.refused", "--json"]) == 0
    assert "engineer-1" in capfd.readouterr().out
    assert main([*words, "--substitute", "maker-1", "--by", "head-1"]) == 2
    assert main(["leave", "list"]) == 0
