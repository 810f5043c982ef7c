"""The register, the figures and the oracle agree on every breach, to the second; presence, special periods, the 60 minutes, escalation, remote work."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.events import Event
from caixue.folding import fold
from caixue.metrics import Basis, figure_value
from caixue.ops.escalation import HEAD, MAKER, due_escalations, escalate
from caixue.ops.incidents import GENERAL, LARGER, MAJOR
from caixue.ops.telephone import call_out
from caixue.site import SpecialPeriod, load_site
from caixue.sla import Deadlines
from tests.caixue.ops import minute_oracle as oracle
from tests.caixue.ops.incident_bench import MINUTE_US, MONDAY, IncidentBench

SEED = 20261122
READINGS = ("end of next working day", "8 working hours")
REASON = "hospital-instruction"
SITE = load_site("eight-window")


def seconds(moment: datetime) -> int:
    return (moment - datetime(2024, 1, 1, tzinfo=SHANGHAI)) // timedelta(seconds=1)


def without_deadlines(events: list[Event]) -> list[Event]:
    """The same journal, had it named no deadline: the figures then count for themselves."""
    bare = {"deadline_us": None}
    return [Event(event.seq, event.at_us, event.kind, event.subject, event.actor, None, {**event.data, **bare}) for event in events]


def figure(bench: IncidentBench, name: str, events: list[Event] | None = None, start: datetime = MONDAY) -> Any:
    return figure_value(fold(events or bench.journal.events), Basis.of(bench.deadlines, start), name)


@pytest.mark.parametrize("number", range(120))
def test_register_figures_and_oracle_say_the_same_of_a_random_incident(number: int) -> None:
    dice = Random(SEED * 1000 + number)
    reading, kind = dice.choice(READINGS), dice.choice([GENERAL, LARGER, LARGER, MAJOR])
    start = datetime(2025, 12, 25, tzinfo=SHANGHAI) + timedelta(seconds=dice.randrange(420 * 86_400))
    bench = IncidentBench(start, working_day=reading)
    incident = bench.report(symptom="mismatch" if kind == LARGER else "tube-jam", lost=2 if kind == MAJOR else 0, by="nurse at window-3")
    assert incident.severity == kind
    pauses, now_s = [], 0
    for _ in range(dice.randrange(3)):
        from_s = now_s + dice.choice([0, dice.randrange(1800), dice.randrange(2 * 86_400)])
        until_s = from_s + dice.choice([1, dice.randrange(1, 3600), dice.randrange(1, 3 * 86_400)])
        bench.at(from_s / 60).incidents.pause(incident, reason=REASON, person="head-1")
        bench.at(until_s / 60).incidents.resume(incident, person="head-1")
        pauses.append((from_s, until_s))
        now_s = until_s
    start_s = seconds(start)
    due_s, provisional = oracle.deadline(kind, start_s, [(start_s + low, start_s + high) for low, high in pauses], reading)
    if start_s + now_s <= due_s:
        assert (incident.deadline_us, incident.provisional) == ((due_s - start_s) * 1_000_000, provisional)
    restored_s = max(now_s, due_s - start_s + dice.choice([-3600, 0, 0, 1, 1, 3600]))
    bench.at(restored_s / 60).until(incident, "restored")
    late = restored_s > due_s - start_s
    assert incident.passed(bench.clock.now_us) is late, number
    basis = Basis.of(bench.deadlines, start)
    for events in (bench.journal.events, without_deadlines(bench.journal.events)):
        assert figure_value(fold(events), basis, "sla.breaches") == late, number


# where the engineer is, and what a call is owed (R2)

FESTIVAL = replace(SITE, special_periods=(SpecialPeriod("春节保障", date(2026, 2, 15), date(2026, 2, 23)),))


@pytest.mark.parametrize(
    ("moment", "presence"),
    [
        ("2026-11-23T07:00", "on-site"),
        ("2026-11-23T06:29:59", "off-duty"),
        ("2026-11-23T06:30", "on-site"),
        ("2026-11-23T12:00", "off-duty"),
        ("2026-11-23T17:30", "off-duty"),
        ("2026-11-22T08:00", "on-site"),
        ("2026-11-22T12:00", "off-duty"),
        ("2026-10-01T08:00", "on-site"),
        ("2026-02-14T16:00", "on-site"),
        ("2026-02-14T23:59:59", "off-duty"),
        ("2026-02-15T00:00", "special-period"),
        ("2026-02-17T08:00", "on-site"),
        ("2026-02-17T12:30", "special-period"),
        ("2026-02-23T23:59:59", "special-period"),
        ("2026-02-24T00:00", "off-duty"),
    ],
)
def test_where_the_engineers_duty_has_him(moment: str, presence: str) -> None:
    assert Deadlines.of(FESTIVAL).presence(datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)) == presence


@pytest.mark.parametrize(
    ("moment", "clocks", "clause"),
    [
        ("2026-11-23T08:00", ("response",), "R3"),
        ("2026-02-17T20:00", ("phone", "arrival"), "R2"),
        ("2026-11-23T20:00", ("phone", "arrival"), "project"),
    ],
)
def test_what_a_call_is_owed_is_a_table_and_not_the_softwares_opinion(moment: str, clocks: tuple[str, ...], clause: str) -> None:
    owed = Deadlines.of(FESTIVAL).owed(datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI))
    assert (owed.clocks, owed.clause) == (clocks, clause)


def test_a_special_period_leaves_the_repair_clocks_alone() -> None:
    started = datetime(2026, 2, 17, 20, tzinfo=SHANGHAI)
    for severity in (GENERAL, LARGER, MAJOR):
        assert Deadlines.of(FESTIVAL).deadline(severity, started) == Deadlines.of(SITE).deadline(severity, started)


# the 60 minutes


@pytest.mark.parametrize(("minutes", "late"), [(60, 0), (60 + 1 / 60, 1)], ids=["to the second", "a second late"])
def test_sixty_minutes_from_the_call_out_to_the_door(minutes: float, late: int) -> None:
    bench = IncidentBench()
    incident = bench.report()
    call_out(bench.incidents, incident, person="engineer-1", by="engineer-1")
    assert incident.arrive_by_us == 60 * MINUTE_US == bench.last()["due_us"]
    bench.at(minutes).until(incident, "on-site")
    assert figure(bench, "arrival.breaches") == late and figure(bench, "incident.arrival.max") == minutes * 60


def test_the_arrival_clock_stands_with_the_others() -> None:
    bench = IncidentBench()
    incident = bench.report()
    call_out(bench.incidents, incident, person="engineer-1", by="engineer-1")
    bench.at(10).incidents.pause(incident, reason="access-refused", person="head-1")
    bench.at(40).incidents.resume(incident, person="head-1")
    assert incident.arrive_by_us == 90 * MINUTE_US
    bench.at(89).until(incident, "on-site")
    assert (figure(bench, "arrival.breaches"), figure(bench, "incident.arrival.max")) == (0, 59 * 60)


def test_a_second_call_out_does_not_start_the_sixty_minutes_again() -> None:
    bench = IncidentBench()
    incident = bench.report()
    for minute in (0, 30):
        call_out(bench.at(minute).incidents, incident, person="engineer-1", by="engineer-1")
    bench.at(61).until(incident, "on-site")
    assert figure(bench, "arrival.breaches") == 1


def test_a_call_out_that_is_recorded_later_counts_from_the_call() -> None:
    bench = IncidentBench()
    incident = bench.report()
    call_out(bench.at(30).incidents, incident, person="engineer-1", by="engineer-1", called_us=5 * MINUTE_US, reason="在路上")
    assert incident.arrive_by_us == 65 * MINUTE_US
    with pytest.raises(UsageError):
        call_out(bench.incidents, incident, person="engineer-1", by="engineer-1", called_us=5 * MINUTE_US)


def test_nobody_is_called_out_to_where_somebody_is() -> None:
    bench = IncidentBench()
    incident = bench.report()
    bench.until(incident, "on-site")
    with pytest.raises(UsageError):
        call_out(bench.incidents, incident, person="engineer-1", by="engineer-1")


def test_an_arrival_that_a_remote_repair_made_needless_is_not_late() -> None:
    bench = IncidentBench()
    incident = bench.report()
    call_out(bench.incidents, incident, person="engineer-1", by="engineer-1")
    bench.at(120).recorder.note("incident.restored", incident.number, actor="engineer-1", part="")
    assert figure(bench, "arrival.breaches") == 0


# the telephone


def test_a_call_has_the_time_it_rang_and_the_time_it_was_answered() -> None:
    bench = IncidentBench().at(10)
    bench.telephone.receive("没事了", caller="nurse-1", report=None, rang_us=6 * MINUTE_US, answered_us=10 * MINUTE_US, by="engineer-1")
    bench.call("3号卡管了")
    assert figure(bench, "call.answer.max") == 240 and list(bench.telephone.calls) == ["call-0001", "call-0002"]
    assert (bench.telephone.calls["call-0001"].incident, bench.telephone.calls["call-0002"].incident) == ("", "incident-0001")


def test_a_call_that_nobody_answered_counts_until_the_end() -> None:
    bench = IncidentBench()
    bench.telephone.receive("未接", caller="nurse-1", report=None, answered_us=None, by="engineer-1")
    bench.at(30).recorder.note("record.ended", "here")
    assert figure(bench, "call.answer.max") == 1800


@pytest.mark.parametrize(("said", "rang", "answered"), [("", 0, 0), ("x" * 201, 0, 0), ("喂", 5, 4), ("喂", 0, 11)])
def test_a_call_that_cannot_be_is_refused(said: str, rang: int, answered: int) -> None:
    bench = IncidentBench().at(10)
    with pytest.raises(UsageError):
        bench.telephone.receive(
            said, caller="nurse-1", report=None, rang_us=rang * MINUTE_US, answered_us=answered * MINUTE_US, by="engineer-1"
        )
    assert bench.kinds() == []


# escalation


def due(bench: IncidentBench) -> list[tuple[str, str, int]]:
    return [(one.to, one.rule, one.due_us // MINUTE_US) for one in due_escalations(bench.incidents.waiting(), bench.clock.now_us)]


def test_a_major_fault_goes_to_the_head_at_once_and_within_ten_minutes() -> None:
    bench = IncidentBench().at(5)
    incident = bench.report(lost=2)
    assert due(bench) == [(HEAD, "major", 15)]
    escalate(bench.at(12).incidents, incident, to=HEAD, person="head-1", reason="major", by="engineer-1")
    assert due(bench) == [] and figure(bench, "incident.escalation.max") == 7 * 60


def test_a_larger_fault_goes_to_the_head_when_its_deadline_is_near() -> None:
    bench = IncidentBench()
    incident = bench.report(symptom="mismatch")
    near = incident.deadline_us // MINUTE_US - 120
    assert due(bench.at(near - 1)) == [] and due(bench.at(near)) == [(HEAD, "near-deadline", near + 10)]
    bench.incidents.pause(incident, reason=REASON, person="head-1")
    assert due(bench) == []


def test_a_missing_part_goes_to_the_maker_and_the_answer_may_come_later() -> None:
    bench = IncidentBench()
    incident = bench.report()
    bench.until(incident, "diagnosed", found="电机坏", missing="motor")
    assert due(bench) == [(MAKER, "part-missing", 10)]
    told: dict[str, Any] = {"to": MAKER, "person": "maker-1", "reason": "part-missing", "by": "engineer-1"}
    assert len(escalate(bench.incidents, incident, **told)) == 1
    assert escalate(bench.incidents, incident, **told) == []
    answer = {"ticket": "MK-77", "eta_us": 24 * 60 * MINUTE_US, "loan": "host-loan-2", "warranty": "保内"}
    assert len(escalate(bench.incidents, incident, **told, **answer)) == 1
    assert due(bench) == [] and bench.last()["ticket"] == "MK-77"


def test_drills_general_faults_and_what_is_restored_need_not_be_told() -> None:
    bench = IncidentBench()
    bench.report("window-1.label-printer", lost=2, drill=True)
    bench.report("window-2.label-printer")
    bench.until(bench.report("window-4.label-printer", lost=2), "restored")
    assert due(bench.at(29)) == []


@pytest.mark.parametrize(
    "wrong",
    [{"to": "mayor"}, {"person": " "}, {"reason": ""}, {"eta_us": 1}],
    ids=["to nobody known", "no name", "no reason", "help in the past"],
)
def test_an_escalation_names_whom_and_why(wrong: dict[str, Any]) -> None:
    bench = IncidentBench().at(1)
    incident = bench.report()
    with pytest.raises(UsageError):
        escalate(bench.incidents, incident, **{"to": HEAD, "person": "head-1", "reason": "major", "by": "engineer-1", **wrong})
    assert bench.kinds() == ["incident.opened"]


# work from afar


def test_a_remote_session_needs_permission_by_name() -> None:
    bench = IncidentBench()
    incident = bench.report()
    with pytest.raises(UsageError):
        bench.remote.start(incident, by="maker-1")
    bench.remote.authorise(incident, person="maker-1", scope="看驱动日志", until_us=60 * MINUTE_US, by="head-1")
    with pytest.raises(UsageError):
        bench.remote.start(incident, by="engineer-1")
    bench.remote.start(incident, by="maker-1")
    bench.remote.end(incident, result="参数已改", by="maker-1")
    with pytest.raises(UsageError):
        bench.remote.start(incident, by="maker-1")
    assert bench.kinds()[1:] == ["remote.authorised", "remote.started", "remote.ended"]


def test_a_permission_ends_with_its_hour() -> None:
    bench = IncidentBench()
    incident = bench.report()
    bench.remote.authorise(incident, person="maker-1", scope="看", until_us=10 * MINUTE_US, by="head-1")
    with pytest.raises(UsageError):
        bench.at(11).remote.start(incident, by="maker-1")


@pytest.mark.parametrize(
    ("person", "scope", "until"),
    [("head-1", "看", 10), ("", "看", 10), ("maker-1", " ", 10), ("maker-1", "看", 0), ("maker-1", "看", 13 * 60)],
    ids=["to oneself", "to nobody", "for nothing", "until now", "for more than 12 h"],
)
def test_a_permission_that_says_too_little_or_too_much_is_refused(person: str, scope: str, until: int) -> None:
    bench = IncidentBench()
    incident = bench.report()
    with pytest.raises(UsageError):
        bench.remote.authorise(incident, person=person, scope=scope, until_us=until * MINUTE_US, by="head-1")
    assert bench.kinds() == ["incident.opened"]
