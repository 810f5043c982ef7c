"""The desk's rows of the audit: each of them fails when the ledger, or the month's draft, says something that was not so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from caixue.events import Event
from tests.twin.desk_month import desk_month, the_run
from twin.audit import Row, audit
from twin.basis import basis_for
from twin.bookkeeping import IN_MEMORY, write_ledger
from twin.scenario import scenario_site

Mistake = Callable[[list[Event]], list[Event]]


def rows(operations: Sequence[Event]) -> dict[str, Row]:
    scenario, truth = desk_month(), the_run().truth
    site = scenario_site(scenario)
    with write_ledger(IN_MEMORY, operations, scenario, site) as ledger:
        return {row.name: row for row in audit(ledger, truth, site, basis_for(scenario, site), scenario.start)}


def without(kind: str) -> Mistake:
    """The last event of that kind is lost."""

    def lose(events: list[Event]) -> list[Event]:
        place = max(number for number, event in enumerate(events) if event.kind == kind)
        return events[:place] + events[place + 1 :]

    return lose


def changed(kind: str, where: Callable[[Event], bool] = lambda event: True, subject: str = "", **data: Any) -> Mistake:
    """The first such event says something else."""

    def change(events: list[Event]) -> list[Event]:
        place = next(number for number, event in enumerate(events) if event.kind == kind and where(event))
        before = events[place]
        wrong = replace(before, subject=subject or before.subject, data={**before.data, **data})
        return [*events[:place], wrong, *events[place + 1 :]]

    return change


def drafted(figure: str, wrong: Any) -> Mistake:
    """The month's draft has another figure, in every report that has it."""

    def change(events: list[Event]) -> list[Event]:
        (draft,) = [event for event in events if event.kind == "month.drafted"]
        reports = {
            report: {name: {**each, "value": wrong} if name == figure else each for name, each in figures.items()}
            for report, figures in draft.data["reports"].items()
        }
        return changed("month.drafted", reports=reports)(events)

    return change


def test_all_rows_agree_and_none_is_empty() -> None:
    found = rows(the_run().operations)
    assert [str(row) for row in found.values() if not row.agrees] == []
    empty = [name for name, row in found.items() if row.truth in ({}, [], None)]
    assert set(empty) <= {"refilled", "lots", "parts", "tickets.orphans", "patches.unproven"}, empty


LEAVE_US = 172_800_000_000  # in the middle of it


@pytest.mark.parametrize(
    ("row", "mistake"),
    [
        pytest.param("trainings", without("training.held"), id="a training is not noted"),
        pytest.param("feedback", without("feedback.answered"), id="an answer to feedback is not noted"),
        pytest.param("backups", without("backup.made"), id="a backup is not noted"),
        pytest.param("backups.archives", changed("backup.made", sha256="0" * 64), id="another archive lies on the medium"),
        pytest.param("patches", without("patch.closed"), id="the end of a patch is not noted"),
        pytest.param("patches.unproven", without("patch.tested"), id="a patch was approved without a verdict"),
        pytest.param("versions", without("patch.installed"), id="an installation is not noted"),
        pytest.param("drills", without("drill.carried-out"), id="a drill is not noted"),
        pytest.param(
            "drills.incidents",
            changed("incident.opened", lambda event: bool(event.data.get("drill")), drill=False),
            id="a drill is taken for real",
        ),
        pytest.param("inspections", without("inspection.finished"), id="the end of the round is not noted"),
        pytest.param(
            "inspections.seen",
            changed("inspection.checked", lambda event: event.data["answer"] == "attention", answer="ok"),
            id="what was seen is noted as good",
        ),
        pytest.param(
            "inspections.hosts",
            changed("inspection.read", lambda event: event.data["unit"] == "ms", value=0.5),
            id="a host is noted as faster than it was",
        ),
        pytest.param("handovers", without("handover.accepted"), id="taking over is not noted"),
        pytest.param("months", without("month.signed"), id="the signature is not noted"),
        pytest.param("attendance", changed("attendance.left", left_us=1), id="he left at another time"),
        pytest.param("leave", changed("leave.granted", substitute="engineer-3"), id="another substitute is noted"),
        pytest.param("leave.refused", without("leave.refused"), id="a refusal is not noted"),
        pytest.param(
            "leave.worked",
            changed("engineer.started", lambda event: event.at_us > LEAVE_US, subject="engineer-1"),
            id="work is noted for somebody who is on leave",
        ),
        pytest.param("days", changed("day.counted", patients=1_000), id="more patients are noted than came"),
        pytest.param("days", changed("day.counted", tubes=1_000), id="more tubes are noted than there were"),
        pytest.param("month.people", drafted("fault.rate", 0.0), id="the fault rate of the month is wrong"),
        pytest.param("month.people", drafted("collection.per_window_h", 99.0), id="the collection efficiency is wrong"),
        pytest.param("month.faults", drafted("incident.count", 0), id="the month has no incidents"),
        pytest.param("month.windows", drafted("window.available.share", 1.1), id="the availability is wrong"),
        pytest.param("month.sla", drafted("sla.in_time", {}), id="nothing was in time"),
        pytest.param("month.supply", drafted("stock.received", {}), id="nothing was received"),
        pytest.param("month.duties", drafted("training.held", 0), id="no training was held"),
        pytest.param("month.presence", drafted("leave.hours", {}), id="nobody was on leave"),
    ],
)
def test_a_mistake_about_the_desk_is_found(row: str, mistake: Mistake) -> None:
    assert not rows(mistake(list(the_run().operations)))[row].agrees


def test_a_figure_that_only_one_report_has_wrong_is_found() -> None:
    def change(events: list[Event]) -> list[Event]:
        (draft,) = [event for event in events if event.kind == "month.drafted"]
        reports = {**draft.data["reports"]}
        reports["C6.4"] = {**reports["C6.4"], "incident.count": {"value": 0}}
        return changed("month.drafted", reports=reports)(events)

    assert not rows(change(list(the_run().operations)))["month.faults"].agrees


def test_a_run_without_a_desk_has_no_such_rows() -> None:
    truth = replace(the_run().truth, desk=type(the_run().truth.desk)())
    scenario = desk_month()
    site = scenario_site(scenario)
    with write_ledger(IN_MEMORY, the_run().operations, scenario, site) as ledger:
        assert "trainings" not in {row.name for row in audit(ledger, truth, site, basis_for(scenario, site), scenario.start)}
