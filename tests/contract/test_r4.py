"""R4: serious matters go to the head of department, in time and once; the clock stands only in the hospital's name; roles are kept;
attendance is kept by name; no data is copied but by an export that somebody else has allowed; only domestic equipment, or an exception.

Leave with a substitute: tests/caixue/ops/test_leave.py. The forms' own rules: tests/caixue/ops/test_people.py.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from caixue.cli import main
from caixue.clock import SHANGHAI
from caixue.errors import LedgerError, UsageError
from caixue.ops.escalation import HEAD, MAKER, due_escalations, escalate
from caixue.ops.incidents import Incident
from caixue.ops.sheets import Sheets
from tests.caixue.ops.incident_bench import MINUTE_US
from tests.contract.incident_desk import CommandLine, LedgerDesk
from tests.contract.typed import Typed


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


# Attendance, conduct, exports, equipment.


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.delenv("CAIXUE_PERSON", raising=False)
    return Typed("eight-window-full", tmp_path / "room.db", capfd)


def soon() -> str:
    return f"{datetime.now(SHANGHAI) + timedelta(hours=2):%Y-%m-%dT%H:%M}"


def test_attendance_is_corrected_only_by_the_head_of_department_and_with_a_reason(typed: Typed) -> None:
    typed.ok("people attend come", by="engineer-1")
    typed.ok("people attend leave", by="engineer-1")
    earlier = f"{datetime.now(SHANGHAI) - timedelta(hours=1):%Y-%m-%dT%H:%M:%S}"
    words = ("people attend correct 1 --reason 看了门禁 --came", earlier)
    assert "attendance.corrected" in typed.refused(*words, by="engineer-1")
    typed.refused("people attend correct 1 --came", earlier, by="head-1")
    typed.ok(*words, by="head-1")
    assert typed.ok("people attend list --json")["sheets"][0]["came"] == f"{earlier}+08:00"


def test_a_breach_is_followed_up_and_closed_by_the_hospital(typed: Typed) -> None:
    typed.ok("people conduct add engineer-1 breach --what 迟到 --said-by 护士长", by="nurse-1")
    assert "conduct.followed-up" in typed.refused("people conduct follow 1 --measure 谈话", by="nurse-1")
    typed.refused("people conduct close 1 --result 好", by="head-1")
    typed.ok("people conduct follow 1 --measure 谈话", by="head-1")
    typed.ok("people conduct close 1 --result 改正", by="facilities-1")
    assert typed.ok("people conduct list --json")["sheets"] == []
    assert [row["state"] for row in typed.ok("people conduct list --all --json")["sheets"]] == ["closed"]


def test_no_ledger_leaves_without_a_sheet_that_somebody_else_has_allowed(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "copy.jsonl"
    typed.ok("people export ask --what 账本 --why 审计 --recipient 审计科", by="engineer-1")
    for words in ("ledger export", "ledger export --sheet 1", "ledger export --sheet 2"):
        typed.refused(words, str(file), by="engineer-1")
    assert "export.allowed" in typed.refused("people export allow 1 --until", soon(), by="nurse-1")
    assert "不能自己批准" in typed.refused("people export allow 1 --until", soon(), by="engineer-1")
    typed.ok("people export allow 1 --until", soon(), by="head-1")
    assert "engineer-1" in typed.refused("ledger export --sheet 1", str(file), by="head-1"), "who allows it does not carry it out"
    assert not file.exists()
    file.write_text("another file", encoding="utf-8")
    assert "copy.jsonl" in typed.refused("ledger export --sheet 1", str(file), by="engineer-1")
    assert file.read_text(encoding="utf-8") == "another file"


def test_what_may_not_be_exported_is_not_even_written(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed.ok("people export ask --what 账本 --why 审计 --recipient 审计科", by="engineer-1")
    monkeypatch.setattr("caixue.ledger.moving.export", lambda *_: pytest.fail("it was written"))
    typed.refused("ledger export --sheet 1", str(tmp_path / "copy.jsonl"), by="engineer-1")


def test_an_export_is_on_record_from_the_asking_to_the_destroying(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "copy.jsonl"
    typed.ok("people export ask --what 账本 --why 审计 --recipient 审计科", by="engineer-1")
    typed.ok("people export allow 1 --condition 只读 --until", soon(), by="head-1")
    done = typed.ok("ledger export --sheet 1 --json", str(file), by="engineer-1")
    assert "export-0001" in typed.refused("ledger export --sheet 1", str(tmp_path / "again.jsonl"), by="engineer-1")
    (sheet,) = typed.ok("people export list --json")["sheets"]
    assert (sheet["state"], sheet["rows"], sheet["sha256"]) == ("carried-out", 2, hashlib.sha256(file.read_bytes()).hexdigest())
    assert (done["entries"], json.loads(file.read_text(encoding="utf-8").splitlines()[0])["entries"]) == (2, 2)
    assert "export.destroyed" in typed.refused("people export destroyed 1 --how 删", by="engineer-1"), "in the name of who has seen it"
    typed.ok("people export destroyed 1 --how 当面删除", by="head-1")
    kinds = [each["kind"] for each in typed.ok("ledger show --subject export-0001 --json")["events"]]
    assert kinds == ["export.opened", "export.allowed", "export.carried-out", "export.destroyed"]


def test_an_export_that_cannot_be_noted_leaves_no_file(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed.ok("people export ask --what 账本 --why 审计 --recipient 审计科", by="engineer-1")
    typed.ok("people export allow 1 --until", soon(), by="head-1")

    def full(*_: object, **__: object) -> None:
        raise LedgerError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(Sheets, "take", full)
        code, _, said = typed.type("ledger export --sheet 1", str(tmp_path / "copy.jsonl"), by="engineer-1")
    assert code == 4 and "disk is full" in said
    assert list(tmp_path.glob("copy*")) == []
    assert [row["state"] for row in typed.ok("people export list --json")["sheets"]] == ["allowed"]


def test_equipment_is_judged_and_a_foreign_one_is_in_order_only_with_an_exception_by_name(typed: Typed) -> None:
    code, said, _ = typed.type("people equipment --json")
    make = {thing["name"]: thing["make"] for thing in said["things"]}
    assert (code, make["windows-server"], make["switch-1"], make["motor"]) == (99, "foreign", "domestic", "unknown")
    assert sum(said["counts"].values()) == len(said["things"])
    typed.ok("people exception ask windows-server --why 合同指定", by="engineer-1")
    assert "exception.allowed" in typed.refused("people exception allow 1", by="nurse-1")
    assert "不能自己批准" in typed.refused("people exception allow 1", by="engineer-1")
    typed.ok("people exception allow 1", by="head-1")
    said = typed.type("people equipment --json")[1]
    (allowed,) = (thing for thing in said["things"] if thing["name"] == "windows-server")
    assert (allowed["make"], allowed["allowed_by"], allowed["why"]) == ("excepted", "head-1", "合同指定")
    assert "windows-server" in typed.refused("people exception ask windows-sever --why x", by="engineer-1")


def test_all_this_is_told_in_80_columns_on_a_gbk_console(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    typed.ok("people conduct add engineer-1 commendation --said-by 护士长 --what", "抢修及时，" * 30, by="head-1")
    for words in ("people conduct list", "people equipment", "people equipment --all", "people roster", "people attend month"):
        text = typed.type(words)[1]
        text.encode("gbk")
        assert max(map(cell_len, text.splitlines())) <= 80, words
