"""R2 ★: on site 5x8, holidays as clinic hours; special periods by telephone and remotely at any hour, on site within 60 minutes.

Where the engineer is at which hour, to the minute: tests/caixue/ops/test_incident_clocks.py.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from caixue.errors import UsageError
from caixue.ops.incidents import Report
from caixue.ops.telephone import call_out
from caixue.site import SpecialPeriod, load_site
from caixue.sla import Deadlines
from tests.caixue.ops.incident_bench import MINUTE_US
from tests.contract.incident_desk import CommandLine, LedgerDesk

FESTIVAL = SpecialPeriod("春节保障", date(2026, 2, 15), date(2026, 2, 23))
WINDOW = "window-3"


@pytest.fixture
def desk(ledger_place: str) -> LedgerDesk:
    """Spring Festival's first evening, 20:00, in a special period."""
    return LedgerDesk(ledger_place, "2026-02-17T20:00", FESTIVAL)


def ring(desk: LedgerDesk, answered: float) -> None:
    report = Report("", "motor-fault", WINDOW, 1, "engineer-1")
    desk.at(answered).telephone.receive(
        "3号主机不动", caller="nurse-1", report=report, rang_us=0, answered_us=round(answered * MINUTE_US), by="engineer-1"
    )


@pytest.mark.parametrize(("answered", "arrived", "late"), [(4, 64, 0), (5, 65, 0), (5, 65 + 1 / 60, 1)])
def test_in_a_special_period_the_telephone_is_answered_and_the_engineer_there_within_60_minutes(
    desk: LedgerDesk, answered: float, arrived: float, late: int
) -> None:
    with desk:
        ring(desk, answered)
        (incident,) = desk.incidents.incidents.values()
        owed = desk.deadlines.owed(desk.incidents.now().at(0))
        assert (owed.clocks, owed.clause) == (("phone", "arrival"), "R2")
        call_out(desk.incidents, incident, person="engineer-1", by="engineer-1")
        desk.incidents.advance(incident, "acknowledged", by="engineer-1")
        desk.at(arrived).incidents.advance(incident, "on-site", by="engineer-1")
        assert desk.figure("call.answer.max") == answered * 60 <= 300
        assert desk.figure("arrival.breaches") == late


def test_work_from_afar_is_recorded_with_who_allowed_it_what_was_done_and_what_came_of_it(desk: LedgerDesk) -> None:
    with desk:
        ring(desk, 1)
        (incident,) = desk.incidents.incidents.values()
        with pytest.raises(UsageError):
            desk.remote.start(incident, by="engineer-1")
        desk.remote.authorise(incident, person="engineer-1", scope="重启驱动服务", until_us=90 * MINUTE_US, by="head-1")
        desk.remote.start(incident, by="engineer-1")
        desk.at(12).remote.end(incident, result="恢复", by="engineer-1")
        events = [event for event in desk.ledger.events() if event.kind.startswith("remote.")]
        assert [(event.kind, event.actor) for event in events] == [
            ("remote.authorised", "head-1"),
            ("remote.started", "engineer-1"),
            ("remote.ended", "engineer-1"),
        ]


def test_only_the_hospital_allows_work_from_afar(desk: LedgerDesk) -> None:
    with desk:
        ring(desk, 1)
        (incident,) = desk.incidents.incidents.values()
        with pytest.raises(UsageError):
            desk.remote.authorise(incident, person="maker-1", scope="看", until_us=90 * MINUTE_US, by="engineer-1")
        assert "remote.authorised" not in desk.kinds()


def test_a_special_period_is_a_row_of_the_site_file(tmp_path: Path) -> None:
    row = '[[special_period]]\nname = "高考保障"\nfrom = 2026-06-06\nuntil = 2026-06-09\n'
    file = tmp_path / "site.toml"
    file.write_text(f'schema = 1\nextends = "eight-window"\n{row}', encoding="utf-8")
    assert load_site(file).special_periods == (SpecialPeriod("高考保障", date(2026, 6, 6), date(2026, 6, 9)),)
    file.write_text(f'schema = 1\nextends = "eight-window"\n{row}'.replace("06-09", "06-05"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"site\.toml:\d+.*special_period"):
        load_site(file)


def test_a_site_without_special_periods_is_on_site_in_its_hours_only() -> None:
    assert Deadlines.of(load_site("eight-window")).special_periods == ()


def test_the_command_line_says_by_when_somebody_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    caixue = CommandLine(tmp_path, monkeypatch, capsys)
    caixue("open", "--window", "5", "--symptom", "no-read")
    assert "前到场" in caixue("call-out", "1", "--person", "engineer-1")
    caixue("call-out", "1", "--person", "nurse-1", code=2)
    assert caixue.json("list")["incidents"][0]["arrive_by"]
