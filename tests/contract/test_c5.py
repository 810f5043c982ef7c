"""C5: special periods have an approved plan and a change freeze; power cut and network incident are drilled, with the twin's verdict.

The rules in detail: tests/caixue/ops/test_periods.py; the clocks of a special period: tests/contract/test_r2.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import twin
from caixue.ops.drills_table import DRILLS, REQUIRED
from caixue.site import SpecialPeriod
from tests.contract.incident_desk import LedgerDesk
from tests.contract.typed import Typed

TODAY = SpecialPeriod("保障", date(2026, 11, 23), date(2026, 11, 23))
PERIOD = '\n[[special_period]]\nname = "长期保障"\nfrom = 2020-01-01\nuntil = 2099-12-31\n'
# The network of a small room is gone for four minutes; named like the shipped scenario, as a hospital adapts it to its own room.
NETWORK_LOST = """
schema = 1
site = "eight-window"
start = 2026-11-24T07:00:00+08:00
duration = "12 min"
[load]
rates_per_h = [20]
slot = "12 min"
[[fault]]
at = "+2 min"
link = "conveyor-1"
kind = "silence"
for = "4 min"
[[expect]]
figure = "incident.detect.max"
limit = "<= {detect}"
clause = "C5"
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What `caixue run network-lost.toml` wrote: once with a limit that is kept, once with one that is not."""
    found = {}
    for outcome, detect in (("pass", "2 min"), ("fail", "1 us")):
        folder = tmp_path_factory.mktemp(outcome)
        (folder / "network-lost.toml").write_text(NETWORK_LOST.format(detect=detect), encoding="utf-8")
        data = twin.run(str(folder / "network-lost.toml")).data
        assert data["verdict"] == outcome
        found[outcome] = folder / "result.json"
        found[outcome].write_text(json.dumps(data), encoding="utf-8")
    return found


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    monkeypatch.setenv("CAIXUE_PERSON", "engineer-1")
    site = tmp_path / "site.toml"
    site.write_text(f'schema = 1\nextends = "eight-window"\nname = "room"\n{PERIOD}', encoding="utf-8")
    yield Typed(site, tmp_path / "room.ledger.db", capfd)


def drill(desk: Typed, *more: str) -> str:
    desk.ok("period drill plan network-lost --on 2026-11-23")
    words = (
        "--who",
        "engineer-1",
        "--who",
        "nurse-1",
        "--began",
        "2020-03-01T14:00",
        "--ended",
        "2020-03-01T14:40",
        "--learned",
        "电话不通",
    )
    return str(desk.ok("period drill carry-out 1", *words, *more))


# Plans and the freeze.


def test_a_period_has_a_plan_that_the_head_approves_and_nobody_else(desk: Typed) -> None:
    words = ("--duties", "全天值守", "--on-call", "engineer-1", "--telephone", "8001", "--stock", "label-roll 12 卷")
    desk.ok("period plan 长期保障", *words)
    assert "engineer-1" in desk.refused("period approve 1")
    assert [row["standing"] for row in desk.ok("period list --json")["periods"]] == ["draft"]
    desk.ok("period approve 1", by="head-1")
    (row,) = desk.ok("period list --json")["periods"]
    assert row["standing"] == "approved-late"  # the period is on already
    assert (row["plan"]["on_call"], row["plan"]["telephone"], row["plan"]["extra_stock"]) == ("engineer-1", "8001", ["label-roll 12 卷"])


def test_a_period_without_an_approved_plan_is_overdue_once_it_has_begun(desk: Typed) -> None:
    due = desk.ok("period due --json")
    assert [(row["name"], row["overdue"]) for row in due["plans"]] == [("长期保障", True)]
    assert {row["drill"] for row in due["drills"]} == {"power-cut", "network-lost"}


def test_changes_are_frozen_in_the_period_but_for_what_the_head_exempts_with_a_reason(desk: Typed) -> None:
    assert desk.ok("period freeze change-0002 --json")["frozen"]
    assert "engineer-1" in desk.refused("period exempt change-0002 --reason 急")
    desk.refused("period exempt change-0002", by="head-1")
    desk.ok("period exempt change-0002 --reason", "正在被利用的漏洞", by="head-1")
    assert not desk.ok("period freeze change-0002 --json")["frozen"]
    assert desk.ok("period freeze change-0003 --json")["frozen"]
    assert not desk.ok("period freeze --at 2019-12-31T23:59 --json")["frozen"]
    assert not desk.ok("period freeze --at 2100-01-01T00:00 --json")["frozen"]
    desk.ok("period unexempt 1 --reason", "已装", by="head-1")
    assert desk.ok("period freeze change-0002 --json")["frozen"]


# Drills.


def test_the_contracts_two_emergencies_are_drilled_with_a_scenario_of_the_twin_each(desk: Typed) -> None:
    assert {name: DRILLS[name].scenarios for name in REQUIRED} == {"power-cut": ("power-cut",), "network-lost": ("network-lost",)}
    for name in REQUIRED:
        assert f"caixue run {name}" in desk.ok(f"period drill plan {name} --on 2026-11-23")


def test_a_drill_is_on_record_with_people_times_what_was_learned_and_the_twins_verdict(desk: Typed, results: dict[str, Path]) -> None:
    assert "判定通过" in drill(desk, "--result", str(results["pass"]), "--measures", "加一部对讲机")
    (row,) = desk.ok("period drill list --json")["drills"]
    assert (row["participants"], row["learned"], row["measures"]) == (["engineer-1", "nurse-1"], "电话不通", "加一部对讲机")
    assert row["result_sha256"] == hashlib.sha256(results["pass"].read_bytes()).hexdigest()
    assert (row["scenario"], row["verdict"], row["rehearsed"]) == ("network-lost", "pass", True)
    assert [one["drill"] for one in desk.ok("period due --json")["drills"] if one["period"]] == ["power-cut"]


def test_a_drill_whose_scenario_the_twin_failed_is_shown_so_and_does_not_count(desk: Typed, results: dict[str, Path]) -> None:
    assert "不通过（incident.detect.max <= 1 us）" in drill(desk, "--result", str(results["fail"]))
    (row,) = desk.ok("period drill list --json")["drills"]
    assert (row["verdict"], row["rehearsed"], row["breached"]) == ("fail", False, ["incident.detect.max <= 1 us"])
    assert "不算预演过" in desk.ok("period drill list")
    assert "判定通过" in desk.ok("period drill attach 1 --result", str(results["pass"]))
    assert [one["rehearsed"] for one in desk.ok("period drill list --json")["drills"]] == [True]


def test_a_drill_without_a_verdict_does_not_count_until_one_is_attached(desk: Typed, results: dict[str, Path]) -> None:
    assert "未附孪生判定" in drill(desk)
    assert "判定通过" in desk.ok("period drill attach 1 --result", str(results["pass"]))


def test_a_result_that_was_edited_by_hand_is_refused(desk: Typed, results: dict[str, Path], tmp_path: Path) -> None:
    drill(desk)
    edited = tmp_path / "result.json"
    edited.write_text(results["fail"].read_text(encoding="utf-8").replace('"fail"', '"pass"'), encoding="utf-8")
    for path in (edited, tmp_path / "missing.json", tmp_path):
        desk.refused("period drill attach 1 --result", str(path))
    assert "未附孪生判定" in desk.ok("period drill list")


def test_the_verdict_must_be_about_the_scenario_that_rehearses_the_drill(desk: Typed, results: dict[str, Path]) -> None:
    desk.ok("period drill plan power-cut --on 2026-11-23")
    words = ("--who", "engineer-1", "--began", "2020-03-01T14:00", "--ended", "2020-03-01T14:40", "--learned", "电话不通")
    assert "power-cut" in desk.refused("period drill carry-out 1", *words, "--result", str(results["pass"]))
    assert "未做" in desk.ok("period drill list")


def test_the_incident_of_a_drill_is_one_that_was_opened_as_a_drill(desk: Typed) -> None:
    for more in ((), ("--drill",)):
        desk.ok("incident open --symptom no-answer --device", f"window-{1 + len(more)}.label-printer", *more)
    desk.ok("period drill plan network-lost --on 2026-11-23")
    words = ("--who", "engineer-1", "--began", "2020-03-01T14:00", "--ended", "2020-03-01T14:40", "--learned", "电话不通", "--incident")
    assert "incident-0001" in desk.refused("period drill carry-out 1", *words, "1")
    desk.ok("period drill carry-out 1", *words, "2")
    assert [row["incident"] for row in desk.ok("period drill list --json")["drills"]] == ["incident-0002"]


def test_a_drill_is_left_out_of_the_fault_rates(ledger_place: str) -> None:
    with LedgerDesk(ledger_place, "2026-11-23T08:00", TODAY) as desk:
        desk.incidents.report("conveyor-1", "belt-stopped", window="", windows_lost=0, by="engineer-1", drill=True)
        assert desk.figure("incident.count") == 0
        desk.incidents.report("window-4.collection-host", "motor-fault", window="window-4", windows_lost=1, by="monitor")
        assert desk.figure("incident.count") == 1


@pytest.mark.parametrize(
    "words",
    [
        "period plan 长期 --duties a --on-call engineer-1 --telephone 1",
        "period plan 长期保障 --duties a --on-call nurse-1 --telephone 1",
        "period plan 长期保障 --duties a --on-call engineer-1 --telephone 1 --drill power-off",
        "period plan 长期保障 --on-call engineer-1 --telephone 1",
        "period approve 1 --by head-1",
        "period exempt change-1 --reason a --period 春节 --by head-1",
        "period drill plan power-off --on 2026-11-23",
        "period drill plan power-cut --on today",
        "period drill carry-out 1 --who engineer-1 --began 08:00 --learned a",
        "period freeze --at soon",
    ],
)
def test_what_does_not_fit_is_refused_and_not_noted(desk: Typed, words: str) -> None:
    desk.refused(words)
    assert [row["plan"] for row in desk.ok("period list --json")["periods"]] == [None]
    assert desk.ok("period drill list --json")["drills"] == []
