"""C2: whatever fails is reported, becomes exactly one incident with its four times, and is closed with a whole record.

The register in detail: tests/caixue/ops/test_incidents_register.py; a day of it in the twin: tests/twin/test_peak_monday.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from caixue.errors import UsageError
from caixue.ops.incidents import Report
from tests.contract.incident_desk import CommandLine, LedgerDesk

MONDAY = "2026-11-23T07:00"
DISPENSER, WINDOW = "window-3.tube-dispenser", "window-3"


@pytest.fixture
def caixue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(tmp_path, monkeypatch, capsys)


def test_an_alarm_and_the_nurses_call_are_one_incident_with_four_times_in_the_ledger(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, MONDAY) as desk:
        desk.at(62).incidents.report(DISPENSER, "tube-jam", window=WINDOW, windows_lost=0, by="monitor", occurred_us=61 * 60_000_000)
        report = Report("", "tube-jam", WINDOW, 0, "engineer-1", reported_us=63 * 60_000_000, reason="双手在主机里")
        desk.at(75).telephone.receive("3号卡管了", caller="nurse-1", report=report, answered_us=63 * 60_000_000, by="engineer-1")
        (incident,) = desk.incidents.incidents.values()
        minutes = [
            us // 60_000_000 for us in (incident.occurred_us, incident.detected_us, incident.reported_us, incident.recorded_us) if us
        ]
        assert minutes == [61, 62, 63, 62]
        assert desk.kinds() == ["incident.opened", "incident.merged", "call.received"]
        assert desk.figure("incident.count") == 1


def test_after_a_restart_the_register_knows_all_it_knew_and_numbers_go_on(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, MONDAY) as desk:
        desk.incidents.report(DISPENSER, "tube-jam", window=WINDOW, windows_lost=0, by="monitor")
        desk.at(3).incidents.pause(desk.incidents.open[DISPENSER], reason="access-refused", person="head-1", by="engineer-1")
        before, clock = dict(desk.incidents.incidents), desk.clock
    with LedgerDesk(ledger_place, MONDAY, clock=clock) as again:
        assert again.incidents.incidents == before
        assert again.incidents.report("conveyor-1", "belt-slip", window="", windows_lost=0, by="monitor").number == "incident-0002"
        assert len(again.kinds()) == 3


def test_two_programs_on_one_ledger_never_give_one_number_twice(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, MONDAY) as agent, LedgerDesk(ledger_place, MONDAY, clock=agent.clock) as person:
        for number in range(4):
            desk = (agent, person)[number % 2]
            desk.incidents.report(
                f"window-{number + 1}.label-printer", "paper-out", window=f"window-{number + 1}", windows_lost=0, by="monitor"
            )
        opened = [event.subject for event in agent.ledger.events() if event.kind == "incident.opened"]
        assert opened == [f"incident-000{number}" for number in range(1, 5)]
        agent.ledger.catch_up()
        assert agent.incidents.incidents == person.incidents.incidents


def test_an_operation_that_is_sent_twice_opens_one_incident(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, MONDAY) as desk:
        first = desk.incidents.report(DISPENSER, "tube-jam", window=WINDOW, windows_lost=0, by="engineer-1", op="form-17")
        assert desk.incidents.report(DISPENSER, "tube-jam", window=WINDOW, windows_lost=0, by="engineer-1", op="form-17") is first
        assert desk.kinds() == ["incident.opened"]


def test_a_step_that_is_sent_twice_is_one_step_and_its_id_fits_no_other(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, MONDAY) as desk:
        incident = desk.incidents.report(DISPENSER, "tube-jam", window=WINDOW, windows_lost=0, by="engineer-1")
        for minute, state, said in ((1, "acknowledged", {}), (2, "on-site", {}), (3, "diagnosed", {"found": "jam"})):
            first = desk.incidents.advance(incident, state, by="engineer-1", op=state, **said)
            desk.at(minute)
            assert desk.incidents.advance(incident, state, by="engineer-1", op=state, **said) == first
        for state, op, said in (("acknowledged", "on-site", {}), ("diagnosed", "diagnosed", {"found": "rust"}), ("restored", "diagnosed", {})):
            with pytest.raises(UsageError):
                desk.incidents.advance(incident, state, by="engineer-1", op=op, **said)
        assert desk.kinds() == ["incident.opened", "incident.acknowledged", "incident.on-site", "incident.diagnosed"]


def test_whoever_may_not_close_an_incident_changes_nothing(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, MONDAY) as desk:
        incident = desk.incidents.report(DISPENSER, "tube-jam", window=WINDOW, windows_lost=0, by="nurse-1")
        with pytest.raises(UsageError, match="incident"):
            desk.incidents.advance(incident, "acknowledged", by="nurse-1")
        assert (incident.state, desk.kinds()) == ("open", ["incident.opened"])


def test_the_engineers_way_from_the_call_to_the_whole_record(caixue: CommandLine) -> None:
    assert "incident-0001" in caixue("call", "--said", "3号卡管了", "--caller", "nurse-1")
    assert "incident-0001" in caixue("open", "--device", DISPENSER, "--symptom", "tube-jam")
    caixue("take", "1")
    caixue("arrive", "1")
    caixue("diagnose", "1", "--found", "料道有异物")
    caixue("restore", "1", "--action", "取出异物，试出三管")
    caixue("close", "1", code=2)
    assert "--verified-by" in caixue.error
    caixue("close", "1", "--verified-by", "engineer-1", code=2)
    caixue("close", "1", "--verified-by", "nurse-1")
    shown = caixue.json("show", "1")
    assert (shown["device"], shown["state"], shown["found"], shown["gaps"]) == (DISPENSER, "closed", "料道有异物", [])
    assert [row["kind"] for row in shown["course"]] == [
        *("incident.opened", "call.received", "incident.merged", "incident.acknowledged", "incident.on-site"),
        *("incident.diagnosed", "incident.restored", "incident.closed"),
    ]
    assert "没有未关闭的故障" in caixue("list")


def test_a_drill_is_marked_wherever_it_is_shown(caixue: CommandLine) -> None:
    caixue("open", "--window", "5", "--symptom", "no-read", "--drill")
    assert "演练" in caixue("list") and "演练" in caixue("show", "1")
    assert caixue.json("list")["incidents"][0]["drill"] is True


def test_the_list_fits_80_columns_and_every_character_is_in_gbk(caixue: CommandLine) -> None:
    caixue("open", "--device", "window-3.collection-host", "--symptom", "motor-fault", "--lost", "1")
    caixue("open", "--device", "conveyor-1", "--symptom", "belt-stopped", "--lost", "2")
    caixue("take", "2")
    caixue("pause", "1", "--reason", "mains-or-network-of-hospital", "--person", "facilities-1")
    for shown in (caixue("list"), caixue("show", "1"), caixue("list", "--all")):
        assert max(cell_len(line) for line in shown.splitlines()) <= 80
        assert shown.encode("gbk").decode("gbk") == shown


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("open", "--device", "window-3.label-printr", "--symptom", "no-read"), "window-3.label-printer"),
        (("open", "--window", "11", "--symptom", "no-read"), "11"),
        (("open", "--device", "conveyor-1", "--symptom", "belt-sliip"), "belt-slip"),
        (("open", "--symptom", "no-read"), "设备或窗口"),
        (("open", "--device", "conveyor-1"), "--symptom"),
        (("open", "--device", "conveyor-1", "--symptom", "belt-slip", "--occurred", "25:00"), "--occurred"),
        (("open", "--device", "conveyor-1", "--symptom", "belt-slip", "--occurred", "2099-01-01T08:00"), "将来"),
        (("open", "--device", "conveyor-1", "--symptom", "belt-slip", "--by", "nobody"), "nobody"),
        (("take", "7"), "incident list"),
        (("show", "seven"), "seven"),
        (("call", "--said", "你好", "--caller", "nurse-1"), "设备或窗口"),
        (("call", "--said", "3号" + "卡" * 300, "--caller", "nurse-1"), "200"),
        (("open", "--device", "conveyor-1", "--symptom", "belt-slip", "--occurred", "now", "--json"), "--occurred"),
    ],
)
def test_bad_input_says_what_to_do_and_notes_nothing(caixue: CommandLine, words: tuple[str, ...], says: str) -> None:
    caixue(*words, code=2)
    assert says in caixue.error and "Traceback" not in caixue.error
    assert caixue.json("list", "--all")["incidents"] == []


def test_a_command_that_is_sent_twice_is_done_once(caixue: CommandLine) -> None:
    for _ in range(2):
        caixue("call", "--said", "3号卡管了", "--caller", "nurse-1", "--op", "call-form-1")
    for _ in range(2):
        caixue("take", "1", "--op", "take-form-1")
    assert [row["kind"] for row in caixue.json("show", "1")["course"]] == ["incident.opened", "call.received", "incident.acknowledged"]
